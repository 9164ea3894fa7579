"""The long tables about a code, a page at a time, whole and searchable."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from services.chassis.errors import AppError, FieldError, Kind, invalid
from services.lookup.domain import System
from services.lookup.editions.library import Shelf
from services.lookup.pages import coverage, fees, pairs
from services.lookup.pages.tables import Rows, RowsAsked, Table, Told

PAGE: Final = 50  # rows
LAST_PAGE: Final = 1_000_000
LONGEST_QUERY: Final = 100
_SEARCHED: Final = ("code", "rationale", "document", "title", "contractors", "locality", "state", "name", "contractor")

type Make = Callable[[System, str, Shelf, str], Table]

TABLES: Final[Mapping[str, Make]] = {
    "ptp": pairs.table,
    "coverage": coverage.table,
    "localities": fees.table,
}


def rows(known: System, code: str, shelf: Shelf, asked: RowsAsked) -> Rows:
    """The page asked for; beyond the last one there are none."""
    make = TABLES.get(asked.table)
    if make is None:
        told = FieldError("table", asked.table[:40], ", ".join(TABLES))
        message = f"There is no table {asked.table[:40]!r} about a code. Known are {', '.join(TABLES)}."
        raise AppError(Kind.NOT_FOUND, "UNKNOWN_TABLE", message, (told,))
    if not 1 <= asked.page <= LAST_PAGE:
        raise invalid("BAD_PAGE", "page counts from 1.", FieldError("page", str(asked.page), "a number from 1"))
    if len(asked.query) > LONGEST_QUERY:
        told = FieldError("q", f"{len(asked.query)} characters", f"at most {LONGEST_QUERY} characters")
        raise invalid("QUERY_TOO_LONG", f"A search has at most {LONGEST_QUERY} characters.", told)
    table = make(known, code, shelf, asked.within)
    found = _having(table.rows, asked.query)
    begin = (asked.page - 1) * PAGE
    pages = max(1, -(-len(found) // PAGE))
    shown = [table.filled(row) for row in found[begin : begin + PAGE]]
    return Rows(code, shelf.as_of, table, shown, len(table.rows), len(found), asked.page, pages)


def _having(told: Sequence[Told], query: str) -> Sequence[Told]:
    """The rows in which each word of the query begins a word."""
    wanted = re.findall(r"\w+", query.lower())
    if not wanted:
        return told
    marks = [re.compile(rf"\b{re.escape(word)}") for word in wanted]
    return [row for row in told if all(mark.search(_text(row)) for mark in marks)]


def _text(row: Told) -> str:
    return " ".join(str(row[name]) for name in _SEARCHED if row.get(name)).lower()
