"""The most special code that a clause supports: down from a header by the words that stand near the term."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.lookup.domain import Entry, Level
from services.lookup.editions.facts import Facts
from services.lookup.search.remembered import Remembered
from services.lookup.spotting.reading import Read
from services.lookup.spotting.spot import Spot
from services.lookup.spotting.stems import stem
from services.lookup.spotting.wordings import Need, needs

SPOTTED: Final = frozenset({Level.CATEGORY, Level.CODE})
_BESIDE: Final = 3  # words beside a spot that may make its code more special
_NEAR: Final = 6  # and those that may tell its side
_SIDES: Final = frozenset(stem(word) for word in ("left", "right", "bilateral", "both", "upper", "lower"))
_WOMAN: Final = frozenset({stem("female")})
_SILENT: Final = frozenset({*_WOMAN, stem("region"), stem("side"), stem("type")})
_SCALES: Final = frozenset(
    stem(word) for word in ("stage", "grade", "type", "degree", "class")
)  # a number needs its own
_SEVERAL: Final = 2
_BOTH, _BILATERAL = stem("both"), stem("bilateral")
_OPEN: Final = re.compile(r"unspecified|^unilateral", re.IGNORECASE)  # "unilateral" leaves it open whether it is both
_UNSPECIFIED: Final = re.compile(r"unspecified", re.IGNORECASE)
_KEPT: Final = 10_000  # entries: those that cases lead to, about 500 bytes each

type Below = Sequence[tuple[Entry, Need, frozenset[str]]]


class Tree:
    """The codes of an edition with what each needs beyond its header; what was read is kept."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._entries: Remembered[str, Entry | None] = Remembered(_KEPT)
        self._below: Remembered[str, Below] = Remembered(_KEPT)

    def is_of(self, facts: Facts) -> bool:
        """Whether it was read from these entries."""
        return self._facts is facts

    def entry(self, code: str) -> Entry | None:
        """The entry of a code, without its facts."""
        return self._entries.get(code, self._read_entry)

    def _read_entry(self, code: str) -> Entry | None:
        found = self._facts.entry(code)
        return replace(found, facts="") if found else None

    def most_special(self, entry: Entry, clause: Read, spot: Spot) -> Entry:
        """Down from a header, and from beside a code that says nothing more."""
        is_vague = bool(_UNSPECIFIED.search(entry.display))
        if entry.billable and not is_vague:
            return entry
        said = _near_by(clause, spot)
        own = None if entry.billable else self._down(entry, said, least=1)
        above = self._above(entry) if is_vague and not own else None
        return own or (self._down(above, said, least=1) if above else None) or self._down(entry, said) or entry

    def _above(self, entry: Entry) -> Entry | None:
        """The header over all that leaves something unspecified: from "unspecified site, stage 4" to any site."""
        above = self.entry(entry.parent)
        while above is not None and above.level in SPOTTED and _OPEN.search(above.display):
            above = self.entry(above.parent)
        return above if above is not None and above.level in SPOTTED else None

    def _down(self, entry: Entry, said: set[str], *, least: int = 0) -> Entry | None:
        """The code furthest below whose words are said, at least some of them by name; None where there is none."""
        named = 0
        while not entry.billable:
            chosen = _child(self._below.get(entry.code, self._read_below), said)
            if chosen is None:
                break
            entry, named = chosen[1], named + chosen[0]
        return entry if named >= least else None

    def _read_below(self, code: str) -> Below:
        """The codes below a header, each with the ways to need it, and what those need beyond the header.

        Those two steps down too, for what a record names is often there: "sacral", below "of back". What all codes of
        a step share tells none of them apart, and a woman is meant where no man is named (carcinoma of the breast).
        """
        header = self.entry(code)
        own = {one for need in needs(header.display if header else "", "description") for one in need.stems} | _SILENT
        children = self._children(code)
        own |= _shared(children)
        steps = [children, *(self._children(one.code) for one in children if not one.billable)]
        return tuple(
            (one, replace(need, plain=True) if need.stems & _WOMAN else need, need.stems - own)
            for step in steps
            for one in step
            for need in needs(one.display, "description")
        )

    def _children(self, code: str) -> list[Entry]:
        return [replace(one, facts="") for one in self._facts.children(code) if one.level in SPOTTED]


def _shared(step: Sequence[Entry]) -> frozenset[str]:
    """The stems that all of several descriptions need."""
    told = [one.display for one in step if not _UNSPECIFIED.search(one.display)]
    if len(told) < _SEVERAL:
        return frozenset()
    return frozenset.intersection(*(need.stems for one in told for need in needs(one, "description"))) - _SCALES


def _near_by(clause: Read, spot: Spot) -> set[str]:
    """Stems beside the spot, in its part of the clause; a side may stand further off."""
    first, last = min(spot.at), max(spot.at)
    parts = range(clause.parts[first], clause.parts[last] + 1)
    said: set[str] = set()
    for at in range(max(0, first - _NEAR), min(len(clause.parts), last + _NEAR + 1)):
        beside = first - _BESIDE <= at <= last + _BESIDE and clause.parts[at] in parts
        said.update(clause.brings[at] if beside else _SIDES.intersection(clause.brings[at]))
    return said | {_BILATERAL} if _BOTH in said else said


def _child(below: Below, said: set[str]) -> tuple[int, Entry] | None:
    """The child with the most further words that are said, and how many; else the one that says nothing more."""
    best: tuple[tuple[bool, int, bool, bool], Entry] | None = None  # the first of equals: the one nearer to the header
    for child, need, more in below:
        if more <= said and (more or need.plain):
            rank = (
                bool(more) and not need.residual and not _UNSPECIFIED.search(child.display),
                len(more),
                need.plain,
                not need.residual,
            )
            if best is None or rank > best[0]:
                best = (rank, child)
    return (best[0][1], best[1]) if best else None
