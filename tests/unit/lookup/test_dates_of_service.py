"""What a date of service is answered from: before, within, between and after the editions that are loaded."""

import contextlib

import orjson
import pytest

from services.lookup.checking import Edits
from services.lookup.domain import Code
from services.lookup.editions.library import Library
from services.lookup.edits.claim import Claim, Line
from services.lookup.service import Lookup
from tests.unit.lookup.official import MUE, ORDER, PTP, TOOLS, hcpcs, imported, written

NEW = "00005 A00A    1 Cholera, a new sort                                          Cholera, a new sort\n"
CONVERSION = "Current code assignment,Effective,Previous Code(s) Assignment\nA00.A,2021,A00.0\n"
AOC = (
    "AOC_Edit_Type,Add-On_Code,AOC_DelDT,Primary_Code,Primary_Code_DelDT,AOC_Edit_EffDT,AOC_Edit_DelDT,"
    "Special_Instruction_Notes\n1,11045,,11042,,2021001,,\n"
)


@pytest.fixture
def asked(tmp_path):
    """Asks the editions imported into its folder for a code on a day."""

    def ask(system: str, code: str, day: str) -> Code:
        with contextlib.closing(Library(tmp_path)) as library:
            return Lookup(library, TOOLS, lambda: day).get_code(system, code, day)

    return ask


@pytest.mark.parametrize(
    ("day", "status", "edition", "stale"),
    [
        ("2024-09-30", "no_data", None, None),
        ("2024-10-01", "not_yet_valid", "FY2025", False),
        ("2025-09-30", "not_yet_valid", "FY2025", False),
        ("2025-10-01", "active", "FY2026", False),
        ("2026-09-30", "active", "FY2026", False),
        ("2026-10-01", "active", "FY2026", True),
    ],
)
def test_a_code_of_a_new_release_is_not_yet_valid_the_day_before(tmp_path, asked, day, status, edition, stale):
    imported(tmp_path, written(tmp_path, "icd10cm-order-2025.txt", ORDER))
    imported(tmp_path, written(tmp_path, "icd10cm-order-2026.txt", ORDER + NEW))
    found = asked("icd-10-cm", "A00.A", day)
    assert found.status == status
    assert (found.edition and found.edition.version, found.edition and found.edition.stale) == (edition, stale)


def test_an_update_of_april_speaks_from_its_first_day(tmp_path, asked):
    imported(tmp_path, written(tmp_path, "icd10cm-order-2026.txt", ORDER))
    imported(tmp_path, written(tmp_path, "icd10cm-order-April-2026.txt", ORDER + NEW))
    assert [asked("icd-10-cm", "A00.A", day).status for day in ("2026-03-31", "2026-04-01")] == [
        "not_yet_valid",
        "active",
    ]
    assert asked("icd-10-cm", "A00.0", "2026-04-01").edition.version == "FY2026 April"


@pytest.mark.parametrize(("day", "told"), [("2019-05-01", "not_yet_valid"), ("2022-05-01", "active")])
def test_between_two_releases_the_conversion_table_tells_since_when_a_code_is_valid(tmp_path, asked, day, told):
    imported(tmp_path, written(tmp_path, "icd10cm-order-2017.txt", ORDER))
    imported(tmp_path, written(tmp_path, "icd10cm-order-2025.txt", ORDER + NEW))
    assert asked("icd-10-cm", "A00.A", day).status == "no_data", "it came some time between"
    assert asked("icd-10-cm", "A00.A", "2017-05-01").status == "not_yet_valid"
    imported(tmp_path, written(tmp_path, "ICD-10-CM-CONVERSION-TABLE-FY2025.csv", CONVERSION))
    found = asked("icd-10-cm", "A00.A", day)
    assert (found.status, found.edition.stale) == (told, True)


