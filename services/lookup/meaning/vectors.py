"""The vectors that are there, opened, and the encoder that reads queries."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from services.lookup.domain import SYSTEMS
from services.lookup.meaning.encoder import QUERIES, Encoder, Vectors
from services.lookup.meaning.store import FOLDER, Store

log = logging.getLogger(__name__)
REMEMBERED: Final = 4_096  # queries; 6 MB
_LONGEST: Final = 300  # characters of a query that are read: the model was made for sentences


class Meanings:
    """Search by meaning. Queries are read in a thread of its own: the model lets go of the lock while it works."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._encoder: Encoder | None = None
        self._stores: Mapping[str, Store] = {}
        self._thread = ThreadPoolExecutor(1, "meaning")
        self._read: OrderedDict[str, Vectors] = OrderedDict()
        self.open()

    def open(self) -> None:
        """Opens what vectors there are now; ValueError where a file is broken."""
        stores = {system: Store(self._data_dir, system, read_only=True) for system in SYSTEMS}
        model = self._data_dir / FOLDER / QUERIES
        if self._encoder is None and model.exists() and any(len(store) for store in stores.values()):
            self._encoder = Encoder(model, threads=1)
        self._stores = stores

    def __len__(self) -> int:
        """Vectors in all."""
        return sum(len(store) for store in self._stores.values())

    async def vector(self, text: str) -> Vectors | None:
        """What a query means; None while there are no vectors to compare it with."""
        if self._encoder is None:
            return None
        asked = " ".join(text.casefold().split())[:_LONGEST]
        known = self._read.get(asked)
        if known is None:
            loop = asyncio.get_running_loop()
            known = (await loop.run_in_executor(self._thread, self._encoder.encode, [asked]))[0]
            self._read[asked] = known
            if len(self._read) > REMEMBERED:
                self._read.popitem(last=False)
        else:
            self._read.move_to_end(asked)
        return known

    def nearest(self, system: str, vector: Vectors, count: int) -> Mapping[int, float]:
        """The keys of the texts nearest in meaning, the nearest first, each with its cosine."""
        return dict(self._stores[system].nearest(vector, count))

    def cosines(self, system: str, vector: Vectors, keys: Sequence[int]) -> Mapping[int, float]:
        """How near the texts of some keys are; those without a vector are left out."""
        return self._stores[system].cosines(vector, keys)

    def close(self) -> None:
        """Ends its thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)
