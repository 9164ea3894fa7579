"""The values of a long table about a code, of which its page shows the beginning; and where the whole of it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote_plus

from services.lookup.domain import Edition

SHOWN: Final = 12  # rows of a table that stand on the page itself

type Told = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RowsAsked:
    """Which rows: `query` narrows to those that hold each of its words, `within` to a setting or a state."""

    system: str
    code: str
    table: str
    as_of: str = ""
    query: str = ""
    within: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Table:
    """A table about a code: its rows, the first the most telling, and what is said of it as a whole.

    `within`, of `choices`: the setting or state that the rows are of. `filled` adds to a row that is shown what is
    too long to be read of every one.
    """

    rows: Sequence[Told]
    edition: Edition | None = None
    about: Told | None = None
    within: str = ""
    choices: Sequence[str] = ()
    no_data: str = ""
    filled: Callable[[Told], Told] = dict


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of a table: `total` rows in all, `found` of them have the words asked for."""

    code: str
    as_of: str
    table: Table
    rows: Sequence[Told]
    total: int
    found: int
    page: int
    pages: int


_quoted: Final = lru_cache(1_024)(quote_plus)  # days, states and settings come again and again


def address(known: str, code: str, table: str, **asked: str) -> str:
    """Where the whole table is, as the API has it."""
    said = "&".join(f"{name}={_quoted(value)}" for name, value in asked.items() if value)
    return f"/api/v1/codes/{known}/{code}/{table}" + (f"?{said}" if said else "")
