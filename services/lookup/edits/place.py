"""The place of service of a line: whether it is a code (CMS place of service code set), and whether Medicare has a
rate there (the fee schedule's NA indicator: rarely or never performed in a non-facility setting).
"""

from typing import Final

from services.lookup.domain import Edition
from services.lookup.edits.claim import By, Claim, Finding, Found, Line, Severity, nothing_to_check, summed, told
from services.lookup.edits.tables import Tables

RULE: Final = "place-of-service"
_NOT_THERE: Final = "NA"
_UNASSIGNED: Final = "unassigned"  # CMS lists the numbers that it has not given away too


def check(claim: Claim, tables: Tables) -> Found:
    """Every line that names one."""
    findings: list[Finding] = []
    spoke: Edition | None = None
    firm, note = True, ""
    for line in claim.lines:
        found = tables.on(line.date).rows(RULE, line.place) if line.place else None
        if found is None:
            firm = firm and not line.place
            note = note or (f"No place of service codes cover {line.date}." if line.place else "")
            continue
        rows, spoke = found
        firm = firm and not spoke.stale
        if not rows or _UNASSIGNED in str(rows[0].body).lower():
            message = f"There is no place of service {line.place[:10]!r}."
            fix = "Report the two digits of the place where the service was given (11 is the office)."
            findings.append(told(RULE, Severity.ERROR, (line.id,), (message, fix), By(spoke, line.date)))
        elif (claim.setting, claim.program) == ("practitioner", "medicare"):
            findings += _unpaid(line, str(rows[0].body.get("kind", "")), tables)
    if not any(line.place for line in claim.lines):
        return findings, [nothing_to_check(RULE, "No line names a place of service.")]
    return findings, [summed(RULE, spoke, findings, firm=firm, note=note)]


def _unpaid(line: Line, kind: str, tables: Tables) -> list[Finding]:
    """That Medicare has no rate for a code outside a facility."""
    found = tables.on(line.date).rows("pfs", line.code)
    row = next((one for one in found[0] if not one.body.get("modifier")), None) if found else None
    outside = kind.lower().startswith("non")
    if found is None or row is None or not outside or row.body.get("nonfacility_na") != _NOT_THERE:
        return []
    message = f"Medicare has no rate for {line.code} outside a facility, and {line.place} is no facility."
    fix = "See whether the service was given there; if so, ask the contractor whether it pays it."
    return [told(RULE, Severity.CHECK, (line.id,), (message, fix), By(found[1], line.date, row.line))]
