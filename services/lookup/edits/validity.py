"""Whether the codes of a claim exist, are complete and hold on their date.

45 CFR 162.1000 asks for the code set valid on the date of service; ICD-10-CM Official Guidelines, section I.B.2, for
the highest level of detail. What the fee schedule's status says of payment is told where Medicare pays by it.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from services.lookup.domain import SYSTEMS, Edition, Entry, Row, Status
from services.lookup.editions.facts import Facts
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
from services.lookup.edits.diagnoses import canonical
from services.lookup.edits.tables import Day, Spoke, Tables

RULE: Final = "code-validity"
_INVALID: Final = "I"
# Status of the fee schedule: what it means for a bill, and what to do (PFS relative value file, record layout).
_STATUSES: Final = {
    "B": ("Medicare never pays {code} apart: it is part of other services of the day.", "Do not expect payment."),
    "N": ("Medicare does not cover {code}.", "The patient may be billed; GY says that it is known."),
    "P": ("Medicare bundles {code} into other services or excludes it.", "Do not expect payment beside them."),
    "T": ("Medicare pays {code} only where nothing else of the day is paid to the provider.", "Leave it out if so."),
}

type Judged = tuple[Finding | None, Edition | None, bool]


def check(claim: Claim, tables: Tables) -> Found:
    """Procedure codes, each judged once a day, then diagnoses; one result for each edition that spoke."""
    findings: list[Finding] = []
    spoke: dict[str, tuple[Edition | None, bool]] = {}
    by: dict[str, list[Finding]] = {}
    seen: set[tuple[str, str]] = set()
    alike: dict[tuple[str, str], list[str]] = {}
    for line in claim.lines:
        alike.setdefault((line.date, line.code), []).append(line.id)
    for line in claim.lines:
        day = tables.on(line.date)
        lines = tuple(alike.pop((line.date, line.code), ()))
        procedures = (_procedure(line, day, claim),) if line.code and lines else ()
        of_all = [(replace(one, lines=lines) if one else None, edition, firm) for one, edition, firm in procedures]
        for finding, edition, firm in (*of_all, *_diagnoses(line, day, seen)):
            key = edition.id if edition else ""
            spoke[key] = (edition, spoke.get(key, (edition, True))[1] and firm)
            if finding is not None:
                findings.append(finding)
                by.setdefault(key, []).append(finding)
    checked = [
        summed(RULE, edition, by.get(key, ()), firm=firm, note="" if edition else "No loaded code set decides.")
        for key, (edition, firm) in spoke.items()
    ]
    return findings, checked


def procedure_system(code: str) -> str:
    """The code system of a procedure code by its shape; empty where it has none."""
    return next((one for one in ("hcpcs", "cpt") if SYSTEMS[one].shape.fullmatch(code) and len(code) > 1), "")


def _procedure(line: Line, day: Day, claim: Claim) -> Judged:
    """The code set of the code's shape, else a table that names the code."""
    system = procedure_system(line.code)
    if not system:
        message = f"{line.code!r} is no procedure code: expected a CPT or HCPCS Level II code of five characters."
        return _malformed(line, message), None, True
    for name in (system,) if system == "hcpcs" else ("cpt-ama", "cpt"):
        found = day.entry(name, line.code)
        if found and found[0]:
            listed = _in_tables(line, day, claim) if found[1][1].stale else None
            return listed if listed and listed[2] else _judged(line, line.code, found[0].status(line.date), found[1][1])
    spoke = day.speaking(system)
    if _whole(line.code, spoke) and spoke and not spoke[1].stale and spoke[1].effective_from <= line.date:
        return _judged(line, line.code, None, spoke[1])
    return _in_tables(line, day, claim) or _absent(line, day, system)


def _whole(code: str, spoke: Spoke | None) -> bool:
    """Whether a code set lists every code like this one; D codes are the ADA's, and CMS leaves them out."""
    return bool(spoke and spoke[1].complete) and not code.startswith("D")


def _in_tables(line: Line, day: Day, claim: Claim) -> Judged | None:
    """What the tables say that name the codes of their time: the fee schedule, the limits of units."""
    limited = day.rows(f"ncci-mue-{claim.setting}{claim.medicaid}", line.code)
    priced = day.rows("pfs", line.code)
    if priced and priced[0] and not priced[1].stale:
        return _priced(line, priced[0][0], priced[1], claim)
    if limited and limited[0] and not limited[1].stale:
        return None, limited[1], True
    return _priced(line, priced[0][0], priced[1], claim) if priced and priced[0] else None


