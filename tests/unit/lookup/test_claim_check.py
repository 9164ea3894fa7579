"""Claims against small hand-written tables: each rule's verdicts, and what cannot be read."""

import contextlib

import pytest

from services.chassis.errors import AppError
from services.lookup.checking import Edits
from services.lookup.editions.library import Library, Shelf
from services.lookup.edits.claim import Claim, Line
from services.lookup.pages import procedure
from tests.unit.lookup.official import MUE, ORDER, PFS, PTP_HEADING, hcpcs, imported, workbook, written

PTP = PTP_HEADING + (
    "11042\t97597\t\t20150101\t*\t1\tMisuse of Column Two code with Column One code\n"
    "11042\t11720\t\t20150101\t20260731\t0\tMutually exclusive procedures\n"
    "29880\t29881\t\t20100101\t*\t1\tMore extensive procedure\n"
    "11043\t11042\t\t20200101\t20200101\t9\tMore extensive procedure\n"
    "11042\t99213\t\t20150101\t*\t1\tStandards of medical/surgical practice\n"
)
AOC = [
    ["A notice"],
    [
        *("AOC_Edit_Type", "Add-On_Code", "AOC_DelDT", "Primary_Code", "Primary_Code_DelDT"),
        *("AOC_Edit_EffDT", "AOC_Edit_DelDT", "Special_Instruction_Notes"),
    ],
    ["1", "11045", "", "11042", "", "2011001", "", ""],
    ["2", "0054T", "", "CCCCC", "", "2013091", "", ""],
    ["3", "20701", "", "11010", "", "2023001", "", ""],
    ["1", "20701", "", "11043", "", "2020001", "2022365", ""],
]
DAY = "2026-08-15"


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("claims")
    parts = [
        written(
            folder, f"ccipra-v322r0-f{n}.txt", PTP if n == 1 else PTP_HEADING + f"9900{n}\t99010\t\t20200101\t*\t1\tx\n"
        )
        for n in (1, 2, 3, 4)
    ]
    mue = MUE.replace("11042,1,2 Date", "97597,2,1 Line Edit,CMS Policy\n11042,1,2 Date")
    imported(
        folder,
        *parts,
        written(folder, "AOC_V2026Q3-MCR.xlsx", workbook(AOC)),
        written(folder, "MCR_MUE_PractitionerServices_Eff_07-01-2026.csv", mue),
        written(folder, "PPRRVU2026_Jul.csv", PFS.replace("2025 National", "2026 National").replace("October", "July")),
        written(
            folder,
            "HCPC2026_JUL_ANWEB.txt",
            hcpcs("J1885") + hcpcs("RT", "7") + hcpcs("LT", "7") + hcpcs("K0001", ended="20260630"),
        ),
        written(folder, "icd10cm-order-2026.txt", ORDER),
    )
    with contextlib.closing(Library(folder)) as opened:
        yield opened


def checked(library, *lines, as_of: str = DAY, setting: str = "practitioner", **more):
    made = [
        Line(str(n), code, units, tuple(mods), tuple(dx), "")
        for n, (code, units, mods, dx) in enumerate(map(whole, lines), 1)
    ]
    return Edits(library, lambda: DAY).check_claim(Claim(as_of, setting, "", tuple(made), **more))


def whole(line) -> tuple:
    code, units, mods, dx = (*line, *(1, (), ())[len(line) - 1 :])
    return code, units, mods, dx


def said(report, rule: str) -> list[tuple[str, str]]:
    return [(one.verdict.value, one.severity.value) for one in report.findings if one.rule == rule]


@pytest.mark.parametrize(
    ("lines", "as_of", "expected"),
    [
        ([("11042",), ("97597",)], DAY, [("applies", "error")]),
        ([("97597",), ("11042",)], DAY, [("applies", "error")]),
        ([("11042",), ("97597", 1, ["59"])], DAY, [("does_not_apply", "info")]),
        ([("11042", 1, ["XS"]), ("97597",)], DAY, [("does_not_apply", "info")]),
        ([("11042", 1, ["59"]), ("97597",)], "2019-06-30", [("applies", "error")]),
        ([("11042", 1, ["59"]), ("97597",)], "2019-07-01", [("does_not_apply", "info")]),
        ([("11042",), ("97597", 1, ["76"])], DAY, [("applies", "error")]),
        ([("11042",), ("97597",)], "2014-12-31", []),
        ([("11042",), ("11720", 1, ["59"])], "2026-07-31", [("applies", "error")]),
        ([("11042",), ("11720",)], "2026-08-01", []),
        ([("11043",), ("11042",)], "2020-01-01", []),
        ([("29880", 1, ["RT"]), ("29881", 1, ["RT"])], DAY, [("applies", "error")]),
        ([("29880", 1, ["RT"]), ("29881", 1, ["LT"])], DAY, [("does_not_apply", "info")]),
        ([("11042",), ("97597",)], "2026-10-01", [("no_data", "check")]),
        ([("11042",), ("11043",)], DAY, []),
    ],
)
def test_pairs(library, lines, as_of, expected):
    assert said(checked(library, *lines, as_of=as_of), "ncci-ptp") == expected


