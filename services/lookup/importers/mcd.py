"""Reads the Medicare Coverage Database as CMS exports it: one CSV a table, in one or two archives (LCD, article).

Tables and fields are those of the LCD and article download dictionaries. A table that an archive lacks leaves open
what it would have told; descriptors of codes are never read. Of a document its highest version speaks; proposed LCDs,
which carry a display_id, are left out where the table of LCDs is there.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from services.lookup.domain import SYSTEMS, Row, spelled
from services.lookup.importers.files import Member
from services.lookup.importers.format import Around, Content, Format, Given, Identity, Parts, needs_rows
from services.lookup.importers.reading import Line, day, headed, separated
from services.lookup.importers.releases import Window

_KEYS: Final = {
    "lcd": ("lcd_id", "lcd_version", "title"),
    "article": ("article_id", "article_version", "title"),
    "lcd_x_hcpc_code": ("lcd_id", "lcd_version", "hcpc_code_id", "hcpc_code_group"),
    "article_x_hcpc_code": ("article_id", "article_version", "hcpc_code_id", "hcpc_code_group"),
    "article_x_icd10_covered": ("article_id", "article_version", "icd10_code_id", "icd10_covered_group"),
    "article_x_icd10_noncovered": ("article_id", "article_version", "icd10_code_id", "icd10_noncovered_group"),
    "lcd_x_contractor": ("lcd_id", "lcd_version", "contractor_id", "contractor_type_id", "contractor_version"),
    "article_x_contractor": (
        "article_id",
        "article_version",
        "contractor_id",
        "contractor_type_id",
        "contractor_version",
    ),
    "contractor": (
        "contractor_id",
        "contractor_type_id",
        "contractor_version",
        "contractor_bus_name",
        "contractor_number",
    ),
    "contractor_jurisdiction": ("contractor_id", "contractor_type_id", "contractor_version", "state_id"),
    "state_lookup": ("state_id", "state_abbrev"),
    "lcd_related_documents": ("lcd_id", "lcd_version", "r_article_id", "r_lcd_id"),
    "lcd_related_ncd_documents": ("lcd_id", "lcd_version", "r_ncd_id"),
}
_OPTIONAL: Final = {
    "lcd": ("display_id", "rev_eff_date", "orig_det_eff_date", "ent_det_end_date"),
    "article": ("display_id", "article_rev_eff_date", "article_eff_date", "article_end_date"),
    "contractor_jurisdiction": ("term_date",),
}
_DATING: Final = ("lcd_x_contractor", "article_x_contractor")
_CURRENT_FOR: Final = timedelta(days=30)  # CMS exports anew every week
_CODE: Final = re.compile(r"[0-9]{4}[0-9AFMTU]|[A-Z][0-9]{4}")

type Documents = dict[str, dict[str, Any]]
type Contractor = tuple[str, str, str]


def _identify(member: Member, _: Given) -> Identity | None:
    table = member.base.removesuffix(".csv")
    if table not in _KEYS or not member.base.endswith(".csv"):
        return None
    if _KEYS[table][0] not in member.beginning.partition("\n")[0].lower():
        return None
    return Identity("mcd", "Medicare Coverage Database", _window(member), table)


def _window(member: Member) -> Window | None:
    """A snapshot: from the newest change in any document's list of contractors."""
    dated = [one for one in member.siblings if one.base.removesuffix(".csv") in _DATING]
    newest = max((_newest(one.sha256, one) for one in dated), default="")
    if not newest:
        return None
    return f"snapshot {newest}", newest, (date.fromisoformat(newest) + _CURRENT_FOR).isoformat()


@lru_cache(maxsize=8)
def _newest(_sha256: str, member: Member) -> str:
    rows = headed(member, separated(member), {"last_updated": ("last_updated",)})
    return max((line.text("last_updated")[:10] for line in rows), default="")


def _lines(parts: Parts, table: str) -> Iterator[Line]:
    """The lines of a table; none where it is not there."""
    if table in parts:
        optional = _OPTIONAL.get(table, ())
        columns = {name: (name,) for name in (*_KEYS[table], *optional)}
        yield from headed(parts[table], separated(parts[table]), columns, optional)


