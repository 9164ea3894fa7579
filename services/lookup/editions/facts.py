"""facts.sqlite: the entries of one edition, written once and read immutable."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

import orjson

from services.lookup.domain import Entry, Level

_MAPPED: Final = 1 << 30  # bytes; shared with every other reader, and given back under pressure
_SCHEMA: Final = """
CREATE TABLE entry (
    code TEXT PRIMARY KEY,
    parent TEXT NOT NULL,
    level TEXT NOT NULL,
    display TEXT NOT NULL,
    billable INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    children INTEGER NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    known_from TEXT NOT NULL,
    facts TEXT NOT NULL
) WITHOUT ROWID;
"""
_INDEXES: Final = """
CREATE INDEX entry_parent ON entry (parent, ordinal);
CREATE INDEX entry_ordinal ON entry (ordinal);
CREATE INDEX entry_level ON entry (code, level);
"""
_STARTING: Final = f"WHERE code >= ? AND code < ? AND level NOT IN ('{Level.CHAPTER}', '{Level.BLOCK}')"
_COLUMNS: Final = "code, parent, level, display, billable, ordinal, children, since, until, known_from, facts"
_SELECT: Final = f"SELECT {_COLUMNS} FROM entry "  # noqa: S608 -- constants
_ONE: Final = _SELECT + "WHERE code = ?"
# Without the facts, which are most of a row's bytes: what lists and histories tell.
_NAMED: Final = "SELECT code, display, billable FROM entry "
_ACTIVE: Final = "SELECT code FROM entry WHERE ? >= known_from AND ? >= since AND (until = '' OR ? <= until)"
_LEVELS: Final = {level.value: level for level in Level}
_HEADERS: Final = 4_096

type Read = Mapping[str, Any]

_INSERT: Final = f"INSERT INTO entry ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 -- constants


def write(path: Path, entries: Iterable[Entry]) -> int:
    """Writes the table and returns its number of rows; a code that comes twice is an IntegrityError."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
        database.executemany(_INSERT, _rows(entries))
        database.executescript(_INDEXES)
        return int(database.execute("SELECT count(*) FROM entry").fetchone()[0])


def _rows(entries: Iterable[Entry]) -> Iterator[tuple[str | int, ...]]:
    for e in entries:
        yield (
            *(e.code, e.parent, e.level.value, e.display, e.billable, e.ordinal),
            *(e.children, e.since, e.until, e.known_from, e.facts),
        )


def opened_immutable(path: Path) -> sqlite3.Connection:
    """A file nobody ever writes to again: no locks and no journal are looked for, and pages come from its mapping."""
    database = _opened(path)
    database.execute(f"PRAGMA mmap_size = {_MAPPED}")
    return database


def counted(path: Path, table: str) -> int:
    """The rows of a table; sqlite3.DatabaseError where there is none.

    All of the file is read past the mapping: what is counted once, at opening, need not stay in memory.
    """
    with closing(_opened(path)) as database:
        return int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 -- our own names


def _opened(path: Path) -> sqlite3.Connection:
    at = quote(str(path.resolve()))
    return sqlite3.connect(f"file:{at}?mode=ro&immutable=1", uri=True, check_same_thread=False)


class Named(NamedTuple):
    """A code with its description, and whether it is valid on a claim."""

    code: str
    display: str
    billable: int


def read(entry: Entry) -> Read:
    """The facts of an entry; nothing where it has none."""
    return orjson.loads(entry.facts) if entry.facts else {}


