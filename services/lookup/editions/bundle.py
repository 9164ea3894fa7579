"""A bundle: the immutable folder of one edition.

    DATA/editions/<id>/manifest.json   what it is, from which file, valid when, and the sizes of its files
                       facts.sqlite    its entries
                       search/         the index of its terms

It is written in a folder beside its place and renamed into it: what has a manifest is whole.
"""

import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from services.lookup.domain import Edition, Entry, Term
from services.lookup.editions.facts import Facts
from services.lookup.editions.facts import write as write_facts
from services.lookup.search.index import TermIndex, Written
from services.lookup.search.index import write as write_terms

FORMAT: Final = 1  # of all that lies in a bundle; a bundle of another format is built anew from its source
MANIFEST: Final = "manifest.json"
BUILDING: Final = ".building-"

type Progress = Callable[[str, int, int], None]  # stage, done, total


class BundleError(ValueError):
    """A bundle that cannot be used; the message names the file, what is wrong, and how to mend it."""

    def __init__(self, folder: Path, file: str, wrong: str) -> None:
        super().__init__(f"{folder / file}: {wrong}; delete the folder {folder} and start again, and it is rebuilt")


@dataclass(frozen=True, slots=True)
class Source:
    """What a bundle is written from."""

    edition: Edition
    entries: Sequence[Entry]
    terms: Callable[[Entry], Iterable[Term]]


def write(editions: Path, source: Source, progress: Progress) -> Edition:
    """Builds the bundle and puts it in its place, where a bundle of that id that is there is replaced."""
    edition = replace(source.edition, rows=len(source.entries))
    place = editions / edition.id
    draft = editions / f"{BUILDING}{edition.id}-{os.getpid()}"
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "search").mkdir(parents=True)
    try:
        write_facts(draft / "facts.sqlite", _counted(source.entries, f"{edition.id}: facts", progress))
        write_terms(draft / "search", _written(source, progress))
        _write_manifest(draft, edition)
        _put(draft, place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return edition


def _written(source: Source, progress: Progress) -> Iterator[Written]:
    paths: dict[str, tuple[str, ...]] = {"": ()}
    for entry in _counted(source.entries, f"{source.edition.id}: search", progress):
        path = paths.get(entry.parent, ())
        paths[entry.code] = (*path, entry.code)
        for term in source.terms(entry):
            yield Written(term, entry, path)


def _counted[T](things: Sequence[T], stage: str, progress: Progress) -> Iterator[T]:
    every = max(1, len(things) // 50)
    for number, thing in enumerate(things):
        if number % every == 0:
            progress(stage, number, len(things))
        yield thing
    progress(stage, len(things), len(things))


def _write_manifest(folder: Path, edition: Edition) -> None:
    files = {str(path.relative_to(folder)): path.stat().st_size for path in _files(folder)}
    facts = {key: value for key, value in asdict(edition).items() if key != "stale"}
    write_durably(folder / MANIFEST, {"format": FORMAT, "edition": facts, "files": files})


def _files(folder: Path) -> list[Path]:
    """All but what Tantivy writes to keep other writers out."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".tantivy"))


def write_durably(path: Path, content: dict[str, Any]) -> None:
    """Writes JSON so that after a crash either the old or the new is there, whole."""
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _put(draft: Path, place: Path) -> None:
    """Renames the draft into its place; one that is there already steps aside first, open files of it live on."""
    aside = place.with_name(f"{BUILDING}{place.name}-{os.getpid()}-old")
    shutil.rmtree(aside, ignore_errors=True)
    if place.exists():
        place.rename(aside)
    draft.rename(place)
    shutil.rmtree(aside, ignore_errors=True)


def identity(editions: Path, edition_id: str) -> tuple[int, str]:
    """Format and source sha256 of a bundle as its manifest tells them; (0, "") where there is no readable one."""
    try:
        manifest = json.loads((editions / edition_id / MANIFEST).read_bytes())
        return int(manifest["format"]), str(manifest["edition"]["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0, ""


class Bundle:
    """An opened bundle. Raises BundleError where anything about the folder is not as it was written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.edition = _read_manifest(folder)
        try:
            self.facts = Facts(folder / "facts.sqlite")
        except sqlite3.Error as error:
            raise BundleError(folder, "facts.sqlite", str(error)) from error
        try:
            self._check_rows()
            self.terms = TermIndex(folder / "search", self.edition.system)
        except ValueError as error:
            self.facts.close()
            raise error if isinstance(error, BundleError) else BundleError(folder, "search", str(error)) from error

    def _check_rows(self) -> None:
        try:
            rows = self.facts.rows()
        except sqlite3.Error as error:
            raise BundleError(self.folder, "facts.sqlite", str(error)) from error
        if rows != self.edition.rows:
            raise BundleError(self.folder, "facts.sqlite", f"{rows} rows where the manifest has {self.edition.rows}")

    def close(self) -> None:
        """Closes its files."""
        self.facts.close()


def _read_manifest(folder: Path) -> Edition:
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except OSError as error:
        raise BundleError(folder, MANIFEST, f"cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise BundleError(folder, MANIFEST, f"is not JSON ({error})") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        found = manifest.get("format") if isinstance(manifest, dict) else None
        raise BundleError(folder, MANIFEST, f"format {found}, expected {FORMAT}")
    try:
        edition = Edition(**manifest["edition"])
        files = {str(name): int(size) for name, size in manifest["files"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BundleError(folder, MANIFEST, f"a key is missing or wrong ({error})") from error
    for name, size in files.items():
        _check_size(folder, name, size)
    return edition


def _check_size(folder: Path, name: str, size: int) -> None:
    path = folder / name
    if not path.is_file():
        raise BundleError(folder, name, "is missing")
    if path.stat().st_size != size:
        raise BundleError(folder, name, f"{path.stat().st_size} bytes where {size} were written")
