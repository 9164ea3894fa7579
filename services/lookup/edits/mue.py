"""Medically unlikely edits: the most units of a code (NCCI Policy Manual, chapter I, section V; MUE file).

MAI 1 is judged line by line; 2 and 3 by all units of the day. 2 is absolute by policy, 3 is payable on appeal where
the record shows the need.
"""

from typing import Final

from services.lookup.domain import Edition, Row
from services.lookup.editions.library import Library, Shelf
from services.lookup.edits.claim import Claim, Finding, Found, Severity, Verdict, source, summed

RULE: Final = "mue"
_BY_LINE: Final = 1
_BY_POLICY: Final = 2


def check(claim: Claim, library: Library) -> Found:
    """Units of every line, and of every day."""
    findings: list[Finding] = []
    spoke: Edition | None = None
    firm = True
    for day, lines in claim.days().items():
        shelf = Shelf(library, day)
        for code in dict.fromkeys(line.code for line in lines):
            found = shelf.rows(f"ncci-mue-{claim.setting}{claim.medicaid}", code)
            if found is None:
                return findings, summed(RULE, None, findings)
            rows, spoke = found
            firm = firm and not spoke.stale
            counted = [(line.id, line.units) for line in lines if line.code == code]
            findings += [one for row in rows for one in _of_code(row, counted, spoke, day)]
    return findings, summed(RULE, spoke, findings, firm=firm)


def _of_code(row: Row, counted: list[tuple[str, int]], edition: Edition, day: str) -> list[Finding]:
    limit = row.body["value"]
    if row.body.get("mai") == _BY_LINE:
        return [_over(row, (line,), units, edition, day) for line, units in counted if units > limit]
    total = sum(units for _, units in counted)
    return [_over(row, tuple(line for line, _ in counted), total, edition, day)] if total > limit else []


def _over(row: Row, lines: tuple[str, ...], units: int, edition: Edition, day: str) -> Finding:
    limit, mai = row.body["value"], row.body.get("mai")
    over = "a line" if mai == _BY_LINE else "a day"
    message = f"{units} units of {row.key}; Medicare takes at most {limit} {over} (MAI {mai}: {row.body['rationale']})."
    if mai == _BY_LINE:
        fix = "Report what is beyond the limit on a line of its own with the modifier that tells why, if it is true."
    elif mai == _BY_POLICY:
        fix = f"The limit is absolute by policy: report {limit}. Check whether the unit of the code was counted right."
    else:
        fix = f"Report {limit}, or all of them and appeal with the record that shows the need for more."
    place = source(edition, row.line)
    if edition.stale:
        told = f"{message} That is the table that ended {edition.effective_to}, before {day}."
        again = f"Import the MUE table that covers {day}."
        newest = (place.edition, Verdict.APPLIES)
        return Finding(RULE, Verdict.NO_DATA, Severity.CHECK, lines, told, again, place, newest=newest)
    return Finding(RULE, Verdict.APPLIES, Severity.ERROR, lines, message, fix, place)