class Facts:
    """The entries of an opened edition. Reads take microseconds, so they are made on the event loop."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = opened_immutable(path)
        self._headers: dict[str, tuple[Entry, Read] | None] = {}  # chapters, blocks, categories are asked for again

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def rows(self) -> int:
        """Entries in all; sqlite3.DatabaseError where the file is no such table."""
        return counted(self._path, "entry")

    def all(self) -> Iterator[Entry]:
        """Every entry in the official order."""
        return self._read("ORDER BY ordinal")

    def active(self, as_of: str) -> list[str]:
        """The codes that can be reported on a date."""
        return [code for (code,) in self._database.execute(_ACTIVE, (as_of, as_of, as_of))]

    def entry(self, code: str) -> Entry | None:
        """The entry of a canonical code."""
        row = self._database.execute(_ONE, (code,)).fetchone()
        return _entry(row) if row else None

    def named(self, code: str) -> Named | None:
        """What a code is called, without its facts."""
        row = self._database.execute(_NAMED + "WHERE code = ?", (code,)).fetchone()
        return Named(*row) if row else None

    def named_below(self, parent: str, limit: int) -> list[Named]:
        """The first entries right below one, in the official order, without their facts."""
        found = self._database.execute(_NAMED + "WHERE parent = ? ORDER BY ordinal LIMIT ?", (parent, limit))
        return [Named(*row) for row in found]

    def children(self, parent: str) -> tuple[Entry, ...]:
        """The entries right below one, in the official order; below "": the top of the system."""
        return tuple(self._read("WHERE parent = ? ORDER BY ordinal", parent))

    def ancestors(self, entry: Entry) -> tuple[Entry, ...]:
        """From the top of the system down to the parent."""
        return tuple(one for one, _ in reversed(self.above(entry)))

    def above(self, entry: Entry) -> list[tuple[Entry, Read]]:
        """From the parent up to the top of the system, each with its facts read."""
        above: list[tuple[Entry, Read]] = []
        while entry.parent and (parent := self._header(entry.parent)):
            above.append(parent)
            entry = parent[0]
        return above

    def _header(self, code: str) -> tuple[Entry, Read] | None:
        if code not in self._headers:
            while len(self._headers) >= _HEADERS:
                self._headers.pop(next(iter(self._headers)), None)
            found = self.entry(code)
            self._headers[code] = (found, read(found)) if found else None
        return self._headers[code]

    def starting(self, prefix: str, limit: int) -> tuple[Entry, ...]:
        """Codes whose canonical form starts with `prefix`, by code; no blocks, no chapters."""
        return tuple(self._read(_STARTING + " ORDER BY code LIMIT ?", prefix, prefix + "\x7f", limit))

    def count_starting(self, prefix: str) -> int:
        """How many codes `starting` finds without its limit."""
        query = "SELECT count(*) FROM entry " + _STARTING  # noqa: S608 -- constants
        return int(self._database.execute(query, (prefix, prefix + "\x7f")).fetchone()[0])

    def end_of(self, entry: Entry) -> int:
        """The ordinal behind the last entry below one: all below it follow it in the official order."""
        last = entry
        while last.children:
            last = self.children(last.code)[-1]
        return last.ordinal + 1

    def billable_below(self, entry: Entry, limit: int) -> tuple[Entry, ...]:
        """The first codes below a category or code that are valid on a claim: theirs begin with its own."""
        clause = "WHERE code > ? AND code < ? AND billable ORDER BY code LIMIT ?"
        return tuple(self._read(clause, entry.code, entry.code + "\x7f", limit))

    def between(self, first: Entry, last: Entry) -> tuple[Entry, ...]:
        """The entries of the first one's level from the first to the last, both included, in the official order."""
        clause = "WHERE ordinal BETWEEN ? AND ? AND level = ? ORDER BY ordinal"
        return tuple(self._read(clause, first.ordinal, last.ordinal, first.level.value))

    def _read(self, clause: str, *values: Any) -> Iterator[Entry]:  # noqa: ANN401 -- what SQLite takes
        for row in self._database.execute(_SELECT + clause, values):
            yield _entry(row)


def _entry(row: tuple[Any, ...]) -> Entry:
    code, parent, level, display, billable, *rest = row
    return Entry(code, parent, _LEVELS[level], display, bool(billable), *rest)
