"""The records of HCPCS Level II as the contractor file has them, in fixed width or as a workbook.

Positions are those of the record layout (HCPCS2019_recordlayout.txt). Record 3 begins a code and 7 a modifier; 4 and
8 go on with their long description.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from services.lookup.importers.files import Member
from services.lookup.importers.reading import headed, lines, plain, table
from services.lookup.importers.refusal import ImportRefusedError, Place

_RECORDS: Final = "3478"
_BEGINNING: Final = {"3": "4", "7": "8"}
CODE: Final = re.compile(r"[A-V][0-9]{4}")
MODIFIER: Final = re.compile(r"[A-Z0-9]{2}")
# name: first position (1-based), length, times it occurs
_FIELDS: Final = {
    "short": (92, 28, 1),
    "pricing": (120, 2, 4),
    "multiple_pricing": (128, 1, 1),
    "coverage_manual": (129, 6, 3),
    "carriers_manual": (147, 8, 3),
    "statute": (171, 10, 1),
    "lab_certification": (181, 3, 8),
    "cross_reference": (205, 5, 5),
    "coverage": (230, 1, 1),
    "asc_group": (231, 2, 1),
    "asc_since": (233, 8, 1),
    "outpatient_group": (241, 3, 1),
    "outpatient_policy": (244, 1, 1),
    "outpatient_since": (245, 8, 1),
    "processing_note": (253, 4, 1),
    "betos": (257, 3, 1),
    "type_of_service": (261, 1, 5),
    "anesthesia_units": (266, 3, 1),
    "added": (269, 8, 1),
    "action_since": (277, 8, 1),
    "terminated": (285, 8, 1),
    "action": (293, 1, 1),
}
_LEAST: Final = 276  # characters up to the date on which a code was added
_WORKBOOK: Final = {
    "code": ("HCPC", "HCPCS"),
    "record": ("RECID", "REC ID", "RECORD ID"),
    "long": ("LONG DESCRIPTION", "LONG DESC"),
    "short": ("SHORT DESCRIPTION", "SHORT DESC"),
    "multiple_pricing": ("MULT_PI",),
    "statute": ("STATUTE",),
    "coverage": ("COV",),
    "asc_group": ("ASC_GRP",),
    "asc_since": ("ASC_DT",),
    "outpatient_group": ("OPPS",),
    "outpatient_policy": ("OPPS_PI",),
    "outpatient_since": ("OPPS_DT",),
    "processing_note": ("PROCNOTE",),
    "betos": ("BETOS",),
    "anesthesia_units": ("ANEST_BU",),
    "added": ("ADD DT", "ADD DATE"),
    "action_since": ("ACT EFF DT", "ACT EFF DATE", "ACTION EFFECTIVE DATE"),
    "terminated": ("TERM DT", "TERM DATE", "TERMINATION DATE"),
    "action": ("ACTION CD", "ACTION CODE"),
}
_REPEATED: Final = {
    "pricing": ("PRICE", 4),
    "coverage_manual": ("CIM", 3),
    "carriers_manual": ("MCM", 3),
    "lab_certification": ("LABCERT", 8),
    "cross_reference": ("XREF", 5),
    "type_of_service": ("TOS", 5),
}
_MARKS: Final = (r"\bhcpcs?\b", r"\blong desc", r"\badd (?:dt|date)\b")

type Record = dict[str, Any]  # "code", "line", "modifier", "long" and the fields


def in_fixed_width(member: Member) -> bool:
    """Whether its first lines hold records, one of them whole."""
    rows = [line for line in member.beginning.splitlines()[:40] if _is_record(line)]
    return any(len(line) >= _LEAST for line in rows)


def _is_record(line: str) -> bool:
    code = line[:5].strip()
    return (
        line[10:11] in set(_RECORDS) and bool(CODE.fullmatch(code) or MODIFIER.fullmatch(code)) and line[5:10].isdigit()
    )


def under_headings(member: Member) -> bool:
    """Whether one of its first rows is the heading: reports of changes name the same things in their text."""
    rows = (plain(row) for row in member.beginning.splitlines())
    return any(all(re.search(mark, row) for mark in _MARKS) for row in rows)


def read(member: Member) -> Iterator[Record]:
    """Every code and modifier with its fields as they stand. ImportRefusedError names what is no record."""
    fixed = not member.is_workbook and "long desc" not in plain(member.beginning)
    return _fixed(member) if fixed else _workbook(member)


def _fixed(member: Member) -> Iterator[Record]:
    current: Record | None = None
    for number, line in lines(member):
        kind = line[10:11]
        if kind not in set(_RECORDS) or not kind:
            if current is None:
                continue  # a notice
            if line.strip():
                raise refuse(member, number, "11", "is no record", kind, "3, 4, 7 or 8")
            continue
        code = line[:5].strip()
        if kind in _BEGINNING:
            if len(line.rstrip()) < _LEAST:
                told = f"{len(line.rstrip())} characters"
                raise refuse(member, number, "269-276", "the line is too short", told, "at least 276 characters")
            if current:
                yield current
            current = {"code": code, "line": number, "modifier": kind == "7", "long": line[11:91]}
            current |= {name: _field(line, *at) for name, at in _FIELDS.items()}
        elif current is None or current["code"] != code:
            raise refuse(
                member, number, "1-5", "goes on with another code", code, current["code"] if current else "a code"
            )
        else:
            current["long"] = current["long"].rstrip() + _gap(current["long"]) + line[11:91]
    if current:
        yield current


def _gap(before: str) -> str:
    """Lines are filled by words: one that is full to its last place may end within a compound."""
    return "" if before.endswith("-") else " "


def _field(line: str, first: int, length: int, times: int) -> str | list[str]:
    found = [line[first - 1 + length * n : first - 1 + length * (n + 1)].strip() for n in range(times)]
    return found[0] if times == 1 else [one for one in found if one]


def refuse(member: Member, line: int, column: str, wrong: str, value: str, expected: str) -> ImportRefusedError:
    """A refusal of what stands in a record."""
    return ImportRefusedError(Place(member.place, line, column), wrong, value or "nothing", expected)


def _workbook(member: Member) -> Iterator[Record]:
    single: dict[str, tuple[str, ...]] = dict(_WORKBOOK)
    several: dict[str, tuple[str, ...]] = {
        f"{name}{n}": (f"{mark}{n}",) for name, (mark, times) in _REPEATED.items() for n in range(1, times + 1)
    }
    wanted = ("code", "long", "added", "terminated")
    optional = [name for name in (*single, *several) if name not in wanted]
    current: Record | None = None
    for row in headed(member, table(member), single | several, optional):
        code, record = row.text("code").upper(), row.text("record")
        if record in {"4", "8"} and current and current["code"] == code:
            current["long"] = f"{current['long']} {row.text('long')}"
            continue
        if not code and not row.text("long"):
            continue  # a note below the table
        if current:
            yield current
        is_modifier = record == "7" or (not record and bool(MODIFIER.fullmatch(code)))
        current = {"code": code, "line": row.number, "modifier": is_modifier}
        current |= {name: row.text(name) for name in single if name not in {"code", "record"}}
        for name, (_, times) in _REPEATED.items():
            current[name] = [text for n in range(1, times + 1) if (text := row.text(f"{name}{n}"))]
    if current:
        yield current
