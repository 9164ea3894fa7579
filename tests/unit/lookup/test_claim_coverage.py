"""Coverage of a claim by the state it is for: never without one, never one to one."""

import contextlib

import pytest

from services.lookup.checking import Edits
from services.lookup.editions.library import Library
from services.lookup.edits.claim import Claim, Line
from tests.unit.lookup.official import hcpcs, imported, written
from tests.unit.lookup.test_import_coverage_and_cpt import EXPORT

DAY = "2026-01-20"
LISTED = {
    **EXPORT,
    "mcd/lcd_related_documents.csv": "lcd_id,lcd_version,r_article_id,r_lcd_id\n100,2,500,\n",
    "mcd/article_x_icd10_covered.csv": "article_id,article_version,icd10_code_id,icd10_covered_group\n500,1,B351,1\n",
    "mcd/article_x_icd10_noncovered.csv": "article_id,article_version,icd10_code_id,icd10_noncovered_group\n"
    "500,1,Z00.00,1\n",
}
LATER = {**LISTED, "mcd/lcd.csv": LISTED["mcd/lcd.csv"].replace("2025-05-01", "2026-01-21")}
UNLISTED = {name: text for name, text in EXPORT.items() if "icd10" not in name}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    made = {}
    for name, export in (("listed", LISTED), ("unlisted", UNLISTED), ("later", LATER), ("none", None)):
        made[name] = tmp_path_factory.mktemp(name)
        if export:
            codes = hcpcs("A9270").replace("Thing".ljust(28) + "51", "Thing".ljust(28) + "51")
            codes = codes[:229] + "M" + codes[230:]
            files = [
                written(made[name], "current_lcd.zip", export),
                written(made[name], "HCPC2026_JAN_ANWEB.txt", codes),
            ]
            imported(made[name], *files)
    return made


def covered(folder, code: str, diagnoses: tuple[str, ...] = (), state: str = "AL", day: str = DAY, **more):
    with contextlib.closing(Library(folder)) as library:
        line = Line("1", code, 1, (), diagnoses, "")
        report = Edits(library, lambda: DAY).check_claim(Claim(day, "", more.pop("program", ""), (line,), state=state))
    found = [(one.verdict.value, one.severity.value) for one in report.findings if one.rule == "coverage"]
    return found, next(one for one in report.checked if one.rule == "coverage")


@pytest.mark.parametrize(
    ("diagnoses", "expected"),
    [
        (("B35.1",), [("does_not_apply", "info")]),
        (("I10", "B351"), [("does_not_apply", "info")]),
        (("Z00.00",), [("applies", "check")]),
        (("I10",), [("applies", "check")]),
    ],
)
def test_a_document_of_the_state_lists_a_diagnosis_or_not(folders, diagnoses, expected):
    found, _ = covered(folders["listed"], "11720", diagnoses)
    assert found == expected


def test_without_a_state_nothing_is_said(folders):
    found, checked = covered(folders["listed"], "11720", ("I10",), state="")
    assert (found, checked.verdict, "state" in checked.note) == ([], "no_data", True)


def test_a_document_speaks_for_its_states_alone(folders):
    assert covered(folders["listed"], "11720", ("I10",), state="AR")[0] == []


def test_a_document_whose_lists_are_not_loaded_has_to_be_read(folders):
    found, checked = covered(folders["unlisted"], "11720", ("I10",))
    assert (found, checked.verdict) == ([("no_data", "check")], "no_data")


def test_a_version_that_began_after_the_day_decides_nothing(folders):
    later = covered(folders["later"], "11720", ("I10",))
    assert (later[0], later[1].verdict, "2026-01-21" in later[1].note) == ([], "no_data", True)


def test_beyond_the_snapshot_it_is_told_what_it_said(folders):
    found, checked = covered(folders["listed"], "11720", ("I10",), day="2026-06-01")
    assert (found, checked.verdict) == ([("no_data", "check")], "no_data")


def test_what_medicare_never_covers_is_told_in_every_state(folders):
    assert covered(folders["listed"], "A9270", state="")[0] == [("applies", "check")]


def test_medicaid_and_an_empty_house_have_no_data(folders):
    assert covered(folders["listed"], "11720", program="medicaid")[1].verdict == "no_data"
    assert covered(folders["none"], "11720")[1].verdict == "no_data"
