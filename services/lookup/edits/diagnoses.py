"""The diagnoses of a claim as its dates' editions have them, with the notes at a code and above it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import orjson

from services.lookup.domain import SYSTEMS, Edition, Entry, spelled
from services.lookup.editions.facts import Facts
from services.lookup.edits.claim import Claim, Line
from services.lookup.edits.tables import Spoke, Tables

_SYSTEM: Final = "icd-10-cm"
_KINDS: Final = ("excludes1", "code_first", "use_additional")
_IF: Final = re.compile(r"\b(?:if|when|where) (?:applicable|any|known|present)\b", re.IGNORECASE)
_CATEGORY: Final = 3  # characters


@dataclass(frozen=True, slots=True)
class Note:
    """A note: the code that it stands at, the codes and ranges that it names, its text after the line that leads in."""

    at: str
    codes: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A diagnosis of a line. `before`: what stands before it on the line, in canonical spelling."""

    line: Line
    code: str
    entry: Entry
    edition: Edition
    before: tuple[str, ...]
    read: "Read"


@dataclass(frozen=True, slots=True)
class Read:
    """What an edition has around a code: its notes and those above it, the nearest first, where they name codes.

    `first` are Code first notes, without those that hold "if applicable"; `additional` Use additional code notes,
    without those of blocks, chapters and categories, which speak of too much; `beside` the descriptions of the codes
    beside an unspecified one.
    """

    excludes: tuple[Note, ...]
    first: tuple[Note, ...]
    additional: tuple[Note, ...]
    beside: tuple[str, ...]


def of(claim: Claim, tables: Tables) -> list[Diagnosis]:
    """Every diagnosis that the edition of its day has, once a line."""
    found = []
    for line in claim.lines:
        day = tables.on(line.date)
        before: list[str] = []
        for diagnosis in dict.fromkeys(line.diagnoses):
            code = canonical(diagnosis)
            told = day.entry(_SYSTEM, code) if code else None
            if code and told and told[0]:
                found.append(Diagnosis(line, code, told[0], told[1][1], tuple(before), _read(told[0], told[1], tables)))
            before.append(code or diagnosis)
    return found


def _read(entry: Entry, spoke: Spoke, tables: Tables) -> Read:
    facts = spoke[0].facts
    return tables.once((spoke[1].id, "read", entry.code), lambda: _around(entry, facts))


def _around(entry: Entry, facts: Facts) -> Read:
    said = [(one.code, orjson.loads(one.facts)) for one in (entry, *reversed(facts.ancestors(entry))) if one.facts]
    excludes, first, additional = (
        tuple(note for at, told in said for note in _notes(at, told.get(kind, ()))) for kind in _KINDS
    )
    sided = "unspecified" in entry.display
    return Read(
        excludes,
        tuple(note for note in first if not _IF.search(note.text)),
        tuple(note for note in additional if "-" not in note.at and "." in note.at),
        tuple(one.display for one in facts.children(entry.parent)) if sided else (),
    )


def _notes(at: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[Note]:
    """Notes that name codes. A line without codes that ends in a colon leads in those that follow."""
    lead = ""
    for row in rows:
        if row["codes"]:
            yield Note(at, tuple(row["codes"]), f"{lead} {row['text']}".strip())
        elif row["text"].endswith(":"):
            lead = row["text"]


@lru_cache(maxsize=8_192)
def canonical(diagnosis: str) -> str | None:
    """A diagnosis in its canonical spelling; None where it has no shape of one."""
    return spelled(SYSTEMS[_SYSTEM], diagnosis)


@lru_cache(maxsize=4_096)
def covers(named: str, code: str) -> bool:
    """Whether a code of a note, or its range of categories, covers a code."""
    first, _, last = named.partition("-")
    if last:
        return first <= code[: len(first)] and code[: len(last)] <= last
    return code == named or (code.startswith(named) and (len(named) == _CATEGORY or code[_CATEGORY] == "."))
