"""Questions to answers: what is understood, what is said, and what never leaves."""

import pytest

from services.assistant import codes_in_text
from services.assistant.answers import on_codes
from services.assistant.answers.dates import date_in
from services.assistant.answers.identifiers import without_identifiers
from services.assistant.answers.understand import date_of, understand
from services.assistant.answers.verify import backed, verify
from services.assistant.cases import rulebook
from services.assistant.domain.answers import Claim, Draft
from services.assistant.domain.codes import CodeRef, KnownCode, SearchHit
from services.assistant.domain.evidence import Piece, Source
from services.assistant.domain.questions import Focus, Question
from services.assistant.evidence.plainest import plainest
from tests.unit.assistant.world import CODES, assistant

DAY = "2026-11-24"
PIECE = Piece("E11.42 has 2 of 3", Source("A source"))


def read(text: str):
    return understand(Question(text, DAY))


async def answer(text: str):
    return await assistant().pilot.answer(Question(text, DAY))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("What is E11.42?", ("E11.42",)),
        ("what is e1142 please", ("E1142",)),
        ("20701 with 11044", ("20701", "11044")),
        ("J1885 units", ("J1885",)),
        ("In 2023 we paid $45,000 for 12345678 of them", ()),
        ("CMS-1770-F, Pub. 100-04", ()),
        ("99213-25 and 20610", ("99213", "20610")),
    ],
)
def test_codes_are_read_as_people_type_them(text, codes):
    assert read(text).codes == codes


@pytest.mark.parametrize(
    ("text", "modifiers"),
    [
        ("When is modifier 25 right?", ("25",)),
        ("modifiers 59 and XS", ("59", "XS")),
        ("mod 50 vs RT", ("50", "RT")),
        ("99213-25", ("25",)),
        ("25 minutes with the patient", ()),
        ("modifier ZZ", ("ZZ",)),
        ("does the AS modifier fit", ("AS",)),
        ("25 vs 57", ("25", "57")),
        ("25 or 30 minutes", ()),
        ("which modifier is for it", ()),
        ("modifier lt", ("LT",)),
    ],
)
def test_modifiers_are_told_from_numbers(text, modifiers):
    assert read(text).modifiers == modifiers


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("What is the ICD-10 code for type 2 diabetes with kidney disease?", "type 2 diabetes with kidney disease"),
        ("how do I code a sprained ankle in ICD-10-CM?", "sprained ankle"),
        ("which diagnosis code fits high blood pressure", "high blood pressure"),
        ("chest pain icd 10 code", "chest pain"),
        ("HCPCS code for a standard wheelchair", "standard wheelchair"),
        ("code for vitamin B12 deficiency", "vitamin B12 deficiency"),
        ("When is modifier 25 right?", ""),
    ],
)
def test_a_diagnosis_in_plain_words_is_found_behind_its_cue(text, phrase):
    assert read(text).phrase == phrase


def test_what_is_wanted_of_a_code_is_read():
    assert set(read("Is E11.42 billable, and what does it exclude?").focus) == {Focus.BILLABLE, Focus.NOTES}


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("valid on 2026-05-01?", "2026-05-01"),
        ("valid on 5/1/2026?", "2026-05-01"),
        ("from 2026-01-01 to 2026-05-01", ""),
        ("on 2026-02-30", ""),
        ("today", ""),
        ("on May 3, 2025", "2025-05-03"),
        ("3 May 2025", "2025-05-03"),
        ("in 2024", "2024-07-01"),
        ("for FY2025", "2024-10-01"),
        ("in Q3 2024", "2024-07-01"),
        ("in March 2025", "2025-03-01"),
        ("born 01/02/1960, seen 2026-05-01", "2026-05-01"),
        ("who won in 2018 and in 2022", ""),
    ],
)
def test_the_one_day_of_a_question_is_its_date(text, day):
    assert date_in(text) == day


async def test_a_code_is_answered_with_its_standing_its_notes_and_citations():
    told = await answer("What is ICD-10-CM code E11.42?")
    assert "Type 2 diabetes mellitus with diabetic polyneuropathy" in told.markdown
    assert "can be reported on 2026-11-24" in told.markdown
    assert "Excludes1" in told.markdown
    assert {code.code for code in told.codes} >= {"E11.42", "E10"}
    assert all(citation.url.startswith("/codes/icd-10-cm/") for citation in told.citations)


async def test_a_header_is_said_to_be_one():
    assert "is a header and cannot be reported" in (await answer("is E11 billable?")).markdown


async def test_two_codes_together_are_held_against_each_others_excludes_notes():
    told = await answer("Can E11.42 and E10.9 be coded together?")
    assert told.markdown.startswith("No, not for the same condition (verdict: applies)")
    assert "has an Excludes1 note at E11 that names E10.9" in told.markdown