@pytest.mark.parametrize(
    ("code", "day", "status", "edition"),
    [
        ("J0001", "2020-06-30", "not_yet_valid", "2024 Q4"),
        ("J0001", "2020-07-01", "active", "2024 Q4"),
        ("K0001", "2021-12-31", "active", "2024 Q4"),
        ("K0001", "2022-01-01", "deleted", "2024 Q4"),
        ("K0002", "2020-06-01", "active", "CY2019"),  # the newer file does not name it any more
        ("J0001", "2019-12-31", "not_yet_valid", "CY2019"),
        ("J0001", "2025-01-01", "active", "2024 Q4"),
    ],
)
def test_between_two_files_with_dated_rows_the_newer_one_decides_what_it_names(
    tmp_path, asked, code, day, status, edition
):
    older = hcpcs("K0001") + hcpcs("K0002")
    newer = hcpcs("K0001", ended="20211231") + hcpcs("J0001", added="20200701")
    imported(tmp_path, written(tmp_path, "HCPC2019_CONTR_ANWEB.txt", older))
    imported(tmp_path, written(tmp_path, "HCPC2024_OCT_ANWEB.txt", newer))
    found = asked("hcpcs", code, day)
    assert (found.status, found.edition.version) == (status, edition)
    assert found.edition.stale == (day > found.edition.effective_to)


def checked(folder, day: str, *codes: str) -> dict[str, str]:
    """The verdict of each rule on a claim."""
    lines = tuple(Line(str(n), code, 1, (), (), day) for n, code in enumerate(codes))
    with contextlib.closing(Library(folder)) as library:
        report = Edits(library, lambda: day).check_claim(Claim(day, "practitioner", "medicare", lines))
    return {one.rule: one.verdict.value for one in report.checked}


@pytest.mark.parametrize(
    ("day", "add_on", "mue"),
    [
        ("2020-12-31", "does_not_apply", "no_data"),  # the edit began the day after
        ("2021-01-01", "applies", "no_data"),
        ("2024-05-01", "applies", "no_data"),  # in the window of neither table: dated rows decide, limits do not
        ("2026-03-31", "applies", "no_data"),
        ("2026-04-01", "applies", "does_not_apply"),
        ("2026-06-30", "applies", "does_not_apply"),
        ("2026-07-01", "no_data", "no_data"),
    ],
)
def test_edits_are_decided_before_between_at_both_ends_of_and_after_their_tables(tmp_path, day, add_on, mue):
    imported(tmp_path, written(tmp_path, "AOC_V2023Q1-MCR.csv", AOC), written(tmp_path, "AOC_V2026Q2-MCR.csv", AOC))
    limits = MUE.replace("J1885,8,", "11045,8,3 Date of Service Edit: Clinical,Nature\nJ1885,8,")
    imported(tmp_path, written(tmp_path, "MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", limits))
    verdicts = checked(tmp_path, day, "11045")
    assert (verdicts["add-on"], verdicts["mue"]) == (add_on, mue)


def test_a_pair_table_names_a_code_on_days_on_which_a_row_of_it_was_in_force(tmp_path, asked):
    imported(tmp_path, written(tmp_path, "ccipra-v322r0-f1.txt", PTP))
    assert asked("cpt", "11720", "2014-12-31").status == "no_data"
    assert asked("cpt", "11720", "2015-01-01").status == "active"


@pytest.mark.parametrize(
    ("code", "day", "told"),
    [
        ("A00.A", "2025-09-30", "no, it comes with a later release"),
        ("A00.A", "2025-10-01", "yes, it has all its characters"),
        ("A00.1", "2025-10-01", "no, it was deleted before this date"),
    ],
)
def test_a_page_says_whether_its_code_is_valid_on_a_claim_of_that_day(tmp_path, asked, code, day, told):
    older = ORDER.replace("00002 A000    1 Cholera due", "00002 A001    1 Cholera due")
    imported(tmp_path, written(tmp_path, "icd10cm-order-2025.txt", older))
    imported(tmp_path, written(tmp_path, "icd10cm-order-2026.txt", ORDER + NEW))
    edits = next(one.body for one in asked("icd-10-cm", code, day).sections if one.key == "edits")
    assert orjson.loads(edits)["facts"][0]["value"] == told
