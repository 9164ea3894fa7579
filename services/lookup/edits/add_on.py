"""Add-on codes need a primary procedure (Medicare Claims Processing Manual, chapter 12, section 30.D).

Type 1: one of the listed primaries. Type 2: no list, the contractor decides. Type 3: a list that the contractor may
extend. A listed primary of the same day satisfies each of them.
"""

from collections.abc import Sequence
from typing import Final

from services.lookup.domain import Edition, Row
from services.lookup.edits.claim import (
    By,
    Claim,
    Finding,
    Found,
    Line,
    Severity,
    Verdict,
    source,
    summed,
    told,
    undecided,
)
from services.lookup.edits.tables import Tables

RULE: Final = "add-on"
_LISTED: Final = 1
_UNLISTED: Final = 2
_NAMED: Final = 6  # primaries that a message names


def check(claim: Claim, tables: Tables) -> Found:
    """Every line whose code is an add-on on its day."""
    findings: list[Finding] = []
    spoke: Edition | None = None
    firm, note = True, ""
    for date, lines in claim.days().items():
        day = tables.on(date)
        codes = {line.code for line in lines}
        for line in lines:
            found = day.rows(f"ncci-add-on{claim.medicaid}", line.code)
            if found is None:
                firm, note = False, f"No table of add-on codes for this program covers {date}."
                break
            rows, spoke = found
            firm = firm and not spoke.stale
            held = [row for row in rows if _holds(row, date)]
            if held and not codes.intersection(row.body["primary"] for row in held):
                findings.append(_alone(line, held, spoke, claim))
    return findings, [summed(RULE, spoke, findings, firm=firm, note=note)]


def _holds(row: Row, day: str) -> bool:
    until = row.body.get("until", "")
    return row.body["since"] <= day and (not until or day <= until)


def _alone(line: Line, rows: Sequence[Row], edition: Edition, claim: Claim) -> Finding:
    kind, mine, by = rows[0].body["type"], (line.id,), By(edition, line.date, rows[0].line)
    primaries = sorted({one.body["primary"] for one in rows})
    if kind == _LISTED:
        elsewhere = sorted({one.date for one in claim.lines if one.code in primaries})
        beside = f" One is there for {elsewhere[0]}, another day." if elsewhere else ""
        message = f"{line.code} is an add-on code of type 1 and none of its primary codes is there for {line.date}."
        fix = f"Add the primary procedure that was done ({_named(primaries)}), or take {line.code} off."
        return told(RULE, Severity.ERROR, mine, (message + beside, fix), by)
    message = f"{line.code} is an add-on code of type {kind}: which primary codes are accepted, the contractor decides."
    listed = f" Listed are {_named(primaries)}." if kind != _UNLISTED else ""
    fix = f"See that a primary procedure of the same day and provider is on the claim.{listed}"
    finding = undecided(RULE, Severity.CHECK, mine, (message, fix), by)
    if not edition.stale:
        return finding
    newest = (source(edition).edition, Verdict.NO_DATA)
    return Finding(RULE, Verdict.NO_DATA, Severity.CHECK, mine, message, fix, finding.source, newest=newest)


def _named(primaries: Sequence[str]) -> str:
    more = f" or one of {len(primaries) - _NAMED} more" if len(primaries) > _NAMED else ""
    return ", ".join(primaries[:_NAMED]) + more
