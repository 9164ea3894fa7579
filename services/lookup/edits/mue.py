"""Medically unlikely edits: the most units of a code (NCCI Policy Manual, chapter I, section V; MUE files).

MAI 1 is judged line by line; 2 and 3 by all units of the day. 2 is absolute by policy, 3 is payable on appeal where
the record shows the need. Tables without that indicator (Medicaid, and Medicare before it was published) are judged
line by line. Units count as they stand on the line: a bilateral procedure with modifier 50 is one unit.
"""

from typing import Final

from services.lookup.domain import Edition, Row
from services.lookup.edits.claim import By, Claim, Finding, Found, Line, Severity, summed, told
from services.lookup.edits.ptp import priced
from services.lookup.edits.tables import Day, Tables

RULE: Final = "mue"
_BY_LINE: Final = (1, None)
_BY_POLICY: Final = 2
_BILATERAL: Final = "1"


def check(claim: Claim, tables: Tables) -> Found:
    """Units of every line, and of every day."""
    findings: list[Finding] = []
    spoke: Edition | None = None
    firm, note = True, ""
    for date, lines in claim.days().items():
        day = tables.on(date)
        for code in dict.fromkeys(line.code for line in lines):
            found = day.rows(f"ncci-mue-{claim.setting}{claim.medicaid}", code)
            if found is None:
                firm, note = False, f"No MUE table for this setting and program covers {date}."
                break
            rows, spoke = found
            firm = firm and not spoke.stale
            mine = [line for line in lines if line.code == code]
            findings += [one for row in rows for one in _of_code(row, mine, spoke, day)]
    return findings, [summed(RULE, spoke, findings, firm=firm, note=note)]


def _of_code(row: Row, lines: list[Line], edition: Edition, day: Day) -> list[Finding]:
    limit = row.body["value"]
    if row.body.get("mai") in _BY_LINE:
        return [_over(row, [line], edition, day) for line in lines if line.units > limit]
    return [_over(row, lines, edition, day)] if sum(line.units for line in lines) > limit else []


def _over(row: Row, lines: list[Line], edition: Edition, day: Day) -> Finding:
    limit, mai = row.body["value"], row.body.get("mai")
    units = sum(line.units for line in lines)
    over = "a line" if mai in _BY_LINE else "a day, all lines together"
    by = f"MAI {mai}: {row.body['rationale']}" if mai else row.body["rationale"] or "no indicator"
    message = f"{units} unit{'s' if units > 1 else ''} of {row.key}; at most {limit} are payable {over} ({by})."
    fix = _remedy(row.key, limit, mai, lines, day)
    named = tuple(line.id for line in lines)
    return told(RULE, Severity.ERROR, named, (message, fix), By(edition, day.as_of, row.line))


def _remedy(code: str, limit: int, mai: int | None, lines: list[Line], day: Day) -> str:
    if not limit:
        return f"{code} is not payable in this setting at all: see whether another code or setting is meant."
    sides = {side for line in lines for side in ("LT", "RT") if side in line.modifiers}
    if limit == 1 and len(sides) == 2 and priced(day, code).get("bilateral_surgery") == _BILATERAL:  # noqa: PLR2004 -- sides
        return f"Both sides of {code} are one line: modifier 50 and 1 unit."
    if mai in _BY_LINE:
        return "Report what is beyond the limit on a line of its own with the modifier that tells why, if it is true."
    if mai == _BY_POLICY:
        return f"The limit is absolute by policy: report {limit}. Check whether the unit of the code was counted right."
    return f"Report {limit}, or all of them and appeal with the record that shows the need for more."
