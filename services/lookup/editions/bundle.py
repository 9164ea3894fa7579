"""A bundle: the immutable folder of one edition.

    DATA/editions/<id>/manifest.json   what it is, from which file, valid when, and the sizes of its files
                       facts.sqlite    its entries
                       search/         its terms, where it has any
                       rows.sqlite     the lines of a table about codes, where it is one
                       pairs/          a pair table, where it is one

It is written in a folder beside its place and renamed into it: what has a manifest is whole.
"""

import contextlib
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from services.lookup.domain import Edition, Entry, Part, Row, Term
from services.lookup.editions.facts import Facts
from services.lookup.editions.facts import write as write_facts
from services.lookup.editions.pair_columns import PairColumns
from services.lookup.editions.pair_columns import write as write_pairs
from services.lookup.editions.pairs import Pairs
from services.lookup.editions.rows import Rows
from services.lookup.editions.rows import write as write_rows
from services.lookup.search.index import TermIndex, Written
from services.lookup.search.index import write as write_terms

FORMAT: Final = 7  # of all that lies in a bundle; a bundle of another format is built anew from its source
MANIFEST: Final = "manifest.json"
# Its descriptions are put together from tables, word by word: by words they are found.
WORDS_ONLY: Final = frozenset({"icd-10-pcs"})
BUILDING: Final = ".building-"

type Progress = Callable[[str, int, int], None]  # stage, done, total


class BundleError(ValueError):
    """A bundle that cannot be used; the message names the file, what is wrong, and how to mend it."""

    def __init__(self, folder: Path, file: str, wrong: str) -> None:
        super().__init__(f"{folder / file}: {wrong}; delete the folder {folder} and start again, and it is rebuilt")


def no_terms(_: Entry) -> Iterable[Term]:
    """What entries are found by that are not searched."""
    return ()


@dataclass(frozen=True, slots=True)
class Source:
    """What a bundle is written from: entries with their terms, the rows of a table, a pair table; what there is.

    `wordings` are terms that lead to codes which another edition describes.
    """

    edition: Edition
    entries: Sequence[Entry] = ()
    terms: Callable[[Entry], Iterable[Term]] = no_terms
    wordings: Sequence[Term] = ()
    rows: Iterable[Row] = ()
    pairs: PairColumns | None = None


