"""What is said of procedures: units, add-ons, pairs, global days, fees, modifiers, coverage, each from its section."""

import pytest

from services.assistant.answers import on_codes, on_edits
from services.assistant.answers.understand import understand
from services.assistant.domain.codes import CodeRef, KnownCode
from services.assistant.domain.evidence import Checked, Edit, Source
from services.assistant.domain.questions import Focus, Question
from tests.unit.assistant.world import assistant

DAY = "2026-05-04"
YEAR = {
    "edition": "CY2026",
    "modifier": "",
    "work_rvu": "1.30",
    "nonfacility_total": "2.75",
    "facility_total": "1.97",
    "status": "A",
    "status_text": "Active",
    "global_days": "090",
    "global_text": "Major procedure",
    "amounts": {"nonfacility": "88.95", "nonfacility_arithmetic": "2.75 x 32.3465"},
    "source": "PFS, line 1",
}
SECTIONS = {
    "edits": {
        "mue": {"value": 2, "mai": 3, "setting": "practitioner", "edition": "2026 Q2", "source": "MUE, line 1"},
        "add_on": [
            {"type": 1, "effective_from": "2020-01-01", "note": "A list.", "primaries": ["27447"], "source": "AOC"},
            {"type": 3, "effective_from": "2010-01-01", "effective_to": "2019-12-31", "note": "Some.", "source": "AOC"},
        ],
    },
    "fees": {"years": [YEAR], "no_data": "Locality figures need the GPCI file of 2026."},
    "modifiers": {
        "modifiers": [
            {"modifier": "50", "use": "yes", "text": "150 percent.", "source": "PFS"},
            {"modifier": "80, AS", "use": "no", "text": "Never paid.", "source": "PFS"},
        ]
    },
    "coverage": {"documents": [{"document": "L100", "title": "Knees", "states": ["TX"], "contractors": []}]},
}


def known(sections=SECTIONS, code: str = "27447") -> KnownCode:
    return KnownCode(CodeRef("cpt", code), "active", None, DAY, "PFS CY2026", "pfs", "2026-01-01", False, sections)


def lead(question: str, focus: Focus, sections=SECTIONS) -> str:
    told = on_codes.told(known(sections), focus, understand(Question(question, DAY)))
    return " ".join(claim.text for claim in told.lead)


@pytest.mark.parametrize(
    ("question", "focus", "said"),
    [
        ("MUE of 27447", Focus.UNITS, "at most 2 units a day"),
        ("is 27447 an add-on", Focus.ADD_ON, "is an add-on code of type 1, from 2020-01-01"),
        ("global days of 27447", Focus.GLOBAL, "global days 090 (Major procedure)"),
        ("fee of 27447", Focus.FEES, "National amount: 88.95 dollars outside a facility"),
        ("fee of 27447 in Texas", Focus.FEES, "Texas: no_data. Locality figures need"),
        ("modifier 50 on 27447", Focus.MODIFIERS, "Yes. Modifier 50 on **27447**"),
        ("AS modifier on 27447", Focus.MODIFIERS, "No. Modifier AS on **27447**"),
        ("modifiers of 27447", Focus.MODIFIERS, "it takes 50; it does not take 80, AS"),
        (
            "is 27447 covered in Texas",
            Focus.COVERAGE,
            "1 document of the Medicare Coverage Database that",
        ),
        ("is 27447 covered in Maine", Focus.COVERAGE, "none speaks for Maine"),
    ],
)
def test_the_short_answer_is_what_was_asked(question, focus, said):
    assert said in lead(question, focus)


@pytest.mark.parametrize(
    "focus", [Focus.UNITS, Focus.ADD_ON, Focus.GLOBAL, Focus.FEES, Focus.MODIFIERS, Focus.COVERAGE]
)
def test_what_is_not_loaded_is_no_data(focus):
    assert f"no_data on {DAY}" in lead("27447", focus, {})


def test_an_add_on_names_its_primaries_as_codes_to_be_held_against_the_editions():
    told = on_codes.told(known(), Focus.ADD_ON, understand(Question("primaries", DAY)))
    assert [claim.listed for claim in told.lead] == [(), ("27447",)]


def pair(verdict: str, allowed: tuple[str, ...] = ()) -> Edit:
    source = Source("NCCI", "", "file, line 1", "/data")
    return Edit("ncci-ptp", verdict, ("11042", "97597"), "97597 is not paid beside 11042.", "Fix.", allowed, source)


@pytest.mark.parametrize(
    ("checked", "said"),
    [
        (Checked((pair("applies", ("59",)),), "NCCI", "applies"), "Not without a modifier (verdict: applies"),
        (Checked((pair("applies"),), "NCCI", "applies"), "No (verdict: applies, modifier indicator 0)"),
        (Checked((pair("does_not_apply"),), "NCCI", "does_not_apply"), "Yes (verdict: does_not_apply)"),
        (Checked((pair("no_data"),), "NCCI", "no_data"), "No firm verdict (no_data)"),
        (Checked((), "NCCI", "does_not_apply"), "Yes, as far as NCCI goes (verdict: does_not_apply)"),
        (Checked((), "NCCI", "no_data"), "No firm verdict (no_data) for 2026-05-04"),
        (Checked((), "", "no_data"), "No verdict (no_data): no NCCI PTP table"),
    ],
)
def test_a_pair_has_its_verdict_first(checked, said):
    claims = on_edits.checked(checked, [known({}, "11042"), known({}, "97597")], ("59",))
    assert claims[0].text.startswith(said)


async def test_what_no_edition_has_is_named_by_the_file_that_would_bring_it():
    told = await assistant().pilot.answer(Question("How many units of J1885 a day?", DAY))
    assert told.abstained
    assert "HCPCS Level II codes come with the agency's alpha-numeric file" in told.markdown
