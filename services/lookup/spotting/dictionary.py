"""Every wording of a code system by the rarest stems it needs: a text's words lead to what may stand in it."""

import math
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np

from services.lookup.domain import Term
from services.lookup.search.index import KINDS, Numbers
from services.lookup.search.mapped import Arrays, Texts, narrowest, texts
from services.lookup.search.remembered import Remembered
from services.lookup.spotting.wordings import Need, needs

_LONGEST: Final = 9  # stems: longer wordings stand in no text as they are
_REMEMBERED: Final = 8_192  # wordings, about 400 bytes each
_PLAIN, _RESIDUAL = 1, 2


class Wording(NamedTuple):
    """A term with the stems it needs, the rarest first."""

    stems: tuple[str, ...]
    code: str
    kind: str
    term: str
    plain: bool
    residual: bool


class Dictionary:
    """Wordings in the order of their stems, as arrays (see `build`) that may lie in a file."""

    def __init__(self, arrays: Arrays) -> None:
        self._stems = [sys.intern(stem) for stem in Texts(arrays, "stem")]
        self._number = {one: number for number, one in enumerate(self._stems)}
        self._worth, self._first, self._second = arrays["worth"], arrays["first"], arrays["second"]
        self._needed, self._needed_ends = arrays["needed"], arrays["needed_ends"]
        self._term, self._code, self._marks = arrays["term"], arrays["code"], arrays["marks"]
        self._terms = Texts(arrays, "term")
        self._read: Remembered[int, Wording] = Remembered(_REMEMBERED)

    def worth(self, stem: str) -> float:
        """What a stem is worth, by its rarity; 0 where no wording has it."""
        number = self._number.get(stem)
        return 0.0 if number is None else float(self._worth[number])

    def within(self, offered: Collection[str]) -> Iterator[Wording]:
        """The wordings whose stems are all offered, by their rarest stem in the order of the offers."""
        numbers = [self._number[one] for one in offered if one in self._number]
        there = np.zeros(len(self._stems) + 1, bool)
        there[numbers] = there[-1] = True  # the last stands for no second stem
        among = set(numbers)
        for rarest in numbers:
            begin, end = self._first[rarest : rarest + 2].tolist()
            for at in (begin + np.flatnonzero(there[self._second[begin:end]])).tolist():
                needed = self._needed[self._needed_ends[at] : self._needed_ends[at + 1]].tolist()
                if among.issuperset(needed):
                    yield self._read.get(at, self._wording)

    def _wording(self, at: int) -> Wording:
        term, marks = int(self._term[at]), int(self._marks[at])
        needed = self._needed[self._needed_ends[at] : self._needed_ends[at + 1]].tolist()
        stems = tuple(self._stems[one] for one in needed)
        kind = KINDS[marks >> 2]
        return Wording(
            stems, self._code[at].decode(), kind, self._terms[term], bool(marks & _PLAIN), bool(marks & _RESIDUAL)
        )


def build(terms: Iterable[Term], not_alone: Collection[str] = ()) -> Arrays:
    """A dictionary's arrays; some seconds for the whole of ICD-10-CM.

    Of two wordings with the same needs, a code keeps the plain one. `not_alone`: stems that make no wording by
    themselves.
    """
    found: dict[tuple[frozenset[str], str], tuple[Term, bool, bool]] = {}
    for term in terms:
        for need in needs(term.text, term.kind):
            before = found.get((need.stems, term.code))
            if _says_nothing(need, not_alone) or len(need.stems) > _LONGEST:
                continue
            if before is None or (need.plain and not before[1]):
                found[need.stems, term.code] = (term, need.plain, need.residual)
    return _arrays(found)


def _says_nothing(need: Need, not_alone: Collection[str]) -> bool:
    """Whether it is one word that means nothing by itself, or "other" of such words."""
    vague = need.stems.issubset(not_alone)
    return (vague or need.residual) if len(need.stems) == 1 else (vague and need.residual)


def _arrays(found: Mapping[tuple[frozenset[str], str], tuple[Term, bool, bool]]) -> Arrays:
    """stem: the stems, sorted; worth: of each; first: of each where the wordings begin whose rarest it is.

    By wording, those of one stem before those of more: second: the next stem, the number of stems where it has one
    alone; needed, needed_ends: the stems; term: the number of its text; code; marks: its kind * 4, plain, residual.
    """
    counts = Counter(one for stems, _ in found for one in stems)
    number = {one: place for place, one in enumerate(sorted(counts))}
    rarest_first = {one: place for place, one in enumerate(sorted(counts, key=lambda one: (counts[one], one)))}
    wordings = [
        ([number[one] for one in sorted(stems, key=rarest_first.__getitem__)], code, *told)
        for (stems, code), told in found.items()
    ]
    wordings.sort(key=lambda one: (one[0][0], len(one[0]) > 1, one[0][1:2]))
    terms = {text: place for place, text in enumerate(dict.fromkeys(term.text for _, _, term, *_ in wordings))}
    marks = [KINDS.index(term.kind) << 2 | _RESIDUAL * residual | plain for _, _, term, plain, residual in wordings]
    return {
        **texts("stem", number),
        **texts("term", terms),
        "worth": np.array([math.log(1 + len(found) / counts[one]) for one in number]),
        "first": np.searchsorted(_column(stems[0] for stems, *_ in wordings), np.arange(len(number) + 1)),
        "second": narrowest(_column(stems[1] if len(stems) > 1 else len(number) for stems, *_ in wordings)),
        "needed": narrowest(_column(one for stems, *_ in wordings for one in stems)),
        "needed_ends": narrowest(_column(accumulate((len(stems) for stems, *_ in wordings), initial=0))),
        "term": narrowest(_column(terms[term.text] for _, _, term, *_ in wordings)),
        "code": np.array([code for _, code, *_ in wordings], np.bytes_),
        "marks": narrowest(np.array(marks, np.int64)),
    }


def _column(numbers: Iterable[int]) -> Numbers:
    return np.fromiter(numbers, np.int64)
