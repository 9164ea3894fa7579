"""Lines and cells of the agencies' files, and their fields with a refusal that names the place.

Text is UTF-8, and where it is not, Windows-1252, line by line: the agencies mix the two.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import IO, Final

from services.lookup.importers import workbooks
from services.lookup.importers.files import Member
from services.lookup.importers.refusal import ImportRefusedError, Place

_HEADER_WITHIN: Final = 60  # lines in which a table's heading is looked for, past the notices
_LONGEST_CELL: Final = 16_000_000  # characters; the texts of coverage documents stand in cells
_CODE: Final = re.compile(r"[0-9]{4}[0-9AFMTU]|[A-Z][0-9]{4}")
_PLAIN: Final = re.compile(r"[^a-z0-9]+")

type Cells = Sequence[str]


def decoded(line: bytes) -> str:
    """A line as text, without its end, or that of the file where old programs mark it (Ctrl-Z)."""
    line = line.rstrip(b"\r\n\x1a")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def lines(member: Member) -> Iterator[tuple[int, str]]:
    """Line number and text, from the first line on."""
    if member.head.startswith((b"\xff\xfe", b"\xfe\xff")):
        yield from enumerate(member.read().decode("utf-16", errors="replace").splitlines(), 1)
        return
    with member.open() as stream:
        for number, line in enumerate(_ended(stream, member.head), 1):
            yield number, decoded(line).removeprefix("\ufeff") if number == 1 else decoded(line)


def _ended(stream: IO[bytes], head: bytes) -> Iterable[bytes]:
    """The lines; of a file whose lines end in a carriage return alone, as old Macintoshes wrote them, too."""
    return stream.read().split(b"\r") if b"\r" in head and b"\n" not in head else stream


def separated(member: Member, delimiter: str = ",") -> Iterator[tuple[int, Cells]]:
    """Line number and cells of a CSV; a cell may go over several lines, the number is of its last one."""
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader((f"{text}\n" for _, text in lines(member)), delimiter=delimiter)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            place = Place(member.place, reader.line_num)
            raise ImportRefusedError(place, f"is no line of a table ({error})", expected="separated text") from error
        yield reader.line_num, row


def sheet(member: Member) -> Iterator[tuple[int, Cells]]:
    """Row number and cells, as text, of a workbook's table."""
    yield from enumerate(workbooks.rows(member.read(), member.place), 1)


def table(member: Member) -> Iterator[tuple[int, Cells]]:
    """Rows of a workbook or of separated text, whichever the member is."""
    if member.is_workbook:
        return sheet(member)
    return separated(member, _delimiter(member.beginning))


def _delimiter(text: str) -> str:
    """Commas, unless tabs, semicolons or bars part more."""
    counted = {mark: text.count(mark) for mark in (",", "\t", ";", "|")}
    return max(counted, key=lambda mark: counted[mark]) if any(counted.values()) else ","


def plain(heading: str) -> str:
    """A heading for comparison: lower case, words parted by one space."""
    return _PLAIN.sub(" ", heading.lower()).strip()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table, its cells by the names that an importer gives its columns."""

    place: str
    number: int
    cells: Mapping[str, str]
    headings: Mapping[str, str]

    def text(self, name: str) -> str:
        """The cell, empty where there is none."""
        return self.cells.get(name, "")

    def refuse(self, name: str, expected: str, wrong: str = "cannot be read") -> ImportRefusedError:
        """A refusal of one of its cells."""
        place = Place(self.place, self.number, self.headings.get(name, name))
        return ImportRefusedError(place, wrong, self.text(name) or "nothing", expected)

    def parsed[T](self, name: str, expected: str, parse: Callable[[str], T]) -> T:
        """The cell as a value."""
        try:
            return parse(self.text(name))
        except (ValueError, InvalidOperation) as error:
            raise self.refuse(name, expected) from error

    def code(self, name: str) -> str:
        """A CPT or HCPCS Level II code."""
        code = self.text(name).strip().upper()
        if not _CODE.fullmatch(code):
            raise self.refuse(name, "a CPT or HCPCS code of five characters", "is no code")
        return code

    def integer(self, name: str) -> int:
        """A whole number."""
        return self.parsed(name, "a whole number", int)

    def figure(self, name: str) -> str:
        """A decimal figure, as the source writes it."""
        text = self.text(name).strip().replace(",", "").removeprefix("$")
        try:
            Decimal(text)
        except InvalidOperation as error:
            raise self.refuse(name, "a figure") from error
        return text

    def day(self, name: str) -> str:
        """A day in one of the agencies' spellings as YYYY-MM-DD; empty where the cell is, or says "no date"."""
        return self.parsed(name, "a date (YYYYMMDD, YYYYDDD, YYYY-MM-DD or MM/DD/YYYY)", day)


