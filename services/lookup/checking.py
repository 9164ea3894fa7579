"""The verb of the claim check: what is asked is read strictly, then every rule is run."""

from collections.abc import Callable
from typing import Final

from services.chassis.errors import FieldError, invalid
from services.lookup.domain import day
from services.lookup.editions.library import Library
from services.lookup.edits.check import check
from services.lookup.edits.claim import Claim, Line, Report

SETTINGS: Final = ("practitioner", "outpatient", "dme")
PROGRAMS: Final = ("medicare", "medicaid")
SEXES: Final = ("", "female", "male")
MOST_LINES: Final = 1_000
MOST_UNITS: Final = 99_999
MOST_CODES: Final = 12  # diagnoses of a line, as on a CMS-1500
MOST_MODIFIERS: Final = 4
OLDEST: Final = 130  # years
_TOLD: Final = 50  # errors that an answer names


class Edits:
    """The claim check over the loaded editions. `today` tells the date that stands where none is given."""

    def __init__(self, library: Library, today: Callable[[], str]) -> None:
        self._library = library
        self._today = today

    def check_claim(self, claim: Claim) -> Report:
        """The report. INVALID names every field that is wrong, with its line."""
        as_of = claim.as_of or self._today()
        lines = tuple(_line(line, as_of) for line in claim.lines)
        asked = Claim(
            as_of=as_of,
            setting=claim.setting or SETTINGS[0],
            program=claim.program or PROGRAMS[0],
            lines=lines,
            sex=claim.sex,
            age_years=claim.age_years,
            state=claim.state,
        )
        wrong = _wrong(asked)
        if wrong:
            message = f"The claim has {len(wrong)} field{'s' if len(wrong) > 1 else ''} that cannot be read."
            raise invalid("BAD_CLAIM", message, *wrong[:_TOLD])
        return check(asked, self._library)


def _line(line: Line, as_of: str) -> Line:
    return Line(
        id=line.id,
        code=line.code.strip().upper(),
        units=line.units,
        modifiers=tuple(one.strip().upper() for one in line.modifiers if one.strip()),
        diagnoses=tuple(one.strip().upper() for one in line.diagnoses if one.strip()),
        date=line.date or as_of,
        place=line.place.strip(),
    )


def _wrong(claim: Claim) -> list[FieldError]:
    found = [
        FieldError(where, value[:40], expected)
        for where, value, expected, right in (
            ("as_of", claim.as_of, "a day from 1900 to 2100 as YYYY-MM-DD", day(claim.as_of) is not None),
            ("setting", claim.setting, ", ".join(SETTINGS), claim.setting in SETTINGS),
            ("program", claim.program, ", ".join(PROGRAMS), claim.program in PROGRAMS),
            ("patient.sex", claim.sex, "female or male", claim.sex in SEXES),
        )
        if not right
    ]
    if claim.age_years is not None and not 0 <= claim.age_years <= OLDEST:
        found.append(FieldError("patient.age_years", str(claim.age_years), f"0 to {OLDEST}"))
    if not 1 <= len(claim.lines) <= MOST_LINES:
        found.append(FieldError("lines", f"{len(claim.lines)} lines", f"1 to {MOST_LINES:,} lines"))
        return found
    ids: set[str] = set()
    for number, line in enumerate(claim.lines):
        found += _wrong_line(f"lines[{number}]", line, ids)
        ids.add(line.id)
    return found


def _wrong_line(where: str, line: Line, ids: set[str]) -> list[FieldError]:
    rules = (
        ("id", line.id, "an id of its own for each line", bool(line.id) and line.id not in ids),
        ("code", line.code, "a procedure code", bool(line.code) and len(line.code) <= 10),  # noqa: PLR2004 -- room for a slip
        ("units", str(line.units), f"a whole number from 1 to {MOST_UNITS:,}", 1 <= line.units <= MOST_UNITS),
        ("date", line.date, "a day from 1900 to 2100 as YYYY-MM-DD", day(line.date) is not None),
        ("modifiers", " ".join(line.modifiers), f"at most {MOST_MODIFIERS} of two characters", _are_modifiers(line)),
        ("diagnoses", f"{len(line.diagnoses)} codes", f"at most {MOST_CODES}", len(line.diagnoses) <= MOST_CODES),
    )
    return [FieldError(f"{where}.{name}", value[:40], expected) for name, value, expected, right in rules if not right]


def _are_modifiers(line: Line) -> bool:
    return len(line.modifiers) <= MOST_MODIFIERS and all(len(one) == 2 for one in line.modifiers)  # noqa: PLR2004 -- characters