def write(editions: Path, source: Source, progress: Progress) -> Edition:
    """Builds the bundle and puts it in its place, where a bundle of that id that is there is replaced."""
    place = editions / source.edition.id
    draft = editions / f"{BUILDING}{source.edition.id}-{os.getpid()}"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        written = _write_tables(draft, source, progress)
        edition = replace(source.edition, rows=sum(written.values()))
        _write_manifest(draft, edition, written)
        _put(draft, place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return edition


def _write_tables(draft: Path, source: Source, progress: Progress) -> dict[str, int]:
    """How many rows went into each table."""
    name = source.edition.id
    written = {"entries": write_facts(draft / "facts.sqlite", _counted(source.entries, f"{name}: facts", progress))}
    if source.terms is not no_terms or source.wordings:
        (draft / "search").mkdir()
        write_terms(draft / "search", _written(source, progress))
    rows = write_rows(draft / "rows.sqlite", source.rows)
    if rows:
        written["rows"] = rows
    else:
        (draft / "rows.sqlite").unlink()
    if source.pairs is not None:
        progress(f"{name}: pairs", 0, len(source.pairs))
        written["pairs"] = write_pairs(draft / "pairs", source.pairs)
        progress(f"{name}: pairs", len(source.pairs), len(source.pairs))
    return written


def _written(source: Source, progress: Progress) -> Iterator[Written]:
    paths: dict[str, tuple[str, ...]] = {"": ()}
    ordinals: dict[str, int] = {}
    displays: dict[str, str] = {}
    for entry in _counted(source.entries, f"{source.edition.id}: search", progress):
        path = paths.get(entry.parent, ())
        paths[entry.code] = (*path, entry.code)
        ordinals[entry.code] = entry.ordinal
        displays[entry.code] = entry.display
        base = displays.get(entry.parent, "")
        top = ordinals[path[0]] if path else entry.ordinal
        for term in source.terms(entry):
            yield Written(term, entry, path, top, source.edition.system in WORDS_ONLY, base)
    for wording in source.wordings:
        yield Written(wording)


def _counted[T](things: Sequence[T], stage: str, progress: Progress) -> Iterator[T]:
    every = max(1, len(things) // 50)
    for number, thing in enumerate(things):
        if number % every == 0:
            progress(stage, number, len(things))
        yield thing
    progress(stage, len(things), len(things))


def _write_manifest(folder: Path, edition: Edition, tables: dict[str, int]) -> None:
    files = {str(path.relative_to(folder)): path.stat().st_size for path in _files(folder)}
    facts = {key: value for key, value in asdict(edition).items() if key != "stale"}
    write_durably(folder / MANIFEST, {"format": FORMAT, "edition": facts, "tables": tables, "files": files})


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


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
        self.edition, self._tables = _read_manifest(folder)
        self.rows: Rows | None = None
        self.pairs: Pairs | None = None
        self.terms: TermIndex | None = None
        with self._blaming("facts.sqlite"):
            self.facts = Facts(folder / "facts.sqlite")
        try:
            self._open_tables()
        except BundleError:
            self.close()
            raise

    def _open_tables(self) -> None:
        with self._blaming("facts.sqlite"):
            self._check("facts.sqlite", "entries", self.facts.rows())
        if "rows" in self._tables:
            with self._blaming("rows.sqlite"):
                self.rows = Rows(self.folder / "rows.sqlite")
                self._check("rows.sqlite", "rows", self.rows.count())
        if "pairs" in self._tables:
            with self._blaming("pairs"):
                self.pairs = Pairs(self.folder / "pairs")
                self._check("pairs", "pairs", len(self.pairs))
        if (self.folder / "search").is_dir():
            with self._blaming("search"):
                self.terms = TermIndex(self.folder / "search")

    @contextlib.contextmanager
    def _blaming(self, file: str) -> Iterator[None]:
        try:
            yield
        except BundleError:
            raise
        except (sqlite3.Error, ValueError, OSError) as error:
            raise BundleError(self.folder, file, str(error)) from error

    def _check(self, file: str, table: str, rows: int) -> None:
        if rows != self._tables[table]:
            raise BundleError(self.folder, file, f"{rows} rows where the manifest has {self._tables[table]}")

    @property
    def describes(self) -> bool:
        """Whether it has entries, and not only terms that lead to those of another edition."""
        return self._tables["entries"] > 0

    def close(self) -> None:
        """Closes its files."""
        self.facts.close()
        if self.rows is not None:
            self.rows.close()


def _read_manifest(folder: Path) -> tuple[Edition, dict[str, int]]:
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
        edition = edition_of(manifest)
        tables = {str(name): int(rows) for name, rows in manifest["tables"].items()}
        files = {str(name): int(size) for name, size in manifest["files"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BundleError(folder, MANIFEST, f"a key is missing or wrong ({error})") from error
    for name, size in files.items():
        _check_size(folder, name, size)
    return edition, tables


def edition_of(manifest: Mapping[str, Any]) -> Edition:
    """The edition that a manifest tells of; KeyError or TypeError where it tells none."""
    said = dict(manifest["edition"])
    return Edition(**said | {"parts": tuple(Part(**part) for part in said.get("parts", ()))})


def edition_in(folder: Path) -> Edition:
    """The edition of a bundle without opening the rest of it. BundleError."""
    return _read_manifest(folder)[0]


def _check_size(folder: Path, name: str, size: int) -> None:
    path = folder / name
    if not path.is_file():
        raise BundleError(folder, name, "is missing")
    if path.stat().st_size != size:
        raise BundleError(folder, name, f"{path.stat().st_size} bytes where {size} were written")
