"""The vectors of a code system's terms, by the key of their text, a byte a number.

    DATA/vectors/<system>.v2.usearch   the graph that is walked to those near in meaning
                 <system>.v2.arrays    keys, ascending; their vectors; by how much each is to be multiplied

They serve every edition of a system, for most of its texts are the same. Each is replaced as a whole, the graph last:
it decides what is there.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import onnxruntime  # noqa: F401 -- to be loaded before usearch: the other way round it crashes
from usearch.index import Index

from services.lookup.meaning.encoder import QUERIES, SIZE, TEXTS, WEIGHTS, Vectors
from services.lookup.search import mapped
from services.lookup.search.index import Numbers

FOLDER: Final = "vectors"
_GRAPH, _ARRAYS = ".v2.usearch", ".v2.arrays"  # the number changes with what lies in them
_NEIGHBOURS: Final = 16  # links of a vector in the graph
_WALK_BUILDING, _WALK_ASKING = 128, 128  # vectors kept in view on the walk: more find better, and cost more
_MORE: Final = (
    1.25  # the graph's numbers are coarser than the vectors': so many times the texts asked for are looked at
)
_LARGEST: Final = 127  # of a byte with a sign

type Keys = np.ndarray[Any, np.dtype[np.uint64]]


class Near(NamedTuple):
    """Keys of texts with their cosines, the nearest first."""

    keys: Keys
    cosines: Vectors


class Store:
    """The vectors of one system; empty where none were made yet. ValueError where the files are no such thing."""

    def __init__(self, data_dir: Path, system: str, *, read_only: bool) -> None:
        folder = data_dir / FOLDER
        self._path, self._arrays = folder / f"{system}{_GRAPH}", folder / f"{system}{_ARRAYS}"
        self._index = _index()
        self._keys, self._bytes, self._scale = _nothing()
        self._added: list[tuple[Keys, Numbers, Vectors]] = []
        if self._path.exists():
            try:
                (self._index.view if read_only else self._index.load)(str(self._path))
                self._keys, self._bytes, self._scale = _read(self._arrays)
            except (RuntimeError, OSError, ValueError, KeyError) as error:
                mend = f"delete {self._path} and {self._arrays}, and they are made anew"
                raise ValueError(f"{self._path}: {error}; {mend}") from error

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
        """Adds vectors under keys that have none; they are seen once they are saved."""
        added = np.array(keys, np.uint64)
        self._index.add(added, vectors, threads=1)
        largest = np.abs(vectors).max(1, keepdims=True)
        told = np.rint(vectors / largest * _LARGEST).astype(np.int8)
        self._added.append((added, told, (largest[:, 0] / _LARGEST).astype(np.float32)))

    def save(self) -> None:
        """Replaces the files: a reader has the old ones or the new ones, whole."""
        columns = zip((self._keys, self._bytes, self._scale), *self._added, strict=True)
        keys, told, scale = (np.concatenate(column) for column in columns)
        order = np.argsort(keys)
        self._keys, self._bytes, self._scale, self._added = keys[order], told[order], scale[order], []
        mapped.write(self._arrays, {"keys": self._keys, "vectors": self._bytes, "scale": self._scale})
        draft = self._path.with_name(f".{self._path.name}-{os.getpid()}")
        self._index.save(str(draft))
        draft.replace(self._path)

    def nearest(self, vector: Vectors, count: int) -> Near:
        """The keys whose texts are nearest in meaning."""
        if not len(self._index):
            return Near(self._keys[:0], self._scale[:0])
        more = round(count * _MORE)
        keys = np.asarray(self._index.search(vector, more, threads=1).keys)
        cosines = self.cosines(vector, keys)
        order = np.argsort(-cosines, kind="stable")[:count]
        return Near(keys[order], cosines[order])

    def cosines(self, vector: Vectors, keys: Keys) -> Vectors:
        """How near the texts of some keys are, in their order; 0 for those that have no vector."""
        found = np.zeros(len(keys), np.float32)
        if len(self._keys) and len(keys):
            row = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
            there = np.flatnonzero(self._keys[row] == keys)
            row = row[there]
            found[there] = self._bytes[row].astype(np.float32) @ vector * self._scale[row]
        return found


def sweep(data_dir: Path) -> None:
    """Deletes the files of earlier formats."""
    kept = (_GRAPH, _ARRAYS, TEXTS, QUERIES, WEIGHTS)
    for path in (data_dir / FOLDER).glob("[!.]*"):
        if not path.name.endswith(kept):
            path.unlink()


def _nothing() -> tuple[Keys, Numbers, Vectors]:
    return np.zeros(0, np.uint64), np.zeros((0, SIZE), np.int8), np.zeros(0, np.float32)


def _read(path: Path) -> tuple[Keys, Numbers, Vectors]:
    found = mapped.read(path)
    return found["keys"], found["vectors"], found["scale"]


def _index() -> Index:
    return Index(
        ndim=SIZE,
        metric="cos",
        dtype="i8",
        connectivity=_NEIGHBOURS,
        expansion_add=_WALK_BUILDING,
        expansion_search=_WALK_ASKING,
    )
