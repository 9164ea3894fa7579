"""Whether the codes of a claim exist, are complete and hold on their date; and what their notes and edits say.

Codes: 45 CFR 162.1000 asks for the code set valid on the date of service. Diagnoses: ICD-10-CM Official Guidelines,
section I.A.12.a (Excludes1), I.A.13 (Code first), I.B.2 (level of detail), I.B.13 (laterality); Definitions of Medicare
Code Edits, edits 4 and 5 (age, sex), which are an inpatient editor's: on professional claims they inform.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

import orjson

from services.lookup.domain import SYSTEMS, Edition, Entry, Status, spelled
from services.lookup.editions.facts import Facts
from services.lookup.editions.library import Library, Shelf
from services.lookup.edits.claim import Checked, Claim, Finding, Line, Severity, Source, Verdict, source, summed

RULE: Final = "code-validity"
_NOT_FOR_MEDICARE: Final = "I"
_NAMED: Final = 6  # codes of a note that a message names
_IF: Final = re.compile(r"\bif (?:applicable|any|known|present)\b", re.IGNORECASE)


def check(claim: Claim, library: Library) -> tuple[list[Finding], list[Checked]]:
    """Procedure codes, then diagnoses."""
    findings: list[Finding] = []
    checked: list[Checked] = []
    spoke: dict[str, tuple[Edition | None, bool]] = {}
    for line in claim.lines:
        shelf = Shelf(library, line.date)
        for finding, edition, firm in (_procedure(line, shelf), *_diagnoses(line, shelf)):
            key = edition.system if edition else "none"
            there = spoke.get(key, (edition, True))
            spoke[key] = (edition, there[1] and firm)
            if finding is not None:
                findings.append(finding)
    for edition, firm in spoke.values():
        mine = [one for one in findings if edition is None or one.source.edition == source(edition).edition]
        checked.append(summed(RULE, edition, mine, firm=firm))
    more = [*_excludes(claim, library), *_code_first(claim, library), *_unspecified(claim, library)]
    aged, rules = _age_and_sex(claim, library)
    return [*findings, *more, *aged], [*checked, *rules]


type Judged = tuple[Finding | None, Edition | None, bool]


def _procedure(line: Line, shelf: Shelf) -> Judged:
    """The code set of the code's shape, else the fee schedule."""
    system = next((s for s in ("hcpcs", "cpt") if SYSTEMS[s].shape.fullmatch(line.code) and len(line.code) > 1), "")
    if not system:
        expected = "a CPT or HCPCS Level II code of five characters"
        message = f"{line.code!r} is no procedure code: expected {expected}."
        return _error(line, message, "Correct the code.", Source()), None, True
    for name in (system,) if system == "hcpcs" else ("cpt-ama", "cpt"):
        spoke = shelf.speaking(name)
        entry = spoke[0].facts.entry(line.code) if spoke else None
        if spoke and entry:
            return _judged(line, line.code, entry.status(line.date), spoke[1])
    priced = shelf.rows("pfs", line.code)
    if priced and priced[0]:
        return _priced(line, priced[0][0].body.get("status", ""), priced[0][0].line, priced[1])
    spoke = shelf.speaking(system)
    if spoke and spoke[1].complete:
        return _judged(line, line.code, None, spoke[1])
    message = f"No loaded edition decides whether {line.code} is valid on {line.date}."
    fix = "Import the code set or the fee schedule of that date."
    return Finding(RULE, Verdict.NO_DATA, Severity.CHECK, (line.id,), message, fix), None, False


def _priced(line: Line, status: str, row: int, edition: Edition) -> Judged:
    place = source(edition, row)
    if edition.stale:
        message = f"{line.code} stands in {place.edition}, which ended {edition.effective_to}, before {line.date}."
        fix = f"Import the fee schedule that covers {line.date}."
        newest = (place.edition, Verdict.DOES_NOT_APPLY)
        told = Finding(RULE, Verdict.NO_DATA, Severity.CHECK, (line.id,), message, fix, place, newest=newest)
        return told, edition, False
    if status == _NOT_FOR_MEDICARE:
        message = f"{line.code} is not valid for Medicare (status I): another code is used for the service."
        return _error(line, message, "Find the code that Medicare takes for the service.", place), edition, True
    return None, edition, True


