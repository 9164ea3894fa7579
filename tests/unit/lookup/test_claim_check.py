"""Claims against small hand-written tables: each rule's verdicts, and what cannot be read."""

import contextlib

import pytest

from services.chassis.errors import AppError
from services.lookup.checking import Edits
from services.lookup.editions.library import Library, Shelf
from services.lookup.edits.check import RULES
from services.lookup.edits.claim import Claim, Line
from services.lookup.pages import procedure
from tests.unit.lookup.official import MUE, ORDER, PFS, PTP_HEADING, hcpcs, imported, workbook, written

PTP = PTP_HEADING + (
    "11042\t97597\t\t20150101\t*\t1\tMisuse of Column Two code with Column One code\n"
    "11042\t11720\t\t20150101\t20260731\t0\tMutually exclusive procedures\n"
    "29880\t29881\t\t20100101\t*\t1\tMore extensive procedure\n"
    "11043\t11042\t\t20200101\t20200101\t9\tMore extensive procedure\n"
    "11042\t99213\t\t20150101\t*\t1\tStandards of medical/surgical practice\n"
    "99221\t99213\t\t20150101\t*\t1\tCPT Manual or CMS manual coding instruction\n"
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
            hcpcs("J1885") + hcpcs("RT", "7") + hcpcs("LT", "7") + hcpcs("XS", "7") + hcpcs("K0001", ended="20260630"),
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


def test_of_two_visits_25_says_that_both_were_significant(library):
    (finding,) = [one for one in checked(library, ("99213",), ("99221",)).findings if one.rule == "ncci-ptp"]
    assert finding.allowed_modifiers == ("25",)
    assert finding.fix.startswith("If the two visits were separate")
    assert "procedure" not in finding.fix


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        ([("11042",), ("99213", 1, ["25"])], "a significant visit beyond the procedure's own preparation, as 25 says"),
        ([("11042",), ("97597", 1, ["XS"])], "another organ or structure, as XS says"),
        ([("29880", 1, ["RT"]), ("29881", 1, ["LT"])], "that the site was another, as LT says"),
    ],
)
def test_what_opens_a_pair_names_what_the_record_has_to_show(library, lines, shown):
    (finding,) = [one for one in checked(library, *lines).findings if one.rule == "ncci-ptp"]
    assert finding.fix == f"Keep the record that shows {shown}."


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


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (("99213", 1, ["24"]), [("no_data", "info")]),
        (("99213", 1, ["25"]), [("no_data", "info")]),
        (("11042", 1, ["25"]), [("applies", "check")]),
        (("11042", 1, ["24"]), [("applies", "check")]),
        (("99213", 1, ["59"]), [("applies", "check")]),
        (("99213", 1, ["79"]), [("applies", "check")]),
        (("11042", 1, ["59", "XS"]), [("applies", "check")]),
        (("11042", 1, ["LT", "RT"]), [("applies", "check")]),
        (("11042", 1, ["26", "TC"]), [("applies", "error"), ("applies", "error"), ("applies", "check")]),
        (("11042", 1, ["RT", "RT"]), [("applies", "check")]),
        (("11042", 1, ["80"]), [("applies", "error")]),
        (("11042", 1, ["AS"]), [("applies", "error")]),
        (("11042", 1, ["66"]), [("applies", "error")]),
        (("11042", 1, ["51"]), []),
        (("11042", 1, ["54"]), [("applies", "check")]),
        (("11042", 2, ["50"]), [("applies", "error"), ("applies", "check")]),
        (("11042", 1, ["93"]), []),
    ],
)
def test_modifiers_that_do_not_fit_or_go_together(library, line, expected):
    assert said(checked(library, line), "modifier") == expected


def test_a_modifier_is_not_older_than_it_is(library):
    assert said(checked(library, ("11042", 1, ["93"]), as_of="2021-12-31"), "modifier") == [("applies", "error")]


def test_a_visit_beside_a_minor_procedure_takes_25_and_not_57(library):
    report = checked(library, ("99213", 1, ["57"]), ("11042",))
    assert said(report, "modifier") == [("no_data", "check")]
    assert report.verdict == "no_data", "99213 is in no code set here"


def test_lines_alike_are_told_of_together_and_apart_by_their_modifiers(library):
    report = checked(library, ("29880", 1, ["RT"]), ("29881", 1, ["RT"]), ("29881", 1, ["LT"]), ("29881", 1, ["RT"]))
    found = {one.verdict.value: one.lines for one in report.findings if one.rule == "ncci-ptp"}
    assert found == {"applies": ("1", "2", "4"), "does_not_apply": ("1", "3")}


