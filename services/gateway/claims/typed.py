"""A claim as people type it: a row of fields for each line, or lines pasted as they stand in a note."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from services.chassis.errors import FieldError, invalid
from services.gateway.domain import Json

FIELDS: Final = ("code", "modifiers", "units", "diagnoses", "place", "date")
_PARTS: Final = re.compile(r"[\s,;|]+")
_UNITS: Final = re.compile(r"x([0-9]{1,9})|([0-9]{1,9})x|([0-9]|[0-9]{3,9})", re.IGNORECASE)
_PLACE: Final = re.compile(r"(?:@|pos)([0-9]{2})", re.IGNORECASE)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_WHOLE: Final = re.compile(r"-?[0-9]{1,15}")

type Typed = Mapping[str, str]


def pasted(text: str) -> list[Typed]:
    """Lines such as "99213-25 x1 E11.42": a procedure, then modifiers, units, diagnoses, @place, date in any order.

    A first line without a digit is the heading of a table, as a spreadsheet gives it along.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    headed = len(lines) > 1 and not any(sign.isdigit() for sign in lines[0])
    return [_row(line) for line in lines[headed:]]


def _row(text: str) -> Typed:
    first, *rest = [one for one in _PARTS.split(text.strip()) if one]
    code, *modifiers = first.split("-")
    row = dict.fromkeys(FIELDS, "") | {"code": code.upper()}
    diagnoses = []
    for one in rest:
        if _DATE.fullmatch(one):
            row["date"] = one
        elif found := _PLACE.fullmatch(one):
            row["place"] = found[1]
        elif found := _UNITS.fullmatch(one):
            row["units"] = next(group for group in found.groups() if group)
        elif all(len(part) == 2 for part in one.strip("-").split("-")):  # noqa: PLR2004 -- a modifier's length
            modifiers += one.strip("-").split("-")
        else:
            diagnoses.append(one)
    return row | {"modifiers": " ".join(modifiers).upper(), "diagnoses": " ".join(diagnoses).upper()}


def rows(columns: Mapping[str, Sequence[str]]) -> list[Typed]:
    """The rows of a form whose fields come once a row, blank ones in their places."""
    most = max((len(values) for values in columns.values()), default=0)
    return [
        {name: (columns[name][n].strip() if n < len(columns.get(name, ())) else "") for name in FIELDS}
        for n in range(most)
    ]


def claim_of(values: Json) -> Json:
    """The claim in the public shape; lines are named by their rows. INVALID names what is no number."""
    wrong = []
    age = values.get("age", "").strip()
    if age and not age.isdigit():
        wrong.append(FieldError("age", age[:40], "years, as a whole number"))
    lines = []
    for number, row in enumerate(values["lines"], 1):
        if not any(row.values()):
            continue
        if row["units"] and not _WHOLE.fullmatch(row["units"]):
            wrong.append(FieldError(f"line {number}, units", row["units"][:40], "a whole number", number))
        else:
            lines.append(_line(number, row))
    if not lines and not wrong:
        wrong.append(FieldError("lines", "", "at least one procedure code"))
    if wrong:
        raise invalid("BAD_CLAIM", "The claim cannot be read.", *wrong)
    asked = {name: values.get(name, "") for name in ("as_of", "setting", "program", "state")}
    return {
        **asked,
        "lines": lines,
        "patient": {"sex": values.get("sex", ""), "age_years": int(age[:4]) if age else None},
    }


def _line(number: int, row: Typed) -> Json:
    return {
        "id": str(number),
        "code": row["code"],
        "units": int(row["units"] or 1),
        "modifiers": [one for one in re.split(r"[\s,;|-]+", row["modifiers"]) if one],
        "diagnoses": [one for one in _PARTS.split(row["diagnoses"]) if one],
        "date": row["date"],
        "place_of_service": row["place"],
    }
