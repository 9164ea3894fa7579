"""Reads NCCI's procedure-to-procedure pairs: the official text and workbook, and the decoded table as CSV.

CMS splits the table of a setting over several files, f1 to f4, each packed by itself; an edition is complete with all
of them. Notices and a heading over several rows stand first: a column's name is what stands above one another from the
row on that has "Column 1". Practitioner and outpatient hospital, Medicare and Medicaid each have tables of their own.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Final

from services.lookup.editions import pairs
from services.lookup.editions.pair_columns import PairColumns
from services.lookup.editions.pairs import INDICATORS
from services.lookup.importers import releases
from services.lookup.importers.files import Member
from services.lookup.importers.format import Around, Content, Format, Given, Identity, Parts, needs_rows
from services.lookup.importers.ncci import program_of, setting_of, system_of, told
from services.lookup.importers.reading import Cells, day, lines, plain, separated, sheet
from services.lookup.importers.reading import cells as told_cells
from services.lookup.importers.refusal import ImportRefusedError, Place

PARTS: Final = ("f1", "f2", "f3", "f4")
WHOLE: Final = "all"
_CODE: Final = re.compile(r"[0-9]{4}[0-9AFMTU]|[A-Z][0-9]{4}")
_EXCERPT: Final = re.compile(r"(?i)excerpt|extract|sample")  # a file that calls itself so is not the table
_BEFORE_1996: Final = 19000101
_HEADING_WITHIN: Final = 60  # rows
_COLUMNS: Final[Mapping[str, re.Pattern[str]]] = {
    "Column 1": re.compile(r"\bcolumn 1\b"),
    "Column 2": re.compile(r"\bcolumn 2\b"),
    "Deletion Date": re.compile(r"\bdeletion\b"),
    "Modifier": re.compile(r"\bmodifier\b"),
    "PTP Edit Rationale": re.compile(r"\brationale\b"),
    "Effective Date": re.compile(r"\beffective\b"),
    "In existence prior to 1996": re.compile(r"\bprior to 1996\b|\bin existence\b"),
}
_DECODED: Final = 5  # columns that the decoded table has: the first five
_RATIONALE: Final = 4  # of the columns: it may be absent at the end of a row

type _Numbered = Iterator[tuple[int, Cells]]


def _identify(member: Member, given: Given) -> Identity | None:
    said = plain(member.beginning[:6_000])
    if not all(re.search(rf"\b{mark}\b", said) for mark in ("column 1", "column 2", "modifier")):
        return None
    setting, program = setting_of(member, given), program_of(member, given)
    part = re.search(r"(?i)[-_ ]?f([1-9])(?![0-9a-z])", member.base.rpartition(".")[0])
    name = f"NCCI PTP, {told(setting)}, {program.capitalize()}"
    system = system_of("ptp", setting, program)
    return Identity(system, name, _window(member), f"f{part[1]}" if part else WHOLE)


def _window(member: Member) -> releases.Window | None:
    for text in (member.base, member.place, member.file):
        if found := releases.ncci_version(text) or releases.quarter_in(text):
            return found
    return releases.effective_in(member.beginning)


def _read(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    columns = PairColumns()
    for name in sorted(parts):
        columns.parts.append(parts[name].name)
        before = len(columns)
        _read_pairs(parts[name], columns)
        needs_rows(parts[name], len(columns) - before, "pairs")
    lacking = [] if WHOLE in parts else [name for name in PARTS if name not in parts]
    lacking += ["the rest"] if not lacking and any(_EXCERPT.search(one.place) for one in parts.values()) else []
    dated = sum(one > 0 for one in columns.since)
    covers = (
        "Every pair since 1996 with the dates on which it was in force."
        if dated == len(columns)
        else "Every pair since 1996; of some only the last day in force is known, so that these are decided for the "
        "edition's own quarter only."
    )
    if lacking:
        covers = (
            f"Only a part of the table, without {', '.join(lacking)}: a pair that is not in it may still be an edit."
        )
    return Content(
        covers, {"pairs": len(columns)}, pairs=columns, complete=not lacking, row_dated=True, lacking=lacking
    )


def _read_pairs(member: Member, columns: PairColumns) -> None:
    """This is the hot loop of an import, so codes, dates and rationales are looked up, not parsed."""
    numbers: dict[str, int] = {}
    days: dict[str, int] = {}
    rows, at = _headed(member)
    pick = _picking(at)
    for number, cells in rows:
        try:
            one, two, until, indicator, rationale, since, prior = pick(cells)
            first = numbers.get(one) or numbers.setdefault(one, _number(one))
            second = numbers.get(two) or numbers.setdefault(two, _number(two))
            begin = days[since] if since in days else days.setdefault(since, _day(since))
            end = days[until] if until in days else days.setdefault(until, _day(until))
            columns.add(
                first << 26 | second,
                _BEFORE_1996 if prior == "*" and not begin else begin,
                end,
                INDICATORS.index(indicator),
                columns.rationale(rationale),
                number,
            )
        except (ValueError, IndexError) as error:
            raise _blamed(member, number, cells, at) from error


def _headed(member: Member) -> tuple[_Numbered, Sequence[int]]:
    """The rows below the heading, and where each of the columns stands in them; -1 where it does not."""
    source = _rows(member)
    heading: list[Cells] = []
    for number, cells in source:
        said = [plain(cell) for cell in cells]
        if heading and _CODE.fullmatch(_padded(cells[0].strip()) if cells else ""):
            at = [_place(heading, shape) for shape in _COLUMNS.values()]
            _check(member, number, at)
            return _with(number, cells, source), at
        if heading or "column 1" in said:
            heading.append(said)
        if number > _HEADING_WITHIN:
            break
    wrong = "holds no pairs" if heading else "the heading that begins with Column 1 is missing"
    raise ImportRefusedError(Place(member.place), wrong, expected=", ".join(_COLUMNS))


def _check(member: Member, number: int, at: Sequence[int]) -> None:
    missing = [name for name, place in zip(_COLUMNS, at, strict=True) if place < 0][: _DECODED + 1]
    wanted = [name for name in missing if name in list(_COLUMNS)[:_DECODED]]
    if wanted:
        place = Place(member.place, number - 1)
        raise ImportRefusedError(place, f"the column {wanted[0]!r} is missing", expected=", ".join(_COLUMNS))


def _place(heading: Sequence[Cells], shape: re.Pattern[str]) -> int:
    width = max(len(row) for row in heading)
    names = [" ".join(row[n] for row in heading if n < len(row) and row[n]) for n in range(width)]
    return next((n for n, name in enumerate(names) if shape.search(name)), -1)


def _with(number: int, cells: Cells, rest: _Numbered) -> _Numbered:
    yield number, cells
    yield from ((number, cells) for number, cells in rest if any(cells))


def _rows(member: Member) -> _Numbered:
    if member.is_workbook:
        for number, cells in sheet(member):
            yield number, [_padded(cell) if n < 2 else cell for n, cell in enumerate(cells)]  # noqa: PLR2004 -- the codes
    elif "\t" in member.beginning:
        for number, text in lines(member):
            yield number, [cell.strip().strip('"') for cell in text.split("\t")]
    else:
        yield from separated(member)


def _padded(code: str) -> str:
    """A code that a spreadsheet took for a number."""
    return code.zfill(5) if code.isdecimal() and len(code) < 5 else code  # noqa: PLR2004 -- characters of a code


def _picking(at: Sequence[int]) -> Callable[[Cells], tuple[str, ...]]:
    """What takes the columns out of a row, in their order; those that the table lacks are empty."""
    last, width = max(at), len(at)
    whole: Callable[[Cells], tuple[str, ...]] = itemgetter(*(place if place >= 0 else last + 1 for place in at))
    if min(at) >= 0:
        return lambda cells: whole(cells if len(cells) > last else _filled(cells, at))
    return lambda cells: whole([*_filled(cells, at)[: last + 1], *[""] * width])


def _filled(cells: Cells, at: Sequence[int]) -> Cells:
    """A row without its last column, where that is the rationale; IndexError where more is missing."""
    last = max(at)
    if len(cells) <= last and not (len(cells) == last and at[_RATIONALE] == last):
        raise IndexError(len(cells))
    return [*cells, ""] if len(cells) == last else cells


def _number(code: str) -> int:
    if not _CODE.fullmatch(code):
        raise ValueError(code)
    return pairs.number(code)


def _day(text: str) -> int:
    return int(day(text).replace("-", "") or 0)


def _blamed(member: Member, number: int, cells: Cells, at: Sequence[int]) -> ImportRefusedError:
    """Which cell of a row is wrong."""
    try:
        _filled(cells, at)
    except IndexError:
        place, wanted = Place(member.place, number), f"{max(at) + 1} cells"
        return ImportRefusedError(place, "the line is too short", told_cells(len(cells)), wanted)
    named = {name: cells[place] if 0 <= place < len(cells) else "" for name, place in zip(_COLUMNS, at, strict=True)}
    for column in ("Column 1", "Column 2"):
        if not _CODE.fullmatch(named[column]):
            place = Place(member.place, number, column)
            return ImportRefusedError(place, "is no code", named[column] or "nothing", "a CPT or HCPCS code")
    for column in ("Effective Date", "Deletion Date"):
        try:
            day(named[column])
        except ValueError:
            place = Place(member.place, number, column)
            return ImportRefusedError(place, "is no date", named[column], "YYYYMMDD, or * for none")
    if named["Modifier"] not in INDICATORS:
        place = Place(member.place, number, "Modifier")
        return ImportRefusedError(place, "is no indicator", named["Modifier"] or "nothing", "0, 1 or 9")
    place = Place(member.place, number, "PTP Edit Rationale")
    return ImportRefusedError(place, "is one rationale too many", named["PTP Edit Rationale"], "at most 32")


FORMATS: Final = (Format("ncci-ptp", "NCCI PTP edits", _identify, _read),)
