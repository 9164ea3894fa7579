"""A code that is proposed for a case, with every mention that speaks for it or against it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.assistant.cases.candidates import Candidate
from services.assistant.cases.rulebook import Instead, Rulebook, among
from services.assistant.domain.cases import Span
from services.assistant.domain.codes import CodeRef

# Words by which a record states why the patient is there.
_STATED: Final = re.compile(
    r"\b(?:presents?|presented|here|seen|comes?|came|returns?|visit|encounter|admitted|referred)\b[^.]{0,30}\bfor\b"
    r"|\b(?:annual|well[- ](?:child|woman)|routine|preventive|pre-?operative)\b",
    re.IGNORECASE,
)
_ENDED: Final = ("Z08", "Z09")  # after treatment that is over: a follow-up of what goes on is coded by what goes on
SUGGESTED, EXCLUDED = "suggested", "excluded"
_OVER: Final = {
    "negated": "The text says that it is not there.",
    "family": "The text tells it of the family, not of the patient.",
    "history": "The text tells it as past; what is over is not coded as if it were present (Guidelines IV.J).",
    "sequela": "The text tells of what it has left behind, which has a code of its own (Guidelines I.B.10).",
    "doubt": "Uncertain diagnoses are not coded outside inpatient care; code the sign or symptom (Guidelines IV.H).",
    "advice": "The text speaks of a risk or of advice, not of a condition.",
    "encounter": "It names a reason for a visit, which the text does not state (Guidelines IV.A).",
}
_MOST_MENTIONS: Final = 40  # of a code: more prove nothing more


@dataclass(frozen=True, slots=True)
class Proposal:
    """A code with its words. `mentions` are the candidates behind it; none for a code that a rule put there."""

    ref: CodeRef
    billable: bool
    status: str
    reason: str
    spans: tuple[Span, ...]
    mentions: tuple[Candidate, ...] = ()
    stated: bool = False  # by words of stated.toml

    @property
    def worth(self) -> float:
        """How much the rarest-worded mention says."""
        return max((one.spotted.worth for one in self.mentions), default=0.0)

    @property
    def is_suggested(self) -> bool:
        """Whether it is, so far."""
        return self.status == SUGGESTED

    def out(self, reason: str) -> "Proposal":
        """The same, left out by a rule."""
        return replace(self, status=EXCLUDED, reason=reason)


def proposals(candidates: Sequence[Candidate], setting: str, rules: Rulebook) -> list[Proposal]:
    """One a code, in the order of the text: a plain statement anywhere outweighs a denial elsewhere."""
    merged: dict[str, Proposal] = {}
    for candidate in candidates:
        for one in _judged(candidate, setting, rules):
            before = merged.get(one.ref.code)
            merged[one.ref.code] = _both(before, one) if before else one
    return list(merged.values())


def joined(said: Sequence[Proposal], found: Sequence[Proposal]) -> list[Proposal]:
    """One a code, in the order of the text: what the text states in words of its own stands for what was spotted."""
    by_code = {one.ref.code: one for one in sorted((*found, *said), key=lambda one: (one.is_suggested, one.stated))}
    return sorted(by_code.values(), key=lambda one: min(span.start for span in one.spans))


def _both(before: Proposal, after: Proposal) -> Proposal:
    if before.status != after.status:
        return before if before.is_suggested else after
    if len(before.mentions) >= _MOST_MENTIONS:
        return before
    spans = tuple(dict.fromkeys((*before.spans, *after.spans)))
    return replace(before, spans=spans, mentions=(*before.mentions, *after.mentions))


def _judged(candidate: Candidate, setting: str, rules: Rulebook) -> list[Proposal]:
    """What a mention comes to: the code, or the code left out, and what stands for what is past or of the family."""
    term = candidate.spotted
    over = _governed(candidate, setting, rules)
    own = Proposal(term.ref, term.billable, SUGGESTED, _led(candidate), candidate.spans, (candidate,))
    if not over:
        return [own]
    table = {"history": rules.past, "family": rules.family, "sequela": rules.sequelae}.get(over, ())
    instead = next((one for one in table if among(term.ref.code, one.of)), None)
    found = [own.out(_OVER[over] + (f" {instead.code} says so." if instead else ""))]
    return [*found, _instead(instead, candidate)] if instead else found


def _governed(candidate: Candidate, setting: str, rules: Rulebook) -> str:
    """What keeps the mention from being coded; empty for nothing."""
    over, code = candidate.clause.over, candidate.spotted.ref.code
    if among(code, rules.encounters):
        return over or ("" if not among(code, _ENDED) and _STATED.search(candidate.clause.text) else "encounter")
    tells_of_it = {"family": ("Z80", "Z81", "Z82", "Z83", "Z84"), "history": ("Z8", "Z9")}.get(over, ())
    if among(code, tells_of_it) if tells_of_it else False:
        return ""
    goes_on = (over == "history" and among(code, rules.chronic)) or (over == "sequela" and not among(code, rules.acute))
    admitted = over == "doubt" and setting == "inpatient"
    return "" if goes_on or admitted else over


def _led(candidate: Candidate) -> str:
    term = candidate.spotted
    return f"\u201c{candidate.spans[0].text}\u201d led to the {term.kind} \u201c{term.term}\u201d."


def _instead(instead: Instead, candidate: Candidate) -> Proposal:
    """What it is called is told where the code is looked up; every code of a rule is looked up before it leaves."""
    how = "is told as past, of the family (Guidelines I.C.21.c.4), or as the cause of a sequela (I.B.10)."
    reason = f"\u201c{candidate.spans[0].text}\u201d {how}"
    return Proposal(CodeRef("icd-10-cm", instead.code), True, SUGGESTED, reason, candidate.spans)
