"""The tables of the Medicare Coverage Database that are read, by the dictionaries of its downloads, and their lines.

Left out are tables that say nothing of codes, texts or places: contacts, URLs, reasons of change, revision history,
advisory committees, comments and responses, sticky notes, requestors' letters, regions, ICD-9 sources, periods.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.lookup.importers.format import Parts
from services.lookup.importers.reading import Line, headed, separated

KINDS: Final = ("lcd", "article")
_CONTRACTOR: Final = ("contractor_id", "contractor_type_id", "contractor_version")
_LCD: Final = ("lcd_id", "lcd_version")
_ARTICLE: Final = ("article_id", "article_version")
# Columns that a table has to have, the first two of which say what a line is about.
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "lcd": (*_LCD, "title"),
    "article": (*_ARTICLE, "title"),
    "lcd_x_hcpc_code": (*_LCD, "hcpc_code_id", "hcpc_code_group"),
    "article_x_hcpc_code": (*_ARTICLE, "hcpc_code_id", "hcpc_code_group"),
    "article_x_icd10_covered": (*_ARTICLE, "icd10_code_id", "icd10_covered_group"),
    "article_x_icd10_noncovered": (*_ARTICLE, "icd10_code_id", "icd10_noncovered_group"),
    "lcd_x_contractor": (*_LCD, *_CONTRACTOR),
    "article_x_contractor": (*_ARTICLE, *_CONTRACTOR),
    "contractor": (*_CONTRACTOR, "contractor_bus_name", "contractor_number"),
    "contractor_jurisdiction": (*_CONTRACTOR, "state_id"),
    "state_lookup": ("state_id", "state_abbrev"),
    "lcd_related_documents": (*_LCD, "r_article_id", "r_lcd_id"),
    "lcd_related_ncd_documents": (*_LCD, "r_ncd_id"),
    "lcd_x_hcpc_code_group": (*_LCD, "hcpc_code_group", "paragraph"),
    "article_x_hcpc_code_group": (*_ARTICLE, "hcpc_code_group", "paragraph"),
    "article_x_icd10_covered_group": (*_ARTICLE, "icd10_covered_group", "paragraph"),
    "article_x_icd10_noncovered_group": (*_ARTICLE, "icd10_noncovered_group", "paragraph"),
    "article_x_bill_code": (*_ARTICLE, "bill_code_id"),
    "article_x_revenue_code": (*_ARTICLE, "revenue_code_id"),
    "article_x_icd10_pcs_code": (*_ARTICLE, "icd10_pcs_code_id", "icd10_pcs_code_group"),
    "article_x_icd10_pcs_code_group": (*_ARTICLE, "icd10_pcs_code_group", "paragraph"),
    "article_x_hcpc_modifier": (*_ARTICLE, "hcpc_modifier_code_id", "hcpc_modifier_group"),
    "article_x_code_table": (*_ARTICLE, "hcpc_code_id"),
    "article_related_documents": (*_ARTICLE, "r_article_id", "r_lcd_id"),
    "article_related_ncd_documents": (*_ARTICLE, "r_ncd_id"),
    "article_x_other_coding_group": (*_ARTICLE, "other_coding_group", "paragraph"),
    "lcd_x_primary_jurisdiction": (*_LCD, "state_id"),
    "article_x_primary_jurisdiction": (*_ARTICLE, "state_id"),
    "contractor_type_lookup": ("contractor_type_id", "description"),
    "lcd_future_retire": ("lcd_id", "retire_dt"),
    "article_future_retire": ("article_id", "retire_dt"),
}
# Tables that only some documents have lines in: an export without them may well be whole.
OPTIONAL: Final = frozenset(
    name
    for name in KEYS
    if name not in {"lcd", "article", "contractor", "contractor_jurisdiction", "state_lookup"}
    and not name.endswith(("_hcpc_code", "_icd10_covered", "_icd10_noncovered", "_x_contractor"))
)
TEXTS: Final = ("indication", "coding_guidelines", "doc_reqs", "util_guide", "associated_info", "description")
_MORE: Final[Mapping[str, tuple[str, ...]]] = {
    "lcd": ("display_id", "status", "rev_eff_date", "orig_det_eff_date", "ent_det_end_date", *TEXTS),
    "article": ("display_id", "status", "article_rev_eff_date", "article_eff_date", "article_end_date", *TEXTS),
    "contractor_jurisdiction": ("term_date",),
    "article_x_icd10_covered_group": ("icd10_covered_ast",),
    "article_x_other_coding_group": ("codes",),
}


def lines(parts: Parts, table: str) -> Iterator[Line]:
    """The lines of a table; none where it is not there."""
    if table in parts:
        more = _MORE.get(table, ())
        columns = {name: (name,) for name in (*KEYS[table], *more)}
        yield from headed(parts[table], separated(parts[table]), columns, more)


def export_of(table: str) -> str:
    """The export that a table comes with: that of the LCDs, of the articles, or whichever is the newest."""
    return next((kind for kind in KINDS if table.partition("_")[0] == kind), table)


def name_of(line: Line, kind: str) -> str:
    """A document as it is called: L33312, A52369."""
    return ("L" if kind == "lcd" else "A") + line.text(f"{kind}_id")


def current(line: Line, kind: str, documents: Mapping[str, dict[str, Any]]) -> dict[str, Any] | None:
    """The document that a line speaks of, where the line is of its highest version."""
    there = documents.get(name_of(line, kind))
    return there if there and there["version"] == line.integer(f"{kind}_version") else None
