"""The vectors that are there, opened, and the encoder that reads queries."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.lookup.domain import SYSTEMS
from services.lookup.meaning.encoder import QUERIES, Encoder, Vectors
from services.lookup.meaning.store import FOLDER, Keys, Near, Store

log = logging.getLogger(__name__)
NEAREST: Final = 80  # texts told of a system
REMEMBERED: Final = 512  # queries; 3 MB
_LONGEST: Final = 300  # characters of a query that are read: the model was made for sentences


@dataclass(frozen=True, slots=True)
class Meant:
    """What a query means: its vector, and the texts nearest to it, by system."""

    vector: Vectors
    near: Mapping[str, Near]


class Meanings:
    """Search by meaning. Queries are read in a thread of its own: the model lets go of the lock while it works."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self.opened = 0
        self._encoder: Encoder | None = None
        self._stores: Mapping[str, Store] = {}
        self._thread = ThreadPoolExecutor(1, "meaning")
        self._read: dict[tuple[str, int], Meant] = {}
        self.open()

    def open(self) -> None:
        """Opens what vectors there are now; ValueError where a file is broken."""
        stores = {system: Store(self._data_dir, system, read_only=True) for system in SYSTEMS}
        model = self._data_dir / FOLDER / QUERIES
        if self._encoder is None and model.exists():
            self._encoder = Encoder(model, threads=1)
        self._stores = stores
        self.opened += 1

    def __len__(self) -> int:
        """Vectors in all."""
        return sum(len(store) for store in self._stores.values())

    async def meant(self, text: str) -> Meant | None:
        """What a query means; None while there are no vectors to compare it with."""
        if self._encoder is None or not len(self):
            return None
        asked = (" ".join(text.casefold().split())[:_LONGEST], self.opened)
        known = self._read.get(asked)
        if known is None:
            loop = asyncio.get_running_loop()
            known = self._read[asked] = await loop.run_in_executor(self._thread, self.read, asked[0])
            if len(self._read) > REMEMBERED:
                self._read.pop(next(iter(self._read)))
        return known

    async def encoded(self, texts: Sequence[str]) -> Vectors | None:
        """Texts as vectors, (len(texts), 384); None while there is no model."""
        if self._encoder is None:
            return None
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._encoder.encode, list(texts))

    def read(self, text: str) -> Meant:
        """As `meant`, at once. RuntimeError while there is no model."""
        if self._encoder is None:
            raise RuntimeError("no vectors were made yet")
        vector = self._encoder.encode([text])[0]
        near = {system: store.nearest(vector, NEAREST) for system, store in self._stores.items()}
        return Meant(vector, near)

    def cosines(self, system: str, vector: Vectors, keys: Keys) -> Vectors:
        """How near the texts of some keys are, in their order; 0 for those without a vector."""
        return self._stores[system].cosines(vector, keys)

    def close(self) -> None:
        """Ends its thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)
