"""A whole export of the Medicare Coverage Database, in the layout of its dictionaries: codes, groups, texts, places."""

import contextlib

import orjson
import pytest

from services.lookup.editions.library import Library
from services.lookup.pages.tables import RowsAsked
from services.lookup.service import Lookup
from tests.unit.lookup.official import TOOLS, imported, written

WHEN = "2026-01-15 10:00:00"
WHOLE = {
    "lcd.csv": "lcd_id,lcd_version,display_id,title,status,rev_eff_date,indication,doc_reqs,last_updated\n"
    f'100,2,,"Nails, a policy",A,2025-05-01 00:00:00,"<p>Covered &amp; paid\nwhen needed.</p>",Keep the record,{WHEN}\n'
    f"103,1,,A retired one,R,2020-01-01 00:00:00,,,{WHEN}\n",
    "article.csv": "article_id,article_version,title,status,article_eff_date,description,last_updated\n"
    f"500,3,Billing of nails,A,2025-05-01,<p>How to bill</p>,{WHEN}\n",
    "lcd_x_hcpc_code.csv": "lcd_id,lcd_version,hcpc_code_id,hcpc_code_group\n100,2,11720,1\n103,1,11719,1\n",
    "lcd_x_hcpc_code_group.csv": 'lcd_id,lcd_version,hcpc_code_group,paragraph\n100,2,1,"<b>Group one</b> of nails"\n',
    "article_x_hcpc_code.csv": "article_id,article_version,hcpc_code_id,hcpc_code_group\n500,3,11720,1\n",
    "article_x_icd10_covered.csv": "article_id,article_version,icd10_code_id,icd10_covered_group\n500,3,B35.1,1\n",
    "article_x_icd10_covered_group.csv": "article_id,article_version,icd10_covered_group,paragraph,icd10_covered_ast\n"
    "500,3,1,Diagnoses that are covered,* with a second one\n",
    "article_x_icd10_noncovered.csv": "article_id,article_version,icd10_code_id,icd10_noncovered_group\n"
    "500,3,L60.0,1\n",
    "article_x_icd10_pcs_code.csv": "article_id,article_version,icd10_pcs_code_id,icd10_pcs_code_group\n"
    "500,3,0HBRXZZ,1\n",
    "article_x_bill_code.csv": "article_id,article_version,bill_code_id\n500,3,013x\n500,3,085x\n",
    "article_x_revenue_code.csv": "article_id,article_version,revenue_code_id\n500,3,0450\n",
    "lcd_x_contractor.csv": "lcd_id,lcd_version,contractor_id,contractor_type_id,contractor_version,last_updated\n"
    f"100,2,7,9,1,{WHEN}\n",
    "article_x_contractor.csv": "article_id,article_version,contractor_id,contractor_type_id,contractor_version\n"
    "500,3,7,9,1\n500,3,8,9,1\n",
    "contractor.csv": "contractor_id,contractor_type_id,contractor_version,contractor_bus_name,contractor_number\n"
    "7,9,1,First Contractor,10112\n8,9,1,Second Contractor,04412\n",
    "contractor_jurisdiction.csv": "contractor_id,contractor_type_id,contractor_version,state_id,term_date\n"
    "7,9,1,2,\n7,9,1,3,2020-01-01\n8,9,1,4,\n",
    "state_lookup.csv": "state_id,state_abbrev,description\n2,AL,Alabama\n3,AR,Arkansas\n4,TX,Texas\n",
    "lcd_related_documents.csv": "lcd_id,lcd_version,r_article_id,r_lcd_id\n100,2,500,\n",
    "lcd_related_ncd_documents.csv": "lcd_id,lcd_version,r_ncd_id\n100,2,155\n",
}
NCDS = {
    "ncd_trkg.csv": "NCD_id,NCD_vrsn_num,NCD_mnl_sect,NCD_mnl_sect_title,NCD_efctv_dt,NCD_trmntn_dt,itm_srvc_desc,"
    "indctn_lmtn,last_updt_tmstmp\n"
    "155,1,70.2.1,An older title,1998-01-01 00:00:00,,,,2019-01-01 00:00:00\n"
    '155,2,70.2.1,"Services, for feet",2002-07-01 00:00:00,,<p>What it is</p>,Twice a year,2024-05-05 10:00:00\n'
}


@pytest.fixture
def lookup(tmp_path):
    local, national = imported(tmp_path, written(tmp_path, "current.zip", {**WHOLE, **NCDS})).published
    assert local.complete
    assert (national.system, national.effective_from, national.counts) == (
        *("mcd-ncd", "2024-05-05"),
        {"determinations": 1},
    )
    with contextlib.closing(Library(tmp_path)) as library:
        yield Lookup(library, TOOLS, lambda: "2026-01-20")


def coverage(lookup, system: str, code: str, state: str = "", day: str = "2026-01-20") -> dict:
    sections = lookup.get_code(system, code, day, state).sections
    return orjson.loads(next(one.body for one in sections if one.key == "coverage"))


def test_without_a_state_there_is_no_verdict_and_every_document_is_named(lookup):
    told = coverage(lookup, "cpt", "11720")
    assert "Choose a state" in told["no_data"]
    assert (told["state"], told["states"], told["total"]) == (None, ["AL", "TX"], 2)
    assert [one["document"] for one in told["documents"]] == ["A500", "L100"]


