"""A clause as stems with their places: its own words, and what its words stand for."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.lookup.search.readings import Kind, Readings
from services.lookup.search.words import STOP_WORDS, located
from services.lookup.spotting.stems import stem
from services.lookup.spotting.wordings import needs

_PARTING: Final = re.compile(r"[,:()]")
_JOINT: Final = re.compile(r"[,:()]|\b(?:and|or|with)\b", re.IGNORECASE)
_LONGEST_RUN: Final = 5  # words that have a reading together
# What a record writes for a side, before a word that is more than a letter ("L knee", "R/O" is none).
_SIDE: Final = re.compile(
    r"(?<![\d./-] )(?<![\w./-])(?:([Ll])t?|([Rr])t?|(bi)lat|(b)/l)\b(?=[.)]?(?: [A-Za-z]{3}|\)))", re.IGNORECASE
)
_SIDES: Final = ("left", "right", "bilateral", "bilateral")
_STAGED: Final = re.compile(r"([a-z]{3,5})(\d[ab]?)")  # "CKD4", "CKD3b"
_SHORT: Final = 3  # letters of an abbreviation that may be a word in lower case: "he", "all", "cap"


@dataclass(frozen=True, slots=True)
class Place:
    """The words of a clause, by number, that bring a stem; `lent`: all stems of what they stand for, if it is that."""

    first: int
    last: int
    lent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Read:
    """A clause: its words that count, in their search form, their characters, and where each stem comes from.

    `parts`: by word, how many commas and brackets stand before it; `joints`: and how many of these, of "and",
    "or" and "with"; `brings`: by word, the stems that begin there.
    """

    forms: Sequence[str]
    spans: Sequence[tuple[int, int]]
    parts: Sequence[int]
    joints: Sequence[int]
    offers: Mapping[str, Sequence[Place]]
    brings: Sequence[Sequence[str]]

    def touch(self, at: int) -> bool:
        """Whether nothing but a sign stands between a word and the next."""
        return self.spans[at + 1][0] - self.spans[at][1] <= 1


def read(text: str, readings: Readings) -> Read:
    """The clause as it can be compared."""
    found = [one for one in _sided(text, _parted(located(text), readings)) if one[0] not in STOP_WORDS]
    offers: dict[str, list[Place]] = defaultdict(list)
    for at, (form, _, _) in enumerate(found):
        offers[stem(form)].append(Place(at, at))
    for place, lent in _borrowed(text, found, readings):
        if not any(one.lent and one.first <= place.first <= one.last for one in offers.get(lent, ())):
            offers[lent].append(place)
    brings: list[list[str]] = [[] for _ in found]
    for one, places in offers.items():
        for place in places:
            brings[place.first].append(one)
    spans = [(start, end) for _, start, end in found]
    forms = [form for form, _, _ in found]
    return Read(forms, spans, _before(_PARTING, text, spans), _before(_JOINT, text, spans), dict(offers), brings)


def _parted(found: Sequence[tuple[str, int, int]], readings: Readings) -> Iterator[tuple[str, int, int]]:
    """An abbreviation and the stage that is written at its end are two words."""
    for form, start, end in found:
        staged = _STAGED.fullmatch(form)
        if staged and (form,) not in readings and (staged[1],) in readings:
            yield staged[1], start, start + len(staged[1])
            yield staged[2], start + len(staged[1]), end
        else:
            yield form, start, end


def _sided(text: str, found: Iterator[tuple[str, int, int]]) -> Iterator[tuple[str, int, int]]:
    """A side that is written as a letter is the side; of small letters only with their point or t."""
    written = {one.start(): _SIDES[(one.lastindex or 1) - 1] for one in _SIDE.finditer(text) if one.group() not in "lr"}
    return ((written.get(start, form), start, end) for form, start, end in found)


def _before(sign: re.Pattern[str], text: str, spans: Sequence[tuple[int, int]]) -> list[int]:
    """How many of the signs stand before each word."""
    places = [one.start() for one in sign.finditer(text)]
    return [bisect_left(places, start) for start, _ in spans]


def _borrowed(text: str, found: Sequence[tuple[str, int, int]], readings: Readings) -> Iterator[tuple[Place, str]]:
    forms = [form for form, _, _ in found]
    for at in range(len(forms)):
        for size in range(1, min(_LONGEST_RUN, len(forms) - at) + 1):
            for reading in readings.get(_phrase(forms[at : at + size]), ()):
                short = size == 1 and reading.kind is Kind.ABBREVIATION
                if short and not _is_abbreviation(text[found[at][1] : found[at][2]]):
                    continue
                for need in needs(reading.text, "description"):
                    yield from ((Place(at, at + size - 1, need.stems), one) for one in need.stems)


def _phrase(forms: Sequence[str]) -> tuple[str, ...]:
    """Words of the text as the key of a reading: a side between them is not of it ("distal left radius")."""
    first, *rest = forms
    return (first, *(one for one in rest[:-1] if one not in _SIDES), *rest[-1:])


def _is_abbreviation(word: str) -> bool:
    """Whether a word is written as one: in capitals, with a digit, or too long or too odd to be another word."""
    if len(word) > _SHORT or not word.isalpha() or word.isupper():
        return True
    return not word.istitle() and not set(word.lower()) & set("aeiou")
