"""Add-on codes need a primary procedure (Medicare Claims Processing Manual, chapter 12, section 30.D).

Type 1: one of the listed primaries. Type 2: no list, the contractor decides. Type 3: a list that the contractor may
extend. A listed primary satisfies each of them.
"""

from collections.abc import Collection, Sequence
from typing import Final

from services.lookup.domain import Edition, Row
from services.lookup.editions.library import Library, Shelf
from services.lookup.edits.claim import Claim, Finding, Found, Line, Severity, Verdict, source, summed

RULE: Final = "add-on"
_LISTED: Final = 1
_NAMED: Final = 6  # primaries that a message names


def check(claim: Claim, library: Library) -> Found:
    """Every line whose code is an add-on on its day."""
    findings: list[Finding] = []
    spoke: Edition | None = None
    firm = True
    for day, lines in claim.days().items():
        shelf = Shelf(library, day)
        codes = {line.code for line in lines}
        for line in lines:
            found = shelf.rows(f"ncci-add-on{claim.medicaid}", line.code)
            if found is None:
                return findings, summed(RULE, None, findings)
            rows, spoke = found
            firm = firm and not spoke.stale
            if finding := _of_line(line, [row for row in rows if _holds(row, day)], codes, spoke):
                findings.append(finding)
    return findings, summed(RULE, spoke, findings, firm=firm)


def _holds(row: Row, day: str) -> bool:
    until = row.body.get("until", "")
    return row.body["since"] <= day and (not until or day <= until)


def _of_line(line: Line, rows: Sequence[Row], codes: Collection[str], edition: Edition) -> Finding | None:
    primaries = sorted({row.body["primary"] for row in rows})
    if not rows or not set(primaries).isdisjoint(codes):
        return None
    kind, place = rows[0].body["type"], source(edition, rows[0].line)
    named = ", ".join(primaries[:_NAMED]) + (
        f" or one of {len(primaries) - _NAMED} more" if len(primaries) > _NAMED else ""
    )
    if edition.stale:
        told = f"{line.code} was an add-on code without its primary here, by a table that ended {edition.effective_to}."
        again = f"Import the add-on code edits that cover {line.date}."
        newest = (place.edition, Verdict.APPLIES if kind == _LISTED else Verdict.NO_DATA)
        return Finding(RULE, Verdict.NO_DATA, Severity.CHECK, (line.id,), told, again, place, newest=newest)
    if kind == _LISTED:
        message = (
            f"{line.code} is an add-on code of type 1 and none of its primary codes is on the claim for {line.date}."
        )
        fix = f"Add the primary procedure that was done ({named}), or take {line.code} off."
        return Finding(RULE, Verdict.APPLIES, Severity.ERROR, (line.id,), message, fix, place)
    message = f"{line.code} is an add-on code of type {kind}: which primary codes are accepted, the contractor decides."
    listed = f" Listed are {named}." if kind != 2 else ""  # noqa: PLR2004 -- the type without a list
    fix = f"See that a primary procedure of the same day and provider is on the claim.{listed}"
    return Finding(RULE, Verdict.NO_DATA, Severity.CHECK, (line.id,), message, fix, place)