def test_a_state_keeps_what_its_contractors_say(lookup):
    alabama, texas = coverage(lookup, "cpt", "11720", "al"), coverage(lookup, "cpt", "11720", "TX")
    assert [one["document"] for one in alabama["documents"]] == ["A500", "L100"]
    assert [(one["document"], one["contractors"]) for one in texas["documents"]] == [("A500", ["Second Contractor"])]
    nowhere = coverage(lookup, "cpt", "11720", "ME")
    assert "speaks for ME" in nowhere["no_data"]
    assert nowhere["documents"] == []


def test_documents_tell_their_groups_texts_bill_types_and_determinations(lookup):
    article, policy = coverage(lookup, "cpt", "11720")["documents"]
    assert policy["groups"] == [{"group": 1, "line": 2, "text": "Group one of nails"}]
    assert (policy["summary"], policy["related"]) == ("Covered & paid when needed.", ["A500"])
    (ncd,) = policy["ncds"]
    assert (ncd["id"], ncd["name"], ncd["effective_from"]) == ("155", "NCD 70.2.1: Services, for feet", "2002-07-01")
    assert (ncd["description"], ncd["indication"]) == ("What it is", "Twice a year")
    assert (article["bill_types"], article["revenue_codes"]) == (["013x", "085x"], ["0450"])


def test_the_whole_list_has_every_text_and_is_narrowed_to_a_state(lookup):
    found = lookup.list_rows(RowsAsked("cpt", "11720", "coverage", within="tx"))
    assert [row["document"] for row in found.rows] == ["A500"]
    found = lookup.list_rows(RowsAsked("cpt", "11720", "coverage", query="policy"))
    assert found.rows[0]["texts"] == {"indication": "Covered & paid when needed.", "doc_reqs": "Keep the record"}


@pytest.mark.parametrize(("code", "says"), [("B35.1", "covered"), ("L60.0", "not covered")])
def test_an_article_tells_which_diagnoses_are_covered(lookup, code, says):
    (document,) = lookup.list_rows(RowsAsked("icd-10-cm", code, "coverage")).rows
    assert document["says"] == [says]


def test_retired_documents_are_left_out_and_pcs_codes_are_named(lookup):
    assert "documents" not in coverage(lookup, "cpt", "11719")
    (document,) = lookup.list_rows(RowsAsked("icd-10-pcs", "0HBRXZZ", "coverage")).rows
    assert document["document"] == "A500"


def test_a_national_determination_whose_export_is_not_loaded_is_named_by_its_number(tmp_path):
    imported(tmp_path, written(tmp_path, "current.zip", WHOLE))
    with contextlib.closing(Library(tmp_path)) as library:
        told = coverage(Lookup(library, TOOLS, lambda: "2026-01-20"), "cpt", "11720")["documents"]
    assert [one["name"] for one in told[1]["ncds"]] == ["NCD document 155"]


def export(kind: str, day: str) -> dict[str, str]:
    """What the archive of the LCDs, or that of the articles, has: its own tables, and those of the contractors."""
    other = "article" if kind == "lcd" else "lcd"
    return {name: text.replace("2026-01-15", day) for name, text in WHOLE.items() if not name.startswith(other)}


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(("lcds", "articles"), [("2026-01-15", "2026-01-22"), ("2026-01-22", "2026-01-15")])
def test_exports_of_lcds_and_articles_some_days_apart_are_one_edition(tmp_path, lcds, articles, at_once):
    files = [
        written(tmp_path, "current_lcd.zip", export("lcd", lcds)),
        written(tmp_path, "current_article.zip", export("article", articles)),
    ]
    for some in [files] if at_once else [[one] for one in files]:
        published = imported(tmp_path, *some).published
    assert (published[-1].effective_from, published[-1].complete) == ("2026-01-22", True)
    with contextlib.closing(Library(tmp_path)) as library:
        told = coverage(Lookup(library, TOOLS, lambda: "2026-01-22"), "cpt", "11720", day="2026-01-22")
    assert [one["document"] for one in told["documents"]] == ["A500", "L100"]


def test_a_newer_export_of_the_articles_takes_the_older_ones_place_and_leaves_the_lcds(tmp_path):
    imported(tmp_path, written(tmp_path, "current.zip", WHOLE))
    newer = export("article", "2026-01-22")
    newer["article_x_hcpc_code.csv"] = newer["article_x_hcpc_code.csv"].replace("11720", "11721")
    imported(tmp_path, written(tmp_path, "current_article.zip", newer))
    with contextlib.closing(Library(tmp_path)) as library:
        lookup = Lookup(library, TOOLS, lambda: "2026-01-22")
        named = [
            [one["document"] for one in coverage(lookup, "cpt", code, day=day)["documents"]]
            for code, day in (("11720", "2026-01-20"), ("11720", "2026-01-22"), ("11721", "2026-01-22"))
        ]
    assert named == [["A500", "L100"], ["L100"], ["A500"]]


def test_exports_of_other_months_are_editions_of_their_own(tmp_path):
    imported(tmp_path, written(tmp_path, "current_lcd.zip", export("lcd", "2025-06-15")))
    (edition,) = imported(tmp_path, written(tmp_path, "current_article.zip", export("article", "2026-01-22"))).published
    assert not edition.complete
    assert "lcd" in edition.covers
