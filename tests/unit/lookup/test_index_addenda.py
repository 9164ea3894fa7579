"""An index is rolled forward by the addenda of later releases, however the two come in."""

import contextlib

import pytest

from services.lookup.domain import Row
from services.lookup.editions.library import Library
from services.lookup.importers.index_addenda import Change, Index
from services.lookup.service import Lookup
from tests.unit.lookup.official import TOOLS, imported, written

INDEX = """<?xml version="1.0" encoding="utf-8"?>
<ICD10CM.index><version>2017</version><title>ICD-10-CM INDEX TO DISEASES and INJURIES</title>
<letter><title>A</title>
<mainTerm><title>Acariasis</title><code>B88.0</code></mainTerm>
<mainTerm><title>Abscess<nemod>(embolic) (fistulous)</nemod></title><code>L02.91</code>
<term level="1"><title>back<nemod>(any part, except buttock)</nemod></title><code>L02.212</code></term>
<term level="1"><title>old site</title><code>L02.9</code></term>
</mainTerm>
</letter></ICD10CM.index>
"""
ADDENDA = """                  ICD-10-CM INDEX to DISEASES and INJURIES
                                2026 Addenda
No Change     A
No Change     Abscess (connective tissue) (embolic) (fistulous)
              (pyogenic) L02.91
Revise from   - back (any part, except buttock) L02.212
Revise to     - back (any part, except buttock and flank) L02.212
Add           - - flank L02.217 Add         - - - lower L02.218
Delete        - old site L02.9
Revise from   Acariasis B88.0
Revise to     Acariasis B88.09
Delete        Never there Z00.0
"""


def rolled(*changes: tuple[str, str]) -> set[tuple[str, str]]:
    rows = [("G35", "Sclerosis (brain) > car and:"), ("G36", "Sclerosis (brain) > car and: > lorry"), ("G37", "Palsy")]
    index = Index(Row(code, 0, {"term": term}) for code, term in rows)
    index.apply([Change(action, text) for action, text in changes])
    return {(row.key, row.body["term"]) for row in index.rows()}


def test_a_revised_term_takes_along_what_stands_below_it():
    assert rolled(
        ("", "Sclerosis (brain) (spinal)"), ("revised from", "- car and: G35"), ("revised to", "- carriage G35.A")
    ) == {("G35.A", "Sclerosis (brain) > carriage"), ("G36", "Sclerosis (brain) > carriage > lorry"), ("G37", "Palsy")}


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("- see also Anomaly", None),
        ("Neuritis - see also Palsy M54.1-", ("M54.1-", "Neuritis")),
        ("Polyneuritis E11.42, G63", ("G63", "Polyneuritis")),
        ("Ataxia E53.8 [G32.81]", ("E53.8", "Ataxia")),
    ],
)
def test_a_line_tells_term_code_and_reference(text, row):
    found = rolled(("added", text))
    assert row is None or row in found
    assert ("G37", "Palsy") in found


@pytest.mark.parametrize("order", [("index.zip", "addenda.zip"), ("addenda.zip", "index.zip"), None])
async def test_addenda_roll_the_index_forward_whichever_comes_first(tmp_path, order):
    files = {
        "index.zip": written(tmp_path, "index.zip", {"icd10cm_index_2017.xml": INDEX}),
        "addenda.zip": written(tmp_path, "addenda.zip", {"index-addenda-2026.txt": ADDENDA}),
    }
    if order:
        imported(tmp_path, files[order[0]])
        done = imported(tmp_path, files[order[1]])
    else:
        done = imported(tmp_path, *files.values())
    index = next(one for one in done.published if one.system == "icd-10-cm-index" and one.version == "FY2026")
    assert (index.effective_from, len(index.parts)) == ("2025-10-01", 2)
    assert "Rolled forward from icd10cm_index_2017.xml by the addenda of FY2026" in index.covers
    with contextlib.closing(Library(tmp_path)) as library:
        rows = {(row.key, row.body["term"]) for row in library.speaking("icd-10-cm-index", "2026-01-01")[0].rows.all()}
        assert library.speaking("icd-10-cm-index", "2017-01-01")[1].version == "FY2017"
        assert Lookup(library, TOOLS, lambda: "2026-01-01").list_editions()
    assert rows == {
        ("L02.91", "Abscess (embolic) (fistulous)"),
        ("L02.212", "Abscess (embolic) (fistulous) > back (any part, except buttock and flank)"),
        ("L02.217", "Abscess (embolic) (fistulous) > back (any part, except buttock and flank) > flank"),
        ("L02.218", "Abscess (embolic) (fistulous) > back (any part, except buttock and flank) > flank > lower"),
        ("B88.09", "Acariasis"),
    }
    assert not imported(tmp_path, *files.values()).published, "what was rolled forward stays as it is"