def _diagnoses(line: Line, shelf: Shelf) -> Iterator[Judged]:
    for diagnosis in line.diagnoses:
        code = spelled(SYSTEMS["icd-10-cm"], diagnosis)
        if code is None:
            message = f"{diagnosis!r} is no diagnosis code: expected {SYSTEMS['icd-10-cm'].expected}."
            yield _error(line, message, "Correct the code.", Source()), None, True
            continue
        spoke = shelf.speaking("icd-10-cm")
        if spoke is None:
            message = f"No loaded ICD-10-CM edition covers {line.date}, the date of {code}."
            fix = "Import the ICD-10-CM files of that year."
            yield Finding(RULE, Verdict.NO_DATA, Severity.CHECK, (line.id,), message, fix), None, False
            continue
        entry = spoke[0].facts.entry(code)
        if entry is not None and not entry.billable:
            yield _incomplete(line, entry, spoke[0].facts, spoke[1]), spoke[1], not spoke[1].stale
            continue
        yield _judged(line, code, entry.status(line.date) if entry else None, spoke[1])


def _incomplete(line: Line, entry: Entry, facts: Facts, edition: Edition) -> Finding:
    below = [one.code for one in facts.children(entry.code)][:4]
    seventh = any(one.level == "extended" for one in facts.children(entry.code))
    lacks = "its seventh character" if seventh else "further characters"
    message = f"{entry.code} ({entry.display}) is not valid on a claim: it lacks {lacks}."
    return _error(line, message, f"Report the full code: {', '.join(below)} …", source(edition))


def _judged(line: Line, code: str, status: Status | None, edition: Edition) -> Judged:
    """`status` None: the complete edition has no such code."""
    place = source(edition)
    if status is Status.ACTIVE and not edition.stale:
        return None, edition, True
    if edition.stale:
        said = "has it" if status is Status.ACTIVE else "does not have it in force"
        message = f"{code}: {place.edition} {said}, but it ended {edition.effective_to}, before {line.date}."
        newest = (place.edition, Verdict.DOES_NOT_APPLY if status is Status.ACTIVE else Verdict.APPLIES)
        fix = f"Import the edition that covers {line.date}."
        told = Finding(RULE, Verdict.NO_DATA, Severity.CHECK, (line.id,), message, fix, place, newest=newest)
        return told, edition, False
    if status is Status.NO_DATA:
        message = f"{place.edition} does not tell whether {code} was valid on {line.date}."
        return Finding(RULE, Verdict.NO_DATA, Severity.CHECK, (line.id,), message, "Look it up.", place), edition, False
    why = {
        Status.DELETED: "was deleted before",
        Status.NOT_YET_VALID: "is not yet valid on",
        None: "is in no code set on",
    }[status]
    fix = "Report the code that was valid on the date of service."
    return _error(line, f"{code} {why} {line.date}.", fix, place), edition, True


def _error(line: Line, message: str, fix: str, place: Source) -> Finding:
    return Finding(RULE, Verdict.APPLIES, Severity.ERROR, (line.id,), message, fix, place)


def _named(claim: Claim, library: Library) -> Iterator[tuple[Line, str, Entry, Facts, Edition]]:
    """Every diagnosis of every line that the edition of its day has."""
    for line in claim.lines:
        spoke = Shelf(library, line.date).speaking("icd-10-cm")
        for diagnosis in dict.fromkeys(line.diagnoses):
            code = spelled(SYSTEMS["icd-10-cm"], diagnosis)
            entry = spoke[0].facts.entry(code) if spoke and code else None
            if spoke and code and entry:
                yield line, code, entry, spoke[0].facts, spoke[1]


def _excludes(claim: Claim, library: Library) -> list[Finding]:
    """Excludes1 notes, of a code or of what stands above it, that name another diagnosis of the same day."""
    named = list(_named(claim, library))
    found: dict[frozenset[str], Finding] = {}
    for line, code, entry, facts, edition in named:
        ruled_out = _ruled_out(entry, facts)
        for other_line, other, *_ in named:
            pair = frozenset((code, other))
            if other_line.date != line.date or other == code or pair in found:
                continue
            if by := next((one for one in ruled_out if _covers(one, other)), ""):
                lines = tuple(dict.fromkeys((line.id, other_line.id)))
                message = f"An Excludes1 note at or above {code} names {by}: {code} and {other} are not coded together."
                fix = "Keep both only if the record shows two unrelated conditions (guideline I.A.12.a)."
                found[pair] = _noted("excludes", lines, message, fix, edition)
    return list(found.values())


