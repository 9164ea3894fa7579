"""A batch of claims as CSV, a claim's lines together, and the same with what was found.

claim,line,code,units,modifiers,diagnoses,pos,date,sex,age
"""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final

from services.chassis.errors import FieldError, invalid
from services.gateway.domain import Json

COLUMNS: Final = ("claim", "line", "code", "units", "modifiers", "diagnoses", "pos", "date", "sex", "age")
ADDED: Final = ("verdict", "findings")
_NEEDED: Final = ("claim", "line", "code")

type Row = Mapping[str, str]


def read(text: str) -> list[Row]:
    """The rows; a semicolon may part the cells, a mark begin the file. INVALID where the heading lacks a column."""
    text = text.removeprefix("\ufeff")
    heading = text.partition("\n")[0]
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    names = [name.strip().lower() for name in reader.fieldnames or ()]
    lacking = [name for name in _NEEDED if name not in names]
    if lacking:
        told = FieldError("line 1", heading[:80], f"the columns {','.join(COLUMNS)}")
        raise invalid("BAD_CSV", f"The heading lacks {', '.join(lacking)}.", told)
    reader.fieldnames = names
    return [{name: (row.get(name) or "").strip() for name in COLUMNS} for row in reader if any(row.values())]


def claims(rows: Iterable[Row]) -> Iterator[tuple[str, list[Row]]]:
    """The rows of each claim, which stand together."""
    for name, group in groupby(rows, key=lambda row: row["claim"]):
        yield name, list(group)


def claim_of(rows: list[Row], asked: Json) -> Json:
    """A claim in the public shape; its date, where it has one only, is that of its first line."""
    first = rows[0]
    age = first["age"]
    return {
        **asked,
        "as_of": asked["as_of"] or next((row["date"] for row in rows if row["date"]), ""),
        "lines": [_line(row) for row in rows],
        "patient": {"sex": _sex(first["sex"]), "age_years": int(age) if age.isdigit() else None},
    }


def _line(row: Row) -> Json:
    units = row["units"] or "1"
    return {
        "id": row["line"],
        "code": row["code"],
        "units": int(units) if units.isdigit() and len(units) < 10 else 0,  # noqa: PLR2004 -- 0 is refused with its place
        "modifiers": row["modifiers"].replace(",", " ").split(),
        "diagnoses": row["diagnoses"].replace(",", " ").split(),
        "date": row["date"],
        "place_of_service": row["pos"],
    }


def _sex(text: str) -> str:
    return {"f": "female", "m": "male"}.get(text.lower()[:1], "")


def annotated(rows: list[Row], answer: Json) -> Iterator[list[str]]:
    """The rows with what was found: the verdict of the claim, the findings of each line, the rules without data."""
    undecided = dict.fromkeys(one["rule"] for one in answer["checked"] if one["verdict"] == "no_data")
    silent = [f"no data for {', '.join(undecided)}"] if undecided else []
    for row in rows:
        mine = [one for one in answer["findings"] if row["line"] in one["lines"]]
        told = [f"{one['rule']} {one['verdict']}: {one['message']} {one['fix']}" for one in mine]
        yield [*(row[name] for name in COLUMNS), answer["verdict"], " | ".join([*told, *silent])]


def written(lines: Iterable[list[str]]) -> str:
    """Lines as CSV. A cell that a spreadsheet would run as a formula is quoted with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for line in lines:
        writer.writerow([f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t"} else cell for cell in line])
    return text.getvalue()