def day(text: str) -> str:
    """YYYY-MM-DD of YYYYMMDD, YYYYDDD, YYYY-MM-DD, MM/DD/YYYY; empty of nothing or an asterisk. ValueError."""
    text = text.strip()
    if text in {"", "*", "00000000", "99999999", "9999999"}:
        return ""
    if re.fullmatch(r"[0-9]{8}", text):
        return date(int(text[:4]), int(text[4:6]), int(text[6:])).isoformat()
    if re.fullmatch(r"[0-9]{7}", text):
        found = date(int(text[:4]), 1, 1) + timedelta(days=int(text[4:]) - 1)
        if found.year != int(text[:4]):
            raise ValueError(text)
        return found.isoformat()
    if slashed := re.fullmatch(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4})(?: .*)?", text):
        return date(int(slashed[3]), int(slashed[1]), int(slashed[2])).isoformat()
    return date.fromisoformat(text[:10]).isoformat()


def headed(
    member: Member,
    rows: Iterable[tuple[int, Cells]],
    columns: Mapping[str, Sequence[str]],
    optional: Sequence[str] = (),
) -> Iterator[Line]:
    """The lines under a table's heading, which is looked for past the notices.

    `columns` gives for each name the headings it may have, compared by their plain words, as their beginning. A
    column that is not there, and a line with fewer cells than columns wanted, are refused.
    """
    at = iter(rows)
    place, found, headings, begun = member.place, {}, {}, 0
    best: tuple[int, int, Sequence[str]] = (0, 0, ())
    for number, row in at:
        said = [plain(cell) for cell in row]
        found = {name: _column(said, names) for name, names in columns.items()}
        known = [name for name, column in found.items() if column >= 0]
        best = max(best, (len(known), -number, [name for name in columns if found[name] < 0]))
        if all(found[name] >= 0 for name in columns if name not in optional):
            headings = {name: " ".join(row[column].split()) for name, column in found.items() if column >= 0}
            begun = number
            break
        if number >= _HEADER_WITHIN:
            break
    if not begun:
        lacking = [columns[name][0] for name in best[2] if name not in optional]
        wrong = f"the column {lacking[0]!r} is missing" if lacking else "the table has no heading"
        raise ImportRefusedError(Place(place, -best[1]), wrong, expected=", ".join(n[0] for n in columns.values()))
    used = {name: column for name, column in found.items() if column >= 0}
    least = max(column for name, column in used.items() if name not in optional) + 1
    for number, row in at:
        if not any(row):
            continue
        if len(row) < least:
            expected = f"at least {least} cells, as its heading has"
            raise ImportRefusedError(Place(place, number), "the line is too short", cells(len(row)), expected)
        yield Line(place, number, {n: row[c].strip() if c < len(row) else "" for n, c in used.items()}, headings)


def cells(number: int) -> str:
    """How many cells a line has."""
    return f"{number} cell{'s' if number != 1 else ''}"


def _column(headings: Sequence[str], names: Sequence[str]) -> int:
    for name in names:
        wanted = plain(name)
        for column, heading in enumerate(headings):
            if heading == wanted:
                return column
        for column, heading in enumerate(headings):
            if heading.startswith(wanted):
                return column
    return -1
