"""Reads the order files of ICD-10-CM and ICD-10-PCS: fixed width, one line a code or header.

Columns (icd10OrderFiles.pdf, icd10pcsOrderFile.pdf): 1-5 order number, 7-13 code without dot, 15 whether it is valid
on a claim, 17-76 short description, from 78 long description.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import orjson

from services.lookup.domain import Entry, Level, Term
from services.lookup.editions import icd10cm_tabular
from services.lookup.importers import releases
from services.lookup.importers.files import Member
from services.lookup.importers.format import Around, Content, Format, Given, Identity, Parts, needs_rows
from services.lookup.importers.reading import lines
from services.lookup.importers.refusal import ImportRefusedError, Place

_LINE: Final = re.compile(r"[0-9]{5} [0-9A-Z]{1,7} {1,7}[01] ")
_CM: Final = re.compile(r"[A-Z][0-9A-Z]{2,6}")  # a category may be a letter, a letter and a digit: QA0
_PCS: Final = re.compile(r"[0-9A-HJ-NP-Z]{3}|[0-9A-HJ-NP-Z]{7}")
_LONG_FROM: Final = 77
_CATEGORY: Final = 3
_WHOLE: Final = 7
SECTIONS: Final = {
    "0": "Medical and surgical",
    "1": "Obstetrics",
    "2": "Placement",
    "3": "Administration",
    "4": "Measurement and monitoring",
    "5": "Extracorporeal or systemic assistance and performance",
    "6": "Extracorporeal or systemic therapies",
    "7": "Osteopathic",
    "8": "Other procedures",
    "9": "Chiropractic",
    "B": "Imaging",
    "C": "Nuclear medicine",
    "D": "Radiation therapy",
    "F": "Physical rehabilitation and diagnostic audiology",
    "G": "Mental health",
    "H": "Substance abuse treatment",
    "X": "New technology",
}


@dataclass(frozen=True, slots=True)
class _Ordered:
    code: str
    valid: bool
    text: str


def _identify(system: str, member: Member) -> Identity | None:
    first = [line for line in member.beginning.splitlines() if line.strip()][:20]
    if not first or not _LINE.match(first[0]) or "addenda" in member.base:
        return None
    if _system(member, first) != system:
        return None
    year = releases.year_in(member.base) or releases.year_in(member.file)
    window = releases.icd_release(year, member.place) if year else None
    return Identity(system, "ICD-10-CM" if system == "icd-10-cm" else "ICD-10-PCS", window, "order")


def _system(member: Member, first: Sequence[str]) -> str:
    for mark, system in (("pcs", "icd-10-pcs"), ("10cm", "icd-10-cm"), ("10-cm", "icd-10-cm")):
        if mark in member.base:
            return system
    codes = [line[6:13].strip() for line in first]
    return "icd-10-cm" if all(_CM.fullmatch(code) for code in codes) else "icd-10-pcs"


def _read(member: Member, shape: re.Pattern[str], expected: str) -> Iterator[_Ordered]:
    known: set[str] = set()
    for number, line in lines(member):
        if not line.strip():
            continue
        code, flag, text = line[6:13].strip(), line[14:15], line[_LONG_FROM:].strip()
        if not shape.fullmatch(code):
            raise ImportRefusedError(Place(member.place, number, "7-13"), "is no code", code or "nothing", expected)
        if flag not in {"0", "1"}:
            raise ImportRefusedError(
                Place(member.place, number, "15"), "is no validity flag", flag or "nothing", "0 or 1"
            )
        if not text:
            told = f"{len(line)} characters"
            raise ImportRefusedError(Place(member.place, number, "78-"), "the line is too short", told, "a description")
        if code in known:
            raise ImportRefusedError(
                Place(member.place, number, "7-13"), "the code comes twice", code, "each code once"
            )
        known.add(code)
        yield _Ordered(code, flag == "1", text)
    needs_rows(member, len(known), "codes")


def _read_cm(parts: Parts, around: Around, since: str) -> Content:
    ordered = list(_read(parts["order"], _CM, "an ICD-10-CM code without dot")) if "order" in parts else []
    if "tabular" in parts:
        valid = {one.code for one in ordered if one.valid} if ordered else None
        with parts["tabular"].open() as file:
            entries = icd10cm_tabular.read(file, valid)
        covers = "Every chapter, block, category and code of the tabular list with its notes and seventh characters."
        terms = icd10cm_tabular.terms
    else:
        version, near = around("icd-10-cm", since)
        entries = _entries(ordered, near, version)
        notes = f"; notes, chapters and blocks are those of the tabular list {version}" if near else "; no notes"
        covers = f"Every category and code with its description and whether it is valid on a claim{notes}."
        terms = icd10cm_tabular.terms
    billable = sum(entry.billable for entry in entries)
    headers = sum(not e.billable and e.level not in {Level.CHAPTER, Level.BLOCK} for e in entries)
    return Content(covers, {"codes": billable + headers, "billable": billable}, entries, terms)


def _entries(ordered: Sequence[_Ordered], near: Sequence[Entry], version: str) -> list[Entry]:
    """The lines as entries under the chapters and blocks, and with the notes, of the nearest tabular list."""
    above = [entry for entry in near if entry.level in {Level.CHAPTER, Level.BLOCK}]
    known = {entry.code: entry for entry in near}
    codes = {one.code for one in ordered}
    blocks = sorted((entry for entry in above if entry.level is Level.BLOCK), key=lambda e: _width(e.code))
    parents = {one.code: _parent(one.code, codes, known, blocks) for one in ordered}
    children = Counter(parents.values()) + Counter(entry.parent for entry in above)
    made = [_renumbered(entry, ordinal, children[entry.code]) for ordinal, entry in enumerate(above)]
    for ordinal, one in enumerate(ordered, len(made)):
        code = _dotted(one.code)
        made.append(
            Entry(
                code=code,
                parent=parents[one.code],
                level=_level(one.code),
                display=one.text,
                billable=one.valid,
                ordinal=ordinal,
                children=children[code],
                facts=_borrowed(known.get(code), version),
            )
        )
    return made


def _width(block: str) -> tuple[int, int]:
    first, _, last = block.partition("-")
    return int(last or first, 36) - int(first, 36), 0


def _renumbered(entry: Entry, ordinal: int, children: int) -> Entry:
    return Entry(entry.code, entry.parent, entry.level, entry.display, False, ordinal, children, facts=entry.facts)


def _parent(code: str, codes: set[str], known: Mapping[str, Entry], blocks: Sequence[Entry]) -> str:
    if len(code) > _CATEGORY:
        stem = next(code[:size] for size in range(len(code) - 1, 2, -1) if code[:size] in codes or size == _CATEGORY)
        return _dotted(stem)
    if code in known:
        return known[code].parent
    for block in blocks:  # the narrowest first
        first, _, last = block.code.partition("-")
        if first <= code <= (last or first):
            return block.code
    return ""


def _level(code: str) -> Level:
    if len(code) == _CATEGORY:
        return Level.CATEGORY
    return Level.EXTENDED if len(code) == _WHOLE else Level.CODE


def _borrowed(entry: Entry | None, version: str) -> str:
    """The notes of the nearest tabular list, which say that they are borrowed."""
    if entry is None or not entry.facts:
        return ""
    return orjson.dumps({**orjson.loads(entry.facts), "notes_of": version}).decode()


def _dotted(code: str) -> str:
    return f"{code[:3]}.{code[3:]}" if len(code) > _CATEGORY else code


def _read_pcs(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    ordered = list(_read(parts["order"], _PCS, "an ICD-10-PCS code of seven characters, or a table of three"))
    used = dict.fromkeys(one.code[0] for one in ordered)
    children = Counter(one.code[:3] for one in ordered if one.valid)
    tables = Counter(one.code[0] for one in ordered if not one.valid)
    known = {one.code for one in ordered if not one.valid}
    entries = [
        Entry(sign, "", Level.CHAPTER, SECTIONS.get(sign, f"Section {sign}"), False, n, tables[sign])
        for n, sign in enumerate(used)
    ]
    for one in ordered:
        stem = one.code[:3]
        parent = (stem if stem in known else one.code[0]) if one.valid else one.code[0]
        level = Level.CODE if one.valid else Level.CATEGORY
        count = 0 if one.valid else children[one.code]
        entries.append(Entry(one.code, parent, level, one.text, one.valid, len(entries), count))
    billable = sum(one.valid for one in ordered)
    covers = "Every table and every valid code with its description; not the tables' values, index and definitions."
    return Content(covers, {"codes": len(ordered), "billable": billable}, entries, _described)


def _described(entry: Entry) -> Iterator[Term]:
    yield Term(entry.code, "description", entry.display)


def _identify_tabular(member: Member, _: Given) -> Identity | None:
    if "<ICD10CM.tabular" not in member.beginning:
        return None
    try:
        version, begin, end = icd10cm_tabular.identify(member.base)
        window: releases.Window | None = (version, begin, end)
    except ValueError:
        found = re.search(r"<version>\s*([0-9]{4})", member.beginning)
        year = int(found[1]) if found else releases.year_in(member.base)
        window = releases.icd_release(year, member.place) if year else None
    return Identity("icd-10-cm", "ICD-10-CM", window, "tabular")


FORMATS: Final = (
    Format("icd-10-cm-order", "ICD-10-CM order file", lambda m, _: _identify("icd-10-cm", m), _read_cm),
    Format("icd-10-cm-tabular", "ICD-10-CM tabular list, XML", _identify_tabular, _read_cm),
    Format("icd-10-pcs-order", "ICD-10-PCS order file", lambda m, _: _identify("icd-10-pcs", m), _read_pcs),
)
