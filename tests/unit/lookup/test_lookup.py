"""Code pages, search and refusals over the editions that ship."""

import contextlib

import orjson
import pytest

from services.chassis.errors import AppError
from services.lookup.checking import Edits
from services.lookup.editions.library import Library
from services.lookup.edits.claim import Claim, Line


def sections(lookup, system: str, code: str, as_of: str = "") -> dict:
    return {one.key: orjson.loads(one.body) for one in lookup.get_code(system, code, as_of).sections}


async def best(lookup, query: str, system: str = "") -> str:
    return (await lookup.search_codes(query, system, 5)).hits[0].code


def test_an_icd_10_cm_page_carries_the_notes_of_all_that_stands_above_it(lookup):
    notes = sections(lookup, "icd-10-cm", "E11.42")["notes"]
    assert "Type 2 diabetes mellitus with diabetic neuralgia" in notes["inclusion"]
    assert ("E11", ["E10"]) in [(row["from"], row["codes"]) for row in notes["excludes1"]]
    assert any("Z79.4" in row["codes"] for row in notes["use_additional"])


def test_a_header_is_not_billable_and_names_what_is_below_it(lookup):
    answer = lookup.get_code("icd-10-cm", "E11", "")
    assert answer.billable is False
    children = sections(lookup, "icd-10-cm", "E11")["hierarchy"]["children"]
    assert {"E11.0", "E11.9"} <= {one["code"] for one in children}


def test_seventh_characters_come_with_their_placeholder(lookup):
    seventh = sections(lookup, "icd-10-cm", "T84.7")["seventh"]
    assert [one["character"] for one in seventh["characters"]] == ["A", "D", "S"]
    assert "T84.7XXA" in seventh["placeholder"]
    assert lookup.get_code("icd-10-cm", "t847xxa", "").billable is True


@pytest.mark.parametrize("code", ["20700", "20701", "20702", "20703", "20704", "20705", "99213"])
def test_a_starter_page_has_eight_further_sections_and_a_source_for_every_fact(lookup, code):
    found = lookup.get_code("cpt", code, "")
    gated = [one for one in found.sections if one.gated]
    assert len(gated) == 8
    body = sections(lookup, "cpt", code)
    assert "AMA" in body["official"]["no_data"]
    facts = [*body["indications"]["facts"], *body["guidelines"]["rules"], *body["modifiers"]["modifiers"]]
    facts += [*body["fees"]["years"], *body["history"]["events"], body["edits"]["mue"]]
    assert all(fact["source"] for fact in facts)
    assert all(b'"no_data"' not in one.body or one.key == "coverage" for one in gated)


def test_20701_is_told_as_the_agencys_files_have_it(lookup):
    body = sections(lookup, "cpt", "20701")
    types = {(row["type"], row["effective_from"], row.get("effective_to")) for row in body["edits"]["add_on"]}
    assert types == {(3, "2023-01-01", None), (1, "2020-01-01", "2022-12-31")}
    assert (body["edits"]["mue"]["value"], body["edits"]["mue"]["mai"]) == (1, 3)
    year = body["fees"]["years"][0]
    assert (year["status"], year["global_days"], year["work_rvu"]) == ("A", "ZZZ", "1.13")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("E11.42", "E11.42"),
        ("e1142", "E11.42"),
        ("20701", "20701"),
        ("polyneuropathy diabetic type 2", "E11.42"),
        ("essential hypertension", "I10"),
        ("esential hypertention", "I10"),
        ("htn", "I10"),
        ("copd", "J44.9"),
        ("high blood pressure", "I10"),
        ("heart attack", "I21.9"),  # what is valid on a claim, where the words say no more
        ("modrate persistant asthma with status asthmaticus", "J45.42"),
    ],
)
async def test_what_people_type_leads_to_the_code(lookup, query, code):
    assert await best(lookup, query) == code


async def test_a_hit_says_which_term_matched_and_why(lookup):
    hit = (await lookup.search_codes("T2DM with neuropathy", "icd-10-cm", 1)).hits[0]
    assert hit.code.startswith("E11.4")
    assert (hit.kind, hit.term) == ("abbreviation", "T2DM: type 2 diabetes mellitus")


def test_the_beginning_of_a_word_suggests(lookup):
    assert lookup.suggest_codes("hypert", "icd-10-cm", 5).total > 5


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (lambda one: one.get_code("icd-9", "E11", ""), "UNKNOWN_SYSTEM"),
        (lambda one: one.get_code("icd-10-cm", "E11.ZZ", ""), "UNKNOWN_CODE"),
        (lambda one: one.get_code("icd-10-cm", "../etc/passwd", ""), "MALFORMED_CODE"),
        (lambda one: one.get_code("icd-10-cm", "E11.42", "2026-13-01"), "BAD_DATE"),
        (lambda one: one.suggest_codes("  ", "", 5), "EMPTY_QUERY"),
        (lambda one: one.suggest_codes("x" * 501, "", 5), "QUERY_TOO_LONG"),
        (lambda one: one.suggest_codes("fever", "", 51), "BAD_LIMIT"),
        (lambda one: one.suggest_codes("fever", "", -1), "BAD_LIMIT"),
        (lambda one: one.browse_codes("icd-10-cm", "Z99.ZZ", ""), "UNKNOWN_CODE"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_its_reason(lookup, ask, reason):
    with pytest.raises(AppError) as refused:
        ask(lookup)
    assert refused.value.reason == reason


def test_a_date_before_every_edition_has_no_data_and_one_after_is_stale(lookup):
    assert lookup.get_code("icd-10-cm", "E11.42", "2015-01-01").status == "no_data"
    assert lookup.get_code("icd-10-cm", "E11.42", "2027-01-01").edition.stale
    assert lookup.get_code("cpt", "12345", "").status == "no_data"


@pytest.mark.parametrize(
    ("diagnoses", "expected"),
    [
        (("F02.80",), ["instructional-note"]),
        (("F02.80", "G30.9"), ["instructional-note"]),
        (("G30.9", "F02.80"), []),
        (("E11.9", "E10.9"), ["excludes"]),
        (("M25.569",), ["specificity"]),
        (("I10",), []),
    ],
)
def test_notes_of_the_tabular_list_speak_on_a_claim(shipped, diagnoses, expected):
    with contextlib.closing(Library(shipped)) as library:
        line = Line("1", "99213", 1, (), diagnoses, "")
        report = Edits(library, lambda: "2026-05-04").check_claim(Claim("", "", "", (line,)))
    assert [one.rule for one in report.findings if one.rule != "code-validity"] == expected
