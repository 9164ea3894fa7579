"""Reads what tells how ICD-10-CM changed: the order file's addenda, the conversion table, the POA exempt list."""

import re
from collections.abc import Iterator
from typing import Final

from services.lookup.domain import SYSTEMS, Row, spelled
from services.lookup.importers import releases
from services.lookup.importers.files import Member
from services.lookup.importers.format import Around, Content, Format, Given, Identity, Parts, needs_rows
from services.lookup.importers.reading import Line, headed, lines, separated, table
from services.lookup.importers.refusal import ImportRefusedError, Place

_CHANGE: Final = re.compile(r"\s*(Add|Delete|No Change|Revise from|Revise to):\s*([01] )?\s*([0-9A-Z]{3,7})\s+(\S.*)")
_ACTIONS: Final = {"Add": "new", "Delete": "deleted", "Revise from": "revised from", "Revise to": "revised to"}
_LONG_FROM: Final = 61
_ICD10CM: Final = SYSTEMS["icd-10-cm"]


def _identify_addenda(member: Member, _: Given) -> Identity | None:
    first = [line for line in member.beginning.splitlines() if line.strip()][:10]
    whole = first[:-1] or first  # the last may be cut off
    if not first or not all(map(_CHANGE.match, whole)) or "codes-addenda" in member.base.replace("_", "-"):
        return None
    year = releases.year_in(member.base) or releases.year_in(member.file)
    pcs = "pcs" in member.place.lower() or all(m and len(m[3]) == 7 for m in map(_CHANGE.match, whole))  # noqa: PLR2004
    system, name = ("icd-10-pcs-addenda", "ICD-10-PCS") if pcs else ("icd-10-cm-addenda", "ICD-10-CM")
    return Identity(system, f"{name} order file addenda", releases.fiscal_year(year) if year else None)


def _read_addenda(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    member = parts["only"]
    rows: list[Row] = []
    for number, line in lines(member):
        if line.strip() == "Headers":  # from here on the addenda of ICD-10-PCS tell how many tables there are
            break
        if not line.strip():
            continue
        found = _CHANGE.match(line)
        if not found:
            expected = "Add:, Delete:, Revise from: or Revise to:, a code and its descriptions"
            raise ImportRefusedError(Place(member.place, number), "is no line of addenda", line.strip(), expected)
        if found[1] in _ACTIONS:
            text = found[4][_LONG_FROM:].strip() or found[4].strip()
            code = found[3] if len(found[3]) == 7 and found[3][0].isdigit() else spelled(_ICD10CM, found[3]) or found[3]  # noqa: PLR2004
            body = {"action": _ACTIONS[found[1]], "display": text}
            rows.append(Row(code, number, body | ({"billable": found[2][0] == "1"} if found[2] else {})))
    needs_rows(member, len(rows), "changes")
    counts = {name: sum(row.body["action"] == name for row in rows) for name in ("new", "deleted", "revised to")}
    return Content("What the release added, deleted and revised.", counts, rows=rows)


_NAMED: Final = re.compile(r"\b[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?\b")
_CONVERSION: Final = {
    "code": ("Current code assignment",),
    "effective": ("Effective",),
    "previous": ("Previous Code(s) Assignment", "Previous"),
}


def _identify_conversion(member: Member, _: Given) -> Identity | None:
    if not member.base.endswith((".xlsx", ".csv")) or not (
        "conversion" in member.base or "current code assignment" in member.beginning.lower()
    ):
        return None
    year = releases.year_in(member.base)
    return Identity("icd-10-cm-conversion", "ICD-10-CM conversion table", releases.fiscal_year(year) if year else None)


def _read_conversion(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    member = parts["only"]
    rows: list[Row] = []
    for line in headed(member, table(member), _CONVERSION):
        code = _icd10cm(line, "code", line.text("code"))
        day = line.parsed("effective", "a year, or a date", _first_day)
        before = line.text("previous")
        rows.append(Row(code, line.number, {"since": day, "previous": before}))
        # some cells hold ranges and prose: the codes they name lead here
        named = dict.fromkeys(_NAMED.findall(before))
        rows += [Row(one, line.number, {"since": day, "became": code}) for one in named if one != code]
    needs_rows(member, len(rows), "codes")
    codes = sum("previous" in row.body for row in rows)
    covers = "Each code that is new since October 2015, when it came, and which code stood for it before."
    return Content(covers, {"codes": codes}, rows=rows, row_dated=True)


def _first_day(text: str) -> str:
    """A year is the one whose 1 October, or the day given, a code came into force (conversion table, heading)."""
    return f"{int(text)}-10-01" if len(text) == 4 else releases.quarter_of(text)[1]  # noqa: PLR2004 -- a year


def _icd10cm(line: Line, name: str, text: str) -> str:
    code = spelled(_ICD10CM, text.rstrip("-.").strip())
    if code is None:
        raise line.refuse(name, "an ICD-10-CM code", "is no code")
    return code


_POA: Final = {"code": ("POAexemptCode", "Code")}


def _identify_poa(member: Member, _: Given) -> Identity | None:
    if "poaexemptcode" not in member.beginning[:200].lower() or "poaexemptcodes" not in member.base:
        return None
    year = releases.year_in(member.base)
    return Identity(
        "icd-10-cm-poa-exempt", "ICD-10-CM codes exempt from POA", releases.fiscal_year(year) if year else None
    )


def _read_poa(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    member = parts["only"]

    def exempt() -> Iterator[Row]:
        for line in headed(member, separated(member, "\t"), _POA):
            yield Row(_icd10cm(line, "code", line.text("code")), line.number, {})

    rows = list(exempt())
    needs_rows(member, len(rows), "codes")
    covers = "Every diagnosis code that is reported without a present-on-admission indicator."
    return Content(covers, {"codes": len(rows)}, rows=rows)


FORMATS: Final = (
    Format("icd-10-order-addenda", "ICD-10-CM or ICD-10-PCS order file addenda", _identify_addenda, _read_addenda),
    Format("icd-10-cm-conversion", "ICD-10-CM conversion table", _identify_conversion, _read_conversion),
    Format("icd-10-cm-poa-exempt", "ICD-10-CM POA exempt list", _identify_poa, _read_poa),
)
