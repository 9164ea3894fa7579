"""Reads the national coverage determinations of the Medicare Coverage Database: the table of NCDs of their CSV export.

They hold in every state, each from its own effective date to its own termination. Of a determination its highest
version speaks. A row is keyed by the number that local documents name it by.
"""

import re
from typing import Final

from services.lookup.domain import Row
from services.lookup.importers.files import Member
from services.lookup.importers.format import Around, Content, Format, Given, Identity, Parts, needs_rows
from services.lookup.importers.mcd_texts import plain
from services.lookup.importers.reading import Line, day, headed, separated
from services.lookup.importers.releases import Window

TABLE: Final = "ncd_trkg.csv"
_COLUMNS: Final = {
    "id": ("NCD_id",),
    "version": ("NCD_vrsn_num",),
    "section": ("NCD_mnl_sect",),
    "title": ("NCD_mnl_sect_title",),
    "effective_from": ("NCD_efctv_dt",),
    "effective_to": ("NCD_trmntn_dt",),
    "description": ("itm_srvc_desc",),
    "indication": ("indctn_lmtn",),
    "changed": ("last_updt_tmstmp",),
}
_OPTIONAL: Final = ("version", "effective_from", "effective_to", "description", "indication", "changed")
_TEXTS: Final = ("description", "indication")


def _identify(member: Member, _: Given) -> Identity | None:
    if member.base != TABLE or "ncd_mnl_sect" not in member.beginning.partition("\n")[0].lower():
        return None
    return Identity("mcd-ncd", "Medicare Coverage Database, national determinations", _window(member))


def _window(member: Member) -> Window | None:
    """From the newest change of any determination on; when the table was exported, nothing in it says."""
    newest = max((line.text("changed")[:10] for line in _lines(member)), default="")
    return (f"snapshot {newest}", newest, "") if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", newest) else None


def _lines(member: Member) -> list[Line]:
    return list(headed(member, separated(member), _COLUMNS, _OPTIONAL))


def _read(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    member = parts["only"]
    newest: dict[str, Line] = {}
    for line in _lines(member):
        number = line.text("id")
        if not number.isdecimal():
            raise line.refuse("id", "a number", "is no determination")
        if number not in newest or _version(line) >= _version(newest[number]):
            newest[number] = line
    needs_rows(member, len(newest), "determinations")
    rows = [Row(number, line.number, _told(line)) for number, line in newest.items()]
    covers = "National coverage determinations with their sections of the manual, dates and texts."
    return Content(covers, {"determinations": len(rows)}, rows=rows, row_dated=True)


def _version(line: Line) -> int:
    return line.integer("version") if line.text("version") else 0


def _told(line: Line) -> dict[str, str]:
    dates = {name: line.parsed(name, "a date", _day) for name in ("effective_from", "effective_to")}
    texts = {name: plain(line.text(name)) for name in _TEXTS}
    said = {"section": line.text("section"), "title": plain(line.text("title")), **dates, **texts}
    return {name: value for name, value in said.items() if value}


def _day(text: str) -> str:
    return day(text[:10].replace("N/A", ""))


FORMATS: Final = (Format("ncd", "Medicare Coverage Database, national determinations", _identify, _read),)
