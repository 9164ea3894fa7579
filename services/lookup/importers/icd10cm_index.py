"""Reads the indexes and tables of ICD-10-CM that NCHS publishes in XML: the Alphabetic Index of diseases, the index of
external causes, the table of neoplasms and the table of drugs and chemicals.

A term stands under its main term, as "Pain > abdominal > lower"; what is in brackets (nonessential modifiers) stays
in the text. A code may end in a dash: it is completed in the tabular list. Rows are keyed by code, a term that sends
the reader elsewhere by "see".
"""

import re
from collections.abc import Iterator
from typing import Final
from xml.etree import ElementTree as ET

from services.lookup.domain import LEADING_TO, Row
from services.lookup.importers import icd10cm_addenda, index_terms, releases
from services.lookup.importers.files import Member
from services.lookup.importers.format import ONLY, Around, Content, Format, Given, Identity, Parts, needs_rows
from services.lookup.importers.index_addenda import Index
from services.lookup.importers.refusal import ImportRefusedError, Place

_TITLES: Final = {
    "icd-10-cm-index": "ICD-10-CM Alphabetic Index",
    "icd-10-cm-external-causes": "ICD-10-CM index of external causes",
    "icd-10-cm-neoplasms": "ICD-10-CM table of neoplasms",
    "icd-10-cm-drugs": "ICD-10-CM table of drugs and chemicals",
}
_COLUMNS: Final = {
    "icd-10-cm-neoplasms": (
        *("malignant primary", "malignant secondary", "carcinoma in situ"),
        *("benign", "uncertain behavior", "unspecified behavior"),
    ),
    "icd-10-cm-drugs": (
        *("poisoning, accidental", "poisoning, intentional self-harm", "poisoning, assault"),
        *("poisoning, undetermined", "adverse effect", "underdosing"),
    ),
}
_CODE: Final = re.compile(r"[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{0,4})?-?")
_FIRST_CELL: Final = 2
BASE: Final = "base"  # the part of an older release that addenda roll forward


def _kind(beginning: str) -> str:
    if "Substance" in beginning:
        return "icd-10-cm-drugs"
    if "Malignant Primary" in beginning or re.search(r"<title>Neoplasm", beginning, re.IGNORECASE):
        return "icd-10-cm-neoplasms"
    return "icd-10-cm-external-causes" if "EXTERNAL CAUSE" in beginning.upper() else "icd-10-cm-index"


def _identify(system: str, member: Member) -> Identity | None:
    if "<ICD10CM.index" not in member.beginning or _kind(member.beginning) != system:
        return None
    found = re.search(r"<version>\s*([0-9]{4})", member.beginning)
    year = int(found[1]) if found else releases.year_in(member.base)
    return Identity(system, _TITLES[system], releases.fiscal_year(year) if year else None)


def _read(system: str, parts: Parts) -> Content:
    if ONLY in parts:
        return _content(system, _published(system, parts[ONLY]), "")
    index = Index(_published(system, parts[BASE]))
    applied = {name: index.apply(icd10cm_addenda.changes(parts[name])) for name in sorted(parts) if name != BASE}
    told = ", ".join(f"{name.partition(' ')[2]} ({count} lines)" for name, count in applied.items())
    covers = f" Rolled forward from {parts[BASE].base} by the addenda of {told}; what other releases changed is not in."
    return _content(system, index.rows(), covers)


def _published(system: str, member: Member) -> list[Row]:
    try:
        with member.open() as file:
            root = ET.parse(file).getroot()  # noqa: S314 -- the agency's file; expat refuses entity bombs by itself
    except ET.ParseError as error:
        line, column = error.position
        place = Place(member.place, line, str(column))
        raise ImportRefusedError(place, "is not well-formed XML", str(error), "the file as published") from error
    rows = [row for term in root.iter("mainTerm") for row in _term(term, "", _COLUMNS.get(system, ()))]
    needs_rows(member, len(rows), "terms")
    return rows


def _content(system: str, rows: list[Row], more: str) -> Content:
    coded = sum(row.key != "see" for row in rows)
    covers = "Every term with the code it leads to, or the term it sends to; the tabular list has the last word." + more
    wordings = tuple(index_terms.of(rows)) if system in LEADING_TO else ()
    return Content(covers, {"terms": coded, "references": len(rows) - coded}, wordings=wordings, rows=rows)


def _term(term: ET.Element, above: str, columns: tuple[str, ...]) -> Iterator[Row]:
    title = _text(term.find("title"))
    path = f"{above} > {title}" if above else title
    for code in term.findall("code"):
        for one in _CODE.findall(_text(code)):
            yield Row(one, 0, {"term": path})
    for cell in term.findall("cell"):
        found, at = _CODE.search(_text(cell)), int(cell.get("col", "0")) - _FIRST_CELL
        if found and 0 <= at < len(columns):
            yield Row(found[0], 0, {"term": path, "column": columns[at]})
    for tag, way in (("see", "see"), ("seeAlso", "see also")):
        for other in term.findall(tag):
            yield Row("see", 0, {"term": path, "way": way, "to": _text(other)})
    for below in term.findall("term"):
        yield from _term(below, path, columns)


def _text(element: ET.Element | None) -> str:
    return " ".join(" ".join(element.itertext()).split()) if element is not None else ""


def _format(system: str) -> Format:
    def identify(member: Member, _: Given) -> Identity | None:
        return _identify(system, member)

    def read(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
        return _read(system, parts)

    return Format(f"{system}-xml", f"{_TITLES[system]}, XML", identify, read)


FORMATS: Final = tuple(_format(system) for system in _TITLES)
