"""Code systems, editions, entries and hits as values; how a code is spelled.

Dates are strings YYYY-MM-DD throughout: they compare as they are, and an empty one is an open end.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple

type Json = Mapping[str, Any]

FIRST_DAY: Final = "1900-01-01"
LAST_DAY: Final = "2100-12-31"


class Status(StrEnum):
    """Whether a code can be reported on a date."""

    ACTIVE = "active"
    NOT_YET_VALID = "not_yet_valid"
    DELETED = "deleted"
    NO_DATA = "no_data"


class Level(StrEnum):
    """What sort of entry of a code system."""

    CHAPTER = "chapter"
    BLOCK = "block"
    CATEGORY = "category"
    CODE = "code"  # below a category: subcategories, and every code of a system without a hierarchy
    EXTENDED = "extended"  # made of a code and a seventh character


@dataclass(frozen=True, slots=True)
class System:
    """A code system and the shape of its codes. `dotted`: a dot stands after the third character."""

    id: str
    name: str
    shape: re.Pattern[str]
    expected: str
    dotted: bool = False


# CPT: four digits and a digit or the letter of a category II, III, administrative MAAA, PLA code.
# HCPCS Level II: a letter A to V and four digits. ICD-10-PCS has no I and no O.
SYSTEMS: Final[Mapping[str, System]] = {
    system.id: system
    for system in (
        System(
            "icd-10-cm",
            "ICD-10-CM",
            re.compile(r"[A-Z][0-9A-Z]{2}(?:\.?[0-9A-Z]{1,4}|-[A-Z][0-9A-Z]{2})?|0?[1-9]|[1-9][0-9]"),
            "a letter and two characters, then up to four after a dot (E11.42), a block (E08-E13) or chapter (4)",
            dotted=True,
        ),
        System(
            "icd-10-pcs",
            "ICD-10-PCS",
            re.compile(r"[0-9A-HJ-NP-Z]{7}|[0-9A-HJ-NP-Z]{3}|[0-9A-HJ-NP-Z]"),
            "seven characters, digits and letters without I and O (0DTJ4ZZ), a table of three (0DT), or a section (0)",
        ),
        System(
            "hcpcs", "HCPCS Level II", re.compile(r"[A-V][0-9]{4}|[A-V]"), "a letter A to V and four digits (J1885)"
        ),
        System(
            "cpt",
            "CPT",
            re.compile(r"[0-9]{4}[0-9AFMTU]"),
            "four digits, then a digit or one of A, F, M, T, U (20701)",
        ),
    )
}
# Editions whose terms lead to the codes of another system: they are searched with it.
LEADING_TO: Final[Mapping[str, str]] = {
    "cpt-ama": "cpt",
    "icd-10-cm-index": "icd-10-cm",
    "icd-10-cm-external-causes": "icd-10-cm",
}
_BLOCK_OR_CHAPTER: Final = re.compile(r".*-.*|[0-9]+")


def spelled(system: System, text: str) -> str | None:
    """The canonical form of any spelling of a code: upper case, dotted where the system dots; None where it is none."""
    code = text.strip(" ").upper()
    if not text.isascii() or not system.shape.fullmatch(code):
        return None
    if not system.dotted:
        return code
    if _BLOCK_OR_CHAPTER.fullmatch(code):
        return code.lstrip("0")
    bare = code.replace(".", "")
    return f"{bare[:3]}.{bare[3:]}" if len(bare) > 3 else bare  # noqa: PLR2004 -- a category's three characters


def day(text: str) -> str | None:
    """The text where it is a day from 1900 to 2100 in the form YYYY-MM-DD, else None."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        date.fromisoformat(text)
    except ValueError:
        return None
    return text if FIRST_DAY <= text <= LAST_DAY else None


def title(name: str, system: str) -> str:
    """What an edition is, for people: its own name, or that of its system."""
    return name or (SYSTEMS[system].name if system in SYSTEMS else system)