async def test_a_rule_is_answered_from_the_guides_with_a_citation_that_opens():
    told = await answer("What does modifier 25 mean?")
    assert told.markdown.startswith("**Modifier 25**: on the day of a procedure")
    addresses = [one.url for one in told.citations]
    assert addresses[0] == "/guides/modifier-list#modifier-25"
    assert {one.partition("#")[0] for one in addresses} == {"/guides/modifier-list", "/guides/modifiers-24-25-57"}


@pytest.mark.parametrize(
    "text",
    ["Who won the football world cup in 1998?", "What's the weather tomorrow?", "hello", "<script>alert(1)</script>"],
)
async def test_without_evidence_it_abstains_and_says_what_it_would_need(text):
    told = await answer(text)
    assert told.abstained
    assert "no evidence" in told.markdown
    assert not told.codes


async def test_a_code_that_no_edition_has_is_not_even_repeated():
    told = await answer("What is E11.99 and Z99.ZZZ?")
    assert told.abstained
    assert "E11.99" not in told.markdown
    assert "no loaded edition" in told.markdown


async def test_no_answer_names_a_code_that_is_not_loaded():
    questions = (
        "Guidelines for E/M services",
        "What is upcoding?",
        "seventh character for fractures",
        "sequencing rules",
    )
    for question in questions:
        told = await answer(question)
        assert set(codes_in_text.strict(told.markdown)) <= CODES.keys(), question


async def test_the_same_question_gives_the_same_bytes():
    assert await answer("Guidelines for E/M services") == await answer("Guidelines for E/M services")


def test_a_claim_with_a_figure_that_no_piece_holds_is_not_backed():
    assert backed(Claim("2 of 3", (PIECE,)))
    assert not backed(Claim("2 of 4", (PIECE,)))
    assert not backed(Claim("words without grounds", ()))


def test_a_claim_that_names_an_unknown_code_is_left_out():
    draft = Draft((Claim("E11.42 is known.", (PIECE,)), Claim("E11.42 is like E11.43", (PIECE,))))
    told = verify(draft, {"E11.42": CodeRef("icd-10-cm", "E11.42")}, DAY)
    assert told.markdown == "E11.42 is known. \\[1\\]\n"
    assert verify(draft, {}, DAY).abstained


def test_markup_in_evidence_stays_text():
    told = verify(Draft((Claim("<img src=x> [a](http://b)", (PIECE,)),)), {}, DAY)
    assert "\\<img src=x\\>" in told.markdown
    assert "](" not in told.markdown.replace("\\]", "")


def test_a_code_that_only_a_table_names_is_listed_and_not_called_a_header():
    sections = {"edits": {"mue": {"value": None}, "ptp": {"facts": [{"label": "Rows", "value": "2", "source": "t"}]}}}
    ref = CodeRef("cpt", "11042", "")
    code = KnownCode(ref, "active", None, "2025-11-15", "PFS CY2025", "pfs", "2025-10-01", False, sections)
    (what,) = on_codes.what(code)
    assert "no description of it is loaded" in what.text
    assert "listed on 2025-11-15" in on_codes.standing(code).text
    said = on_codes.told(code, Focus.PAIRS, read("pairs of 11042"))
    assert [claim.pieces[0].text for claim in said.lead] == ["Rows: 2"]


@pytest.mark.parametrize(
    ("before", "text", "codes", "modifiers"),
    [
        ("Is E11.42 billable?", "and its modifiers?", ("E11.42",), ()),
        ("Is E11.42 billable?", "what about in 2024?", ("E11.42",), ()),
        ("Can I bill 11042 with 97597?", "with modifier 59?", ("11042", "97597"), ("59",)),
        ("How many global days does 27447 have?", "and 20610?", ("20610",), ()),
        ("What does modifier 25 mean?", "and 57?", (), ("57",)),
        ("What does modifier 25 mean?", "What is I10?", ("I10",), ()),
        ("Is E11.42 billable?", "What is the capital of France and who rules there today?", (), ()),
    ],
)
def test_a_question_that_leaves_out_what_it_is_about_goes_on_from_the_one_before(before, text, codes, modifiers):
    understood = understand(Question(text, DAY, earlier=(before,)))
    assert (understood.codes, understood.modifiers) == (codes, modifiers)


def test_what_was_wanted_of_a_code_is_wanted_of_the_next():
    understood = understand(Question("and 20610?", DAY, earlier=("How many global days does 27447 have?",)))
    assert understood.focus == (Focus.GLOBAL,)


