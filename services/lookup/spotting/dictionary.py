"""Every wording of a code system by the rarest stems it needs: a text's words lead to what may stand in it."""

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.lookup.domain import Term
from services.lookup.spotting.wordings import Need, needs

_LONGEST: Final = 9  # stems: longer wordings stand in no text as they are


@dataclass(frozen=True, slots=True)
class Wording:
    """A term with the stems it needs, the rarest first."""

    stems: tuple[str, ...]
    code: str
    kind: str
    term: str
    plain: bool
    residual: bool


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Wordings of one stem by it, others by their rarest stem and the next; and what a stem is worth, by its rarity."""

    alone: Mapping[str, Sequence[Wording]]
    by_stems: Mapping[str, Mapping[str, Sequence[Wording]]]
    worth: Mapping[str, float]

    @property
    def wordings(self) -> Iterator[Wording]:
        """All of them."""
        for held in (self.alone, *self.by_stems.values()):
            for found in held.values():
                yield from found


def build(terms: Iterable[Term], not_alone: Collection[str] = ()) -> Dictionary:
    """Some seconds for the whole of ICD-10-CM. Of two wordings with the same needs, a code keeps the plain one.

    `not_alone`: stems that make no wording by themselves.
    """
    found: dict[tuple[frozenset[str], str], tuple[Term, bool, bool]] = {}
    for term in terms:
        for need in needs(term.text, term.kind):
            before = found.get((need.stems, term.code))
            if _says_nothing(need, not_alone) or len(need.stems) > _LONGEST:
                continue
            if before is None or (need.plain and not before[1]):
                found[need.stems, term.code] = (term, need.plain, need.residual)
    counts = Counter(one for stems, _ in found for one in stems)
    worth = {one: math.log(1 + len(found) / count) for one, count in counts.items()}
    wordings = (
        Wording(tuple(sorted(stems, key=lambda one: (counts[one], one))), code, term.kind, term.text, plain, residual)
        for (stems, code), (term, plain, residual) in found.items()
    )
    return of(wordings, worth)


def _says_nothing(need: Need, not_alone: Collection[str]) -> bool:
    """Whether it is one word that means nothing by itself, or "other" of such words."""
    vague = need.stems.issubset(not_alone)
    return (vague or need.residual) if len(need.stems) == 1 else (vague and need.residual)


def of(wordings: Iterable[Wording], worth: Mapping[str, float]) -> Dictionary:
    """A dictionary of wordings that are made already."""
    alone: dict[str, list[Wording]] = defaultdict(list)
    by_stems: dict[str, dict[str, list[Wording]]] = defaultdict(lambda: defaultdict(list))
    for one in wordings:
        held = by_stems[one.stems[0]][one.stems[1]] if len(one.stems) > 1 else alone[one.stems[0]]
        held.append(one)
    return Dictionary(dict(alone), {first: dict(found) for first, found in by_stems.items()}, worth)
