"""Codes for a phrase in plain words: what the search finds, and what the coding of cases makes of it.

The order is the search's own, which weighs what a description claims beyond the words (Guidelines I.B.2, I.B.18) and
reads what people say. What it found is told where it carries the phrase: by its words, by a name that stands for them,
or by its meaning. A phrase that tells of several things goes through the coding of cases.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import numpy as np

from services.assistant.domain.cases import CaseCode
from services.assistant.domain.codes import CodeRef, KnownCode, Searched, SearchHit
from services.assistant.domain.questions import Understood
from services.assistant.evidence.nearness import Encoding
from services.assistant.evidence.plainest import SURELY, begun, beyond, carried, denied, plainest, rests_on_all
from services.assistant.evidence.wording import words, written_out

_HITS: Final = 20
_LONGEST: Final = 300  # characters of a phrase; what is longer is a case
_DIAGNOSES: Final = "icd-10-cm"
_SUPPLIES: Final = "hcpcs"
_STANDING_FOR: Final = frozenset(("abbreviation", "common", "code"))  # kinds of terms that stand for what was said
_OWN: Final = frozenset(("description", "meaning", "spelling"))  # found by words of their own, not by a common name
_CARRIED: Final = 0.6  # the share of a phrase's words that a hit has to carry
_MEANT: Final = 0.45  # or else its cosine to the phrase
_UNLIKE: Final = 0.15  # the cosine of texts with nothing in common: "hello" is no slip of the keys for "HELLP"
_CATEGORY: Final = 3
_BOLD: Final = 2  # words more that the best hit claims beyond the phrase than what the coding of cases makes of it
_TWO: Final = 2


@dataclass(frozen=True, slots=True)
class Coded:
    """The codes that the search leads to, the best first, and those of the several things that a phrase tells of.

    `meant`: how near the best hit is to the phrase in meaning, a cosine; 0 where that was not looked at.
    """

    hits: tuple[SearchHit, ...] = ()
    case: tuple[CaseCode, ...] = ()
    meant: float = 0.0


class Codes(Encoding, Protocol):
    """The codes of the loaded editions."""

    async def get_code(self, system: str, code: str, as_of: str) -> KnownCode:
        """One code; NOT_FOUND, INVALID."""
        ...

    async def search(self, text: str, system: str, limit: int, as_of: str) -> Searched:
        """Codes by words, best first."""
        ...


class Coding(Protocol):
    """The coding of cases."""

    async def code(self, text: str, as_of: str, setting: str) -> tuple[CaseCode, ...]:
        """The codes of a text, suggested ones first."""
        ...


class Phrases:
    """Looks for codes by what people say."""

    def __init__(self, codes: Codes, coding: Coding) -> None:
        self._codes = codes
        self._coding = coding

    async def coded(self, understood: Understood) -> Coded:
        """Diagnoses where no system is named; supplies where those hold nothing that was asked for by name."""
        phrase, as_of = understood.phrase, understood.question.as_of
        if understood.icd9 or not phrase or len(phrase) > _LONGEST or understood.modifiers:
            return Coded()
        if understood.system not in {"", _DIAGNOSES}:
            return Coded(await self._procedures(phrase, understood.system, as_of) if understood.sure else ())
        found = await self._codes.search(phrase, _DIAGNOSES, _HITS, as_of)
        named = _named(found, phrase)
        meant = await self._meant(phrase, found.hits) if not (named and understood.sure) else 0.0
        hits = found.hits if _told(phrase, found, meant, named=named, sure=understood.sure) else ()
        if not hits and understood.sure and not understood.system:
            hits = await self._procedures(phrase, _SUPPLIES, as_of)
        read = hits or all(found.read_as.values())
        said = _mended(phrase, found.read_as) if read else phrase
        joined = await self._joined(said, hits, as_of, sure=understood.sure)
        return replace(joined, meant=meant)

    async def _procedures(self, phrase: str, system: str, as_of: str) -> tuple[SearchHit, ...]:
        """In the order of the search, which reads them by their common names.

        Supplies that carry too few of the words are left out, and one that is called just so leads.
        """
        hits = (await self._codes.search(phrase, system, _HITS, as_of)).hits
        if system != _SUPPLIES:
            return hits
        asked = set(words(phrase))
        there = [hit for hit in hits if hit.kind not in _OWN or carried(hit, asked) >= _CARRIED]
        called = [hit for hit in plainest(there, phrase)[:1] if hit.kind != "meaning" and beyond(hit, phrase) < 1]
        return tuple(dict.fromkeys((*called, *there)))

    async def _meant(self, phrase: str, hits: Sequence[SearchHit]) -> float:
        """How near the best hit is to a phrase in meaning; 0 where there is none, or no model to tell."""
        best = hits[0] if hits else None
        vectors = await self._codes.encode([written_out(phrase), best.ref.display, best.term]) if best else []
        if not vectors:
            return 0.0
        said, *told = (np.frombuffer(one, "<f4") for one in vectors)
        return max(float(said @ one) for one in told)

    async def _joined(self, phrase: str, hits: Sequence[SearchHit], as_of: str, *, sure: bool) -> Coded:
        """The hits beside what the coding of cases suggests, where the phrase tells of more than the best hit does."""
        case = [one for one in await self._coding.code(phrase, as_of, "outpatient") if one.status == "suggested"]
        if not hits and sure and len(case) == 1:
            return Coded((_hit(case[0]),))
        if not hits:
            return Coded(case=tuple(case) if sure else ())
        told = begun(set(words(f"{hits[0].term} {hits[0].ref.display}")))
        spans = [span.text for one in case for span in one.evidence]
        if len(case) >= _TWO and any(not told & begun(set(words(span))) for span in spans):
            return Coded(tuple(hits), tuple(case))
        return Coded(await self._complete(_agreed(hits, case, phrase), phrase, as_of))

    async def _complete(self, hits: Sequence[SearchHit], phrase: str, as_of: str) -> tuple[SearchHit, ...]:
        """The hits; a header in front gives way to the one code below it that the phrase leads to, if there is one.

        A name that stands for the header says nothing of what is below it.
        """
        best: SearchHit | None = hits[0]
        if not carried(hits[0], set(words(phrase))):
            return tuple(hits)
        while best and not best.billable and best.ref.system == _DIAGNOSES:
            best = _one_below(await self._codes.get_code(best.ref.system, best.ref.code, as_of), phrase)
        return (best, *hits) if best and best != hits[0] else tuple(hits)


def _hit(code: CaseCode) -> SearchHit:
    """A code of a case as what it is for a phrase: found by those words."""
    return SearchHit(code.ref, billable=True, term=code.evidence[0].text, kind="case")


def _told(phrase: str, found: Searched, meant: float, *, named: bool, sure: bool) -> bool:
    """Whether the best hit is what a phrase says; where no code was asked for, its meaning has to agree."""
    if not found.hits or sure:
        return named or meant >= _MEANT
    if not meant:  # without a model a name that stands for the words has to do
        return _stands(found) or carried(found.hits[0], set(words(phrase))) >= SURELY
    return meant >= (_UNLIKE if named else _MEANT)


def _stands(found: Searched) -> bool:
    """Whether the best hit was found by a name that stands for the words, and none of them was guessed at."""
    return found.hits[0].kind in _STANDING_FOR and not found.read_as


def _named(found: Searched, phrase: str) -> bool:
    """Whether the best hit carries a phrase by its words, as they were read, or by a name that stands for them."""
    if not found.hits:
        return False
    said = set(words(_mended(phrase, found.read_as)))
    return _stands(found) or carried(found.hits[0], said) >= _CARRIED


def _mended(phrase: str, read_as: Mapping[str, str]) -> str:
    """The phrase with misspelled words as they were read."""
    for typed, read in read_as.items():
        if read:
            phrase = re.sub(rf"\b{re.escape(typed)}\w*", read, phrase, flags=re.IGNORECASE)
    return phrase


def _agreed(hits: Sequence[SearchHit], case: Sequence[CaseCode], phrase: str) -> Sequence[SearchHit]:
    """The hits, led by the first code that the coding of cases makes of the whole phrase.

    That knows combinations and sides; but only the category that the search leads to, and nothing the phrase denies.
    """
    if not case or not (len(case) >= _TWO or rests_on_all(case[0], phrase)):
        return hits
    best, code = hits[0], case[0].ref.code
    own = next((hit for hit in hits if hit.ref.code == code), _hit(case[0]))
    if not code.startswith(best.ref.code[:_CATEGORY]) or denied(own, phrase):
        return hits
    plain = replace(own, term=own.ref.display, kind="description")  # by what it says, not by how it was found
    bolder = len(case) == 1 and beyond(best, phrase) - beyond(plain, phrase) >= _BOLD
    return list(dict.fromkeys((own, *hits))) if own in hits or bolder else hits


def _one_below(header: KnownCode, phrase: str) -> SearchHit | None:
    """The code below a header that claims least beyond a phrase; None where two claim as little."""
    rows = header.sections.get("hierarchy", {}).get("children", ())
    below = [
        SearchHit(
            CodeRef(header.ref.system, row["code"], row["display"]), row["billable"], row["display"], "description"
        )
        for row in rows
    ]
    asked = set(words(phrase))
    costs = [(beyond(hit, phrase), -len(asked & set(words(hit.ref.display)))) for hit in below]
    least = min(costs, default=None)
    return below[costs.index(least)] if least and costs.count(least) == 1 else None
