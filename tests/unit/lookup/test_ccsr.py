"""AHRQ's clinical categories of diagnoses, from the official table and from an object of codes."""

import contextlib
import gzip

import orjson
import pytest

from services.lookup.editions.library import Library
from services.lookup.service import Lookup
from tests.unit.lookup.official import ORDER, TOOLS, imported, refused, written

TABLE = (
    "'ICD-10-CM CODE','ICD-10-CM CODE DESCRIPTION','Default CCSR CATEGORY IP','Default CCSR CATEGORY DESCRIPTION IP',"
    "'Default CCSR CATEGORY OP','Default CCSR CATEGORY DESCRIPTION OP','CCSR CATEGORY 1',"
    "'CCSR CATEGORY 1 DESCRIPTION','CCSR CATEGORY 2','CCSR CATEGORY 2 DESCRIPTION'\n"
    "'A000','Cholera','DIG001','Gut','XXX000','None','DIG001','Intestinal infection','INF003','Bacteria'\n"
)
WINDOW = {"effective_from": "2025-10-01", "effective_to": "2026-09-30"}


def crosswalks(folder) -> dict:
    with contextlib.closing(Library(folder)) as library:
        answer = Lookup(library, TOOLS, lambda: "2026-01-01").get_code("icd-10-cm", "A00.0", "")
        return orjson.loads(next(one.body for one in answer.sections if one.key == "crosswalks"))


def test_the_official_table_tells_every_category_of_a_code(tmp_path):
    files = written(tmp_path, "DXCCSR_v2026-1.csv", TABLE), written(tmp_path, "icd10cm-order-2026.txt", ORDER)
    edition = next(one for one in imported(tmp_path, *files).published if one.system == "icd-10-cm-ccsr")
    assert (edition.version, edition.counts) == ("FY2026", {"codes": 1, "categories": 2})
    told = {one["label"]: one["value"] for one in crosswalks(tmp_path)["facts"]}
    assert told["Clinical category (CCSR)"] == "DIG001 Intestinal infection; INF003 Bacteria"
    assert told["Default category, inpatient"] == "DIG001"
    assert "Default category, outpatient" not in told


def test_an_object_of_codes_tells_no_date_and_asks_for_one(tmp_path):
    path = written(tmp_path, "ccsr_dx_category1.json.gz", gzip.compress(b'{\n  "A000": "DIG001"\n}'))
    assert "--effective-from" in refused(tmp_path, path).expected
    (edition,) = imported(tmp_path, path, **WINDOW).published
    assert edition.counts == {"codes": 1, "categories": 1}


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        (b'{"A000": "DIG001", "A-1": "DIG001"}', "is no code"),
        (b'{"A000": "DIG001", "A001": "DIG1"}', "is no category"),
        (b'{"A000": "DIG001", ', "is not whole JSON"),
    ],
)
def test_what_is_wrong_in_it_is_named(tmp_path, content, wrong):
    refusal = refused(tmp_path, written(tmp_path, "ccsr.json", content), **WINDOW)
    assert wrong in str(refusal)
    assert refusal.place.line
