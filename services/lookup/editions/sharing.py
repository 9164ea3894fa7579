"""What a replica with a volume of its own pulls: the published bundles, and the files that they were made from.

Every file is named by its path below the data folder, with size and sha256. An edition under a licence is not passed
on: its publisher licensed the operator of one place. What is asked for is compared with what is listed, and never put
together into a path.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from services.lookup.domain import Edition
from services.lookup.editions import catalog
from services.lookup.editions.shelf import EDITIONS, SOURCES, manifests

CHUNK: Final = 1 << 18  # bytes


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file of an edition: its path below the data folder, its size in bytes, its sha256 in lower-case hex."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SharedEdition:
    """An edition with its files; a licensed one has none."""

    id: str
    licensed: bool
    files: tuple[SharedFile, ...]


def listed(data_dir: Path) -> tuple[int, list[SharedEdition]]:
    """The generation that is published, and its editions. It reads every file once: seconds at the first time."""
    generation = catalog.read(data_dir).generation
    return generation, [_shared(data_dir, one) for one in manifests(data_dir)]


def _shared(data_dir: Path, edition: Edition) -> SharedEdition:
    if edition.licence:
        return SharedEdition(edition.id, licensed=True, files=())
    return SharedEdition(edition.id, licensed=False, files=tuple(_files(data_dir, edition)))


def _files(data_dir: Path, edition: Edition) -> Iterator[SharedFile]:
    paths = [path for path in sorted((data_dir / EDITIONS / edition.id).rglob("*")) if path.is_file()]
    paths += sorted({data_dir / SOURCES / part.sha256 / part.file for part in edition.parts})
    for path in paths:
        if path.is_file() and not path.name.startswith(".tantivy"):  # what keeps writers out
            state = path.stat()
            sha256 = _sha256(path, state.st_mtime_ns, state.st_size)
            yield SharedFile(path.relative_to(data_dir).as_posix(), state.st_size, sha256)


@lru_cache(maxsize=4_096)
def _sha256(path: Path, _changed: int, _size: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def chunks(data_dir: Path, path: str) -> Iterator[bytes] | None:
    """The content of a listed file, piece by piece; None where no published edition has it."""
    _, editions = listed(data_dir)
    if not any(path == file.path for one in editions for file in one.files):
        return None
    return _read(data_dir / path)


def _read(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece
