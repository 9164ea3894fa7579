"""Finds codes by what is typed: a code or its beginning, or words; in several editions at once.

The best term decides a code's rank. Codes that are spelled out come first, then those with a term for every word,
then those with a term for half of the words. A word that no edition knows is read as the nearest one known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.lookup.domain import LEADING_TO, Found, Hit, Status
from services.lookup.editions.bundle import Bundle
from services.lookup.search import query, spelled_out
from services.lookup.search.abbreviations import Abbreviations
from services.lookup.search.query import Asked, Slot
from services.lookup.search.words import words

_TERMS_A_CODE: Final = 4  # terms fetched for each code wanted: a code's second-best terms are passed over


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search; `unfinished` where the last word is still being typed."""

    text: str
    limit: int
    as_of: str
    unfinished: bool = False


def find(bundles: Sequence[Bundle], wanted: Wanted, abbreviations: Abbreviations) -> Found | None:
    """The codes found, best first; None where the text has no letter and no digit.

    The total is exact where all are told, else within two in a hundred.
    """
    asked = query.read(wanted.text, abbreviations, unfinished=wanted.unfinished)
    if not asked.slots:
        return None
    first, codes = spelled_out.find(bundles, wanted.text, wanted.limit)
    then, others = ([], 0) if first and not _any_known(bundles, asked) else _by_words(bundles, asked, wanted.limit)
    best = [hit for one in _distinct([*first, *then]) if (hit := _in_force(bundles, one, wanted.as_of))]
    all_told = len(first) == codes and len(then) == others
    shown = tuple(_explained(hit, asked) for hit in best[: wanted.limit])
    return Found(shown, len(best) if all_told else max(codes, others, len(best)), wanted.as_of)


def _distinct(hits: Sequence[Hit]) -> list[Hit]:
    best: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        best.setdefault((hit.system, hit.code), hit)
    return list(best.values())


def _in_force(bundles: Sequence[Bundle], hit: Hit, as_of: str) -> Hit | None:
    """The hit as the code set of the date has it; None where it does not, or not in force.

    Asked only where it may be otherwise: of codes with dates of their own, and of those that two editions describe.
    """
    told = [bundle for bundle in bundles if LEADING_TO.get(bundle.edition.system, bundle.edition.system) == hit.system]
    if len(told) == 1 and not told[0].edition.row_dated:
        return hit
    entry = next((found for bundle in told if (found := bundle.facts.entry(hit.code))), None)
    if entry is None or entry.status(as_of) is not Status.ACTIVE:
        return None
    return replace(hit, display=entry.display, billable=entry.billable)


def _by_words(bundles: Sequence[Bundle], asked: Asked, limit: int) -> tuple[list[Hit], int]:
    """Codes by their best term, best first, and how many in all."""
    mended = tuple(slot if _is_known(bundles, slot) else _mended(bundles, slot) for slot in asked.slots)
    asked = replace(asked, slots=mended)
    hits, total = _search(bundles, asked, limit, partly=False)
    if total >= limit or len(asked.slots) == 1:
        return hits, total
    more, total = _search(bundles, asked, limit, partly=True)
    return _distinct([*hits, *more]), total


def _any_known(bundles: Sequence[Bundle], asked: Asked) -> bool:
    return any(_knows(bundle, slot) for bundle in bundles for slot in asked.slots)


def _knows(bundle: Bundle, slot: Slot) -> bool:
    known = bundle.terms.vocabulary if bundle.terms else ()
    return any(all(word in known for word in way) for way in slot.ways)


def _is_known(bundles: Sequence[Bundle], slot: Slot) -> bool:
    return bool(slot.code) or any(_knows(bundle, slot) for bundle in bundles)


def _mended(bundles: Sequence[Bundle], slot: Slot) -> Slot:
    indexes = [bundle.terms for bundle in bundles if bundle.terms]
    near = [word for terms in indexes for word in terms.vocabulary.nearest(slot.ways[0][0])]
    return replace(slot, ways=(*slot.ways, *((word,) for word in dict.fromkeys(near))))


def _search(bundles: Sequence[Bundle], asked: Asked, limit: int, *, partly: bool) -> tuple[list[Hit], int]:
    hits: list[Hit] = []
    total = 0
    for index in [bundle.terms for bundle in bundles if bundle.terms]:
        terms, count = index.find(asked, limit * _TERMS_A_CODE, partly=partly)
        found = _distinct(terms)
        total += len(found) if len(terms) == count else index.count_codes(asked, partly=partly)
        hits += [replace(hit, score=_score(hit.score, partly=partly)) for hit in found]
    return sorted(hits, key=lambda hit: -hit.score), total


def _score(share: float, *, partly: bool) -> float:
    """A whole match lies between 1 and 2, a part between 0 and 1; codes that are spelled out lie above."""
    return share / (1 + share) + (0 if partly else 1)


def _explained(hit: Hit, asked: Asked) -> Hit:
    """The hit with the abbreviation that led to it, where its term lacks the query's own words."""
    if hit.kind == "code" or not any(slot.meanings for slot in asked.slots):
        return hit
    found = set(words(hit.term))
    for slot in asked.slots:
        if slot.meanings and not found.issuperset(slot.ways[0]):
            meaning = next((one for one in slot.meanings if found.issuperset(query.content(one))), slot.meanings[0])
            return replace(hit, term=f"{' '.join(slot.ways[0]).upper()}: {meaning}", kind="abbreviation")
    return hit
