"""Finds codes by what is typed: a code or its beginning, or words; in several editions at once.

Codes that are spelled out come first. Words are looked for in the terms, as they stand and, where the vectors are
there, by what they mean; each term found is weighed (ranking.py), and the best one decides the rank of its code. A
word that no edition knows is read as the nearest one known.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.lookup.domain import Found, Hit, Narrowed
from services.lookup.editions.bundle import Bundle
from services.lookup.meaning.vectors import Meant
from services.lookup.search import facets, query, ranking, spelled_out
from services.lookup.search.candidates import Candidate, Codes, Meaning, Search
from services.lookup.search.index import EVERYTHING
from services.lookup.search.query import Asked, Slot
from services.lookup.search.readings import Kind, Readings
from services.lookup.search.words import words

_SPELLED_OUT: Final = 8.0  # from here on scores are of codes that are spelled out


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search; `unfinished` where the last word is still being typed."""

    text: str
    limit: int
    as_of: str
    unfinished: bool = False
    narrowed: Narrowed = EVERYTHING
    with_facets: bool = False


@dataclass(frozen=True, slots=True)
class Tools:
    """What a search reads besides the editions."""

    readings: Readings
    weights: ranking.Weights
    meaning: Meaning | None = None


def read(bundles: Sequence[Bundle], wanted: Wanted, readings: Readings) -> Asked:
    """What is asked, with words that no edition knows mended; no slots where the text has no letter and no digit."""
    asked = query.read(wanted.text, readings, unfinished=wanted.unfinished)
    slots = asked.slots[:-1] if asked.beginning else asked.slots  # what is being typed is not misspelled yet
    near = {one.ways[0][0]: found for one in slots if not _is_known(bundles, one) and (found := _near(bundles, one))}
    if not near:
        return asked
    text = " ".join(near[word][0] if word in near else word for word in words(wanted.text))
    again = query.read(text, readings, unfinished=wanted.unfinished)
    others = {found[0]: (typed, found[1:]) for typed, found in near.items()}
    return replace(again, slots=tuple(_mended(slot, *others.get(slot.ways[0][0], ("", ()))) for slot in again.slots))


def find(bundles: Sequence[Bundle], wanted: Wanted, asked: Asked, tools: Tools, meant: Meant | None = None) -> Found:
    """The codes found, best first; by their meaning too where that is given.

    The total counts the codes that share the words; exact where all are told, else within two in a hundred.
    """
    codes = Codes(bundles, wanted.as_of)
    first, spelled = spelled_out.find(bundles, wanted.text, wanted.limit)
    first = [hit for hit in first if _kept(hit, codes, wanted.narrowed)]
    only_code = first and not any(_knows(bundle, slot) for bundle in bundles for slot in asked.slots)
    search = Search(asked, wanted.limit, codes, wanted.narrowed, meant, tools.meaning)
    weights = tools.weights.fused if meant else tools.weights.lexical
    then: list[Hit] = []
    others = 0
    if not only_code:
        then, others = search.suggested(bundles) if wanted.unfinished else _by_words(bundles, search, weights)
    best = _distinct([*first, *then])
    shown = tuple(_explained(hit, asked) for hit in best[: wanted.limit])
    counted = facets.of(bundles, asked, wanted.narrowed) if wanted.with_facets else ()
    return Found(shown, max(spelled, others, len(shown)), wanted.as_of, counted, _tried(bundles, asked, first))


def _kept(hit: Hit, codes: Codes, narrowed: Narrowed) -> bool:
    entry = codes.in_force(hit.system, hit.code)
    return entry is not None and codes.lies_in(hit.system, entry, narrowed)


def _tried(bundles: Sequence[Bundle], asked: Asked, spelled: Sequence[Hit]) -> tuple[str, ...]:
    """What was tried for the words that no edition knows."""
    if spelled:
        return ()
    unknown = [slot for slot in asked.slots if slot.typed or not _is_known(bundles, slot)]
    return tuple(_attempt(slot) for slot in unknown)


def _attempt(slot: Slot) -> str:
    if slot.typed:
        return f"{slot.typed}: read as {' '.join(slot.ways[0])}"
    return f"{' '.join(slot.ways[0])}: no term has this word, or one spelled like it"


def _distinct(hits: Sequence[Hit]) -> list[Hit]:
    best: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        best.setdefault((hit.system, hit.code), hit)
    return list(best.values())


def _by_words(bundles: Sequence[Bundle], search: Search, weights: Sequence[float]) -> tuple[list[Hit], int]:
    """Codes by their best term, best first, and how many share the words."""
    candidates, total = search.all(bundles)
    best: dict[tuple[str, str], tuple[float, Candidate]] = {}
    for one in candidates:
        score = ranking.score(weights, one.features)
        at = (one.system, one.code.code)
        if at not in best or best[at][0] < score:
            best[at] = (score, one)
    found = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))
    return [one.hit(_scaled(score)) for _, (score, one) in found], total


def _scaled(score: float) -> float:
    """Between 0 and 8: codes that are spelled out lie above."""
    return _SPELLED_OUT / (1 + math.exp(-score / _SPELLED_OUT))


def _knows(bundle: Bundle, slot: Slot) -> bool:
    known = bundle.terms.vocabulary if bundle.terms else ()
    return any(all(word in known for word in way) for way in slot.ways)


def _is_known(bundles: Sequence[Bundle], slot: Slot) -> bool:
    return bool(slot.code) or any(_knows(bundle, slot) for bundle in bundles)


def _near(bundles: Sequence[Bundle], slot: Slot) -> tuple[str, ...]:
    """The known words that are spelled most like the one word of a slot."""
    indexes = [bundle.terms for bundle in bundles if bundle.terms]
    return tuple(dict.fromkeys(word for terms in indexes for word in terms.vocabulary.nearest(slot.ways[0][0])))


def _mended(slot: Slot, typed: str, others: Sequence[str]) -> Slot:
    """The slot with what was typed in its place, and further words that are spelled like that."""
    if not typed:
        return slot
    return replace(slot, ways=(*slot.ways, *((word,) for word in others)), typed=typed)


def _explained(hit: Hit, asked: Asked) -> Hit:
    """The hit with the abbreviation or the plain word that led to it, where its term lacks the query's own words."""
    meant = [(slot, one) for slot in asked.slots for one in slot.readings if one.kind is not Kind.SYNONYM]
    if hit.kind == "code" or not meant:
        return hit
    found = set(words(hit.term))
    for slot, one in meant:
        if found.issuperset(query.content(one.text)) and not found.issuperset(slot.ways[0]):
            return replace(hit, term=f"{' '.join(slot.ways[0]).upper()}: {one.text}", kind=one.kind.value)
    return hit
