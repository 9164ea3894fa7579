"""Instructional notes of the tabular list over a whole claim (ICD-10-CM Official Guidelines, sections I.A.12.a, I.A.13,
I.A.17): Excludes1, Code first, Use additional code. Notes are quoted by where they stand, not by their words.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final

from services.lookup.edits.claim import By, Checked, Claim, Finding, Found, Severity, nothing_to_check, summed, told
from services.lookup.edits.diagnoses import Diagnosis, Note, covers

EXCLUDES: Final = "excludes"
NOTE: Final = "instructional-note"
_NAMED: Final = 6  # codes of a note that a message names
_ANY: Final = re.compile(r"\bany\b", re.IGNORECASE)  # asks for a condition where there is one
_UNDERLYING: Final = re.compile(r"\bunderlying\b", re.IGNORECASE)
_MANIFESTATION: Final = "in diseases classified elsewhere"  # its title says that it is never listed first


def excludes(claim: Claim, diagnoses: list[Diagnosis]) -> Found:
    """Excludes1 notes, of a code or of what stands above it, that name another diagnosis of the same day."""
    found: dict[frozenset[str], Finding] = {}
    for one, other in _side_by_side(diagnoses):
        pair = frozenset((one.code, other.code))
        if pair in found:
            continue
        for note in one.read.excludes:
            if by := next((named for named in note.codes if covers(named, other.code)), ""):
                found[pair] = _excluded(one, other, note, by)
                break
    return list(found.values()), [summed_over(EXCLUDES, claim, diagnoses, list(found.values()))]


def _side_by_side(diagnoses: list[Diagnosis]) -> Iterator[tuple[Diagnosis, Diagnosis]]:
    """Each code that has Excludes1 notes with each other code of its day: a code that many lines name is one."""
    named: dict[tuple[str, str], Diagnosis] = {}
    for one in diagnoses:
        named.setdefault((one.line.date, one.code), one)
    for one in named.values():
        others = named.values() if one.read.excludes else ()
        yield from ((one, other) for other in others if other.line.date == one.line.date and other is not one)


def _excluded(one: Diagnosis, other: Diagnosis, note: Note, by: str) -> Finding:
    lines = tuple(dict.fromkeys((one.line.id, other.line.id)))
    message = f"The Excludes1 note at {note.at} names {by}: {one.code} and {other.code} are not coded together."
    fix = "Keep both only if the record shows two unrelated conditions (guideline I.A.12.a)."
    return told(EXCLUDES, Severity.CHECK, lines, (message, fix), By(one.edition, one.line.date))


type _Look = Callable[[Diagnosis, list[Diagnosis]], Finding | None]


def instructional(claim: Claim, diagnoses: list[Diagnosis]) -> Found:
    """Code first and Use additional code."""
    looked: dict[tuple[tuple[str, ...], _Look], Finding | None] = {}
    for one in diagnoses:
        for key, look in (((one.line.date, one.code, *one.before), _first), ((one.line.date, one.code), _additional)):
            if (key, look) not in looked:
                looked[key, look] = look(one, diagnoses)
    findings = [finding for finding in looked.values() if finding]
    return findings, [summed_over(NOTE, claim, diagnoses, findings)]


def _first(one: Diagnosis, _: list[Diagnosis]) -> Finding | None:
    """A code whose note names what goes before it, where nothing of that stands before it on the line."""
    notes = one.read.first
    if not notes:
        return None
    named = [code for note in notes for code in note.codes]
    if any(covers(code, other) for code in named for other in one.before):
        return None
    after = next((other for code in named for other in one.line.diagnoses if covers(code, other)), "")
    told_why = f"and {after} stands after it" if after else f"and none of {_listed(named)} does"
    message = f"The Code first note at {notes[0].at}: the underlying condition goes before {one.code}, {told_why}."
    fix = "List the underlying condition first (guideline I.A.13); a manifestation is never listed first."
    if not after and not _is_manifestation(one):
        fix = f"If the record names an underlying condition, list it before {one.code} (guideline I.A.13)."
        return told(NOTE, Severity.INFO, (one.line.id,), (message, fix), By(one.edition, one.line.date))
    return told(NOTE, Severity.CHECK, (one.line.id,), (message, fix), By(one.edition, one.line.date))


def _is_manifestation(one: Diagnosis) -> bool:
    """Whether a code never stands without its cause: by its title, or by a note that asks for the underlying one."""
    if _MANIFESTATION in one.entry.display.lower():
        return True
    return any(_UNDERLYING.search(note.text) and not _ANY.search(note.text) for note in one.read.first)


def _additional(one: Diagnosis, diagnoses: list[Diagnosis]) -> Finding | None:
    """A code with a Use additional code note that nothing on the claim meets."""
    notes = one.read.additional
    if not notes:
        return None
    there = [other.code for other in diagnoses if other.line.date == one.line.date]
    open_notes = [note for note in notes if not any(covers(code, other) for code in note.codes for other in there)]
    if not open_notes:
        return None
    note = open_notes[0]
    message = f"The note at {note.at} asks for an additional code beside {one.code}: {_listed(list(note.codes))}."
    fix = "Add it after the code, where the record tells it (guideline I.A.17)."
    return told(NOTE, Severity.INFO, (one.line.id,), (message, fix), By(one.edition, one.line.date))


def _listed(codes: list[str]) -> str:
    return ", ".join(codes[:_NAMED]) + (" …" if len(codes) > _NAMED else "")


def summed_over(rule: str, claim: Claim, diagnoses: list[Diagnosis], findings: list[Finding]) -> Checked:
    """What a rule about diagnoses comes to."""
    if not any(line.diagnoses for line in claim.lines):
        return nothing_to_check(rule, "No line has a diagnosis.")
    edition = diagnoses[-1].edition if diagnoses else None
    firm = not any(one.edition.stale for one in diagnoses)
    return summed(rule, edition, findings, firm=firm, note="" if edition else "No loaded ICD-10-CM has these codes.")
