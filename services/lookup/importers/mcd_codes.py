"""The codes that coverage documents name: procedures, diagnoses covered and not, ICD-10-PCS codes; each has a group."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from services.lookup.domain import SYSTEMS, Row, spelled
from services.lookup.importers.format import Parts
from services.lookup.importers.mcd_tables import KINDS, current, lines, name_of

_CODE: Final = re.compile(r"[0-9]{4}[0-9AFMTU]|[A-Z][0-9]{4}")
_DIAGNOSES: Final = (
    ("article_x_icd10_covered", "icd10_covered", True),
    ("article_x_icd10_noncovered", "icd10_noncovered", False),
)


def rows(parts: Parts, documents: Mapping[str, dict[str, Any]]) -> Iterator[Row]:
    """Rows keyed code:J1885, diagnosis:E11.9, procedure:0DTJ4ZZ; placeholders such as XX000 name nothing."""
    yield from _procedures(parts, documents)
    yield from _diagnoses(parts, documents)
    for line in lines(parts, "article_x_icd10_pcs_code"):
        code = spelled(SYSTEMS["icd-10-pcs"], line.text("icd10_pcs_code_id"))
        if code and current(line, "article", documents) is not None:
            body = {"document": name_of(line, "article"), "group": line.integer("icd10_pcs_code_group"), "kind": "pcs"}
            yield Row(f"procedure:{code}", line.number, body)


def _procedures(parts: Parts, documents: Mapping[str, dict[str, Any]]) -> Iterator[Row]:
    tables = [(kind, f"{kind}_x_hcpc_code") for kind in KINDS]
    for kind, table in (*tables, ("article", "article_x_code_table")):
        for line in lines(parts, table):
            code = line.text("hcpc_code_id").upper()
            if current(line, kind, documents) is None or not _CODE.fullmatch(code):
                continue
            group = line.integer("hcpc_code_group") if line.text("hcpc_code_group") else 0
            yield Row(f"code:{code}", line.number, {"document": name_of(line, kind), "group": group})


def _diagnoses(parts: Parts, documents: Mapping[str, dict[str, Any]]) -> Iterator[Row]:
    for table, kind, covered in _DIAGNOSES:
        for line in lines(parts, table):
            code = spelled(SYSTEMS["icd-10-cm"], line.text("icd10_code_id"))
            there = current(line, "article", documents)
            if there is None or code is None:
                continue
            there["diagnoses"] = there.get("diagnoses", 0) + 1
            group = line.integer(f"{kind}_group")
            body = {"document": name_of(line, "article"), "group": group, "covered": covered, "kind": kind}
            yield Row(f"diagnosis:{code}", line.number, body)
