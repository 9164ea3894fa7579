"""The vectors of a code system's terms, by the key of their text: DATA/vectors/<system>.usearch.

One file serves every edition of a system, for most of their texts are the same. It is replaced as a whole.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from usearch.index import Index

from services.lookup.meaning.encoder import SIZE, Vectors

FOLDER: Final = "vectors"
_SUFFIX: Final = ".usearch"
_NEIGHBOURS: Final = 16  # links of a vector in the graph that is walked
_WALK_BUILDING, _WALK_ASKING = 128, 128  # vectors kept in view on the walk: more find better, and cost more

type Keys = np.ndarray[Any, np.dtype[np.uint64]]


class Store:
    """The vectors of one system; empty where none were made yet. ValueError where the file is no such index."""

    def __init__(self, data_dir: Path, system: str, *, read_only: bool) -> None:
        self._path = data_dir / FOLDER / f"{system}{_SUFFIX}"
        self._index = _index()
        if self._path.exists():
            try:
                (self._index.view if read_only else self._index.load)(str(self._path))
            except RuntimeError as error:
                raise ValueError(f"{self._path}: {error}; delete the file, and it is made anew") from error

    def __len__(self) -> int:
        """Vectors in all."""
        return len(self._index)

    def lacks(self, keys: Sequence[int]) -> list[int]:
        """The keys that have no vector."""
        if not keys:
            return []
        known = np.asarray(self._index.contains(np.array(keys, np.uint64)))
        return [one for one, there in zip(keys, known, strict=True) if not there]

    def add(self, keys: Sequence[int], vectors: Vectors) -> None:
        """Adds vectors under keys that have none."""
        self._index.add(np.array(keys, np.uint64), vectors, threads=1)

    def save(self) -> None:
        """Replaces the file: a reader has the old one or the new one, whole."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        draft = self._path.with_name(f".{self._path.name}-{os.getpid()}")
        self._index.save(str(draft))
        draft.replace(self._path)

    def nearest(self, vector: Vectors, count: int) -> list[tuple[int, float]]:
        """The keys whose texts are nearest in meaning, with the cosine, the nearest first."""
        if not len(self._index):
            return []
        found = self._index.search(vector, count, threads=1)
        return list(zip(found.keys.tolist(), (1.0 - found.distances).tolist(), strict=True))

    def cosines(self, vector: Vectors, keys: Keys) -> Vectors:
        """How near the texts of some keys are, in their order; 0 for those that have no vector."""
        found = np.zeros(len(keys), np.float32)
        if len(self._index) and len(keys):
            there = np.asarray(self._index.contains(keys))
            found[there] = np.asarray(self._index.get(keys[there]), np.float32) @ vector
        return found


def _index() -> Index:
    return Index(
        ndim=SIZE,
        metric="cos",
        dtype="f16",
        connectivity=_NEIGHBOURS,
        expansion_add=_WALK_BUILDING,
        expansion_search=_WALK_ASKING,
    )
