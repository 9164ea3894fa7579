"""Codes for a phrase in plain words: what the search finds, and what the coding of cases makes of it.

The order is the search's own, which weighs what a description claims beyond the words (Guidelines I.B.2, I.B.18) and
reads what people say. What it found is told where it carries the phrase: by its words, by a name that stands for them,
or by its meaning. A phrase that tells of several things goes through the coding of cases.
"""

import re
from collections.abc import Mapping, Sequence
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
_MEANT: Final = 0.4  # or else its cosine to the phrase
_CATEGORY: Final = 3
_TWO: Final = 2

type Coded = tuple[tuple[SearchHit, ...], tuple[CaseCode, ...]]


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
        """The codes that the search leads to, the best first, and those of the several things that a phrase tells of.

        Diagnoses where no system is named; supplies where those hold nothing that was asked for by name.
        """
        phrase, as_of = understood.phrase, understood.question.as_of
        if understood.icd9 or not phrase or len(phrase) > _LONGEST or understood.modifiers:
            return (), ()
        if understood.system not in {"", _DIAGNOSES}:
            return (await self._procedures(phrase, understood.system, as_of) if understood.sure else ()), ()
        hits = await self._diagnoses(phrase, as_of)
        if not hits and understood.sure and not understood.system:
            hits = await self._procedures(phrase, _SUPPLIES, as_of)
        return await self._joined(understood, hits)

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

    async def _diagnoses(self, phrase: str, as_of: str) -> tuple[SearchHit, ...]:
        """What the search finds; nothing where its best does not carry the phrase."""
        found = await self._codes.search(phrase, _DIAGNOSES, _HITS, as_of)
        if not found.hits:
            return ()
        best, asked = found.hits[0], set(words(_mended(phrase, found.read_as)))
        if (best.kind in _STANDING_FOR and not found.read_as) or carried(best, asked) >= _CARRIED:
            return found.hits
        vectors = await self._codes.encode([written_out(phrase), best.ref.display, best.term])
        said, *told = (np.frombuffer(one, "<f4") for one in vectors) if vectors else ((),)
        return found.hits if any(float(said @ one) >= _MEANT for one in told) else ()

    async def _joined(self, understood: Understood, hits: Sequence[SearchHit]) -> Coded:
        """The hits beside what the coding of cases suggests, where the phrase tells of more than the best hit does."""
        phrase, as_of = understood.phrase, understood.question.as_of
        case = [one for one in await self._coding.code(phrase, as_of, "outpatient") if one.status == "suggested"]
        if not hits:
            return (), tuple(case) if understood.sure else ()
        told = begun(set(words(f"{hits[0].term} {hits[0].ref.display}")))
        if len(case) >= _TWO and any(not told & begun(_evidence(one)) for one in case):
            return tuple(hits), tuple(case)
        if not understood.sure and carried(hits[0], set(words(phrase))) < SURELY:
            return (), ()
        return await self._complete(_agreed(hits, case, phrase), phrase, as_of), ()

    async def _complete(self, hits: Sequence[SearchHit], phrase: str, as_of: str) -> tuple[SearchHit, ...]:
        """The hits; a header in front gives way to the one code below it that the phrase leads to, if there is one."""
        best: SearchHit | None = hits[0]
        while best and not best.billable and best.ref.system == _DIAGNOSES:
            best = _one_below(await self._codes.get_code(best.ref.system, best.ref.code, as_of), phrase)
        return (best, *hits) if best and best != hits[0] else tuple(hits)


def _mended(phrase: str, read_as: Mapping[str, str]) -> str:
    """The phrase with misspelled words as they were read."""
    for typed, read in read_as.items():
        if read:
            phrase = re.sub(rf"\b{re.escape(typed)}\w*", read, phrase, flags=re.IGNORECASE)
    return phrase


def _evidence(code: CaseCode) -> set[str]:
    return set(words(" ".join(span.text for span in code.evidence)))


def _agreed(hits: Sequence[SearchHit], case: Sequence[CaseCode], phrase: str) -> Sequence[SearchHit]:
    """The hits, led by the first code that the coding of cases makes of the whole phrase.

    That knows combinations and sides; but only the category that the search leads to, and nothing the phrase denies.
    """
    if not case or not (len(case) >= _TWO or rests_on_all(case[0], phrase)):
        return hits
    category, code = hits[0].ref.code[:_CATEGORY], case[0].ref.code
    agreed = [hit for hit in hits if hit.ref.code == code and code.startswith(category) and not denied(hit, phrase)]
    return list(dict.fromkeys((*agreed, *hits)))


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
