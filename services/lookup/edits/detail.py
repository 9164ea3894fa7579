"""The side of a diagnosis (ICD-10-CM Official Guidelines, section I.B.13): left open where codes of a side are there,
or another than the side of the procedure's modifier.
"""

import re
from typing import Final

from services.lookup.edits.claim import By, Claim, Finding, Found, Severity, told
from services.lookup.edits.diagnoses import Diagnosis
from services.lookup.edits.notes import summed_over

RULE: Final = "specificity"
_SIDES: Final = {"RT": "right", "LT": "left"}
_RIGHT, _LEFT, _BOTH = (re.compile(rf"\b{word}\b", re.IGNORECASE) for word in ("right", "left", "bilateral"))


def check(claim: Claim, diagnoses: list[Diagnosis]) -> Found:
    """Every diagnosis of an unspecified side, and every line whose side none of its diagnoses has."""
    findings = [*_left_open(diagnoses), *_other_side(claim, diagnoses)]
    return findings, [summed_over(RULE, claim, diagnoses, findings)]


def _left_open(diagnoses: list[Diagnosis]) -> list[Finding]:
    found = {}
    for one in diagnoses:
        if "unspecified" not in one.entry.display or not one.entry.billable or _side(one.entry.display):
            continue
        beside = one.read.beside
        if any(_RIGHT.search(text) for text in beside) and any(_LEFT.search(text) for text in beside):
            message = f"{one.code} leaves the side open ({one.entry.display})."
            fix = "Report the side where the record tells it; payers refuse an unspecified side more and more."
            found[one.code] = told(RULE, Severity.CHECK, (one.line.id,), (message, fix), By(one.edition, one.line.date))
    return list(found.values())


def _other_side(claim: Claim, diagnoses: list[Diagnosis]) -> list[Finding]:
    found = []
    for line in claim.lines:
        sides = [side for modifier, side in _SIDES.items() if modifier in line.modifiers]
        if len(sides) != 1:
            continue
        sided = [(one, _side(one.entry.display)) for one in diagnoses if one.line.id == line.id]
        sided = [(one, side) for one, side in sided if side]
        if sided and all(side not in {sides[0], "bilateral"} for _, side in sided):
            one, side = sided[0]
            message = f"{line.code} is reported on the {sides[0]}, {one.code} is of the {side} side."
            fix = "Correct the modifier or the diagnosis, whichever the record does not bear out."
            found.append(told(RULE, Severity.CHECK, (line.id,), (message, fix), By(one.edition, line.date)))
    return found


def _side(display: str) -> str:
    """The one side that a description names; empty where it names none or both."""
    sides = [name for name, mark in (("right", _RIGHT), ("left", _LEFT)) if mark.search(display)]
    if _BOTH.search(display):
        return "bilateral"
    return sides[0] if len(sides) == 1 else ""
