"""Saved codes and lists as values: what a code was judged by, and how a list may be named."""

from dataclasses import dataclass
from typing import Final

from services.chassis.errors import FieldError, invalid
from services.lookup.editions.pairs import Pair

LONGEST_NAME: Final = 60
LONGEST_NOTE: Final = 1_000
MOST_LISTS: Final = 100
MOST_CODES: Final = 1_000


@dataclass(frozen=True, slots=True)
class Figure:
    """What a table said of a code. `table`: an edition's system ("pfs"); `edition`, `name`, `since`: which spoke.

    Of pairs, several may have spoken together.

    `value` is empty where the table does not name the code; of a pair table it is a digest of the pairs in force.
    """

    table: str
    edition: str
    name: str
    since: str
    value: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a code stood when it was judged, under the editions of a generation.

    `edition` and `since` are those of its code set, empty where none described it. `figures` is None for a code that
    was saved before tables were looked at.
    """

    generation: int = 0
    status: str = ""
    display: str = ""
    billable: bool | None = None
    edition: str = ""
    since: str = ""
    figures: tuple[Figure, ...] | None = None

    def figure(self, table: str) -> Figure | None:
        """What a table said; None where none was loaded."""
        return next((one for one in self.figures or () if one.table == table), None)


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is no longer as it was. Kinds: status, description, billable, mue, rvu, ptp.

    `text` says it in a sentence or two; `since` is the first day it holds; `edition` says so, `edition_before` said
    what was. `pairs` are the new ones of kind ptp.
    """

    kind: str
    text: str
    before: str
    after: str
    since: str
    edition: str
    edition_before: str
    pairs: tuple[Pair, ...] = ()


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved code, with what it was judged by when it was saved or its changes were noted."""

    system: str
    code: str
    note: str
    saved_at: int
    stood: Standing = Standing()

    @property
    def key(self) -> str:
        """What it is called within its list."""
        return f"{self.system} {self.code}"


@dataclass(frozen=True, slots=True)
class Listed:
    """A saved code as it is on a day, what it is judged by `now`, and what has changed since it was judged before."""

    saved: Saved
    now: Standing
    status: str
    display: str
    billable: bool | None
    edition: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list; `rev` counts its changes."""

    account_id: str
    name: str
    codes: tuple[Saved, ...] = ()
    changed_at: int = 0
    rev: int = 0


def named(name: str) -> str:
    """A list's name, without spaces around it; INVALID."""
    tidy = " ".join(name.split())
    if 0 < len(tidy) <= LONGEST_NAME and tidy.isprintable() and "/" not in tidy:
        return tidy
    told = FieldError("name", name[:LONGEST_NAME], f"1 to {LONGEST_NAME} characters without a slash")
    raise invalid("BAD_NAME", f"A list's name has 1 to {LONGEST_NAME} characters, and no slash.", told)


def noted(note: str) -> str:
    """A note without spaces around it; INVALID where it is too long."""
    if len(note) > LONGEST_NOTE:
        told = FieldError("note", f"{len(note)} characters", f"at most {LONGEST_NOTE} characters")
        raise invalid("NOTE_TOO_LONG", f"A note has at most {LONGEST_NOTE} characters.", told)
    return note.strip()
