"""Cases to codes: clauses and what governs them, candidates with their words, rules that leave codes out."""

import pytest

from services.assistant.cases.clauses import clauses
from tests.unit.assistant.world import assistant

DAY = "2026-11-24"


def over(text: str) -> dict[str, str]:
    return {clause.text: clause.over for clause in clauses(text)}


async def coded(text: str, setting: str = "outpatient") -> dict[str, str]:
    found = await assistant().coder.code(text, DAY, setting)
    return {code.ref.code: code.status for code in found}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No chest pain.", {"No chest pain": "negated"}),
        ("Denies fever, chest pain, cough.", {"Denies fever, chest pain, cough": "negated"}),
        ("No fever, but has cough.", {"No fever": "negated", "but has cough": ""}),
        ("He did not present fever or pain", {"He": "", "did not present fever or pain": "negated"}),
        ("Two days history of fever", {"Two days history of fever": ""}),
        ("a 3-day history of fever", {"a 3-day history of fever": ""}),
        ("a long history of migraine", {"a long history of migraine": ""}),
        ("a history of a left leg injury", {"a": "", "history of a left leg injury": "history"}),
        ("Brought by his mother with cough", {"Brought by his mother with cough": ""}),
        ("FAMILY HISTORY:\nMother: colon cancer", {"colon cancer": "family"}),
        ("Family History\n\nASSESSMENT\nPneumonia", {"Family History": "family", "Pneumonia": ""}),
        ("COVID-19 vaccine. Cough", {"COVID-19 vaccine": "advice", "Cough": ""}),
        ("Stroke 3 years ago", {"Stroke 3 years ago": "history"}),
        ("Hypertension without heart failure", {"Hypertension": "", "without heart failure": "negated"}),
        ("Pneumonia was ruled out.", {"Pneumonia was ruled out": "negated"}),
        ("Possible pneumonia", {"Possible pneumonia": "doubt"}),
        ("Mother had colon cancer", {"Mother had colon cancer": "family"}),
        ("History of colon cancer", {"History of colon cancer": "history"}),
        ("history of type 2 diabetes", {"history of type 2 diabetes": "history"}),
        ("Temperature 38.5. Cough", {"Temperature 38.5": "", "Cough": ""}),
    ],
)
def test_what_governs_a_clause(text, expected):
    assert over(text) == expected


def test_a_clause_knows_its_place_in_the_text():
    text = "Well.\n  No chest pain, essential hypertension ."
    for clause in clauses(text):
        assert text[clause.start : clause.end] == clause.text


def test_a_sentence_that_never_ends_is_cut_and_what_governs_it_goes_on():
    found = clauses("Denies " + "chest pain, " * 2_000 + "fever")
    assert len(found) > 1
    assert {clause.over for clause in found} == {"negated"}
    assert max(len(clause.text) for clause in found) <= 2_000


async def test_a_finding_told_a_thousand_times_is_one_code_with_some_of_its_places():
    found = await assistant().coder.code("Chest pain. " * 1_000, DAY, "outpatient")
    told = next(code for code in found if code.ref.code == "R07.9")
    assert told.status == "suggested"
    assert 1 < len(told.evidence) < 100


async def test_a_combination_code_comes_before_its_parts():
    found = await coded(
        "58 year old man with type 2 diabetes and diabetic polyneuropathy. Essential hypertension. No chest pain."
    )
    assert [code for code, status in found.items() if status == "suggested"] == ["E11.42", "I10"]
    assert found["R07.9"] == "excluded"


async def test_evidence_is_the_words_of_the_text():
    text = "Seen today: essential hypertension, stable."
    found = await assistant().coder.code(text, DAY, "outpatient")
    span = found[0].evidence[0]
    assert text[span.start : span.end] == span.text == "hypertension"


@pytest.mark.parametrize(("setting", "status"), [("outpatient", "excluded"), ("inpatient", "suggested")])
async def test_an_uncertain_diagnosis_is_coded_for_inpatients_alone(setting, status):
    assert (await coded("Probable pneumonia.", setting))["J18.9"] == status


async def test_a_plain_statement_outweighs_a_denial_elsewhere():
    assert (await coded("Denies chest pain at rest. Chest pain on exertion."))["R07.9"] == "suggested"


async def test_lay_words_lead_to_the_code():
    assert await coded("High blood pressure.") == {"I10": "suggested"}


@pytest.mark.parametrize("text", ["...", "1 2 3", "<script>alert(1)</script>", "\x00\x01", "lorem ipsum dolor"])
async def test_a_text_without_a_case_gives_no_code(text):
    assert await coded(text) == {}
