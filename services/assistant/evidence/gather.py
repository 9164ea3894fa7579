"""Gathers what is known towards a question: codes, edits and search from lookup, passages from the guides."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from services.assistant import codes_in_text
from services.assistant.domain.codes import KnownCode
from services.assistant.domain.evidence import Checked, Crosswalk, Evidence, Line, Passage, Piece
from services.assistant.domain.questions import Focus, Understood
from services.assistant.evidence.guides import Guides
from services.assistant.evidence.nearness import Nearness
from services.assistant.evidence.phrases import Coded, Codes, Coding, Phrases
from services.assistant.evidence.wording import written_out
from services.assistant.icd9_in_text import is_procedure
from services.chassis.errors import AppError, Kind

_CATEGORY: Final = 3  # characters of a bare category, which may be a word: vitamin B12, vertebra T12
_PROCEDURES: Final = frozenset(("cpt", "hcpcs"))
_DIAGNOSES: Final = "icd-10-cm"
_TWO: Final = 2


class Lookup(Codes, Protocol):
    """The loaded editions."""

    async def check(self, codes: Sequence[str], hung: Sequence[tuple[str, str]], as_of: str) -> Checked:
        """The claim check of procedures of one provider, one unit each, on one day, with the modifiers they carry."""
        ...

    async def translate(self, code: str, target: str, as_of: str) -> Crosswalk:
        """What an ICD-9-CM code maps to."""
        ...

    async def modifier(self, modifier: str, as_of: str) -> Piece | None:
        """What the loaded lists say of a Level II modifier; None where none has it."""
        ...


class Gatherer:
    """Evidence for questions."""

    def __init__(self, lookup: Lookup, guides: Guides, coding: Coding) -> None:
        self._lookup = lookup
        self._guides = guides
        self._coding = coding
        self._phrases = Phrases(lookup, coding)
        self._nearness = Nearness(lookup, guides.texts)

    async def gather(self, understood: Understood) -> Evidence:
        """Everything at once; what is away raises UNAVAILABLE, for half an answer would be a wrong one."""
        as_of = understood.question.as_of
        system = understood.question.system
        found = await asyncio.gather(*(self.known(code, as_of, system) for code in understood.codes))
        known = tuple(code for code in found if code is not None)
        unknown = tuple(code for code, one in zip(understood.codes, found, strict=True) if one is None)
        coded = Coded() if known else await self._phrases.coded(understood)
        if coded.hits and all(len(code) == _CATEGORY for code in unknown):
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
            hits=coded.hits,
            case=coded.case,
            meant=coded.meant,
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


def _of_list(name: str, piece: Piece) -> Passage:
    text = piece.text.rstrip(".")
    line = Line(f"**Modifier {name}**: {text.capitalize() if text.isupper() else text}.")
    return Passage("", "HCPCS Level II modifiers", f"Modifier {name}", (line,), (), piece.source)


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
