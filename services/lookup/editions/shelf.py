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
        _sweep(folder, catalog.read(data_dir))
        yield


def _sweep(folder: Path, published: catalog.Catalog) -> None:
    """Clears away drafts, and bundles that neither are nor were published: what a refused import had built."""
    named = {*published.editions, *(one for names in published.before for one in names)}
    for left in folder.iterdir():
        if left.is_dir() and left.name not in named:
            shutil.rmtree(left, ignore_errors=True)


def manifests(data_dir: Path) -> list[Edition]:
    """The published editions as their manifests tell them, whatever their format; unreadable ones are left out."""
    found = []
    for name in catalog.read(data_dir).editions:
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            found.append(bundle.edition_of(json.loads((data_dir / EDITIONS / name / bundle.MANIFEST).read_bytes())))
    return found
