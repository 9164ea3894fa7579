"""Gathers what is known towards a question: codes, edits and search from lookup, passages from the guides."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from services.assistant import codes_in_text
from services.assistant.cases.rules import HEADER
from services.assistant.domain.cases import CaseCode
from services.assistant.domain.codes import CodeRef, KnownCode, SearchHit
from services.assistant.domain.evidence import Checked, Crosswalk, Evidence, Line, Passage, Piece
from services.assistant.domain.questions import Focus, Understood
from services.assistant.evidence.guides import Guides
from services.assistant.evidence.nearness import Encoding, Nearness
from services.assistant.evidence.plainest import SURELY, beyond, carried, mended, plainest, rests_on_all
from services.assistant.evidence.wording import words, written_out
from services.assistant.icd9_in_text import is_procedure
from services.chassis.errors import AppError, Kind

_HITS: Final = 40
_LONGEST: Final = 300  # characters of a phrase; what is longer is a case
_CATEGORY: Final = 3  # characters of a bare category, which may be a word: vitamin B12, vertebra T12
_PROCEDURES: Final = frozenset(("cpt", "hcpcs"))
_DIAGNOSES: Final = "icd-10-cm"
# Systems whose hits stay in the order of the search, which reads procedures and supplies by their common names.
_RANKED: Final = frozenset(("icd-10-pcs", "hcpcs"))
_FOUND: Final = frozenset(("description", "meaning", "spelling"))  # by words of their own, and not by a common name
_HELD: Final = 0.6  # the share of a phrase's words that a supply found so has to carry
_TWO: Final = 2


class Lookup(Encoding, Protocol):
    """The loaded editions."""

    async def get_code(self, system: str, code: str, as_of: str) -> KnownCode:
        """One code; NOT_FOUND, INVALID."""
        ...

    async def search(self, text: str, system: str, limit: int, as_of: str) -> tuple[SearchHit, ...]:
        """Codes by words, best first."""
        ...

    async def check(self, codes: Sequence[str], hung: Sequence[tuple[str, str]], as_of: str) -> Checked:
        """The claim check of procedures of one provider, one unit each, on one day, with the modifiers they carry."""
        ...

    async def translate(self, code: str, target: str, as_of: str) -> Crosswalk:
        """What an ICD-9-CM code maps to."""
        ...

    async def modifier(self, modifier: str, as_of: str) -> Piece | None:
        """What the loaded lists say of a Level II modifier; None where none has it."""
        ...


class Coding(Protocol):
    """The coding of cases."""

    async def code(self, text: str, as_of: str, setting: str) -> tuple[CaseCode, ...]:
        """The codes of a text, suggested ones first."""
        ...


class Gatherer:
    """Evidence for questions."""

    def __init__(self, lookup: Lookup, guides: Guides, coding: Coding) -> None:
        self._lookup = lookup
        self._guides = guides
        self._coding = coding
        self._nearness = Nearness(lookup, guides.texts)

    async def gather(self, understood: Understood) -> Evidence:
        """Everything at once; what is away raises UNAVAILABLE, for half an answer would be a wrong one."""
        as_of = understood.question.as_of
        system = understood.question.system
        found = await asyncio.gather(*(self.known(code, as_of, system) for code in understood.codes))
        known = tuple(code for code in found if code is not None)
        unknown = tuple(code for code, one in zip(understood.codes, found, strict=True) if one is None)
        hits, case = ((), ()) if known else await self._searched(understood)
        if hits and all(len(code) == _CATEGORY for code in unknown):
            unknown = ()
        entries = [*self._entries(understood, known)]
        entries += await self._listed(understood, {entry.heading for entry in entries})
        topic = understood.topic if understood.compared else _without(understood.topic, understood.codes)
        near = await self._nearness.to(written_out(topic))
        passages = self._guides.find(topic, understood.modifiers, as_of, near)
        told = {entry.heading for entry in entries}
        return Evidence(
            understood=understood,
            codes=known,
            unknown=unknown,
            passages=await self._sound([one for one in passages if one.heading not in told], as_of),
            entries=await self._sound(entries, as_of),
            unheard=tuple(one for one in understood.modifiers if f"Modifier {one}" not in told),
            hits=hits,
            case=case,
            checked=await self._checked(understood, known),
            crosswalk=await self._crossed(understood),
        )

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

    def _entries(self, understood: Understood, known: Sequence[KnownCode]) -> list[Passage]:
        """What the guides' lists say of the modifiers, the place and the codes that are named."""
        as_of = understood.question.as_of
        wanted = [("modifier", one) for one in understood.modifiers]
        wanted += [("place", understood.place), ("denial", understood.denial)]
        wanted += [("procedure", code.ref.code) for code in known if code.ref.system in _PROCEDURES]
        return [entry for kind, key in wanted if (entry := self._guides.entry(kind, key, as_of)) is not None]

    async def _listed(self, understood: Understood, told: set[str]) -> list[Passage]:
        """What the loaded lists say of modifiers that no guide tells of."""
        names = [one for one in understood.modifiers if f"Modifier {one}" not in told]
        found = await asyncio.gather(*(self._lookup.modifier(one, understood.question.as_of) for one in names))
        return [_of_list(name, piece) for name, piece in zip(names, found, strict=True) if piece]

    async def _crossed(self, understood: Understood) -> Crosswalk | None:
        """What an ICD-9-CM code maps to, with what is known of those codes on the date."""
        if not understood.icd9:
            return None
        as_of = understood.question.as_of
        target = "icd-10-pcs" if is_procedure(understood.icd9) else _DIAGNOSES
        found = await self._lookup.translate(understood.icd9, target, as_of)
        codes = list(dict.fromkeys(one.code for one in found.maps if one.code))
        known = await asyncio.gather(*(self.known(code, as_of, target) for code in codes))
        return replace(found, targets={code: one for code, one in zip(codes, known, strict=True) if one})

    async def _searched(self, understood: Understood) -> tuple[tuple[SearchHit, ...], tuple[CaseCode, ...]]:
        """Codes for a phrase in plain words, the plainest first, and those that the coding of cases makes of it.

        Diagnoses where no system is named; every system where those hold nothing that was asked for by name.
        """
        phrase, as_of = understood.phrase, understood.question.as_of
        if understood.icd9 or not phrase or len(phrase) > _LONGEST or understood.modifiers:
            return (), ()
        judged = await self._judged(understood)
        case = tuple(code for code in judged if code.status == "suggested")
        stopped = next(
            (code for code in judged[:1] if code.reason.startswith(HEADER) or rests_on_all(code, phrase)), None
        )
        coded = case[0] if len(case) == 1 else stopped if not case else None
        hits = list(await self._lookup.search(phrase, understood.system or _DIAGNOSES, _HITS, as_of))
        if understood.system in _RANKED:
            return (_ranked(hits, phrase) if understood.sure else ()), ()
        if coded and coded.status == "suggested" and all(hit.ref.code != coded.ref.code for hit in hits):
            hits.append(SearchHit(coded.ref, billable=True, term=coded.evidence[0].text, kind="case"))
        phrase = mended(phrase, hits) if understood.sure else phrase
        found = plainest(hits, phrase, coded)
        if coded and not case and found and found[0].ref.code.startswith(coded.ref.code):
            found = (SearchHit(coded.ref, billable=False, term=coded.ref.display, kind="description"), *found)
        if not found and understood.sure and not understood.system:
            found = plainest(await self._lookup.search(phrase, "hcpcs", _HITS, as_of), phrase)
        led = bool(case) and found and found[0].ref == case[0].ref
        if understood.sure and not found and case:
            return (), case
        fits = understood.sure or led or (found and carried(found[0], set(words(phrase))) >= SURELY)
        return (await self._complete(found, phrase, as_of), case) if fits else ((), ())

    async def _judged(self, understood: Understood) -> tuple[CaseCode, ...]:
        """What the coding of cases says of the phrase."""
        if understood.system not in {"", _DIAGNOSES}:
            return ()
        return await self._coding.code(understood.phrase, understood.question.as_of, "outpatient")

    async def _complete(self, hits: Sequence[SearchHit], phrase: str, as_of: str) -> tuple[SearchHit, ...]:
        """The hits; a header in front gives way to the one code below it that the phrase leads to, if there is one."""
        best = hits[0] if hits else None
        while best and not best.billable and best.ref.system == _DIAGNOSES:
            header = await self.known(best.ref.code, as_of, best.ref.system)
            best = _one_below(header, phrase) if header else None
        return (best, *hits) if best and best != hits[0] else tuple(hits)

    async def _checked(self, understood: Understood, known: Sequence[KnownCode]) -> Checked | None:
        """The pairs of procedures, where two are held together."""
        codes = [code.ref.code for code in known if code.ref.system in _PROCEDURES]
        asked = understood.together or Focus.PAIRS in understood.focus
        if len(codes) < _TWO or not asked:
            return None
        return await self._lookup.check(codes, understood.hung, understood.question.as_of)

    async def _sound(self, passages: Sequence[Passage], as_of: str) -> tuple[Passage, ...]:
        """The passages without the lines that name a code no loaded edition has: what is not loaded is not said."""
        named = sorted({code for one in passages for code in codes_in_text.strict(f"{one.text} {one.heading}")})
        found = await asyncio.gather(*(self.known(code, as_of) for code in named))
        absent = {code for code, one in zip(named, found, strict=True) if one is None}
        return tuple(sound for passage in passages if (sound := _cleared(passage, absent)) is not None)


