"""A batch of claims as CSV, read as it comes and written back with what was found.

    claim,line,code,units,modifiers,diagnoses,pos,date,sex,age

A claim's lines stand together. Columns of other names (people's, say) are passed over and never leave this module.
"""

import codecs
import csv
import io
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from services.chassis.errors import AppError, FieldError, invalid
from services.gateway.domain import Json, ReadClaim

COLUMNS: Final = ("claim", "line", "code", "units", "modifiers", "diagnoses", "pos", "date", "sex", "age")
ADDED: Final = ("verdict", "findings")
_NEEDED: Final = ("claim", "line", "code")
_SEXES: Final = {"": "", "f": "female", "female": "female", "m": "male", "male": "male", "u": "", "unknown": ""}
_LONGEST: Final = 1 << 20  # characters without an end of line
_DELIMITERS: Final = (",", ";", "\t")
_RISKY: Final = frozenset("=+-@\t\r")

type Row = Mapping[str, str]


@dataclass
class Reading:
    """A file that is being read: feed it bytes, take claims. INVALID names the line that cannot be read at all."""

    asked: Json
    _decoder: codecs.IncrementalDecoder = field(
        default_factory=lambda: codecs.getincrementaldecoder("utf-8-sig")(errors="replace")
    )
    _kept: str = ""
    _line: int = 0
    _names: list[str] = field(default_factory=list)
    _delimiter: str = ","
    _rows: list[Row] = field(default_factory=list)
    _wrong: list[FieldError] = field(default_factory=list)

    @property
    def begun(self) -> bool:
        """Whether the heading was read."""
        return bool(self._names)

    def feed(self, data: bytes, *, last: bool = False) -> Iterator[ReadClaim]:
        """The claims that these bytes complete; `last`: nothing comes after them."""
        text = self._kept + self._decoder.decode(data, last)
        if not last and text.endswith("\r"):
            text, self._kept = text[:-1], "\r"
        else:
            self._kept = ""
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        cut = len(text) if last else _whole_lines(text)
        whole, self._kept = text[:cut], text[cut:] + self._kept
        if whole:
            yield from self._claims(whole)
        if len(self._kept) > _LONGEST:
            raise _bad(self._line + 1, self._kept[:40], "lines of a CSV, quotes closed")
        if last:
            if not self.begun:
                raise _bad(1, "", f"the columns {','.join(COLUMNS)}")
            yield from self._finished()

    def _claims(self, text: str) -> Iterator[ReadClaim]:
        if not self.begun:
            heading = text.partition("\n")[0]
            self._delimiter = max(_DELIMITERS, key=heading.count)
        reader = csv.reader(io.StringIO(text), delimiter=self._delimiter)
        begin = self._line
        try:
            for cells in reader:
                self._line = begin + reader.line_num
                if not self.begun:
                    self._names = _heading(cells)
                elif any(cells):
                    yield from self._take(cells)
        except csv.Error as error:
            raise _bad(begin + reader.line_num, str(error), "a line of a CSV") from error
        self._line = begin + reader.line_num

    def _take(self, cells: list[str]) -> Iterator[ReadClaim]:
        there = dict(zip(self._names, cells, strict=False))
        row = {name: there.get(name, "").strip() for name in COLUMNS} | {"at": str(self._line)}
        if self._rows and row["claim"] != self._rows[-1]["claim"]:
            yield from self._finished()
        self._rows.append(row)
        if any(cells[len(self._names) :]):
            expected = f"{len(self._names)} cells; quote a cell that holds a {self._delimiter!r}"
            self._wrong.append(FieldError("cells", str(len(cells)), expected, self._line))

    def _finished(self) -> Iterator[ReadClaim]:
        if self._rows:
            yield _claim(self._rows, self._wrong, self.asked)
        self._rows, self._wrong = [], []


def _whole_lines(text: str) -> int:
    """Where the last line ends that is whole: one whose quotes are closed."""
    cut = text.rfind("\n") + 1
    while cut and text.count('"', 0, cut) % 2:
        cut = text.rfind("\n", 0, cut - 1) + 1
    return cut


