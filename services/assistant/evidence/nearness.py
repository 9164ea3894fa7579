"""How near in meaning the guides' sections are to a question: words find what is said alike, this what is meant alike.

A section has the mean of three vectors (its headings, its headings with its answer, the whole of it; of each the first
128 pieces of words are read), and one for each question that people ask who need it; the nearest counts. `make guides`
makes them whenever a guide changed. They lie beside the guides, by the key of what they were made from: what changed
has none, and is found by its words alone until they are made anew.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

FILE: Final = Path(__file__).parent.parent / "guides" / "vectors.npz"
SIZE: Final = 384
LONGEST: Final = 500  # characters of a question that are read
READINGS: Final = 3  # of a section

type Numbers = np.ndarray[Any, np.dtype[np.float32]]


class Encoding(Protocol):
    """The sentence model."""

    async def encode(self, texts: Sequence[str]) -> list[bytes]:
        """Texts as vectors of 384 little-endian float32 numbers, of length one; none where there is no model."""
        ...


class Nearness:
    """The vectors of sections, each told by its texts as `Guides.texts` gives them."""

    def __init__(self, encoding: Encoding, sections: Sequence[Sequence[str]], file: Path = FILE) -> None:
        self._encoding = encoding
        known = kept(file)
        none = np.zeros(SIZE, np.float32)
        rows = [[known.get(key(one), none) for one in read(texts)] for texts in sections]
        self._first = np.cumsum([0, *map(len, rows)])[:-1]  # where each section's rows begin
        self._vectors: Numbers = np.array([row for section in rows for row in section], np.float32).reshape(-1, SIZE)

    async def to(self, text: str) -> Sequence[float]:
        """The cosine of each section to a text, in their order; empty where there is no model, or nothing is asked."""
        found = await self._encoding.encode([text[:LONGEST]]) if text.strip() else []
        if not found:
            return ()
        cosines = self._vectors @ np.frombuffer(found[0], "<f4")
        best: list[float] = np.maximum.reduceat(cosines, self._first).tolist()
        return best


def read(texts: Sequence[str]) -> list[tuple[str, ...]]:
    """What has a vector each: the three readings of a section together, and each question by itself."""
    return [tuple(texts[:READINGS]), *((one,) for one in texts[READINGS:])]


def key(texts: Sequence[str]) -> int:
    """By what a vector is known."""
    return int.from_bytes(hashlib.blake2b("\n".join(texts).encode(), digest_size=8).digest())


def kept(file: Path) -> dict[int, Numbers]:
    """The vectors of a file; none where it is not there."""
    if not file.exists():
        return {}
    with np.load(file) as found:
        return dict(zip(found["keys"].tolist(), found["vectors"].astype(np.float32), strict=True))
