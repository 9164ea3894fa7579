"""The folder of the editions: who may build there, and which manifests the catalog names."""

import contextlib
import fcntl
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from services.lookup.domain import Edition
from services.lookup.editions import bundle, catalog

EDITIONS: Final = "editions"
SOURCES: Final = "sources"


@contextlib.contextmanager
def locked(data_dir: Path, progress: bundle.Progress) -> Iterator[None]:
    """Holds the lock of the editions' folder, and clears away what a killed build left there."""
    folder = data_dir / EDITIONS
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("waiting for another process that builds", 0, 1)
            fcntl.flock(lock, fcntl.LOCK_EX)
        published = catalog.read(data_dir)
        _sweep(folder, published)
        _sweep_sources(data_dir, published)
        yield


def _sweep(folder: Path, published: catalog.Catalog) -> None:
    """Clears away drafts, and bundles that neither are nor were published: what a refused import had built."""
    named = _named(published)
    for left in folder.iterdir():
        if left.is_dir() and left.name not in named:
            shutil.rmtree(left, ignore_errors=True)


def _sweep_sources(data_dir: Path, published: catalog.Catalog) -> None:
    """Clears away files that no edition which is or was published was made from: what a killed import had kept."""
    sources = data_dir / SOURCES
    named: set[str] = set()
    for name in _named(published):
        folder = data_dir / EDITIONS / name
        if not folder.is_dir():
            continue  # its files were deleted with it
        try:
            edition = bundle.edition_of(json.loads((folder / bundle.MANIFEST).read_bytes()))
        except (OSError, ValueError, KeyError, TypeError):
            return  # what it was made from is not known, so everything stays
        named |= {edition.sha256, *(part.sha256 for part in edition.parts)}
    for left in sources.iterdir() if sources.is_dir() else ():
        if left.is_dir() and left.name not in named:
            shutil.rmtree(left, ignore_errors=True)


def _named(published: catalog.Catalog) -> set[str]:
    return {*published.editions, *(one for names in published.before for one in names)}


def manifests(data_dir: Path) -> list[Edition]:
    """The published editions as their manifests tell them, whatever their format; unreadable ones are left out."""
    found = []
    for name in catalog.read(data_dir).editions:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            found.append(bundle.edition_of(json.loads((data_dir / EDITIONS / name / bundle.MANIFEST).read_bytes())))
    return found