def _ranked(hits: Sequence[SearchHit], phrase: str) -> tuple[SearchHit, ...]:
    """The hits in their order, without supplies that carry too few of the words; one that is called just so leads."""
    if any(hit.ref.system != "hcpcs" for hit in hits):
        return tuple(hits)
    asked = set(words(phrase))
    there = [hit for hit in hits if hit.kind not in _FOUND or carried(hit, asked) >= _HELD]
    called = [hit for hit in plainest(there, phrase)[:1] if hit.kind != "meaning" and beyond(hit, phrase) < 1]
    return tuple(dict.fromkeys((*called, *there)))


def _of_list(name: str, piece: Piece) -> Passage:
    text = piece.text.rstrip(".")
    line = Line(f"**Modifier {name}**: {text.capitalize() if text.isupper() else text}.")
    return Passage("", "HCPCS Level II modifiers", f"Modifier {name}", (line,), (), piece.source)


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


def _cleared(passage: Passage, absent: set[str]) -> Passage | None:
    """The passage without lines that name an absent code; None where its answer would go."""
    if absent & set(codes_in_text.strict(passage.heading)):
        return None
    short = tuple(line for line in passage.short if not absent & set(codes_in_text.strict(line.text)))
    rest = tuple(line for line in passage.rest if not absent & set(codes_in_text.strict(line.text)))
    return replace(passage, short=short, rest=rest) if short[:1] == passage.short[:1] else None


def _without(text: str, codes: Sequence[str]) -> str:
    bare = {code.replace(".", "").lower() for code in codes}
    return " ".join(word for word in text.split() if word.strip("?,;:()").replace(".", "").lower() not in bare)