def test_a_thousand_lines_are_checked(library):
    lines = [("11042", 1), ("97597", 1)] * 500
    report = checked(library, *lines)
    (pair,) = [one for one in report.findings if one.rule == "ncci-ptp"]
    assert len(pair.lines) == 1_000
    (units,) = [one for one in report.findings if one.rule == "mue" and "11042" in one.message]
    assert units.message.startswith("500 units of 11042")


def test_a_code_that_many_lines_have_is_told_of_once(library):
    report = checked(library, ("99999",), ("J1885",), ("99999",))
    assert [one.lines for one in report.findings if one.rule == "code-validity"] == [("1", "3")]


def test_a_date_to_come_is_told(library):
    report = checked(library, ("11042", 1), as_of="2026-08-16")
    assert [one.message[:10] for one in report.findings if one.source.edition == ""] == ["2026-08-16"]


def test_every_rule_is_accounted_for(library):
    report = checked(library, ("11042", 1))
    assert {one.rule for one in report.checked} == set(RULES)


def test_with_nothing_loaded_every_main_rule_says_so(tmp_path):
    with contextlib.closing(Library(tmp_path)) as empty:
        report = checked(empty, ("11042", 1, ["RT"], ["E11.9"]), ("97597", 1), state="TX", age_years=5)
    assert report.verdict == "no_data"
    silent = {one.rule for one in report.checked if one.verdict == "no_data"}
    assert silent == set(RULES) - {"place-of-service"}, "no line names a place"


def test_a_line_that_cannot_be_read_is_named_and_the_others_are_checked(library):
    report = checked(library, ("11042",), ("97597",), ("J1885", 0), ("J1885", 10**15), ("J1885", 9))
    assert [one.where for one in report.errors] == ["lines[2].units", "lines[3].units"]
    assert said(report, "ncci-ptp") == [("applies", "error")]
    assert [one.lines for one in report.findings if one.rule == "mue"] == [("3",), ("4",), ("5",)]
    assert report.verdict == "problems"


def test_a_batch_answers_each_claim_and_refuses_none(library):
    good, bad = Line("1", "11042", 1, (), (), ""), Line("1", "", 0, (), (), "tomorrow")
    edits = Edits(library, lambda: DAY)
    reports = edits.check_claims([Claim(DAY, "", "", (good,)), Claim(DAY, "office", "", (bad,)), Claim("", "", "", ())])
    assert [one.verdict for one in reports] == ["clean", "problems", "problems"]
    assert [one.where for one in reports[1].errors] == [
        "setting",
        *(f"lines[0].{n}" for n in ("code", "units", "date")),
    ]


def test_why_two_codes_do_not_go_together(library):
    edits = Edits(library, lambda: DAY)
    explained = edits.explain_pair(Claim(DAY, "", "", ()), ("97597", "11042", "11720"))
    assert [(one.rule, one.lines) for one in explained.report.findings if one.verdict == "applies"] == [
        ("ncci-ptp", ("97597", "11042")),
    ]
    assert [(row.pair.column_1, row.pair.column_2, row.verdict.value) for row in explained.rows] == [
        ("11042", "97597", "applies"),
        ("11042", "11720", "does_not_apply"),
    ]
    for codes in ((), ("1" * 11,), tuple(str(n) for n in range(13))):
        with pytest.raises(AppError):
            edits.explain_pair(Claim(DAY, "", "", ()), codes)


def test_every_field_that_cannot_be_read_is_named(library):
    lines = (
        Line("1", "11042", 0, (), (), ""),
        Line("1", "", 1, ("LONG",), (), "2026-02-30"),
    )
    with pytest.raises(AppError) as refused:
        Edits(library, lambda: DAY).check_claim(Claim(DAY, "office", "", lines, sex="x", age_years=200))
    assert [one.where for one in refused.value.errors] == [
        *("setting", "patient.sex", "patient.age_years", "lines[0].units"),
        *("lines[1].id", "lines[1].code", "lines[1].date", "lines[1].modifiers"),
    ]
    with pytest.raises(AppError, match="cannot be read"):
        Edits(library, lambda: DAY).check_claim(Claim(DAY, "", "", ()))


def test_a_code_that_only_the_pair_table_names_is_known_from_it(library):
    assert procedure.naming("29881", Shelf(library, DAY)).system == "ncci-ptp-practitioner"
    assert procedure.naming("29999", Shelf(library, DAY)) is None
