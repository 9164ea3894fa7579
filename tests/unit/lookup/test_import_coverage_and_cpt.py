"""The Medicare Coverage Database and the operator's CPT files, in small hand-written ones."""

import contextlib

import orjson
import pytest

from services.lookup.editions.library import Library
from services.lookup.service import Lookup
from tests.unit.lookup.official import TOOLS, imported, refused, written

EXPORT = {
    "mcd/lcd.csv": 'lcd_id,lcd_version,display_id,title,rev_eff_date\n100,2,,"Nails, a policy",2025-05-01 00:00:00\n'
    "101,1,101,A proposed one,2026-01-01 00:00:00\n",
    "mcd/lcd_x_hcpc_code.csv": "lcd_id,lcd_version,hcpc_code_id,hcpc_code_version,hcpc_code_group,long_description\n"
    '100,2,11720,1,1,"never kept\nat all"\n100,1,11719,1,1,an older version\n101,1,11055,1,1,proposed\n',
    "mcd/lcd_x_contractor.csv": "lcd_id,lcd_version,contractor_id,contractor_type_id,contractor_version,last_updated\n"
    "100,2,7,9,1,2026-01-15 10:00:00\n",
    "mcd/contractor.csv": "contractor_id,contractor_type_id,contractor_version,contractor_bus_name,contractor_number\n"
    "7,9,1,A Contractor,10112\n",
    "mcd/contractor_jurisdiction.csv": "contractor_id,contractor_type_id,contractor_version,state_id,term_date\n"
    "7,9,1,2,\n7,9,1,3,2020-01-01\n",
    "mcd/state_lookup.csv": "state_id,state_abbrev,description\n2,AL,Alabama\n3,AR,Arkansas\n",
    "mcd/article_x_icd10_covered.csv": "article_id,article_version,icd10_code_id,icd10_covered_group\n500,1,B35.1,1\n",
}
LONG = "CPT 2026, a notice\n\n11720\tCleaning of a few nails, in our own words\n"
CONSUMER = "Notice\nConcept Id\tCPT Code\tConsumer Friendly Descriptor\n1\t11720\tCleaning of nails, for you\n"


def section(folder, system: str, code: str, key: str) -> dict:
    with contextlib.closing(Library(folder)) as library:
        answer = Lookup(library, TOOLS, lambda: "2026-01-20").get_code(system, code, "")
        return orjson.loads(next(one.body for one in answer.sections if one.key == key))


def test_a_code_has_the_documents_of_the_states_they_speak_for(tmp_path):
    (edition,) = imported(tmp_path, written(tmp_path, "current_lcd.zip", EXPORT)).published
    assert (edition.version, edition.effective_from) == ("snapshot 2026-01-15", "2026-01-15")
    found = section(tmp_path, "cpt", "11720", "coverage")
    (document,) = found["documents"]
    assert (document["document"], document["title"]) == ("L100", "Nails, a policy")
    assert (document["states"], document["contractors"]) == (["AL"], ["A Contractor"])
    assert "state" in found["no_data"]
    assert "never kept" not in str(found)


@pytest.mark.parametrize("code", ["11719", "11055"])
def test_older_versions_and_proposed_documents_are_left_out(tmp_path, code):
    imported(tmp_path, written(tmp_path, "current_lcd.zip", EXPORT))
    assert "documents" not in section(tmp_path, "cpt", code, "coverage")


def test_a_version_that_is_no_number_is_named(tmp_path):
    broken = {**EXPORT, "mcd/lcd.csv": EXPORT["mcd/lcd.csv"].replace("100,2,", "100,two,")}
    refusal = refused(tmp_path, written(tmp_path, "current_lcd.zip", broken))
    assert (refusal.place.line, refusal.place.column, refusal.value) == (2, "lcd_version", "two")


def test_cpt_files_are_read_only_with_the_licence_accepted_and_shown_with_it(tmp_path):
    files = [written(tmp_path, "LONGULT.txt", LONG), written(tmp_path, "ConsumerDescriptor.txt", CONSUMER)]
    assert "nothing that can be imported" in str(refused(tmp_path, *files))
    window = {"effective_from": "2026-01-01", "effective_to": "2026-12-31", "kind": "cpt"}
    assert "--accept-licence" in refused(tmp_path, *files, **window).expected
    (edition,) = imported(tmp_path, *files, **window, licensee="Ann Operator", today="2026-01-02").published
    assert edition.licence == "Ann Operator, 2026-01-02"
    official = section(tmp_path, "cpt", "11720", "official")
    assert official["text"] == "Cleaning of a few nails, in our own words"
    assert "American Medical Association" in official["licence"]
    assert section(tmp_path, "cpt", "11720", "common")["paragraphs"] == ["Cleaning of nails, for you"]


def test_a_descriptor_line_without_a_code_is_named(tmp_path):
    path = written(tmp_path, "LONGULT.txt", LONG + "not a code\tSomething\n")
    refusal = refused(tmp_path, path, kind="cpt", licensee="Ann", effective_from="2026-01-01")
    assert refusal.place.line == 4


async def test_licensed_descriptors_are_searched_and_lead_to_their_codes(tmp_path):
    files = [written(tmp_path, "LONGULT.txt", LONG), written(tmp_path, "ConsumerDescriptor.txt", CONSUMER)]
    imported(tmp_path, *files, kind="cpt", licensee="Ann", effective_from="2026-01-01", effective_to="2026-12-31")
    with contextlib.closing(Library(tmp_path)) as library:
        lookup = Lookup(library, TOOLS, lambda: "2026-01-20")
        (hit,) = (await lookup.search_codes("cleaning nails", "cpt", 5)).hits
        assert (hit.system, hit.code) == ("cpt", "11720")
        assert (await lookup.search_codes("11720", "cpt", 5)).hits[0].code == "11720"
