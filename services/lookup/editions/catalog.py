"""catalog.json: which editions are published. Publishing any number of them, or going back, is one swap of the file.

It remembers what it named before, so that going back needs nothing else; the bundles of then stay where they are.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from services.lookup.editions.bundle import write_durably

FORMAT: Final = 1
NAME: Final = "catalog.json"
_REMEMBERED: Final = 20  # earlier generations


class CatalogError(ValueError):
    """A catalog that cannot be read; the message names the file, what is wrong, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """The published editions; `generation` is one higher at each swap, 0 where none was ever published."""

    generation: int = 0
    editions: tuple[str, ...] = ()
    before: tuple[tuple[str, ...], ...] = ()  # what earlier generations named, the last one first


def read(data_dir: Path) -> Catalog:
    """The catalog as it is now; an empty one where there is no file."""
    path = data_dir / NAME
    try:
        return _parsed(path, json.loads(path.read_bytes()))
    except FileNotFoundError:
        return Catalog()
    except OSError as error:
        raise CatalogError(f"{path}: cannot be read ({error.strerror})") from error
    except CatalogError:
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise CatalogError(_told(path, f"is not a catalog ({type(error).__name__}: {error})")) from error


def _parsed(path: Path, content: Any) -> Catalog:  # noqa: ANN401 -- whatever the file holds
    if content["format"] != FORMAT:
        raise CatalogError(_told(path, f"format {content['format']}, expected {FORMAT}"))
    before = tuple(tuple(str(one) for one in names) for names in content.get("before", ()))
    return Catalog(int(content["generation"]), tuple(str(edition) for edition in content["editions"]), before)


def _told(path: Path, wrong: str) -> str:
    return f"{path}: {wrong}; delete the file and start again, and the editions that ship are published anew"


def publish(data_dir: Path, add: Collection[str], drop: Collection[str] = ()) -> Catalog:
    """Names further editions, and names some no longer; their folders stay. The caller holds the lock."""
    before = read(data_dir)
    kept = tuple(edition for edition in before.editions if edition not in drop and edition not in add)
    return _swap(data_dir, Catalog(before.generation + 1, (*kept, *add), (before.editions, *before.before)))


def rollback(data_dir: Path) -> Catalog:
    """Names what was named before the last swap. CatalogError where there is nothing before, or it is gone."""
    now = read(data_dir)
    if not now.before:
        raise CatalogError("nothing was published before what is published now")
    gone = [one for one in now.before[0] if not (data_dir / "editions" / one).is_dir()]
    if gone:
        raise CatalogError(f"going back needs {', '.join(gone)}, whose files were deleted; import them again")
    return _swap(data_dir, Catalog(now.generation + 1, now.before[0], now.before[1:]))


def _swap(data_dir: Path, after: Catalog) -> Catalog:
    content = {
        "format": FORMAT,
        "generation": after.generation,
        "editions": list(after.editions),
        "before": [list(names) for names in after.before[:_REMEMBERED]],
    }
    write_durably(data_dir / NAME, content)
    return after


def stamp(data_dir: Path) -> tuple[int, int, int]:
    """What changes when the file is swapped: cheap enough to be looked at every second."""
    try:
        state = (data_dir / NAME).stat()
    except OSError:
        return 0, 0, 0
    return state.st_mtime_ns, state.st_ino, state.st_size