def _heading(cells: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    lacking = [name for name in _NEEDED if name not in names]
    if lacking:
        told = FieldError("line 1", ",".join(cells)[:80], f"the columns {','.join(COLUMNS)}", 1)
        raise invalid("BAD_CSV", f"The heading lacks {', '.join(lacking)}.", told)
    return names


async def claims(reading: Reading, chunks: AsyncIterator[bytes]) -> AsyncIterator[ReadClaim]:
    """The claims of what comes."""
    async for chunk in chunks:
        for one in reading.feed(chunk):
            yield one
    for one in reading.feed(b"", last=True):
        yield one


def _claim(rows: list[Row], wrong: list[FieldError], asked: Json) -> ReadClaim:
    """A claim in the public shape, of the rows that can be read; its date is that of its first dated row."""
    found = [*wrong]
    lines = []
    for number, row in enumerate(rows, 1):
        mine = [one for one in wrong if one.line == int(row["at"])] or list(_wrong(row))
        found += [one for one in mine if one not in wrong]
        if not mine:
            lines.append(_line(row, number))
    sex = next((row["sex"] for row in rows if row["sex"]), "")
    age = next((row["age"] for row in rows if row["age"].isdigit()), "")
    claim = {
        **asked,
        "as_of": next((row["date"] for row in rows if row["date"]), asked["as_of"]),
        "lines": lines,
        "patient": {"sex": _SEXES.get(sex.lower(), ""), "age_years": int(age[:4]) if age else None},
    }
    return ReadClaim(rows[0]["claim"], claim, tuple(found), tuple(rows))


def _wrong(row: Row) -> Iterator[FieldError]:
    """What of a row is not even text of the right kind; whether it is right, the check says."""
    line = int(row["at"])
    if row["units"] and _units(row["units"]) is None:
        yield FieldError("units", row["units"][:40], "a whole number", line)
    if row["age"] and not row["age"].isdigit():
        yield FieldError("age", row["age"][:40], "years, as a whole number", line)
    if row["sex"].lower() not in _SEXES:
        yield FieldError("sex", row["sex"][:40], "F, M or nothing", line)


def _units(text: str) -> int | None:
    """A number as spreadsheets write it: 2, 2.0; None where it is none."""
    whole = text.partition(".")[0] if text.partition(".")[2].strip("0") == "" else text
    number = whole.removeprefix("-")
    return int(whole) if number.isascii() and number.isdigit() and len(number) < 10 else None  # noqa: PLR2004 -- digits


def _line(row: Row, number: int) -> Json:
    return {
        "id": row["line"] or str(number),
        "code": row["code"],
        "units": _units(row["units"]) if row["units"] else 1,
        "modifiers": _parts(row["modifiers"]),
        "diagnoses": _parts(row["diagnoses"]),
        "date": row["date"],
        "place_of_service": row["pos"],
    }


def _parts(cell: str) -> list[str]:
    return cell.replace(",", " ").replace(";", " ").replace("|", " ").split()


def annotated(read: ReadClaim, answer: Json | None) -> Iterator[list[str]]:
    """The rows with what was found: the verdict of the claim, the findings of each line, the rules without data."""
    checked = answer["checked"] if answer else ()
    undecided = dict.fromkeys(one["rule"] for one in checked if one["verdict"] == "no_data")
    silent = [f"no data for {', '.join(undecided)}"] if undecided else []
    verdict = "problems" if read.wrong or answer is None else answer["verdict"]
    by: dict[str, list[str]] = {}
    for one in answer["findings"] if answer else ():
        for line in one["lines"]:
            by.setdefault(line, []).append(f"{one['rule']} {one['verdict']}: {one['message']} {one['fix']}")
    for number, row in enumerate(read.rows, 1):
        refused = [
            f"line {one.line}, {one.where}: {one.value!r} cannot be read, expected {one.expected}"
            for one in read.wrong
            if str(one.line) == row["at"]
        ]
        told = refused or [*by.get(row["line"] or str(number), ()), *silent]
        yield [*(row[name] for name in COLUMNS), verdict, " | ".join(told)]


def written(lines: Iterable[list[str]]) -> bytes:
    """Lines as CSV. A cell that a spreadsheet would run as a formula is quoted with an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([f"'{cell}" if cell[:1] in _RISKY else cell for cell in line] for line in lines)
    return text.getvalue().encode()


def _bad(line: int, value: str, expected: str) -> AppError:
    message = "The CSV cannot be read."
    return invalid("BAD_CSV", message, FieldError(f"line {line}", value[:80], expected, line))
