"""Gathers what is known towards a question: codes and search from lookup, passages from the guides."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from services.assistant import codes_in_text
from services.assistant.domain import Evidence, KnownCode, Passage, SearchHit, Understood
from services.assistant.evidence.guides import Guides, words
from services.chassis.errors import AppError, Kind

_HITS: Final = 12
_FEW: Final = 0.6  # the share of a phrase's words that a hit has to carry
_PLAIN: Final = frozenset({"mellitu", "unspecified", "disease", "type", "patient", "diagnosi", "left", "right", "side"})


class Lookup(Protocol):
    """The loaded editions."""

    async def get_code(self, system: str, code: str, as_of: str) -> KnownCode:
        """One code; NOT_FOUND, INVALID."""
        ...

    async def search(self, text: str, system: str, limit: int, as_of: str) -> tuple[SearchHit, ...]:
        """Codes by words, best first."""
        ...


class Gatherer:
    """Evidence for questions."""

    def __init__(self, lookup: Lookup, guides: Guides) -> None:
        self._lookup = lookup
        self._guides = guides

    async def gather(self, understood: Understood) -> Evidence:
        """Everything at once; what is away raises UNAVAILABLE, for half an answer would be a wrong one."""
        question = understood.question
        found = await asyncio.gather(*(self.known(code, question.as_of, question.system) for code in understood.codes))
        known = tuple(code for code in found if code is not None)
        unknown = tuple(code for code, one in zip(understood.codes, found, strict=True) if one is None)
        hits = await self._hits(understood)
        text = _without(question.text, understood.codes)
        passages = self._guides.find(text, understood.modifiers, question.as_of)
        return Evidence(understood, known, unknown, await self._sound(passages, question.as_of), hits)

    async def known(self, code: str, as_of: str, system: str = "") -> KnownCode | None:
        """The code in the first system that has it on the date; None where no loaded edition does."""
        for one in [system] if system and code in codes_in_text.typed(code) else codes_in_text.systems(code):
            try:
                found = await self._lookup.get_code(one, code, as_of)
            except AppError as refusal:
                if refusal.kind in {Kind.NOT_FOUND, Kind.INVALID}:
                    continue
                raise
            if found.status != "no_data":
                return found
        return None

    async def _hits(self, understood: Understood) -> tuple[SearchHit, ...]:
        """Codes for a diagnosis in plain words: only those whose term carries most of its words."""
        if not understood.diagnosis or len(understood.diagnosis) > 300:  # noqa: PLR2004 -- a phrase, not a case
            return ()
        hits = await self._lookup.search(understood.diagnosis, "icd-10-cm", _HITS, understood.question.as_of)
        asked = set(words(understood.diagnosis))
        return tuple(hit for hit in hits if _carries(hit, asked))

    async def _sound(self, passages: Sequence[Passage], as_of: str) -> tuple[Passage, ...]:
        """The passages without the sentences that name a code no loaded edition has: what is not loaded is not said."""
        named = {code for passage in passages for code in codes_in_text.strict(passage.text + " " + passage.heading)}
        found = await asyncio.gather(*(self.known(code, as_of) for code in sorted(named)))
        absent = {code for code, one in zip(sorted(named), found, strict=True) if one is None}
        return tuple(sound for passage in passages if (sound := _cleared(passage, absent)) is not None)


def sentences(text: str) -> list[str]:
    """The sentences of a finished text."""
    return re.split(r"(?<=[.?!])\s+(?=[A-Z0-9])", text)


def _cleared(passage: Passage, absent: set[str]) -> Passage | None:
    if absent & set(codes_in_text.strict(passage.heading)):
        return None
    all_of_it = sentences(passage.text)
    kept = [one for one in all_of_it if not absent & set(codes_in_text.strict(one))]
    if len(kept) * 2 < len(all_of_it) or kept[:1] != all_of_it[:1]:
        return None
    return replace(passage, text=" ".join(kept))


def _without(text: str, codes: Sequence[str]) -> str:
    bare = {code.replace(".", "").lower() for code in codes}
    return " ".join(word for word in text.split() if word.strip("?,;:()").replace(".", "").lower() not in bare)


def _carries(hit: SearchHit, asked: set[str]) -> bool:
    weighty = asked - _PLAIN or asked
    said = set(words(f"{hit.term} {hit.ref.display}", keep=True))
    return hit.kind in {"code", "abbreviation"} or len(weighty & said) >= _FEW * len(weighty)
