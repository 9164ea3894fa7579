"""Runs every rule over a claim; a rule that has no data says so."""

from collections.abc import Callable
from typing import Final

from services.lookup.edits import (
    add_on,
    age_sex,
    coverage,
    detail,
    diagnoses,
    modifiers,
    mue,
    notes,
    place,
    ptp,
    validity,
)
from services.lookup.edits.claim import Checked, Claim, Finding, Found, Report, Severity, Verdict, told
from services.lookup.edits.diagnoses import Diagnosis
from services.lookup.edits.tables import Tables

_ON_LINES: Final[tuple[Callable[[Claim, Tables], Found], ...]] = (
    ptp.check,
    mue.check,
    add_on.check,
    validity.check,
    modifiers.check,
    place.check,
    coverage.check,
)
_ON_DIAGNOSES: Final[tuple[Callable[[Claim, list[Diagnosis]], Found], ...]] = (
    notes.excludes,
    notes.instructional,
    detail.check,
)
RULES: Final = (
    *("ncci-ptp", "mue", "add-on", "code-validity", "modifier", "place-of-service", "coverage"),
    *("excludes", "instructional-note", "specificity", "age-sex"),
)
MOST_FINDINGS: Final = 5_000  # told of one claim; a thousand lines can pair half a million times
_WEIGHT: Final = {Severity.ERROR: 0, Severity.CHECK: 1, Severity.INFO: 2}


def check(claim: Claim, tables: Tables) -> Report:
    """The report; what denies a line first."""
    findings: list[Finding] = []
    checked: list[Checked] = []
    named = diagnoses.of(claim, tables)
    found = [
        *(rule(claim, tables) for rule in _ON_LINES),
        *(rule(claim, named) for rule in _ON_DIAGNOSES),
        age_sex.check(claim, named, tables),
    ]
    for of_rule, done in found:
        findings += of_rule
        checked += done
    findings.sort(key=lambda one: (_WEIGHT[one.severity], one.verdict is not Verdict.APPLIES))
    if len(findings) > MOST_FINDINGS:
        findings[MOST_FINDINGS:] = [_untold(len(findings) - MOST_FINDINGS)]
    return Report(claim, tuple(findings), tuple(checked))


def _untold(more: int) -> Finding:
    words = (f"{more:,} further findings are not told.", "Mend these, or check fewer lines at once.")
    return told("code-validity", Severity.INFO, (), words)
