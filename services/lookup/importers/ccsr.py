"""Reads AHRQ's Clinical Classifications Software Refined: the category of each diagnosis code.

The official table (DXCCSR_v2026-1.csv) gives the default categories of inpatient and outpatient data and up to six
categories a code, each cell in single quotes; its version is the fiscal year it is for. A JSON object of codes and
their first category is read too; it tells no date.
"""

import re
from collections.abc import Iterator
from typing import Final

import orjson

from services.lookup.domain import SYSTEMS, Row, spelled
from services.lookup.importers import releases
from services.lookup.importers.files import Member
from services.lookup.importers.format import Around, Content, Format, Given, Identity, Parts, needs_rows
from services.lookup.importers.reading import Cells, headed, plain, table
from services.lookup.importers.refusal import ImportRefusedError, Place

_PAIR: Final = re.compile(r'\s*\{\s*"[A-Z][0-9][0-9A-Z]{1,5}"\s*:\s*"[A-Z]{3}[0-9]{3}"')
_CATEGORY: Final = re.compile(r"[A-Z]{3}[0-9]{3}")
_NONE: Final = frozenset({"", "XXX000", "XXX111"})  # no default: the code is no principal diagnosis there
_MOST: Final = 6
_COLUMNS: Final = {
    "code": ("ICD-10-CM CODE",),
    "inpatient": ("Default CCSR CATEGORY IP",),
    "outpatient": ("Default CCSR CATEGORY OP",),
    **{f"category_{n}": (f"CCSR CATEGORY {n}",) for n in range(1, _MOST + 1)},
    **{f"name_{n}": (f"CCSR CATEGORY {n} DESCRIPTION",) for n in range(1, _MOST + 1)},
}
_OPTIONAL: Final = ("inpatient", "outpatient", *(f"{name}_{n}" for name in ("category", "name") for n in range(2, 7)))


def _identify(member: Member, _: Given) -> Identity | None:
    said = plain(member.beginning[:2_000])
    if not _PAIR.match(member.beginning) and not ("icd 10 cm code" in said and "ccsr category 1" in said):
        return None
    found = re.search(r"v(20[0-9]{2})", member.base)
    window = releases.fiscal_year(int(found[1])) if found else None
    return Identity("icd-10-cm-ccsr", "AHRQ CCSR categories of diagnoses", window)


def _read(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    member = parts["only"]
    rows = list(_object(member) if _PAIR.match(member.beginning) else _table(member))
    needs_rows(member, len(rows), "codes")
    categories = {one["category"] for row in rows for one in row.body["categories"]}
    covers = "The clinical categories of every diagnosis code, for grouping; they decide nothing on a claim."
    return Content(covers, {"codes": len(rows), "categories": len(categories)}, rows=rows)


def _object(member: Member) -> Iterator[Row]:
    try:
        content = orjson.loads(member.read())
    except orjson.JSONDecodeError as error:
        place = Place(member.place, error.lineno, str(error.colno))
        raise ImportRefusedError(place, "is not whole JSON", error.msg, "an object of codes and categories") from error
    for number, (code, category) in enumerate(content.items(), 2):
        yield _row(member, number, code, [{"category": category}])


def _table(member: Member) -> Iterator[Row]:
    for line in headed(member, _unquoted(member), _COLUMNS, _OPTIONAL):
        categories = [
            {"category": line.text(f"category_{n}"), "name": line.text(f"name_{n}")}
            for n in range(1, _MOST + 1)
            if line.text(f"category_{n}") not in _NONE
        ]
        row = _row(member, line.number, line.text("code"), categories)
        defaults = {name: line.text(name) for name in ("inpatient", "outpatient") if line.text(name) not in _NONE}
        yield Row(row.key, row.line, {**row.body, **defaults})


def _unquoted(member: Member) -> Iterator[tuple[int, Cells]]:
    for number, cells in table(member):
        yield number, [cell.strip().strip("'").strip() for cell in cells]


def _row(member: Member, number: int, text: str, categories: list[dict[str, str]]) -> Row:
    code = spelled(SYSTEMS["icd-10-cm"], text)
    if code is None:
        raise ImportRefusedError(Place(member.place, number), "is no code", text or "nothing", "an ICD-10-CM code")
    for one in categories:
        if not isinstance(one["category"], str) or not _CATEGORY.fullmatch(one["category"]):
            expected = "three letters and three digits, as in END003"
            raise ImportRefusedError(Place(member.place, number), "is no category", str(one["category"]), expected)
    return Row(code, number, {"categories": categories})


FORMATS: Final = (Format("ccsr", "AHRQ CCSR categories", _identify, _read),)
