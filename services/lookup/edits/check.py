"""Runs every rule over a claim; a rule that has no data says so."""

from typing import Final

from services.lookup.editions.library import Library
from services.lookup.edits import add_on, modifiers, mue, place, ptp, validity
from services.lookup.edits.claim import Checked, Claim, Finding, Report, Severity, Verdict

_RULES: Final = (ptp.check, mue.check, add_on.check, modifiers.check, place.check)
_WEIGHT: Final = {Severity.ERROR: 0, Severity.CHECK: 1, Severity.INFO: 2}


def check(claim: Claim, library: Library) -> Report:
    """The report; what denies a line first."""
    findings: list[Finding] = []
    checked: list[Checked] = []
    for rule in _RULES:
        found, done = rule(claim, library)
        findings += found
        checked.append(done)
    found, several = validity.check(claim, library)
    findings += found
    checked += several
    findings.sort(key=lambda one: (_WEIGHT[one.severity], one.verdict is not Verdict.APPLIES))
    return Report(claim, tuple(findings), tuple(checked))
