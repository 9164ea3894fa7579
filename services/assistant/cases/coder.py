"""A case to codes: clauses, candidates, then the rules that leave codes out and say why."""

import asyncio
from collections.abc import Sequence
from typing import Final, Protocol

from services.assistant.cases.candidates import Candidate, candidates
from services.assistant.cases.clauses import Clause, clauses
from services.assistant.domain import CaseCode, KnownCode, SearchHit

SETTINGS: Final = ("outpatient", "inpatient")
MOST_CLAUSES: Final = 400
_AT_ONCE: Final = 8
_OVER: Final = {
    "negated": "The text says that it is not there.",
    "family": "The text tells it of the family, not of the patient.",
    "history": "The text tells it as past; what is over is not coded as if it were present (Guidelines IV.J).",
    "doubt": "Uncertain diagnoses are not coded outside inpatient care; code the sign or symptom (Guidelines IV.H).",
    "advice": "The text speaks of a risk or of advice, not of a condition.",
}


class Lookup(Protocol):
    """The loaded editions."""

    async def get_code(self, system: str, code: str, as_of: str) -> KnownCode:
        """One code; NOT_FOUND, INVALID."""
        ...

    async def search(self, text: str, system: str, limit: int, as_of: str) -> tuple[SearchHit, ...]:
        """Codes by words, best first."""
        ...


class Coder:
    """Codes cases over the loaded editions."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    async def code(self, text: str, as_of: str, setting: str) -> tuple[CaseCode, ...]:
        """The codes, suggested ones first, each in the order of the text."""
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(clause: Clause) -> list[Candidate]:
            async with gate:
                return await candidates(self._lookup, clause, as_of)

        found = await asyncio.gather(*(one(clause) for clause in clauses(text)[:MOST_CLAUSES]))
        judged = [_judged(candidate, setting) for group in found for candidate in group]
        merged = _merged(judged)
        return tuple(sorted(await self._ruled(merged, as_of), key=lambda code: code.status != "suggested"))

    async def _ruled(self, codes: Sequence[CaseCode], as_of: str) -> list[CaseCode]:
        suggested = [code for code in codes if code.status == "suggested"]
        known = dict(
            zip(
                [code.ref.code for code in suggested],
                await asyncio.gather(*(self._lookup.get_code(c.ref.system, c.ref.code, as_of) for c in suggested)),
                strict=True,
            )
        )
        return [_by_rules(code, suggested, known) if code.status == "suggested" else code for code in codes]


def _judged(candidate: Candidate, setting: str) -> CaseCode:
    over = candidate.clause.over
    excluded = over and not (over == "doubt" and setting == "inpatient")
    hit = candidate.hit
    led = f"\u201c{candidate.spans[0].text}\u201d led to the {hit.kind} \u201c{hit.term}\u201d."
    reason = _OVER[over] if excluded else led
    confidence = round(min(0.95, 0.45 + 0.35 * candidate.share + 0.05 * min(3, len(candidate.matched))), 2)
    return CaseCode(hit.ref, confidence, "excluded" if excluded else "suggested", reason, candidate.spans)


def _merged(codes: Sequence[CaseCode]) -> list[CaseCode]:
    """One entry a code: a plain statement anywhere outweighs a denial elsewhere, and brings all its words along."""
    merged: dict[str, CaseCode] = {}
    for code in codes:
        before = merged.get(code.ref.code)
        if before is None:
            merged[code.ref.code] = code
        elif before.status == code.status:
            best = max(before, code, key=lambda one: one.confidence)
            spans = tuple(dict.fromkeys((*before.evidence, *code.evidence)))
            merged[code.ref.code] = CaseCode(code.ref, best.confidence, best.status, before.reason, spans)
        elif code.status == "suggested":
            merged[code.ref.code] = code
    return list(merged.values())


def _by_rules(code: CaseCode, others: Sequence[CaseCode], known: dict[str, KnownCode]) -> CaseCode:
    """The code, or the code excluded by the first rule that speaks against it."""
    own = known[code.ref.code]
    if not own.billable:
        below = own.sections.get("hierarchy", {}).get("children", ())
        needs = "a seventh character" if own.sections.get("seventh", {}).get("applies") else "more detail"
        why = f"It is a header with {len(below)} codes below it: a claim needs {needs}, which the text has to give."
        return _out(code, why)
    for other in others:
        if other is code:
            continue
        if _is_part(code, other):
            return _out(
                code,
                f"{other.ref.code} says the same and more; a combination code stands for its parts (Guidelines I.B.9).",
            )
        note = _excludes1(known[other.ref.code], code.ref.code)
        if note and other.confidence >= code.confidence:
            return _out(
                code,
                f"Excludes1 at {note} forbids it beside {other.ref.code} for the same condition (Guidelines I.A.12.a).",
            )
    return code


def _is_part(code: CaseCode, whole: CaseCode) -> bool:
    """Whether the other code stands in the same category and rests on words that hold this one's."""
    same = code.ref.code[:3] == whole.ref.code[:3] and code.ref.code != whole.ref.code
    residual = code.ref.code.endswith(("9", "8")) or len(code.ref.code) < len(whole.ref.code)
    inside = any(a.start >= b.start and a.end <= b.end for a in code.evidence for b in whole.evidence)
    return same and (inside or (residual and not whole.ref.code.endswith(("9", "8"))))


def _excludes1(other: KnownCode, code: str) -> str:
    for row in other.sections.get("notes", {}).get("excludes1", ()):
        if any(code.startswith(named) for named in row.get("codes", ()) if "-" not in named):
            return str(row["from"])
    return ""


def _out(code: CaseCode, reason: str) -> CaseCode:
    return CaseCode(code.ref, code.confidence, "excluded", reason, code.evidence)
