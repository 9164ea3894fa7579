"""Whether the place of service of a line is a code (CMS place of service code set)."""

from typing import Final

from services.lookup.domain import Edition
from services.lookup.editions.library import Library, Shelf
from services.lookup.edits.claim import Claim, Finding, Found, Severity, Verdict, nothing_to_check, source, summed

RULE: Final = "place-of-service"


def check(claim: Claim, library: Library) -> Found:
    """Every line that names one."""
    findings: list[Finding] = []
    spoke: Edition | None = None
    firm = True
    for line in claim.lines:
        found = Shelf(library, line.date).rows(RULE, line.place) if line.place else None
        if found is None:
            firm = firm and not line.place
            continue
        rows, spoke = found
        firm = firm and not spoke.stale
        if rows or spoke.stale:
            continue
        message = f"There is no place of service {line.place!r}."
        fix = "Report the two digits of the place where the service was given (11 is the office)."
        findings.append(Finding(RULE, Verdict.APPLIES, Severity.ERROR, (line.id,), message, fix, source(spoke)))
    if not any(line.place for line in claim.lines):
        return findings, nothing_to_check(RULE)
    return findings, summed(RULE, spoke, findings, firm=firm)
