"""What an importer is: how it recognises a member, and how it reads the parts of an edition."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.lookup.domain import Entry, Row, Term
from services.lookup.editions.bundle import no_terms
from services.lookup.editions.pair_columns import PairColumns
from services.lookup.importers.files import Member
from services.lookup.importers.refusal import ImportRefusedError, Place
from services.lookup.importers.releases import Window

ONLY: Final = "only"  # the part's name where an edition is one file


@dataclass(frozen=True, slots=True)
class Given:
    """What the user says of the files: their kind, their window, who accepts the licence of their publisher."""

    kind: str = ""
    effective_from: str = ""
    effective_to: str = ""
    licensee: str = ""
    today: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a member turned out to be: a part of an edition of a system. No window: the file does not tell it."""

    system: str
    name: str
    window: Window | None
    part: str = ONLY


@dataclass(frozen=True, slots=True)
class Content:
    """What the parts of an edition hold. `counts`: what the source itself counts; `lacking`: parts not there yet."""

    covers: str
    counts: Mapping[str, int]
    entries: Sequence[Entry] = ()
    terms: Callable[[Entry], Iterable[Term]] = no_terms
    wordings: Sequence[Term] = ()  # terms of codes that another edition describes
    rows: Iterable[Row] = ()
    pairs: PairColumns | None = None
    complete: bool = True
    row_dated: bool = False
    lacking: Sequence[str] = ()
    remarks: Sequence[str] = ()  # what could not be read and was left out, each with its place


type Parts = Mapping[str, Member]
type Around = Callable[[str, str], tuple[str, Sequence[Entry]]]  # version and entries of a system nearest to a day


@dataclass(frozen=True, slots=True)
class Exports:
    """Exports that appear some days apart and are one edition: of each, the newest is taken whole.

    `within`: days; `of` tells the export that a part belongs to.
    """

    within: int
    of: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Format:
    """An official format. `identify` answers None for members that are of another."""

    kind: str
    what: str
    identify: Callable[[Member, Given], Identity | None]
    read: Callable[[Parts, Around, str], Content]  # parts by name; what is loaded around; first day of the edition
    exports: Exports | None = None


def window(member: Member, found: Window | None, given: Given) -> Window:
    """The window that the user gives, else what the file tells.

    Refused where neither says when it begins, and where it would end before.
    """
    version, begin, end = found or ("", "", "")
    if given.effective_from and given.effective_from != begin:
        version, begin, end = f"from {given.effective_from}", given.effective_from, end if end >= begin else ""
    end = given.effective_to or (end if end >= begin else "")
    if not begin:
        wrong = "nothing in the file or its name says when it holds"
        expected = "--effective-from YYYY-MM-DD, and --effective-to where it ends"
        raise ImportRefusedError(Place(member.place), wrong, expected=expected)
    if end and end < begin:
        raise ImportRefusedError(Place(member.place), "ends before it begins", f"{begin} to {end}", "a later last day")
    return version, begin, end


def needs_rows(member: Member, rows: int, what: str) -> None:
    """Refuses a file with a heading and nothing below it."""
    if not rows:
        raise ImportRefusedError(Place(member.place), f"holds no {what}", expected="at least one")
