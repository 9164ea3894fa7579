"""A case to codes: clauses, the terms that stand in them, then the rules that join codes and leave codes out."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

from services.assistant.cases import details, obstetrics, patient, rulebook, rules, stated
from services.assistant.cases.allergies import allergies
from services.assistant.cases.candidates import Candidate, candidates
from services.assistant.cases.clauses import Clause, clauses
from services.assistant.cases.likelihood import Likelihood
from services.assistant.cases.measures import with_body_mass_index
from services.assistant.cases.patient import Patient
from services.assistant.cases.proposals import Proposal, joined, proposals
from services.assistant.cases.seventh import completed
from services.assistant.domain.cases import CaseCode, SpottedTerm
from services.assistant.domain.codes import KnownCode
from services.chassis.errors import AppError, Kind

SETTINGS: Final = ("outpatient", "inpatient")
_AT_ONCE: Final = 8
_TOO_LITTLE: Final = "The words say too little to choose this code by: {why}"


class Lookup(Protocol):
    """The loaded editions."""

    async def get_code(self, system: str, code: str, as_of: str) -> KnownCode:
        """One code; NOT_FOUND, INVALID."""
        ...

    async def spot(self, texts: Sequence[str], as_of: str) -> list[list[SpottedTerm]]:
        """For each text what stands in it, the weightiest first."""
        ...


class Coder:
    """Codes cases over the loaded editions."""

    def __init__(self, lookup: Lookup, book: rulebook.Rulebook, likelihood: Likelihood) -> None:
        self._lookup = lookup
        self._book = book
        self._likelihood = likelihood

    async def code(self, text: str, as_of: str, setting: str) -> tuple[CaseCode, ...]:
        """The codes, suggested ones first; of the rest each in the order of the text."""
        parts = await asyncio.to_thread(clauses, text)
        whom = patient.of(text)
        said, claimed = await asyncio.to_thread(_said, text, parts, whom)
        found = await candidates(self._lookup, parts, as_of, self._book, claimed)
        told = await asyncio.to_thread(self._judged, found, said, whom, setting, text)
        told = stated.with_abnormal_findings(told, self._book.chronic, text)
        told = obstetrics.with_births(told, whom, text, self._book.in_pregnancy)
        told = with_body_mass_index(told, parts, text)
        known = await self._known(told, as_of)
        named = [self._named(one, known, text, whom) for one in told]
        known |= await self._known([one for one in named if one.ref.code not in known], as_of)
        return await asyncio.to_thread(self._ruled, named, known, setting)

    def _judged(
        self, found: Sequence[Candidate], said: Sequence[Proposal], whom: Patient, setting: str, text: str
    ) -> list[Proposal]:
        told = rules.not_theirs(joined(said, proposals(found, setting, self._book)), whom, self._book)
        weighed = details.detailed([self._weighed(one) for one in told], text, whom)
        return details.with_ulcers(rules.with_wholes(weighed, self._book), text)

    def _ruled(self, named: Sequence[Proposal], known: dict[str, KnownCode], setting: str) -> tuple[CaseCode, ...]:
        ruled = rules.in_sequence(rules.ruled(named, known, self._book, setting), known)
        told = (self._told(one) for one in ruled if one.ref.display)
        return tuple(sorted(told, key=lambda code: code.status != "suggested"))

    async def edition(self, codes: Sequence[CaseCode], as_of: str) -> tuple[str, ...]:
        """The id of the edition that codes of a case are from: one speaks for all of a date. None of no codes."""
        if not codes:
            return ()
        return ((await self._lookup.get_code(codes[0].ref.system, codes[0].ref.code, as_of)).edition_id,)

    def _weighed(self, one: Proposal) -> Proposal:
        """Left out where what speaks for it is too little; a state is coded as it is stated."""
        likely = 1.0 if rulebook.among(one.ref.code, self._book.statuses) else self._likelihood.of(one)
        return (
            one.out(_TOO_LITTLE.format(why=one.reason)) if one.is_suggested and likely < self._likelihood.least else one
        )

    async def _known(self, told: Sequence[Proposal], as_of: str) -> dict[str, KnownCode]:
        """What the editions say of the codes; one that they do not have is left out of the answer."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def of(code: str) -> KnownCode | None:
            try:
                async with gate:
                    return await self._lookup.get_code("icd-10-cm", code, as_of)
            except AppError as refusal:
                if refusal.kind is not Kind.NOT_FOUND:
                    raise
                return None

        codes = list(dict.fromkeys(one.ref.code for one in told if one.is_suggested))
        found = await asyncio.gather(*(of(code) for code in codes))
        return {code: known for code, known in zip(codes, found, strict=True) if known}

    @staticmethod
    def _named(one: Proposal, known: dict[str, KnownCode], text: str, whom: Patient) -> Proposal:
        """With the description of the edition, and the seventh character that the text supports."""
        own = known.get(one.ref.code)
        if own is None or not one.is_suggested:
            return one
        named = obstetrics.staged(details.sided(replace(one, ref=own.ref), own, text), own, whom)
        return completed(named, own, text)

    def _told(self, one: Proposal) -> CaseCode:
        return CaseCode(one.ref, round(self._likelihood.of(one), 2), one.status, one.reason, one.spans)


def _said(text: str, parts: Sequence[Clause], whom: Patient) -> tuple[list[Proposal], list[tuple[int, int]]]:
    """What the text states in words of its own, and the stretches that are claimed by it."""
    told, regions = allergies(text, parts)
    told += stated.stated(text, parts, whom)
    return told, [*regions, *((span.start, span.end) for one in told for span in one.spans)]