def _read(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    documents = _documents(parts)
    _add_contractors(parts, documents)
    _add_related(parts, documents)
    named = [*_procedures(parts, documents), *_diagnoses(parts, documents)]
    shown = [Row(f"document:{name}", 0, _shown(one)) for name, one in documents.items()]
    needs_rows(next(iter(parts.values())), len(shown), "documents")
    lacking = [table for table in _KEYS if table not in parts]
    covers = "Local coverage determinations and articles with their codes, contractors and states."
    covers += f" Not in the export: {', '.join(lacking)}." if lacking else ""
    counts = {"documents": len(shown), "codes": len({row.key for row in named})}
    return Content(covers, counts, rows=[*named, *shown], complete=not lacking)


def _name(line: Line, kind: str) -> str:
    return ("L" if kind == "lcd" else "A") + line.text(f"{kind}_id")


def _documents(parts: Parts) -> Documents:
    """Every document that a table names, at its highest version."""
    documents: Documents = {}
    proposed: set[str] = set()
    for kind in ("lcd", "article"):
        for table in (kind, *(one for one in _KEYS if one.startswith(f"{kind}_"))):
            for line in _lines(parts, table):
                name, version = _name(line, kind), line.integer(f"{kind}_version")
                if table == kind and line.text("display_id"):
                    proposed.add(name)
                there = documents.setdefault(name, {"kind": kind, "version": 0})
                if version > there["version"]:
                    documents[name] = {"kind": kind, "version": version}
                if table == kind:
                    documents[name] |= _told(line, kind) if version == documents[name]["version"] else {}
    return {name: one for name, one in documents.items() if name not in proposed}


def _told(line: Line, kind: str) -> dict[str, str]:
    begin, first, end = {
        "lcd": ("rev_eff_date", "orig_det_eff_date", "ent_det_end_date"),
        "article": ("article_rev_eff_date", "article_eff_date", "article_end_date"),
    }[kind]
    dates = {
        "effective_from": day((line.text(begin) or line.text(first))[:10]),
        "effective_to": day(line.text(end)[:10]),
    }
    return {"title": line.text("title"), **{name: value for name, value in dates.items() if value}}


def _current(line: Line, kind: str, documents: Documents) -> dict[str, Any] | None:
    """The document that a line speaks of, where the line is of its highest version."""
    there = documents.get(_name(line, kind))
    return there if there and there["version"] == line.integer(f"{kind}_version") else None


def _contractor(line: Line) -> Contractor:
    return line.text("contractor_id"), line.text("contractor_type_id"), line.text("contractor_version")


def _add_contractors(parts: Parts, documents: Documents) -> None:
    names = {_contractor(line): line for line in _lines(parts, "contractor")}
    states = {line.text("state_id"): line.text("state_abbrev") for line in _lines(parts, "state_lookup")}
    where: Mapping[Contractor, set[str]] = defaultdict(set)
    for line in _lines(parts, "contractor_jurisdiction"):
        if not line.text("term_date") and line.text("state_id") in states:
            where[_contractor(line)].add(states[line.text("state_id")])
    for kind in ("lcd", "article"):
        for line in _lines(parts, f"{kind}_x_contractor"):
            there, known = _current(line, kind, documents), names.get(_contractor(line))
            if there is None or known is None:
                continue
            told = {"name": known.text("contractor_bus_name"), "number": known.text("contractor_number")}
            there.setdefault("contractors", []).append({**told, "states": sorted(where[_contractor(line)])})


def _add_related(parts: Parts, documents: Documents) -> None:
    for line in _lines(parts, "lcd_related_documents"):
        there = _current(line, "lcd", documents)
        for mark, field in (("A", "r_article_id"), ("L", "r_lcd_id")):
            if there is not None and line.text(field):
                there.setdefault("related", []).append(mark + line.text(field))
    for line in _lines(parts, "lcd_related_ncd_documents"):
        there = _current(line, "lcd", documents)
        if there is not None and line.text("r_ncd_id"):
            there.setdefault("ncds", []).append(line.text("r_ncd_id"))


def _shown(one: dict[str, Any]) -> dict[str, Any]:
    """A document with what its contractors' states are together."""
    states = {state for contractor in one.get("contractors", ()) for state in contractor["states"]}
    for name in ("related", "ncds"):
        if name in one:
            one[name] = sorted(set(one[name]))
    return {**one, "states": sorted(states)}


def _procedures(parts: Parts, documents: Documents) -> Iterator[Row]:
    for kind in ("lcd", "article"):
        for line in _lines(parts, f"{kind}_x_hcpc_code"):
            if _current(line, kind, documents) is None:
                continue
            code = line.text("hcpc_code_id").upper()
            if not _CODE.fullmatch(code):
                continue  # a placeholder such as XX000: "not applicable"
            body = {"document": _name(line, kind), "group": line.integer("hcpc_code_group")}
            yield Row(f"code:{code}", line.number, body)


def _diagnoses(parts: Parts, documents: Documents) -> Iterator[Row]:
    for covered in (True, False):
        word = "covered" if covered else "noncovered"
        for line in _lines(parts, f"article_x_icd10_{word}"):
            code = spelled(SYSTEMS["icd-10-cm"], line.text("icd10_code_id"))
            there = _current(line, "article", documents)
            if there is None or code is None:
                continue
            there["diagnoses"] = there.get("diagnoses", 0) + 1
            group = line.integer(f"icd10_{word}_group")
            body = {"document": _name(line, "article"), "group": group, "covered": covered}
            yield Row(f"diagnosis:{code}", line.number, body)


FORMATS: Final = (Format("mcd", "Medicare Coverage Database, CSV export", _identify, _read),)
