"""Reads the addenda that NCHS publishes as text: what a release added to, took from and revised in the tabular list,
the Alphabetic Index, the index of external causes, and the table of drugs and chemicals.

Each line begins with what is done; one that begins with blanks alone goes on with the line before. Rows are keyed by
the codes that a change names, or "-" where it names none. In the table of neoplasms the changes stand in its cells,
which text does not keep apart: there only whole rows that are added or deleted are read.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from services.lookup.domain import Row
from services.lookup.importers import releases
from services.lookup.importers.files import Member
from services.lookup.importers.format import Around, Content, Format, Given, Identity, Parts, needs_rows
from services.lookup.importers.index_addenda import Change
from services.lookup.importers.reading import lines

_LISTS: Final = (
    ("tabular list of diseases", "icd-10-cm-tabular-changes", "ICD-10-CM tabular list, addenda"),
    ("index to diseases", "icd-10-cm-index-changes", "ICD-10-CM Alphabetic Index, addenda"),
    ("external cause", "icd-10-cm-external-causes-changes", "ICD-10-CM index of external causes, addenda"),
    ("table of neoplasms", "icd-10-cm-neoplasms-changes", "ICD-10-CM table of neoplasms, addenda"),
    ("table of drugs", "icd-10-cm-drugs-changes", "ICD-10-CM table of drugs and chemicals, addenda"),
)
_DONE: Final = re.compile(r"(Add|Delete|Revise from|Revise to|No Change)(?::\s*|\s{2,}|\s*$)(.*)")
_RUN_ON: Final = re.compile(r"(?<=\S) (?:Add|Delete|Revise from|Revise to|No Change) {2,}(?=- )")
_WITHIN: Final = re.compile(r"\s*(?:Add|Delete|Revise from|Revise to):")  # a table says it once more in each cell
_ACTIONS: Final = {"Add": "added", "Delete": "deleted", "Revise from": "revised from", "Revise to": "revised to"}
_CODE: Final = re.compile(r"\b[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?(?![0-9A-Z])")
_COUNTED: Final = ("added", "deleted", "revised to")
_HEADING: Final = 600  # characters within which the list is named


def _identify(member: Member, _: Given) -> Identity | None:
    heading = " ".join(member.beginning[:_HEADING].lower().split())
    if "addenda" not in heading or member.base.endswith((".xml", ".csv")):
        return None
    found = next((row for row in _LISTS if row[0] in heading), None)
    if found is None:
        return None
    year = releases.year_in(heading) or releases.year_in(member.base)
    return Identity(found[1], found[2], releases.fiscal_year(year) if year else None)


def _read(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    member = parts["only"]
    rows = [row for change in changes(member) if change.action for row in _rows(change)]
    needs_rows(member, len(rows), "changes")
    counts = {
        action: sum(row.body["action"] == action for row in rows) for action in ("added", "deleted", "revised to")
    }
    return Content("What the release added, deleted and revised, line by line.", counts, rows=rows)


def changes(member: Member) -> Iterator[Change]:
    """Every line of addenda, those too that only tell what a change stands under."""
    current: Change | None = None
    under = ""
    for number, text in _parted(member):
        found = _DONE.match(text)
        if found is None:
            if current is not None and text.strip():
                current = replace(current, text=f"{current.text} {text.strip()}")
            continue
        if current is not None:
            yield current
        said = _WITHIN.sub(" ", found[2]).strip()
        code = _CODE.match(said)
        under = code[0] if code else under
        current = Change(_ACTIONS.get(found[1], ""), said, number, under)
    if current is not None:
        yield current


def _parted(member: Member) -> Iterator[tuple[int, str]]:
    """The lines; where two ran together, each of them."""
    for number, text in lines(member):
        begin = 0
        for found in _RUN_ON.finditer(text):
            yield number, text[begin : found.start()]
            begin = found.start() + 1
        yield number, text[begin:]


def _rows(change: Change) -> Iterator[Row]:
    """One for each code that the change names, else one for the code it stands under."""
    for code in dict.fromkeys(_CODE.findall(change.text)) or [change.under or "-"]:
        yield Row(code, change.line, {"action": change.action, "text": change.text})


FORMATS: Final = (Format("icd-10-cm-addenda-text", "ICD-10-CM addenda, text", _identify, _read),)
