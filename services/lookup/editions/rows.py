"""rows.sqlite: the lines of a table by what they are about, written once and read immutable."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

import orjson

from services.lookup.domain import Row
from services.lookup.editions.facts import counted, opened_immutable

_SCHEMA: Final = """
CREATE TABLE line (key TEXT NOT NULL, n INTEGER NOT NULL, line INTEGER NOT NULL, body BLOB NOT NULL,
                   PRIMARY KEY (key, n)) WITHOUT ROWID;
"""


def write(path: Path, rows: Iterable[Row]) -> int:
    """Writes the table and returns its number of rows; rows of one key keep their order."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + _SCHEMA)
        database.executemany("INSERT INTO line VALUES (?, ?, ?, ?)", _numbered(rows))
        database.commit()
        return int(database.execute("SELECT count(*) FROM line").fetchone()[0])


def _numbered(rows: Iterable[Row]) -> Iterator[tuple[str, int, int, bytes]]:
    for n, row in enumerate(rows):
        yield row.key, n, row.line, orjson.dumps(row.body)


class Rows:
    """The rows of an opened edition."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = opened_immutable(path)

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def count(self) -> int:
        """Rows in all, counted anew: no length, or whether there is a table at all would be asked of every row."""
        return counted(self._path, "line")

    def about(self, key: str) -> list[Row]:
        """The rows of a key, in the order of the source; none where it has none."""
        found = self._database.execute("SELECT line, body FROM line WHERE key = ? ORDER BY n", (key,)).fetchall()
        bodies = orjson.loads(b"[" + b",".join([body for _, body in found]) + b"]")  # hundreds at once, of an add-on
        return [Row(key, line, body) for (line, _), body in zip(found, bodies, strict=True)]

    def under(self, prefix: str) -> Iterator[Row]:
        """Every row whose key begins so, by key."""
        query = "SELECT key, line, body FROM line WHERE key >= ? AND key < ? ORDER BY key, n"
        for key, line, body in self._database.execute(query, (prefix, prefix + "\x7f")):
            yield Row(key, line, orjson.loads(body))

    def all(self) -> Iterator[Row]:
        """Every row, by key."""
        for key, line, body in self._database.execute("SELECT key, line, body FROM line ORDER BY key, n"):
            yield Row(key, line, orjson.loads(body))