def test_a_date_goes_along_with_the_subject_and_only_then():
    before = ("Is E11.42 billable on 2026-05-01?",)
    assert date_of(Question("and what does it exclude?", "", earlier=before)) == "2026-05-01"
    assert date_of(Question("What is I10?", "", earlier=before)) == ""


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("SSN 123-45-6789, modifier 25?", "SSN [removed], modifier 25?"),
        ("MRN: 0048213 has I10", "[removed] has I10"),
        ("born 01/02/1960, I10?", "[removed], I10?"),
        ("call (555) 123-4567 or a@b.org", "call [removed] or [removed]"),
        ("Mrs. Jane Doe has chest pain", "[removed] has chest pain"),
        ("Patient John Smith, 58, with I10", "[removed], 58, with I10"),
        ("Patient Protection and Affordable Care Act", "Patient Protection and Affordable Care Act"),
        ("99213-25 and 20610 on 2026-05-01", "99213-25 and 20610 on 2026-05-01"),
    ],
)
def test_identifiers_of_patients_are_taken_out(text, left):
    assert without_identifiers(text) == left


async def test_an_answer_says_that_identifiers_were_taken_out():
    told = await answer(without_identifiers("Patient SSN 123-45-6789: what is I10?"))
    assert "taken out of the question" in told.markdown


async def test_a_modifier_that_does_not_exist_is_not_explained():
    told = await answer("What does modifier ZZ mean?")
    assert told.abstained
    assert "ZZ" in told.markdown


async def test_a_vitamin_is_no_category():
    assert codes_in_text.strict("Vitamin B12 deficiency") == []
    assert codes_in_text.strict("Remark code N56 and reason code B13, and M44.1") == ["M44.1"]
    assert read("code for vitamin B12 deficiency").phrase == "vitamin B12 deficiency"


def test_of_two_codes_the_one_that_claims_less_comes_first():
    hits = [
        hit("J15.0", "Pneumonia due to Klebsiella pneumoniae"),
        hit("J18.9", "Pneumonia, unspecified organism"),
        hit("S62.162A", "Displaced fracture of pisiform, left wrist, initial encounter for closed fracture"),
    ]
    assert [one.ref.code for one in plainest(hits, "pneumonia")] == ["J18.9", "J15.0"]


def test_a_code_that_denies_what_was_said_comes_last():
    hits = [
        hit("I13.10", "Hypertensive heart and kidney disease without heart failure"),
        hit("I13.0", "Hypertensive heart and kidney disease with heart failure"),
    ]
    assert plainest(hits, "hypertensive kidney disease with heart failure")[0].ref.code == "I13.0"


def hit(code: str, display: str) -> SearchHit:
    return SearchHit(CodeRef("icd-10-cm", code, display), True, display, "description")


def test_listed_codes_that_no_edition_has_are_counted_and_not_named():
    claim = Claim("Its primaries", (PIECE,), listed=("E11.42", "E11.99"))
    told = verify(Draft((claim,)), {"E11.42": CodeRef("icd-10-cm", "E11.42")}, DAY)
    assert told.markdown == "Its primaries: E11.42, and 1 in no loaded edition. \\[1\\]\n"
    assert "none is named" in verify(Draft((claim,)), {}, DAY).markdown


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("ICD-10 for ICD-9 250.60", "maps by the GEMs to ICD-10-CM **E11.42**, and to 1 not told here"),
        ("what is 250.60 in icd-10", "**E11.42**"),
        ("icd9 25060 crosswalk", "ICD-9-CM 250.60"),
        ("icd-9 999.99 to icd 10", "no_data"),
        ("modifier AV", "Item furnished with a prosthetic device"),
    ],
)
async def test_mappings_and_listed_modifiers_come_from_the_loaded_tables(question: str, said: str) -> None:
    answer = await assistant().pilot.answer(Question(question, "2026-05-04"))

    assert said in answer.markdown


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("work RVU of 99213 in 2025", "2025-12-31"),
        ("was E11.9 billable in 2025", "2025-07-01"),
        ("fee of 99213 on 2025-07-01", "2025-07-01"),
    ],
)
def test_a_calendar_year_of_fees_is_its_last_day(text: str, day: str) -> None:
    assert date_of(Question(text, "")) == day


def test_a_code_that_its_combination_says_does_not_stand_beside_it() -> None:
    book = rulebook.shipped()

    assert book.holding("I10", "I11.0") == "Guidelines I.C.9.a.1"
    assert not book.holding("N18.32", "E11.22")
    assert book.both_follow("E11.22", "E11.40")
    assert not book.both_follow("E11.9", "E11.40")


def test_a_remark_code_is_no_diagnosis():
    asked = read("What is remark code N130?")
    assert (asked.denial, asked.codes) == ("N130", ())
    assert read("What is N13.0?").codes == ("N13.0",)
