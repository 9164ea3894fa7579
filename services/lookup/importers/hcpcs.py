"""Reads HCPCS Level II: the contractor file in fixed width, and its workbook.

Descriptors of D codes belong to the ADA and are dropped.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import orjson

from services.lookup.domain import Entry, Level, Row, Term
from services.lookup.importers import hcpcs_records, releases
from services.lookup.importers.files import Member
from services.lookup.importers.format import Around, Content, Format, Given, Identity, Parts, needs_rows
from services.lookup.importers.hcpcs_records import CODE, MODIFIER, Record, refuse
from services.lookup.importers.reading import day

_DATES: Final = ("asc_since", "outpatient_since", "added", "action_since", "terminated")
_DECIDING: Final = ("added", "terminated")  # whether a code holds on a date
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


def _identify_fixed(member: Member, _: Given) -> Identity | None:
    return _identity(member) if hcpcs_records.in_fixed_width(member) else None


def _identify_workbook(member: Member, _: Given) -> Identity | None:
    table = member.base.endswith((".xlsx", ".xlsm", ".csv", ".txt"))
    return _identity(member) if table and hcpcs_records.under_headings(member) else None


def _identity(member: Member) -> Identity:
    return Identity("hcpcs", "HCPCS Level II", _window(member), "records")


def _window(member: Member) -> releases.Window | None:
    """A quarter where the name has a month, whenever it was put up; the files up to 2019 were yearly."""
    for tell in (releases.month_in, releases.quarter_in):
        if found := tell(member.base) or tell(member.place):
            return found
    if year := re.search(r"(?i)hcpc(20[0-9]{2})", member.base):
        return releases.calendar_year(int(year[1]))
    return None


def _read(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    member = parts["records"]
    remarks: list[str] = []
    checked = list(_checked(member, hcpcs_records.read(member), remarks))
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
        if not (MODIFIER if one["modifier"] else CODE).fullmatch(code):
            raise refuse(
                member, one["line"], "1-5", "is no code", code, "a letter A to V and four digits, or a modifier"
            )
        if (code, one["modifier"]) in known:
            raise refuse(member, one["line"], "1-5", "the code comes twice", code, "each code once")
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
        refusal = refuse(member, one["line"], name, "is no date", text, "YYYYMMDD")
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
