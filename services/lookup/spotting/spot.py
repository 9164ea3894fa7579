"""Spots terms in a clause: all stems that a wording needs stand in it, close together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from services.lookup.spotting.dictionary import Dictionary, Wording
from services.lookup.spotting.reading import Place, Read
from services.lookup.spotting.stems import said_by, stem

_GAP: Final = 2  # foreign words that may stand between those of a wording
_COMMA: Final = 2  # foreign words that a comma counts for
_OFTEN: Final = 8  # places of the same word in a clause that are looked at


@dataclass(frozen=True, slots=True)
class Spot:
    """A wording that stands in a clause.

    `at`: its words by number; `gap`: foreign words and commas between them; `borrowed`: its stems that the text has by
    what its words stand for.
    """

    wording: Wording
    at: frozenset[int]
    gap: int
    borrowed: int
    worth: float


def spots(dictionary: Dictionary, clause: Read) -> Iterator[Spot]:
    """Every wording whose stems stand close together."""
    for wording in dictionary.within(clause.offers):
        if len(wording.stems) > 1 or _is_said(wording, clause):
            yield from _occurrences(dictionary, wording, clause)


def _is_said(wording: Wording, clause: Read) -> bool:
    """A wording of one word stands in a text as that word, or as one that stands for it: "cystic" is no cyst."""
    said = said_by(wording.term)
    return any(place.lent or clause.forms[place.first] in said for place in clause.offers[wording.stems[0]])


def _occurrences(dictionary: Dictionary, wording: Wording, clause: Read) -> Iterator[Spot]:
    """Where the wording stands, around each place of its rarest stem."""
    places = [[one for one in clause.offers[needed] if one.lent.issubset(wording.stems)] for needed in wording.stems]
    if not all(places):
        return
    seen: set[frozenset[int]] = set()
    for anchor in places[0][:_OFTEN]:
        chosen = [anchor, *(_nearest(others, anchor, clause) for others in places[1:])]
        at = frozenset(number for one in chosen for number in range(one.first, one.last + 1))
        commas = clause.parts[max(at)] - clause.parts[min(at)]
        gap = max(at) - min(at) + 1 - len(at) + _COMMA * max(0, commas - _own_commas(wording))
        if any(one.lent and one.first <= min(at) and max(at) <= one.last for one in chosen):
            gap = 0  # one phrase stands for the whole term, commas and all: "depression, moderate, recurrent"
        if gap <= _GAP and at not in seen:
            seen.add(at)
            yield Spot(wording, at, gap, sum(bool(one.lent) for one in chosen), _worth(dictionary, chosen, at, clause))


def _own_commas(wording: Wording) -> int:
    """Commas that a description has itself: "disorder, recurrent, moderate"; the index has one before every word."""
    return wording.term.count(",") if wording.kind == "description" else 0


def _worth(dictionary: Dictionary, chosen: Sequence[Place], at: frozenset[int], clause: Read) -> float:
    """How rare the clause's own words are; where no wording has them, as abbreviations, what they stand for."""
    lent = {place.first: place.lent for place in chosen if place.lent}
    return sum(
        dictionary.worth(stem(clause.forms[one])) or sum(dictionary.worth(other) for other in lent.get(one, ()))
        for one in at
    )


def _nearest(places: Sequence[Place], anchor: Place, clause: Read) -> Place:
    """What stands on the same side of an "and" is nearer than what does not."""
    joint = clause.joints[anchor.first]
    return min(places, key=lambda one: (clause.joints[one.first] != joint, *_distance(one, anchor)))


def _distance(one: Place, other: Place) -> tuple[int, bool]:
    return max(0, one.first - other.last, other.first - one.last), bool(one.lent)
