"""The verbs of the claim check: what is asked is read strictly, then every rule is run over what can be read."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Final

from services.chassis.errors import AppError, FieldError, Kind, invalid
from services.lookup.domain import day
from services.lookup.editions.library import Library
from services.lookup.edits import explain
from services.lookup.edits.check import check
from services.lookup.edits.claim import Claim, Finding, Line, Report, Severity, told
from services.lookup.edits.explain import Explained
from services.lookup.edits.tables import Tables

SETTINGS: Final = ("practitioner", "outpatient", "dme")
PROGRAMS: Final = ("medicare", "medicaid")
SEXES: Final = ("", "female", "male")
_SHORT: Final = {"f": "female", "m": "male"}
MOST_LINES: Final = 1_000
MOST_UNITS: Final = 99_999
MOST_DIAGNOSES: Final = {"outpatient": 25}  # of a line: as many as a claim has (UB-04), else those of a CMS-1500
_USUAL_DIAGNOSES: Final = 12
MOST_MODIFIERS: Final = 4
OLDEST: Final = 130  # years
_TOLD: Final = 50  # errors that an answer names
_RULE_OF: Final = {"units": "mue", "modifiers": "modifier", "place_of_service": "place-of-service"}
_STATE: Final = re.compile(r"[A-Z]{2}|")


class Edits:
    """The claim check over the loaded editions. `today` tells the date that stands where none is given."""

    def __init__(self, library: Library, today: Callable[[], str]) -> None:
        self._library = library
        self._today = today
        self._tables = Tables(library)

    def _current(self) -> Tables:
        """The editions as they are now, with what was asked of them before."""
        if self._tables.generation != self._library.generation:
            self._tables = Tables(self._library)
        return self._tables

    def check_claim(self, claim: Claim) -> Report:
        """The report over the lines that can be read; those that cannot are named, as errors and as findings.

        INVALID where the claim itself or every line of it cannot be read.
        """
        asked = self._asked(claim)
        wrong = [*_wrong(asked), *_wrong_lines(asked)]
        unread = {found[1] for one in wrong if (found := _LINE.match(one.where))}
        lines = tuple(line for number, line in enumerate(asked.lines) if str(number) not in unread)
        if not lines or any(not _LINE.match(one.where) for one in wrong):
            message = f"The claim has {len(wrong)} field{'s' if len(wrong) > 1 else ''} that cannot be read."
            raise invalid("BAD_CLAIM", message, *wrong[:_TOLD])
        report = check(replace(asked, lines=lines), self._current())
        more = [*_unread(wrong, asked), *_to_come(lines, self._today())]
        return replace(report, findings=(*more, *report.findings), errors=tuple(wrong[:_TOLD]))

    def check_claims(self, claims: Iterable[Claim]) -> list[Report]:
        """A report for each claim; one that cannot be read at all has nothing but its errors."""
        return [self._report(claim) for claim in claims]

    def _report(self, claim: Claim) -> Report:
        try:
            return self.check_claim(claim)
        except AppError as refusal:
            if refusal.kind is not Kind.INVALID:
                raise
            asked = self._asked(claim)
            return Report(asked, tuple(_unread(refusal.errors, asked)), (), refusal.errors)

    def explain_pair(self, asked: Claim, codes: tuple[str, ...]) -> Explained:
        """What the rules say of some codes on one claim; `asked` has no lines. INVALID."""
        claim = self._asked(asked)
        wanted = tuple(dict.fromkeys(code.strip().upper() for code in codes if code.strip()))
        wrong = [one for one in _wrong(claim) if one.where != "lines"]
        if not 1 <= len(wanted) <= explain.MOST_CODES or any(len(code) > _LONGEST_CODE for code in wanted):
            expected = f"1 to {explain.MOST_CODES} procedure or diagnosis codes"
            wrong.append(FieldError("codes", " ".join(wanted)[:80], expected))
        if wrong:
            raise invalid("BAD_CLAIM", "What is asked for cannot be read.", *wrong)
        tables = self._current()
        made = explain.claim_of(claim, wanted, tables)
        return Explained(check(made, tables), explain.rows(made, tables))

    def _asked(self, claim: Claim) -> Claim:
        as_of = claim.as_of or self._today()
        return replace(
            claim,
            as_of=as_of,
            setting=claim.setting or SETTINGS[0],
            program=claim.program or PROGRAMS[0],
            state=claim.state.strip().upper(),
            sex=_SHORT.get(claim.sex.strip().lower(), claim.sex.strip().lower()),
            lines=tuple(_line(line, as_of) for line in claim.lines),
        )


_LONGEST_CODE: Final = 10  # room for a slip
_day = lru_cache(maxsize=4_096)(day)  # a claim's lines have few days
_LINE: Final = re.compile(r"lines\[([0-9]+)\]\.")


def _line(line: Line, as_of: str) -> Line:
    return Line(
        id=line.id,
        code=line.code.strip().upper(),
        units=line.units,
        modifiers=tuple(one.strip().upper() for one in line.modifiers if one.strip()),
        diagnoses=tuple(one.strip().upper() for one in line.diagnoses if one.strip()),
        date=line.date.strip() or as_of,
        place=line.place.strip(),
    )


def _wrong(claim: Claim) -> list[FieldError]:
    """What is wrong with the claim itself."""
    found = [
        FieldError(where, value[:40], expected)
        for where, value, expected, right in (
            ("as_of", claim.as_of, "a day from 1900 to 2100 as YYYY-MM-DD", day(claim.as_of) is not None),
            ("setting", claim.setting, ", ".join(SETTINGS), claim.setting in SETTINGS),
            ("program", claim.program, ", ".join(PROGRAMS), claim.program in PROGRAMS),
            ("state", claim.state, "two letters, as in TX", _STATE.fullmatch(claim.state) is not None),
            ("patient.sex", claim.sex, "female or male", claim.sex in SEXES),
        )
        if not right
    ]
    if claim.age_years is not None and not 0 <= claim.age_years <= OLDEST:
        found.append(FieldError("patient.age_years", str(claim.age_years), f"0 to {OLDEST}"))
    if not 1 <= len(claim.lines) <= MOST_LINES:
        found.append(FieldError("lines", f"{len(claim.lines)} lines", f"1 to {MOST_LINES:,} lines"))
    return found


def _wrong_lines(claim: Claim) -> list[FieldError]:
    found: list[FieldError] = []
    ids: set[str] = set()
    for number, line in enumerate(claim.lines[:MOST_LINES]):
        most = MOST_DIAGNOSES.get(claim.setting, _USUAL_DIAGNOSES)
        found += _wrong_line(f"lines[{number}]", line, ids, most)
        ids.add(line.id)
    return found


def _wrong_line(where: str, line: Line, ids: set[str], most: int) -> list[FieldError]:
    right = (
        bool(line.id) and line.id not in ids,
        bool(line.code) and len(line.code) <= _LONGEST_CODE,
        1 <= line.units <= MOST_UNITS,
        _day(line.date) is not None,
        _are_modifiers(line),
        len(line.diagnoses) <= most,
    )
    if all(right):
        return []
    told = (
        ("id", line.id, "an id of its own for each line"),
        ("code", line.code, "a procedure code"),
        ("units", str(line.units), f"a whole number from 1 to {MOST_UNITS:,}"),
        ("date", line.date, "a day from 1900 to 2100 as YYYY-MM-DD"),
        ("modifiers", " ".join(line.modifiers), f"at most {MOST_MODIFIERS} of two characters"),
        ("diagnoses", f"{len(line.diagnoses)} codes", f"at most {most}"),
    )
    wrong = (one for one, holds in zip(told, right, strict=True) if not holds)
    return [FieldError(f"{where}.{name}", value[:40], expected) for name, value, expected in wrong]


def _are_modifiers(line: Line) -> bool:
    return len(line.modifiers) <= MOST_MODIFIERS and all(len(one) == 2 for one in line.modifiers)  # noqa: PLR2004 -- characters


def _unread(wrong: Iterable[FieldError], claim: Claim) -> list[Finding]:
    """A finding for each field that cannot be read, under the rule that it is for."""
    found = []
    for one in wrong:
        at, name = _LINE.match(one.where), one.where.rpartition(".")[2]
        lines = [claim.lines[int(at[1])]] if at else claim.lines
        message = f"{name} of {'the line' if at else 'the claim'} cannot be read: {one.value!r}."
        if at:
            message += " The line was left out of the check."
        ids = tuple(line.id for line in lines)
        rule = _RULE_OF.get(name, "code-validity")
        found.append(told(rule, Severity.ERROR, ids, (message, f"Expected {one.expected}.")))
    return found


def _to_come(lines: Iterable[Line], today: str) -> list[Finding]:
    """Lines whose date has not come yet."""
    by: dict[str, list[str]] = {}
    for line in lines:
        if line.date > today:
            by.setdefault(line.date, []).append(line.id)
    fix = "Correct the date, or hold the claim until the service was given."
    return [
        told("code-validity", Severity.CHECK, tuple(ids), (f"{date} has not come yet (today is {today}).", fix))
        for date, ids in by.items()
    ]