def _code_first(claim: Claim, library: Library) -> list[Finding]:
    """A code whose note names what goes before it, where nothing of that stands before it on the line."""
    found = []
    for line, code, entry, facts, edition in _named(claim, library):
        spelt = [spelled(SYSTEMS["icd-10-cm"], one) or "" for one in line.diagnoses]
        before = spelt[: spelt.index(code)]
        named = _first(entry, facts)
        if not named or any(_covers(one, other) for one in named for other in before):
            continue
        listed = ", ".join(named[:_NAMED]) + (" …" if len(named) > _NAMED else "")
        message = f"{code} has a Code first note: the underlying condition goes before it, and none of {listed} does."
        fix = "List the underlying condition first (guideline I.A.13); a manifestation is never listed first."
        found.append(_noted("instructional-note", (line.id,), message, fix, edition))
    return found


def _first(entry: Entry, facts: Facts) -> list[str]:
    """What Code first notes at a code or above it name; those that hold "if applicable" are left out."""
    notes = [one.facts for one in (entry, *facts.ancestors(entry)) if one.facts and '"code_first"' in one.facts]
    rows = [row for text in notes for row in orjson.loads(text).get("code_first", ())]
    return [code for row in rows if not _IF.search(row["text"]) for code in row["codes"]]


def _noted(rule: str, lines: tuple[str, ...], message: str, fix: str, edition: Edition) -> Finding:
    """What a note says; of an edition that ended before the date it is told beside `no_data`."""
    place = source(edition)
    if edition.stale:
        newest = (place.edition, Verdict.APPLIES)
        return Finding(rule, Verdict.NO_DATA, Severity.CHECK, lines, message, fix, place, newest=newest)
    return Finding(rule, Verdict.APPLIES, Severity.CHECK, lines, message, fix, place)


def _ruled_out(entry: Entry, facts: Facts) -> list[str]:
    notes = [one.facts for one in (entry, *facts.ancestors(entry)) if one.facts and '"excludes1"' in one.facts]
    return [code for text in notes for row in orjson.loads(text).get("excludes1", ()) for code in row["codes"]]


def _covers(named: str, code: str) -> bool:
    """Whether a code of a note, or its range of categories, covers a code."""
    first, _, last = named.partition("-")
    if last:
        return first <= code[: len(first)] and code[: len(last)] <= last
    return code == named or (code.startswith(named) and (len(named) == 3 or code[3] == "."))  # noqa: PLR2004 -- a category


def _unspecified(claim: Claim, library: Library) -> list[Finding]:
    """Codes of an unspecified side, where the same place has codes of a side (guideline I.B.13)."""
    found = {}
    for line, code, entry, facts, edition in _named(claim, library):
        if "unspecified" not in entry.display or not entry.billable:
            continue
        beside = [one.display for one in facts.children(entry.parent)]
        if any(" right " in f" {text} " for text in beside) and any(" left " in f" {text} " for text in beside):
            message = f"{code} leaves the side open ({entry.display})."
            fix = "Report the side where the record tells it; payers refuse an unspecified side more and more."
            found[code] = _noted("specificity", (line.id,), message, fix, edition)
    return list(found.values())


def _age_and_sex(claim: Claim, library: Library) -> tuple[list[Finding], list[Checked]]:
    if claim.age_years is None and not claim.sex:
        return [], []
    findings: list[Finding] = []
    edition: Edition | None = None
    firm = True
    for line, code, *_ in _named(claim, library):
        for system in ("mce-age", "mce-sex"):
            found = Shelf(library, line.date).rows(system, code)
            if found is None:
                continue
            rows, edition = found
            firm = firm and not edition.stale
            wrong = [text for row in rows if (text := _against(claim, row.body))]
            if wrong and not edition.stale:
                fix = "Check the diagnosis and the patient's data; the edit is an inpatient one and informs here."
                message = f"{code} is limited to {wrong[0]}."
                findings.append(
                    Finding(
                        "age-sex",
                        Verdict.APPLIES,
                        Severity.INFO,
                        (line.id,),
                        message,
                        fix,
                        source(edition, rows[0].line),
                    )
                )
    return findings, [summed("age-sex", edition, findings, firm=firm)]


def _against(claim: Claim, said: Mapping[str, object]) -> str:
    if said.get("sex") and claim.sex and said["sex"] != claim.sex:
        return f"{said['sex']} patients"
    if claim.age_years is not None and "from_years" in said:
        first, last = int(str(said["from_years"])), int(str(said["to_years"]))
        if not first <= claim.age_years <= last:
            return f"{said['group']} patients, {first} to {last} years"
    return ""