def test_a_pair_beyond_the_table_tells_what_the_newest_said(library):
    report = checked(library, ("11042",), ("97597",), as_of="2026-12-01")
    (finding,) = [one for one in report.findings if one.rule == "ncci-ptp"]
    assert finding.newest == ("NCCI PTP, practitioner, Medicare 2026 Q3", "applies")
    assert report.verdict == "no_data"


def test_an_evaluation_is_opened_by_25_or_57(library):
    report = checked(library, ("11042",), ("99213",))
    assert report.findings[0].allowed_modifiers == ("25", "57")
    assert said(checked(library, ("11042",), ("99213", 1, ["25"])), "ncci-ptp") == [("does_not_apply", "info")]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([("J1885", 8)], []),
        ([("J1885", 9)], [("applies", "error")]),
        ([("J1885", 5), ("J1885", 4)], [("applies", "error")]),
        ([("97597", 2), ("97597", 2)], []),
        ([("97597", 3)], [("applies", "error")]),
        ([("11042", 2)], [("applies", "error")]),
        ([("11043", 50)], []),
    ],
)
def test_units(library, lines, expected):
    assert said(checked(library, *lines), "mue") == expected


@pytest.mark.parametrize(
    ("lines", "as_of", "expected"),
    [
        ([("11045",)], DAY, [("applies", "error")]),
        ([("11045",), ("11042",)], DAY, []),
        ([("0054T",)], DAY, [("no_data", "check")]),
        ([("20701",)], DAY, [("no_data", "check")]),
        ([("20701",), ("11010",)], DAY, []),
        ([("20701",), ("11043",)], DAY, [("no_data", "check")]),
        ([("20701",), ("11043",)], "2022-12-31", []),
        ([("20701",), ("11010",)], "2022-12-31", [("applies", "error")]),
        ([("11045",)], "2010-12-31", []),
    ],
)
def test_add_ons(library, lines, as_of, expected):
    assert said(checked(library, *lines, as_of=as_of), "add-on") == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (("11042", 1, ["50"]), [("applies", "error")]),
        (("11042", 1, ["62"]), [("applies", "error")]),
        (("11042", 1, ["RT"]), []),
        (("11042", 1, ["QQ"]), [("applies", "error")]),
        (("11042", 1, ["78"]), [("no_data", "info")]),
    ],
)
def test_modifiers(library, line, expected):
    assert said(checked(library, line), "modifier") == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (("11042", 1, [], ["A00.0"]), []),
        (("11042", 1, [], ["A00"]), [("applies", "error")]),
        (("11042", 1, [], ["W19"]), [("applies", "error")]),
        (("11042", 1, [], ["A09.9"]), [("applies", "error")]),
        (("J9999",), [("applies", "error")]),
        (("K0001",), [("applies", "error")]),
        (("99999",), [("no_data", "check")]),
        (("HELLO",), [("applies", "error")]),
    ],
)
def test_codes(library, line, expected):
    assert said(checked(library, line), "code-validity") == expected


def test_a_clean_claim_says_what_was_checked(library):
    report = checked(library, ("11042", 1, [], ["A00.0"]))
    assert report.verdict == "clean"
    assert {one.rule: one.edition for one in report.checked}["ncci-ptp"] == "NCCI PTP, practitioner, Medicare 2026 Q3"


def test_medicare_has_no_pairs_for_suppliers(library):
    report = checked(library, ("11042",), ("97597",), setting="dme")
    assert {one.rule: one.verdict for one in report.checked}["ncci-ptp"] == "no_data"


def test_every_field_that_cannot_be_read_is_named(library):
    lines = (
        Line("1", "11042", 0, (), (), ""),
        Line("1", "", 1, ("LONG",), (), "2026-02-30"),
    )
    with pytest.raises(AppError) as refused:
        Edits(library, lambda: DAY).check_claim(Claim(DAY, "office", "", lines, sex="f", age_years=200))
    assert [one.where for one in refused.value.errors] == [
        *("setting", "patient.sex", "patient.age_years", "lines[0].units"),
        *("lines[1].id", "lines[1].code", "lines[1].date", "lines[1].modifiers"),
    ]
    with pytest.raises(AppError, match="cannot be read"):
        Edits(library, lambda: DAY).check_claim(Claim(DAY, "", "", ()))


def test_a_code_that_only_the_pair_table_names_is_known_from_it(library):
    assert procedure.naming("29881", Shelf(library, DAY)).system == "ncci-ptp-practitioner"
    assert procedure.naming("29999", Shelf(library, DAY)) is None