@dataclass(frozen=True, slots=True)
class Part:
    """A file that an edition was made from; `member` is its name inside an archive, empty for a bare file."""

    name: str
    file: str
    sha256: str
    member: str = ""


@dataclass(frozen=True, slots=True)
class Edition:
    """One release of one source: of a code system, or of a table about codes ("ncci-mue-practitioner").

    `complete`: it lists everything there is, so that what is absent from it does not exist. `row_dated`: its
    rows carry dates of their own, and it speaks for every date that these decide. `covers` says in one
    sentence what it decides and what it leaves open. `counts`: what its source counts, by name. `licence`: who
    accepted the licence of its publisher, and when.
    """

    id: str
    system: str
    version: str
    effective_from: str
    effective_to: str
    file: str
    sha256: str
    rows: int
    covers: str
    complete: bool = True
    row_dated: bool = False
    stale: bool = False
    name: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    licence: str = ""

    @property
    def title(self) -> str:
        """What it is, for people."""
        return title(self.name, self.system)

    def on(self, as_of: str) -> "Edition":
        """The edition as it speaks for a date: stale where its window is over by then."""
        return replace(self, stale=bool(self.effective_to) and as_of > self.effective_to)


@dataclass(frozen=True, slots=True)
class Entry:
    """A code, block or chapter as an edition has it.

    `since`, `until`: first and last day in force, empty where the edition's window is all that is known.
    `known_from`: before that day the entry says nothing. `facts` is what its source says beyond, in JSON.
    """

    code: str
    parent: str
    level: Level
    display: str
    billable: bool
    ordinal: int = 0
    children: int = 0
    since: str = ""
    until: str = ""
    known_from: str = ""
    facts: str = ""

    def status(self, as_of: str) -> Status:
        """Whether it can be reported on a date."""
        if as_of < self.known_from:
            return Status.NO_DATA
        if as_of < self.since:
            return Status.NOT_YET_VALID
        return Status.DELETED if self.until and as_of > self.until else Status.ACTIVE


class Row(NamedTuple):
    """A line of a table: what it is about, its line in the source file (1-based), and what it says."""

    key: str
    line: int
    body: Json


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a code's page; `body` is JSON of the section's own shape."""

    key: str
    title: str
    gated: bool
    body: bytes


@dataclass(frozen=True, slots=True)
class Code:
    """A code as of a date. `edition` is the one that spoke, None where none did."""

    system: str
    code: str
    display: str
    status: Status
    billable: bool | None
    as_of: str
    edition: Edition | None
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A line of a hierarchy."""

    code: str
    display: str
    billable: bool
    has_children: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a hierarchy: `ancestors` from the top down to the parent; no `node` at the top of the system.

    `axis`: what the children are values of ("approach"), empty where they are of no axis.
    """

    ancestors: tuple[Node, ...]
    node: Node | None
    children: tuple[Node, ...]
    edition: Edition | None
    axis: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A wording that leads to a code. Kinds: code, description, inclusion, index, abbreviation, common."""

    code: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A code that a search found, by its best term; scores compare within one answer only."""

    system: str
    code: str
    display: str
    billable: bool
    score: float
    term: str
    kind: str
    children: tuple["Node", ...] = ()  # of a header: codes below it that are valid on a claim, the first few


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a search is narrowed to: the codes below one (chapter, section, category), and those valid on a claim."""

    within: str = ""
    billable: bool = False

    def __bool__(self) -> bool:
        """Whether it narrows anything."""
        return bool(self.within or self.billable)


@dataclass(frozen=True, slots=True)
class Facet:
    """How many of the codes found a narrower search would keep. Fields: system, within, billable."""

    field: str
    value: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, best first; `total` counts the codes that share the words.

    `tried`: what the words were read as, where none of them is known or nothing was found by them.
    """

    hits: tuple[Hit, ...]
    total: int
    as_of: str = ""
    facets: tuple[Facet, ...] = ()
    tried: tuple[str, ...] = ()
    read_as: tuple[tuple[str, str], ...] = ()  # words that no term has, and the one each was read as, if there is one
