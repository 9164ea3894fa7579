"""Medicare coverage of a line: local coverage determinations and their articles, by the state where the service was
given (Medicare Coverage Database), and the coverage code of HCPCS Level II.

A document speaks for the states of its contractor only. Its lists of diagnoses stand in groups, and only its text says
which group belongs to which code: that a diagnosis is on no list of an article is a reason to look, never a denial.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import orjson

from services.lookup.domain import Edition, Row
from services.lookup.edits.claim import (
    By,
    Checked,
    Claim,
    Finding,
    Found,
    Line,
    Severity,
    Verdict,
    summed,
    told,
    undecided,
)
from services.lookup.edits.diagnoses import canonical
from services.lookup.edits.tables import Day, Tables

RULE: Final = "coverage"
DATABASE: Final = "mcd"
_MEDICAID: Final = "Each Medicaid program has its own coverage rules; none is loaded."
_NO_STATE: Final = "Coverage goes by state: say in which one the service was given."
_PART: Final = {"L": "lcd_x_hcpc_code", "A": "article_x_hcpc_code"}
_NATIONAL: Final = {
    "I": "Medicare does not pay for {code}",
    "M": "Medicare does not cover {code}",
    "S": "The law leaves {code} out of Medicare",
}

type Document = Mapping[str, Any]


def check(claim: Claim, tables: Tables) -> Found:
    """Every line; lines of the same code, diagnoses and day are told of together."""
    if claim.medicaid:
        return [], [Checked(RULE, "", Verdict.NO_DATA, _MEDICAID)]
    alike: dict[tuple[str, str, tuple[str, ...]], list[Line]] = {}
    for line in claim.lines:
        alike.setdefault((line.date, line.code, line.diagnoses), []).append(line)
    findings: list[Finding] = []
    spoke: Edition | None = None
    firm, note = True, ""
    for lines in alike.values():
        day = tables.on(lines[0].date)
        findings += _national(lines, day)
        found = day.rows(DATABASE, f"code:{lines[0].code}")
        if found is None:
            firm, note = False, note or f"No coverage database that covers {day.as_of} is loaded."
            continue
        rows, spoke = found
        mine = list(_local(lines, rows, spoke, day, claim.state))
        findings += mine
        lacks = _not_begun(rows, day, claim.state) or _lacks(rows, spoke, claim.state, mine)
        firm, note = firm and not lacks, note or lacks
    return findings, [summed(RULE, spoke, findings, firm=firm, note=note)]


def _lacks(rows: list[Row], edition: Edition, state: str, findings: list[Finding]) -> str:
    """Why what is loaded does not decide; empty where it does."""
    if rows and not state:
        return _NO_STATE
    if edition.stale:
        return f"The coverage database ended {edition.effective_to}."
    return "" if edition.complete or findings else edition.covers


def _not_begun(rows: list[Row], day: Day, state: str) -> str:
    """That the version of a document of the state which is loaded began after the day: an earlier one may have held."""
    for name in dict.fromkeys(row.body["document"] for row in rows):
        document = _document(name, day)
        if state in document.get("states", ()) and document.get("effective_from", "") > day.as_of:
            return f"Of {name} only the version from {document['effective_from']} is loaded."
    return ""


def _national(lines: list[Line], day: Day) -> Iterator[Finding]:
    code = lines[0].code
    found = day.entry("hcpcs", code)
    if found is None or found[0] is None or not found[0].facts:
        return
    said = orjson.loads(found[0].facts).get("coverage", "")
    if said in _NATIONAL:
        message = f"{_NATIONAL[said].format(code=code)} (HCPCS coverage code {said})."
        fix = "Tell the patient before the service what it costs; see whether another code is meant."
        ids = tuple(line.id for line in lines)
        yield told(RULE, Severity.CHECK, ids, (message, fix), By(found[1][1], day.as_of))


def _local(lines: list[Line], rows: list[Row], edition: Edition, day: Day, state: str) -> Iterator[Finding]:
    """What the documents of the state say, each once."""
    for name, row in {row.body["document"]: row for row in rows}.items() if state else ():
        document = _document(name, day)
        if state in document.get("states", ()) and _in_force(document, day.as_of):
            articles = [name] if name.startswith("A") else [one for one in document.get("related", ()) if one[0] == "A"]
            listing = [one for one in articles if _document(one, day).get("diagnoses")]
            yield _judged(lines, (name, document, row), listing, edition, day)


def _document(name: str, day: Day) -> Document:
    found = day.rows(DATABASE, f"document:{name}")
    return found[0][0].body if found and found[0] else {}


def _in_force(document: Document, day: str) -> bool:
    until = document.get("effective_to", "")
    return document.get("effective_from", "") <= day and (not until or day <= until)


def _judged(
    lines: list[Line], said: tuple[str, Document, Row], articles: list[str], edition: Edition, day: Day
) -> Finding:
    name, document, row = said
    ids, code = tuple(line.id for line in lines), lines[0].code
    who = _called(name, document)
    part = next((one.member or one.file for one in edition.parts if one.name == _PART[name[0]]), "")
    by = By(edition, day.as_of, row.line, part)
    if not articles:
        message = f"{who} speaks of {code}; which diagnoses it takes is not loaded."
        fix = f"Read {name} in the Medicare Coverage Database before the claim goes out."
        return undecided(RULE, Severity.CHECK, ids, (message, fix), by)
    listed = {one: _listed(lines[0], one, day) for one in articles}
    refused = [(article, code_) for article, by in listed.items() for code_, covered in by.items() if not covered]
    taken = [(article, code_) for article, by in listed.items() for code_, covered in by.items() if covered]
    if refused and not taken:
        article, diagnosis = refused[0]
        message = f"{who}: {article} lists {diagnosis} among the diagnoses that do not support the service."
        fix = "See whether the record bears another diagnosis; else tell the patient before the service (ABN, GA)."
        return told(RULE, Severity.CHECK, ids, (message, fix), by)
    if taken:
        article, diagnosis = taken[0]
        message = f"{who}: {article} lists {diagnosis} as supporting; its text says for which codes and with what else."
        fix = "Keep the record that meets the conditions of the text."
        return Finding(RULE, Verdict.DOES_NOT_APPLY, Severity.INFO, ids, message, fix, by.source())
    message = f"{who}: no diagnosis of the line is on a list of {', '.join(articles)} for {code} and its like."
    fix = "See whether the record bears a diagnosis that is listed; else tell the patient before the service (ABN, GA)."
    return told(RULE, Severity.CHECK, ids, (message, fix), by)


def _called(name: str, document: Document) -> str:
    names = sorted({one["name"] for one in document.get("contractors", ())})
    who = f" of {names[0]}" + (" and others" if len(names) > 1 else "") if names else ""
    return f"{'LCD' if name.startswith('L') else 'Article'} {name}{who}"


def _listed(line: Line, article: str, day: Day) -> dict[str, bool]:
    """The line's diagnoses that an article lists, and whether as supporting in any of its groups."""
    found: dict[str, bool] = {}
    for diagnosis in line.diagnoses:
        code = canonical(diagnosis)
        rows = day.rows(DATABASE, f"diagnosis:{code}") if code else None
        for row in rows[0] if rows else ():
            if code and row.body["document"] == article:
                found[code] = found.get(code, False) or bool(row.body["covered"])
    return found
