"""Reads HCPCS Level II: the contractor file in fixed width, and its workbook.

Positions are those of the record layout (HCPCS2019_recordlayout.txt). Record 3 begins a code and 7 a modifier; 4 and
8 go on with their long description. Descriptors of D codes belong to the ADA and are dropped.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from services.lookup.domain import Entry, Level, Row, Term
from services.lookup.importers import releases
from services.lookup.importers.files import Member
from services.lookup.importers.format import Around, Content, Format, Given, Identity, Parts, needs_rows
from services.lookup.importers.reading import day, headed, lines, plain, table
from services.lookup.importers.refusal import ImportRefusedError, Place

_RECORDS: Final = "3478"
_BEGINNING: Final = {"3": "4", "7": "8"}
_CODE: Final = re.compile(r"[A-V][0-9]{4}")
_MODIFIER: Final = re.compile(r"[A-Z0-9]{2}")
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
_DATES: Final = ("asc_since", "outpatient_since", "added", "action_since", "terminated")
_DECIDING: Final = ("added", "terminated")  # whether a code holds on a date
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
CHAPTERS: Final = {
    "A": "Transport, medical and surgical supplies, radiopharmaceuticals",
    "B": "Enteral and parenteral nutrition",
    "C": "Hospital outpatient payment: devices, drugs, procedures",
    "D": "Dental procedures",
    "E": "Durable medical equipment",
    "G": "Procedures and professional services, temporary",
    "H": "Behavioral health and substance abuse treatment",
    "J": "Drugs given other than by mouth, chemotherapy",
    "K": "Durable medical equipment, temporary",
    "L": "Orthotics and prosthetics",
    "M": "Medical services and quality measures",
    "P": "Pathology and laboratory",
    "Q": "Temporary codes of CMS",
    "R": "Transport of diagnostic radiology equipment",
    "S": "Temporary codes of private payers",
    "T": "Codes of state Medicaid agencies",
    "U": "Coronavirus laboratory tests",
    "V": "Vision, hearing and speech",
}

type Record = dict[str, Any]  # "code", "line", "modifier", "long" and the fields


def _identify_fixed(member: Member, _: Given) -> Identity | None:
    rows = [line for line in member.beginning.splitlines()[:40] if _is_record(line)]
    if len(rows) < 1 or not any(len(line) >= _LEAST for line in rows):
        return None
    return Identity("hcpcs", "HCPCS Level II", _window(member), "records")


def _is_record(line: str) -> bool:
    code = line[:5].strip()
    return (
        line[10:11] in set(_RECORDS)
        and bool(_CODE.fullmatch(code) or _MODIFIER.fullmatch(code))
        and line[5:10].isdigit()
    )


_MARKS: Final = (r"\bhcpcs?\b", r"\blong desc", r"\badd (?:dt|date)\b")


def _identify_workbook(member: Member, _: Given) -> Identity | None:
    """By its heading, which stands in one row: reports of changes name the same things in their text."""
    if not member.base.endswith((".xlsx", ".xlsm", ".csv", ".txt")):
        return None
    rows = (plain(row) for row in member.beginning.splitlines())
    if not any(all(re.search(mark, row) for mark in _MARKS) for row in rows):
        return None
    return Identity("hcpcs", "HCPCS Level II", _window(member), "records")


def _is_fixed(member: Member) -> bool:
    return not member.is_workbook and "long desc" not in plain(member.beginning)


def _window(member: Member) -> releases.Window | None:
    """A quarter where the name has a month, whenever it was put up; the files up to 2019 were yearly."""
    for tell in (releases.month_in, releases.quarter_in):
        if found := tell(member.base) or tell(member.place):
            return found
    if year := re.search(r"(?i)hcpc(20[0-9]{2})", member.base):
        return releases.calendar_year(int(year[1]))
    return None


def _fixed(member: Member) -> Iterator[Record]:
    current: Record | None = None
    for number, line in lines(member):
        kind = line[10:11]
        if kind not in set(_RECORDS) or not kind:
            if current is None:
                continue  # a notice
            if line.strip():
                raise _refuse(member, number, "11", "is no record", kind, "3, 4, 7 or 8")
            continue
        code = line[:5].strip()
        if kind in _BEGINNING:
            if len(line.rstrip()) < _LEAST:
                told = f"{len(line.rstrip())} characters"
                raise _refuse(member, number, "269-276", "the line is too short", told, "at least 276 characters")
            if current:
                yield current
            current = {"code": code, "line": number, "modifier": kind == "7", "long": line[11:91]}
            current |= {name: _field(line, *at) for name, at in _FIELDS.items()}
        elif current is None or current["code"] != code:
            raise _refuse(
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


def _refuse(member: Member, line: int, column: str, wrong: str, value: str, expected: str) -> ImportRefusedError:
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
        is_modifier = record == "7" or (not record and bool(_MODIFIER.fullmatch(code)))
        current = {"code": code, "line": row.number, "modifier": is_modifier}
        current |= {name: row.text(name) for name in single if name not in {"code", "record"}}
        for name, (_, times) in _REPEATED.items():
            current[name] = [text for n in range(1, times + 1) if (text := row.text(f"{name}{n}"))]
    if current:
        yield current


def _read(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    member = parts["records"]
    records = _fixed(member) if _is_fixed(member) else _workbook(member)
    remarks: list[str] = []
    checked = list(_checked(member, records, remarks))
    codes = [one for one in checked if not one["modifier"]]
    needs_rows(member, len(codes), "codes")
    modifiers = [Row(f"modifier:{one['code']}", one["line"], _facts(one)) for one in checked if one["modifier"]]
    counts = {
        "codes": len(codes),
        "modifiers": len(modifiers),
        "terminated": sum(bool(one["terminated"]) for one in codes),
    }
    covers = (
        "Every code and modifier with its dates, pricing and coverage; "
        "codes that ended more than four years before are left out."
    )
    return Content(covers, counts, _entries(codes), _terms, rows=modifiers, row_dated=True, remarks=remarks)


def _checked(member: Member, records: Iterable[Record], remarks: list[str]) -> Iterator[Record]:
    known: set[tuple[str, bool]] = set()
    for one in records:
        code = one["code"]
        if not (_MODIFIER if one["modifier"] else _CODE).fullmatch(code):
            raise _refuse(
                member, one["line"], "1-5", "is no code", code, "a letter A to V and four digits, or a modifier"
            )
        if (code, one["modifier"]) in known:
            raise _refuse(member, one["line"], "1-5", "the code comes twice", code, "each code once")
        known.add((code, one["modifier"]))
        for name in _DATES:
            one[name] = _dated(member, one, name, remarks)
        one["long"] = "" if code.startswith("D") and not one["modifier"] else " ".join(one["long"].split())
        yield one


def _dated(member: Member, one: Record, name: str, remarks: list[str]) -> str:
    """A date; one that decides nothing and cannot be read is left out with a remark."""
    text = one[name]
    try:
        return day(text) if text.strip("0") else ""
    except ValueError as error:
        refusal = _refuse(member, one["line"], name, "is no date", text, "YYYYMMDD")
        if name in _DECIDING:
            raise refusal from error
        remarks.append(str(refusal))
        return ""


def _entries(codes: list[Record]) -> list[Entry]:
    letters = sorted({one["code"][0] for one in codes})
    counted = {letter: sum(one["code"][0] == letter for one in codes) for letter in letters}
    entries = [
        Entry(letter, "", Level.CHAPTER, CHAPTERS.get(letter, f"{letter} codes"), False, n, counted[letter])
        for n, letter in enumerate(letters)
    ]
    for one in sorted(codes, key=lambda one: str(one["code"])):
        entries.append(
            Entry(
                code=one["code"],
                parent=one["code"][0],
                level=Level.CODE,
                display=one["long"],
                billable=True,
                ordinal=len(entries),
                since=one["added"],
                until=one["terminated"],
                facts=orjson.dumps(_facts(one)).decode(),
            )
        )
    return entries


def _facts(one: Mapping[str, Any]) -> dict[str, Any]:
    """What the record says beyond code and dates; blank fields are left out, and the ADA's short descriptors too."""
    left = {"code", "modifier"} | ({"short"} if one["code"].startswith("D") else set())
    return {name: value for name, value in one.items() if name not in left and value}


def _terms(entry: Entry) -> Iterator[Term]:
    if entry.display:
        yield Term(entry.code, "description", entry.display)


FORMATS: Final = (
    Format("hcpcs-fixed", "HCPCS Level II contractor file, fixed width", _identify_fixed, _read),
    Format("hcpcs-workbook", "HCPCS Level II contractor file, workbook", _identify_workbook, _read),
)