def _absent(line: Line, day: Day, system: str) -> Judged:
    """A code that no table names: it does not exist where the code set is whole."""
    spoke = day.speaking(system)
    if spoke and _whole(line.code, spoke) and spoke[1].effective_from <= line.date:
        return _judged(line, line.code, None, spoke[1])
    message = f"No loaded edition decides whether {line.code} is valid on {line.date}."
    fix = "Import the code set or the fee schedule of that date."
    return undecided(RULE, Severity.CHECK, (line.id,), (message, fix)), None, False


def _priced(line: Line, row: Row, edition: Edition, claim: Claim) -> Judged:
    if edition.stale:
        place = source(edition, row.line)
        message = f"{line.code} stands in {place.edition}, which ended {edition.effective_to}, before {line.date}."
        fix = f"Import the fee schedule that covers {line.date}."
        newest = (place.edition, Verdict.DOES_NOT_APPLY)
        lines = (line.id,)
        return Finding(RULE, Verdict.NO_DATA, Severity.CHECK, lines, message, fix, place, (), newest), edition, False
    status = str(row.body.get("status", ""))
    if claim.medicaid or claim.setting != "practitioner":
        return None, edition, True
    if status == _INVALID:
        message = f"{line.code} is not valid for Medicare (status I): another code is used for the service."
        fix = "Find the code that Medicare takes for the service."
        return told(RULE, Severity.ERROR, (line.id,), (message, fix), By(edition, line.date, row.line)), edition, True
    if status in _STATUSES:
        message, fix = _STATUSES[status]
        message = f"{message.format(code=line.code)} (fee schedule status {status})"
        return told(RULE, Severity.CHECK, (line.id,), (message, fix), By(edition, line.date, row.line)), edition, True
    return None, edition, True


def _diagnoses(line: Line, day: Day, seen: set[tuple[str, str]]) -> Iterator[Judged]:
    """Each diagnosis of a day is judged once, at the first line that has it."""
    for diagnosis in line.diagnoses:
        if (line.date, diagnosis) in seen:
            continue
        seen.add((line.date, diagnosis))
        code = canonical(diagnosis)
        if code is None:
            message = f"{diagnosis!r} is no diagnosis code: expected {SYSTEMS['icd-10-cm'].expected}."
            yield _malformed(line, message), None, True
            continue
        found = day.entry("icd-10-cm", code)
        if found is None:
            message = f"No loaded ICD-10-CM edition covers {line.date}, the date of {code}."
            fix = "Import the ICD-10-CM files of that year."
            yield undecided(RULE, Severity.CHECK, (line.id,), (message, fix)), None, False
            continue
        entry, (bundle, edition) = found
        if entry is not None and not entry.billable:
            yield _incomplete(line, entry, bundle.facts, edition), edition, not edition.stale
            continue
        yield _judged(line, code, entry.status(line.date) if entry else None, edition)


def _malformed(line: Line, message: str) -> Finding:
    return told(RULE, Severity.ERROR, (line.id,), (message, "Correct the code."))


def _incomplete(line: Line, entry: Entry, facts: Facts, edition: Edition) -> Finding:
    below = facts.children(entry.code)
    seventh = any(one.level == "extended" for one in below)
    lacks = "its seventh character" if seventh else "further characters"
    message = f"{entry.code} ({entry.display}) is not valid on a claim: it lacks {lacks}."
    fix = f"Report the full code: {', '.join(one.code for one in below[:4])} …"
    return told(RULE, Severity.ERROR, (line.id,), (message, fix), By(edition, line.date))


def _judged(line: Line, code: str, status: Status | None, edition: Edition) -> Judged:
    """`status` None: the complete edition has no such code."""
    place, mine = source(edition), (line.id,)
    if status is Status.ACTIVE and not edition.stale:
        return None, edition, True
    if edition.stale:
        stands = "is" if status is Status.ACTIVE else "is not in force"
        message = f"{code} {stands} in {place.edition}, which ended {edition.effective_to}, before {line.date}."
        newest = (place.edition, Verdict.DOES_NOT_APPLY if status is Status.ACTIVE else Verdict.APPLIES)
        fix = f"Import the edition that covers {line.date}."
        return Finding(RULE, Verdict.NO_DATA, Severity.CHECK, mine, message, fix, place, (), newest), edition, False
    if status is Status.NO_DATA:
        message = f"{place.edition} does not tell whether {code} was valid on {line.date}."
        return undecided(RULE, Severity.CHECK, mine, (message, "Look it up."), By(edition)), edition, False
    why = {
        Status.DELETED: "was deleted before",
        Status.NOT_YET_VALID: "is not yet valid on",
        None: "is in no code set on",
    }[status]
    fix = "Report the code that was valid on the date of service."
    return told(RULE, Severity.ERROR, mine, (f"{code} {why} {line.date}.", fix), By(edition)), edition, True
