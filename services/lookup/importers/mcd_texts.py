"""What coverage documents say in words: of each group of codes, of a document as a whole; bill types, revenue codes."""

import html
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.lookup.domain import Row
from services.lookup.importers.format import Parts
from services.lookup.importers.mcd_tables import KINDS, TEXTS, current, lines, name_of
from services.lookup.importers.reading import day

LONGEST: Final = 20_000  # characters of a text that are kept; the whole stands at the agency's address
SHORT: Final = 600
_TAGS: Final = re.compile(r"<[^>]*>")
_GROUPS: Final = (
    ("lcd", "lcd_x_hcpc_code_group", "hcpc_code_group", "code"),
    ("article", "article_x_hcpc_code_group", "hcpc_code_group", "code"),
    ("article", "article_x_icd10_covered_group", "icd10_covered_group", "icd10_covered"),
    ("article", "article_x_icd10_noncovered_group", "icd10_noncovered_group", "icd10_noncovered"),
    ("article", "article_x_icd10_pcs_code_group", "icd10_pcs_code_group", "pcs"),
)
_LISTED: Final = (
    ("article_x_bill_code", "bill_code_id", "bill_types"),
    ("article_x_revenue_code", "revenue_code_id", "revenue_codes"),
    ("article_x_hcpc_modifier", "hcpc_modifier_code_id", "modifiers"),
)


def plain(text: str) -> str:
    """A text of the export, which is HTML, on one line and cut where it grows too long."""
    return _cut(" ".join(html.unescape(_TAGS.sub(" ", text)).split()), LONGEST)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest].rpartition(" ")[0] + " …"


def groups(parts: Parts, documents: Mapping[str, dict[str, Any]]) -> Iterator[Row]:
    """What a document says of a group of its codes, keyed group:L33312:code:4; an explanation of asterisks with it."""
    for kind, table, number, mark in _GROUPS:
        for line in lines(parts, table):
            text = " ".join(filter(None, (plain(line.text("paragraph")), plain(line.text("icd10_covered_ast")))))
            if text and current(line, kind, documents) is not None:
                key = f"group:{name_of(line, kind)}:{mark}:{line.integer(number)}"
                yield Row(key, line.number, {"text": text})


def add(parts: Parts, documents: Mapping[str, dict[str, Any]]) -> list[Row]:
    """Adds what is told of a document in few words; its texts are rows of their own, keyed text:L33312."""
    rows: list[Row] = []
    for kind in KINDS:
        for line in lines(parts, kind):
            there = current(line, kind, documents)
            told = {name: plain(line.text(name)) for name in TEXTS if line.text(name)}
            if there is not None and told:
                there["summary"] = _cut(next(iter(told.values())), SHORT)
                rows.append(Row(f"text:{name_of(line, kind)}", line.number, told))
        for line in lines(parts, f"{kind}_future_retire"):
            there = documents.get(name_of(line, kind))
            if there is not None and not there.get("effective_to"):
                there["effective_to"] = day(line.text("retire_dt")[:10])
    _add_lists(parts, documents)
    return rows


def _add_lists(parts: Parts, documents: Mapping[str, dict[str, Any]]) -> None:
    for table, column, name in _LISTED:
        for line in lines(parts, table):
            there = current(line, "article", documents)
            if there is not None and line.text(column) not in there.setdefault(name, []):
                there[name].append(line.text(column))
    for line in lines(parts, "article_x_other_coding_group"):
        there = current(line, "article", documents)
        text = " ".join(filter(None, (plain(line.text("paragraph")), plain(line.text("codes")))))
        if there is not None and text:
            there.setdefault("other_coding", []).append(text)
