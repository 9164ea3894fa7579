"""Whether the modifiers of a line exist, go together and suit its kind of service.

Sources: HCPCS Level II file (its modifiers); NCCI Policy Manual, chapter I, section E, and MLN Matters MM8863 (59 and
X{EPSU}); Medicare Claims Processing Manual, chapter 12, sections 30.6 and 40 (evaluation and management, global
surgery). What the fee schedule's indicators say of a code and a modifier is in fit.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Final

from services.lookup.domain import Edition
from services.lookup.edits import fit
from services.lookup.edits.claim import (
    By,
    Claim,
    Finding,
    Found,
    Line,
    Severity,
    nothing_to_check,
    summed,
    told,
    undecided,
)
from services.lookup.edits.ptp import DISTINCT, is_evaluation, priced
from services.lookup.edits.tables import Day, Tables

RULE: Final = "modifier"
# Two characters and no wording: the numeric modifiers are the AMA's. A date: first day of service it may stand on.
_CPT: Final = {
    **dict.fromkeys(
        (
            *("22", "23", "24", "25", "26", "27", "32", "33", "47", "50", "51", "52", "53", "54", "55", "56", "57"),
            *("58", "59", "62", "63", "66", "73", "74", "76", "77", "78", "79", "80", "81", "82", "90", "91", "92"),
            *("99", "1P", "2P", "3P", "8P", "P1", "P2", "P3", "P4", "P5", "P6"),
        ),
        "",
    ),
    "95": "2017-01-01",
    "96": "2018-01-01",
    "97": "2018-01-01",
    "93": "2022-01-01",
}
_HISTORY: Final = ("24", "58", "78", "79")
_SURGERY: Final = ("10004", "69990")
_PAIRED: Final = {
    frozenset(("26", "TC")): "together they are the whole service: report the code without either",
    frozenset(("LT", "RT")): "both sides are modifier 50 where the code takes it, else a line for each side",
    frozenset(("50", "LT")): "50 says both sides already",
    frozenset(("50", "RT")): "50 says both sides already",
    **{frozenset(("59", one)): "an X modifier stands in place of 59, not beside it" for one in DISTINCT[1:]},
    frozenset(("76", "77")): "it was repeated by the same practitioner or by another",
    frozenset(("73", "74")): "it was stopped before anesthesia or after",
    frozenset(("62", "66")): "there were two surgeons or a team",
    frozenset(("78", "79")): "it was related to the first procedure or not",
    frozenset(("58", "78")): "it was planned or an unplanned return",
    frozenset(("58", "79")): "it was staged or related, or it was unrelated",
    frozenset(("GA", "GZ")): "a notice was given or not",
}


@dataclass(frozen=True, slots=True)
class _Kinds:
    """A modifier and the services that it does not go on."""

    surgery: bool
    evaluation: bool
    belongs: str


_MISPLACED: Final = {
    **dict.fromkeys(("24", "25", "57"), _Kinds(True, False, "an evaluation and management service")),
    **dict.fromkeys(("58", "78", "79"), _Kinds(False, True, "a procedure")),
    **dict.fromkeys(DISTINCT, _Kinds(False, True, "a procedure; on a visit it is 25")),
    "91": _Kinds(True, True, "a repeated laboratory test"),
}


def check(claim: Claim, tables: Tables) -> Found:
    """Every modifier of every line."""
    if not any(line.modifiers for line in claim.lines):
        return [], [nothing_to_check(RULE, "No line has a modifier.")]
    findings: list[Finding] = []
    spoke: Edition | None = None
    firm = True
    for line in claim.lines:
        day = tables.on(line.date)
        for modifier in dict.fromkeys(line.modifiers):
            found, edition = _known(line, modifier, day)
            spoke = edition or spoke
            findings += found or _misplaced(line, modifier, claim, day)
            if modifier in fit.DECIDED and not found:
                fits, edition, decided = fit.of(line, modifier, day)
                findings, spoke, firm = [*findings, *fits], edition or spoke, firm and decided
        findings += _together(line)
    if spoke is None and firm and not findings:
        return findings, [nothing_to_check(RULE, "No loaded table has anything to say of these modifiers.")]
    note = "" if firm else "No fee schedule covers the date and code of some modifier."
    return findings, [summed(RULE, spoke, findings, firm=firm, note=note)]


def _known(line: Line, modifier: str, day: Day) -> tuple[list[Finding], Edition | None]:
    """Whether there is such a modifier, and the edition that tells of it."""
    if modifier in _CPT:
        if line.date >= _CPT[modifier]:
            return [], None
        message = f"Modifier {modifier} was not there yet on {line.date}; it came on {_CPT[modifier]}."
        return [told(RULE, Severity.ERROR, (line.id,), (message, "Correct or drop it."))], None
    asked = (day.rows("hcpcs", f"modifier:{modifier}"), day.rows("hcpcs-modifiers", modifier))
    spoke = sorted((found for found in asked if found), key=lambda found: found[1].stale)  # of the date first
    if having := next((edition for rows, edition in spoke if rows), None):
        return [], having
    if spoke:
        loaded = spoke[0][1]
        message = f"There is no modifier {modifier!r} on {line.date}."
        fix = "Correct or drop it."
        return [told(RULE, Severity.ERROR, (line.id,), (message, fix), By(loaded, line.date))], loaded
    message = f"No loaded table decides whether {modifier!r} is a modifier on {line.date}."
    return [undecided(RULE, Severity.CHECK, (line.id,), (message, "Import the HCPCS file of that quarter."))], None


def _misplaced(line: Line, modifier: str, claim: Claim, day: Day) -> Iterator[Finding]:
    """A modifier on the wrong kind of service, or one that something outside the line decides."""
    kinds = _MISPLACED.get(modifier)
    surgery = _SURGERY[0] <= line.code <= _SURGERY[1] and line.code.isdigit()
    if kinds and ((surgery and kinds.surgery) or (is_evaluation(line.code) and kinds.evaluation)):
        message = f"{modifier} on {line.code}: it belongs on {kinds.belongs}."
        yield told(RULE, Severity.CHECK, (line.id,), (message, f"Move {modifier} to the line that it is meant for."))
    elif modifier in _HISTORY:
        message = f"Whether {modifier} is right on {line.code} depends on the patient's earlier procedures."
        fix = "See that a global period of the same provider is running on the date."
        yield undecided(RULE, Severity.INFO, (line.id,), (message, fix))
    elif modifier in {"25", "57"}:
        yield from _beside(line, modifier, claim, day)


def _beside(line: Line, modifier: str, claim: Claim, day: Day) -> Iterator[Finding]:
    """25 and 57 set a visit apart from a procedure, which may stand on another claim."""
    others = [one for one in claim.lines if one.date == line.date and one.id != line.id]
    if not others:
        message = f"{modifier} on {line.code}: nothing else is on the claim for {line.date}."
        fix = "See that the procedure which the visit is set apart from is billed; without one, drop the modifier."
        yield undecided(RULE, Severity.INFO, (line.id,), (message, fix))
        return
    days = {priced(day, one.code).get("global_days", "") for one in others}
    if modifier == "57" and "" not in days and "090" not in days:
        message = f"57 on {line.code}: no procedure of that day has a global period of 90 days."
        fix = "Before a major procedure of this or the next day 57 is right; beside a minor one it is 25."
        yield undecided(RULE, Severity.CHECK, (line.id,), (message, fix))


def _together(line: Line) -> Iterator[Finding]:
    """Modifiers that contradict or repeat one another; and 50 with more than one unit."""
    for one, two in combinations(line.modifiers, 2):
        why = "once is enough" if one == two else _PAIRED.get(frozenset((one, two)))
        if why:
            message = f"{one} and {two} on {line.code}: {why}."
            yield told(RULE, Severity.CHECK, (line.id,), (message, "Keep the one that the record bears out."))
    if "50" in line.modifiers and line.units > 1:
        message = f"{line.units} units of {line.code} with 50: Medicare takes both sides as one line with 1 unit."
        yield told(RULE, Severity.CHECK, (line.id,), (message, "Report 50 with 1 unit, if both sides were done once."))
