"""Reads the Medicare Coverage Database as CMS exports it: one CSV a table, in an archive each of LCDs, articles, NCDs.

Tables and fields are those of the LCD and article download dictionaries (mcd_tables.py). A table that an archive lacks
leaves open what it would have told; descriptors of codes are never read. Of a document its highest version speaks;
proposed LCDs, which carry a display_id, retired ones, and documents that are still to come are told apart by the table
of LCDs or articles, where it is there.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from services.lookup.domain import Row
from services.lookup.importers import mcd_codes, mcd_texts
from services.lookup.importers.files import Member
from services.lookup.importers.format import Around, Content, Exports, Format, Given, Identity, Parts, needs_rows
from services.lookup.importers.mcd_tables import KEYS, KINDS, OPTIONAL, current, export_of, lines, name_of
from services.lookup.importers.reading import Line, day, headed, separated
from services.lookup.importers.releases import Window

_DATING: Final = ("lcd_x_contractor", "article_x_contractor", "lcd", "article")
_CURRENT_FOR: Final = timedelta(days=30)  # CMS exports anew every week
_RETIRED: Final = "R"
_NO_NCD: Final = "0"  # as the dictionary has it

type Documents = dict[str, dict[str, Any]]
type Contractor = tuple[str, str, str]


def _identify(member: Member, _: Given) -> Identity | None:
    table = member.base.removesuffix(".csv")
    if table not in KEYS or not member.base.endswith(".csv"):
        return None
    if KEYS[table][0] not in member.beginning.partition("\n")[0].lower():
        return None
    return Identity("mcd", "Medicare Coverage Database", _window(member), table)


def _window(member: Member) -> Window | None:
    """A snapshot: from the newest change in any document, or in its list of contractors."""
    dated = [one for one in member.siblings if one.base.removesuffix(".csv") in _DATING]
    newest = max((_newest(one.sha256, one) for one in dated), default="")
    if not newest:
        return None
    return f"snapshot {newest}", newest, (date.fromisoformat(newest) + _CURRENT_FOR).isoformat()


@lru_cache(maxsize=8)
def _newest(_sha256: str, member: Member) -> str:
    if "last_updat" not in member.beginning.partition("\n")[0].lower() and "last_updt" not in member.beginning:
        return ""
    rows = headed(member, separated(member), {"last_updated": ("last_updated", "last_updt_tmstmp")})
    return max((line.text("last_updated")[:10] for line in rows), default="")


def _read(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    documents = _documents(parts)
    _add_contractors(parts, documents)
    _add_related(parts, documents)
    texts = mcd_texts.add(parts, documents)
    named = list(mcd_codes.rows(parts, documents))
    shown = [Row(f"document:{name}", 0, _shown(one)) for name, one in documents.items()]
    needs_rows(next(iter(parts.values())), len(shown), "documents")
    states = sorted({state for row in shown for state in row.body["states"]})
    groups = list(mcd_texts.groups(parts, documents))
    lacking = [table for table in KEYS if table not in parts and table not in OPTIONAL]
    covers = "Local coverage determinations and articles with their codes, contractors, states and texts."
    covers += f" Not in the export: {', '.join(lacking)}." if lacking else ""
    counts = {"documents": len(shown), "codes": len({row.key for row in named})}
    rows = [*named, *groups, *texts, *shown, Row("states", 0, {"states": states})]
    return Content(covers, counts, rows=rows, complete=not lacking)


def _documents(parts: Parts) -> Documents:
    """Every document that a table names, at its highest version."""
    documents: Documents = {}
    left_out: set[str] = set()
    for kind in KINDS:
        for table in (kind, *(one for one in KEYS if one.startswith(f"{kind}_"))):
            for line in lines(parts, table):
                name, version = name_of(line, kind), line.integer(f"{kind}_version")
                if table == kind and (line.text("display_id") or line.text("status") == _RETIRED):
                    left_out.add(name)
                there = documents.setdefault(name, {"kind": kind, "version": 0})
                if version > there["version"]:
                    documents[name] = {"kind": kind, "version": version}
                if table == kind:
                    documents[name] |= _told(line, kind) if version == documents[name]["version"] else {}
    return {name: one for name, one in documents.items() if name not in left_out}


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


def _contractor(line: Line) -> Contractor:
    return line.text("contractor_id"), line.text("contractor_type_id"), line.text("contractor_version")


def _add_contractors(parts: Parts, documents: Documents) -> None:
    """A document speaks in the states of its contractors."""
    names = {_contractor(line): line for line in lines(parts, "contractor")}
    kinds = {
        line.text("contractor_type_id"): line.text("description") for line in lines(parts, "contractor_type_lookup")
    }
    states = {line.text("state_id"): line.text("state_abbrev") for line in lines(parts, "state_lookup")}
    where: Mapping[Contractor, set[str]] = defaultdict(set)
    for line in lines(parts, "contractor_jurisdiction"):
        if not line.text("term_date") and line.text("state_id") in states:
            where[_contractor(line)].add(states[line.text("state_id")])
    for kind in KINDS:
        for line in lines(parts, f"{kind}_x_contractor"):
            there, known = current(line, kind, documents), names.get(_contractor(line))
            if there is None or known is None:
                continue
            told = {"name": known.text("contractor_bus_name"), "number": known.text("contractor_number")}
            if kinds.get(line.text("contractor_type_id")):
                told["type"] = kinds[line.text("contractor_type_id")]
            there.setdefault("contractors", []).append({**told, "states": sorted(where[_contractor(line)])})
        for line in lines(parts, f"{kind}_x_primary_jurisdiction"):
            there = current(line, kind, documents)
            if there is not None and line.text("state_id") in states:
                there.setdefault("jurisdictions", set()).add(states[line.text("state_id")])


def _add_related(parts: Parts, documents: Documents) -> None:
    for kind in KINDS:
        for line in lines(parts, f"{kind}_related_documents"):
            there = current(line, kind, documents)
            for mark, field in (("A", "r_article_id"), ("L", "r_lcd_id")):
                if there is not None and line.text(field):
                    there.setdefault("related", set()).add(mark + line.text(field))
        for line in lines(parts, f"{kind}_related_ncd_documents"):
            there, number = current(line, kind, documents), line.text("r_ncd_id")
            if there is not None and number not in {"", _NO_NCD}:
                there.setdefault("ncds", set()).add(number)


def _shown(one: dict[str, Any]) -> dict[str, Any]:
    """A document with what its contractors' states are together; where none is known, its primary jurisdictions."""
    states = {state for contractor in one.get("contractors", ()) for state in contractor["states"]}
    own = one.pop("jurisdictions", set())
    if "related" in one:
        one["related"] = sorted(one["related"])
    if "ncds" in one:
        one["ncds"] = [{"id": one, "name": f"NCD document {one}"} for one in sorted(one["ncds"], key=int)]
    return {**one, "states": sorted(states or own)}


_WHAT: Final = "Medicare Coverage Database, CSV export"
FORMATS: Final = (Format("mcd", _WHAT, _identify, _read, Exports(_CURRENT_FOR.days, export_of)),)
