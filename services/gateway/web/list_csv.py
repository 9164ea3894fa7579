"""Lists as CSV, both ways: what a spreadsheet writes is read, and what is written no spreadsheet runs."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote

from starlette.responses import Response

from services.chassis.errors import AppError, FieldError, invalid
from services.gateway.domain import Json
from services.gateway.web.shapes import spreadsheet_safe

COLUMNS: Final = ("system", "code", "note")
WRITTEN: Final = (*COLUMNS, "description", "status", "billable", "edition", "changes")
DELIMITERS: Final = (",", ";", "\t")  # a spreadsheet writes the one of its country
_SYSTEMS: Final = {
    "icd10cm": "icd-10-cm",
    "icd10pcs": "icd-10-pcs",
    "hcpcs": "hcpcs",
    "hcpcslevelii": "hcpcs",
    "cpt": "cpt",
}
_BILLABLE: Final = {True: "yes", False: "no", None: ""}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a file: its number there, which is not that of its code, and its cells."""

    number: int
    system: str
    code: str
    note: str

    @property
    def cells(self) -> tuple[str, str, str]:
        """What it says."""
        return self.system, self.code, self.note


def written(found: Json) -> Response:
    """A list as a file to be kept."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(WRITTEN)
    for one in found["codes"]:
        said = (one["display"], one["status"], _BILLABLE[one["billable"]], one["edition"])
        cells = (one["system"], one["code"], one["note"], *said, " ".join(change["text"] for change in one["changes"]))
        writer.writerow([spreadsheet_safe(cell) for cell in cells])
    name = f"{found['name']} {found['as_of']}".strip()
    named = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.csv"}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=named)


def decoded(content: bytes) -> str:
    """The text of a file, with or without a byte order mark; INVALID where it is none in UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        told = FieldError("file", f"byte {error.start}", "a CSV file in UTF-8")
        raise invalid("NOT_TEXT", "The file is no text in UTF-8.", told) from error


def read(text: str) -> list[Line]:
    """The lines that say anything. INVALID for a heading without system and code, and for lines with too many cells.

    The apostrophe that keeps a spreadsheet from running a cell is taken off.
    """
    heading = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().lower() for name in next(reader, [])]
        _check_heading(names)
        return list(_lines(reader, names))
    except csv.Error as error:
        told = FieldError(f"line {reader.line_num}", str(error), "cells, where a quote in a cell is doubled")
        raise invalid("BAD_CSV", "The file cannot be read as CSV.", told) from error


def _check_heading(names: Sequence[str]) -> None:
    lacking = [name for name in COLUMNS[:2] if name not in names]
    if lacking:
        told = FieldError("line 1", ",".join(names)[:80], "the columns system,code,note")
        raise invalid("BAD_CSV", f"The heading lacks {' and '.join(lacking)}.", told)


def _lines(reader: Iterator[list[str]], names: Sequence[str]) -> Iterator[Line]:
    wrong = []
    for cells in reader:
        number: int = reader.line_num  # type: ignore[attr-defined]  # csv's reader has no name in typing
        if any(cell.strip() for cell in cells[len(names) :]):
            told = f"{len(names)} cells; a cell that holds the delimiter stands in quotes"
            wrong.append(FieldError(f"line {number}", f"{len(cells)} cells", told))
            continue
        said = dict(zip(names, (cell.strip() for cell in cells), strict=False))
        system, code, note = (said.get(name, "") for name in COLUMNS)
        if system or code:
            yield Line(number, _SYSTEMS.get(_bare(system), system), _unquoted(code), _unquoted(note))
    if wrong:
        raise invalid("BAD_CSV", f"{len(wrong)} lines have more cells than the heading.", *wrong[:20])


def _bare(system: str) -> str:
    return "".join(sign for sign in system.lower() if sign.isalnum())


def _unquoted(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:2] in {"=", "+", "-", "@"} else cell


def placed(refusal: AppError, lines: Sequence[Line]) -> AppError:
    """The refusal with the lines of the file where it counts codes."""
    numbers = {f"line {count}": f"line {line.number}" for count, line in enumerate(lines, 1)}
    errors = tuple(replace(one, where=numbers.get(one.where, one.where)) for one in refusal.errors)
    return AppError(refusal.kind, refusal.reason, refusal.message, errors)
