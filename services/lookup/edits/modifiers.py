"""Whether the modifiers of a line exist and fit its code (physician fee schedule indicators; Medicare Claims
Processing Manual, chapter 12, sections 40 and 30.6). Modifiers of the global period depend on the patient's history.
"""

from typing import Final

from services.lookup.domain import Edition
from services.lookup.editions.library import Library, Shelf
from services.lookup.edits.claim import Claim, Finding, Found, Line, Severity, Verdict, nothing_to_check, source, summed

RULE: Final = "modifier"
_CPT: Final = frozenset(
    (
        *("22", "23", "24", "25", "26", "27", "32", "33", "47", "50", "51", "52", "53", "54", "55", "56", "57", "58"),
        *("59", "62", "63", "66", "73", "74", "76", "77", "78", "79", "80", "81", "82", "90", "91", "92", "93", "95"),
        *("96", "97", "99", "1P", "2P", "3P", "8P", "P1", "P2", "P3", "P4", "P5", "P6"),
    )
)
_HISTORY: Final = ("24", "58", "78", "79")
# modifier: the indicator that decides, the values that rule it out, and what that means
_RULED_OUT: Final = {
    "50": ("bilateral_surgery", ("0", "2", "9"), "is not paid as a bilateral procedure"),
    "26": ("pctc", ("0", "2", "3", "4", "5", "7", "9"), "has no professional component of its own"),
    "TC": ("pctc", ("0", "2", "3", "4", "5", "6", "7", "8", "9"), "has no technical component of its own"),
    "62": ("co_surgeons", ("0", "9"), "is not paid to two surgeons"),
    "66": ("team_surgery", ("0", "9"), "is not paid to a team"),
    "80": ("assistant_at_surgery", ("1", "9"), "is not paid to an assistant"),
    "81": ("assistant_at_surgery", ("1", "9"), "is not paid to an assistant"),
    "82": ("assistant_at_surgery", ("1", "9"), "is not paid to an assistant"),
    "AS": ("assistant_at_surgery", ("1", "9"), "is not paid to an assistant"),
}


def check(claim: Claim, library: Library) -> Found:
    """Every modifier of every line."""
    findings: list[Finding] = []
    spoke: Edition | None = None
    firm = True
    for line in claim.lines:
        shelf = Shelf(library, line.date)
        priced = shelf.rows("pfs", line.code)
        for modifier in line.modifiers:
            if finding := _unknown(line, modifier, shelf) or _history(line, modifier):
                findings.append(finding)
            elif modifier in _RULED_OUT:
                spoke = priced[1] if priced else spoke
                firm = firm and bool(priced) and not (priced and priced[1].stale)
                findings += _unfit(line, modifier, shelf)
    decided = any(modifier in _RULED_OUT for line in claim.lines for modifier in line.modifiers)
    if not decided and not findings:
        return findings, nothing_to_check(RULE)
    return findings, summed(RULE, spoke, findings, firm=firm)


def _unknown(line: Line, modifier: str, shelf: Shelf) -> Finding | None:
    if modifier in _CPT:
        return None
    loaded = False
    for system, key in (("hcpcs", f"modifier:{modifier}"), ("hcpcs-modifiers", modifier)):
        found = shelf.rows(system, key)
        if found and found[0]:
            return None
        loaded = loaded or bool(found and not found[1].stale)
    if loaded:
        message = f"There is no modifier {modifier!r} on {line.date}."
        return Finding(RULE, Verdict.APPLIES, Severity.ERROR, (line.id,), message, "Correct or drop it.")
    message = f"No loaded table decides whether {modifier!r} is a modifier on {line.date}."
    return Finding(RULE, Verdict.NO_DATA, Severity.CHECK, (line.id,), message, "Import the HCPCS file of that quarter.")


def _history(line: Line, modifier: str) -> Finding | None:
    if modifier not in _HISTORY:
        return None
    message = f"Whether {modifier} is right on {line.code} depends on the patient's earlier procedures."
    fix = "See that a global period of the same provider is running on the date."
    return Finding(RULE, Verdict.NO_DATA, Severity.INFO, (line.id,), message, fix)


def _unfit(line: Line, modifier: str, shelf: Shelf) -> list[Finding]:
    field, values, meaning = _RULED_OUT[modifier]
    found = shelf.rows("pfs", line.code)
    row = next((one for one in found[0] if not one.body.get("modifier")), None) if found else None
    if found is None or row is None or row.body.get(field) not in values:
        return []
    edition, value = found[1], row.body[field]
    place = source(edition, row.line)
    message = f"{line.code} {meaning} ({field.replace('_', ' ')} indicator {value}), so {modifier} does not fit."
    fix = f"Drop {modifier}." if modifier != "50" else "Drop 50; report each side as the code itself asks."
    if edition.stale:
        told = f"{message} That is a fee schedule that ended {edition.effective_to}."
        newest = (place.edition, Verdict.APPLIES)
        return [Finding(RULE, Verdict.NO_DATA, Severity.CHECK, (line.id,), told, fix, place, newest=newest)]
    return [Finding(RULE, Verdict.APPLIES, Severity.ERROR, (line.id,), message, fix, place)]
