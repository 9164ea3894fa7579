"""Other quarters, settings and forms of the same official layouts: each small file is written by hand."""

import contextlib
import io
import zipfile

import openpyxl
import orjson
import pytest

from services.lookup.editions.library import Library
from services.lookup.importers import releases
from services.lookup.service import Lookup
from tests.unit.lookup.official import (
    GPCI,
    ORDER,
    PFS,
    PTP,
    PTP_HEADING,
    TOOLS,
    imported,
    opened,
    refused,
    workbook,
    written,
)

PTP_BOOK = [
    ["CPT only copyright 2025 American Medical Association.  All rights reserved."],
    ["Column1/Column2 Edits"],
    [
        *("Column 1", "Column 2", "*=in existence\nprior to 1996", "Effective\nDate", "Deletion\nDate\n*=no data"),
        *("Modifier\n0=not allowed\n1=allowed\n9=not applicable", "PTP Edit Rationale"),
    ],
    [11042, 11720, None, 20150101, "*", 1, "Misuse of Column Two code with Column One code"],
    [100, "G0500", "*", None, 20201231, 0, "Mutually exclusive procedures"],
]
MUE_HEADINGS = {
    "outpatient": "Outpatient Hospital Services MUE Values",
    "dme": "DME Supplier Services MUE Values",
    "practitioner": "Practitioner Services MUE Values",
}
HCPCS_BOOK = [
    ["HCPCS codes are used for something; a notice over all columns"],
    [],
    ["A second notice"],
    [
        *("HCPC", "SEQNUM", "RECID", "LONG DESCRIPTION", "SHORT DESCRIPTION", "PRICE1", "MULT_PI", "COV", "BETOS"),
        *("ADD DT", "ACT EFF DT", "TERM DT", "ACTION CD"),
    ],
    ["A1", "100", "7", "Dressing for one wound", "One wound", "", "", "", "", "19970101", "19970101", "", "N"],
    ["A4253", "100", "3", "Blood glucose strips", "Strips", "34", "A", "D", "D1E", 19940101, 20030101, None, "N"],
    ["D0120", "100", "3", "never kept", "never kept", "00", "9", "S", "Z2", 20000101, 20000101, None, "N"],
]


def book(rows: list[list[object]], *more: list[list[object]]) -> bytes:
    """Rows as a workbook as CMS makes it: merged notices, numbers as numbers; further sheets before the table's."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for number, sheet in enumerate((*more, rows)):
        at = made.create_sheet(f"Sheet{number}")
        for row in sheet:
            at.append(row)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def within(name: str, content: bytes) -> bytes:
    """A file inside an archive."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return held.getvalue()


def section(folder, system: str, code: str, day: str, key: str) -> dict:
    with contextlib.closing(Library(folder)) as library:
        answer = Lookup(library, TOOLS, lambda: day).get_code(system, code, day)
        return orjson.loads(next(one.body for one in answer.sections if one.key == key))


def test_pairs_are_read_from_the_workbook_whose_cells_are_numbers(tmp_path):
    done = imported(tmp_path, written(tmp_path, "ccipra-v320r0-f1.xlsx", book(PTP_BOOK)))
    assert (done.published[0].version, done.published[0].complete) == ("2026 Q1", False)
    with contextlib.closing(opened(tmp_path, done)) as bundle:
        (row,) = bundle.pairs.rows("11042", "11720")
        assert (row.since, row.until, row.indicator, row.line) == ("2015-01-01", "", "1", 4)
        (row,) = bundle.pairs.rows("00100", "G0500")
        assert (row.since, row.until, row.indicator) == ("1900-01-01", "2020-12-31", "0")


def test_of_text_and_workbook_in_one_archive_the_text_is_read(tmp_path):
    path = tmp_path / "f1.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("ccipra-v320r0-f1.xlsx", book(PTP_BOOK))
        archive.writestr("ccipra-v320r0-f1.TXT", PTP)
    done = imported(tmp_path, path)
    assert done.published[0].counts == {"pairs": 4}
    assert done.passed_over == ("f1.zip/ccipra-v320r0-f1.xlsx",)


def test_all_parts_packed_in_archives_of_their_own_within_one_make_a_whole_edition(tmp_path):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for n in (1, 2, 3, 4):
            rows = PTP_HEADING + f"9921{n}\t11042\t\t20200101\t*\t1\tOne more\n"
            archive.writestr(f"ccioph-v321r0-f{n}.zip", within(f"ccioph-v321r0-f{n}.txt", rows.encode()))
    (edition,) = imported(tmp_path, path).published
    assert (edition.system, edition.version, edition.complete) == ("ncci-ptp-outpatient", "2026 Q2", True)


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("ccipra-v322r0-f1.txt", "ncci-ptp-practitioner"),
        ("ccioph-v322r0-f1.txt", "ncci-ptp-outpatient"),
        ("Medicaid_NCCI_PTP_Practitioner_Eff_07-01-2026.txt", "ncci-ptp-practitioner-medicaid"),
        ("MCD_PTP_OutpatientHospital_2026Q3.txt", "ncci-ptp-outpatient-medicaid"),
        ("medicaid-ncci-2026q3-dme-ptp-edits.txt", "ncci-ptp-dme-medicaid"),
    ],
)
def test_settings_and_programs_have_tables_of_their_own(tmp_path, name, system):
    (edition,) = imported(tmp_path, written(tmp_path, name, PTP)).published
    assert (edition.system, edition.version) == (system, "2026 Q3")


def test_a_table_that_does_not_tell_its_setting_asks_for_it(tmp_path):
    path = written(tmp_path, "pairs-2026Q3.txt", PTP)
    assert "--kind outpatient" in refused(tmp_path, path).expected
    assert imported(tmp_path, path, kind="outpatient medicaid").published[0].system == "ncci-ptp-outpatient-medicaid"


def test_columns_in_another_order_case_and_number_are_found(tmp_path):
    text = (
        "COLUMN 2;column 1;MODIFIER;Effective Date;Deletion Date;PTP Edit Rationale;Extra\n"
        "11720;11042;1;01/01/2015;;Misuse of Column Two code;x\n"
    )
    done = imported(tmp_path, written(tmp_path, "practitioner_ptp_2026q3.csv", text.replace(";", ",")))
    with contextlib.closing(opened(tmp_path, done)) as bundle:
        assert bundle.pairs.rows("11042", "11720")[0].since == "2015-01-01"


def test_a_pair_table_without_a_column_is_refused(tmp_path):
    lacking = PTP.replace("\tDeletion\tModifier", "\tSomething\tModifier")
    refusal = refused(tmp_path, written(tmp_path, "ccipra-v322r0-f1.txt", lacking))
    assert "'Deletion Date' is missing" in str(refusal)
    assert "heading that begins with Column 1" in str(
        refused(tmp_path, written(tmp_path, "ccipra-v322r0-f2.txt", PTP.replace("Column 1\t", "First column 1\t")))
    )


@pytest.mark.parametrize("setting", MUE_HEADINGS)
@pytest.mark.parametrize("program", ["MCR", "MCD"])
@pytest.mark.parametrize("form", ["csv", "xlsx", "txt"])
def test_limits_of_every_setting_program_and_form(tmp_path, setting, program, form):
    heading = ["HCPCS/\nCPT Code", MUE_HEADINGS[setting], "MUE Adjudication Indicator", "MUE Rationale"]
    rows = [heading, ["J1885", "8", "3 Date of Service Edit: Clinical", "Prescribing Information"]]
    if program == "MCD":
        rows = [[*row[:2], row[3]] for row in rows]
    if form == "xlsx":
        content: str | bytes = workbook([["A notice over all columns, for one and all"], *rows])
    else:
        mark = "," if form == "csv" else "\t"
        content = "\r\n".join(mark.join(f'"{cell}"' for cell in row) for row in [["\ufeffA notice"], *rows])
        content = content.encode("utf-8")
    done = imported(tmp_path, written(tmp_path, f"{program}_MUE_{setting}_Eff_07-01-2026.{form}", content))
    suffix = "-medicaid" if program == "MCD" else ""
    assert (done.published[0].system, done.published[0].version) == (f"ncci-mue-{setting}{suffix}", "2026 Q3")
    with contextlib.closing(opened(tmp_path, done)) as bundle:
        body = bundle.rows.about("J1885")[0].body
        assert (body["value"], body.get("mai")) == (8, 3 if program == "MCR" else None)


def test_medicare_and_medicaid_limits_are_told_apart_on_a_page(tmp_path):
    for program, value in (("MCR", 8), ("MCD", 5)):
        text = f"HCPCS/CPT Code,Practitioner Services MUE Values,MUE Rationale\nJ1885,{value},Nature\n"
        imported(tmp_path, written(tmp_path, f"{program}_MUE_PractitionerServices_Eff_04-01-2026.csv", text))
    told = section(tmp_path, "hcpcs", "J1885", "2026-05-01", "edits")
    assert (told["mue"]["value"], told["mue"]["setting"]) == (8, "practitioner")
    assert [(one["value"], one["setting"]) for one in told["mue_elsewhere"]] == [(5, "practitioner, Medicaid")]


def test_medicaid_tables_alone_say_nothing_for_medicare(tmp_path):
    text = "HCPCS/CPT Code,Practitioner Services MUE Values,MUE Rationale\nJ1885,5,Nature\n"
    imported(tmp_path, written(tmp_path, "MCD_MUE_PractitionerServices_Eff_04-01-2026.csv", text))
    told = section(tmp_path, "hcpcs", "J1885", "2026-05-01", "edits")
    assert "mue" not in told
    assert "No MUE" in told["no_data"]


def test_add_on_edits_of_medicaid_are_an_edition_of_their_own(tmp_path):
    text = (
        "A notice\t\nAOC_Edit_Type\tAdd-On_Code\tAOC_DelDT\tPrimary_Code\tPrimary_Code_DelDT\tAOC_Edit_EffDT\t"
        "AOC_Edit_DelDT\tSpecial_Instruction_Notes\n1\t11045\t\t11042\t\t2011001\t\t\n"
    )
    (edition,) = imported(tmp_path, written(tmp_path, "AOC_V2026Q3-MCD.txt", text)).published
    assert (edition.system, edition.version) == ("ncci-add-on-medicaid", "2026 Q3")


def test_the_newer_hcpcs_workbook_is_read_past_its_notices(tmp_path):
    notes: list[list[object]] = [["Read me"]]
    path = written(tmp_path, "HCPC2026_JAN_ANWEB_12082025.xlsx", book(HCPCS_BOOK, notes))
    done = imported(tmp_path, path)
    (edition,) = done.published
    assert (edition.version, edition.effective_from, edition.counts["codes"]) == ("2026 Q1", "2026-01-01", 2)
    with contextlib.closing(opened(tmp_path, done)) as bundle:
        strips = bundle.facts.entry("A4253")
        assert (strips.display, strips.since) == ("Blood glucose strips", "1994-01-01")
        assert not bundle.facts.entry("D0120").display
        assert "never kept" not in bundle.facts.entry("D0120").facts


TITLE = "2026 National Physician Fee Schedule Relative Value File January Release"


def year_2026(factor: str) -> str:
    return PFS.replace("2025 National Physician Fee Schedule Relative Value File October Release", TITLE).replace(
        "32.3465", factor
    )


def test_a_year_with_two_conversion_factors_shows_both(tmp_path):
    imported(tmp_path, written(tmp_path, "PPRRVU2026_Jan_nonQPP.csv", year_2026("33.4009")))
    alone = section(tmp_path, "cpt", "11042", "2026-02-01", "fees")
    assert alone["years"][0]["amounts"]["nonfacility"] == "128.93"
    assert "QPP file of 2026" in alone["no_data"]
    imported(
        tmp_path,
        written(tmp_path, "PPRRVU2026_Jan_QPP.csv", year_2026("33.5675")),
        written(tmp_path, "GPCI2026.csv", GPCI.format(year=2026)),
    )
    both = section(tmp_path, "cpt", "11042", "2026-02-01", "fees")
    (year,) = both["years"]
    assert (year["conversion_factor"], year["conversion_factor_qpp"]) == ("33.4009", "33.5675")
    assert (year["amounts"]["nonfacility"], year["amounts_qpp"]["nonfacility"]) == ("128.93", "129.57")
    # (1.01 x 1 + 2.73 x 0.875 + 0.12 x 0.566) x each factor
    (place,) = both["localities"]
    assert (place["nonfacility"], place["nonfacility_qpp"]) == ("115.79", "116.37")
    assert "no_data" not in both


def test_both_factors_in_one_file_are_read_too(tmp_path):
    text = year_2026("33.4009").replace("FACTOR,PROCEDURES", "FACTOR,FACTOR,PROCEDURES")
    text = text.replace("ENDO,CONV,DIAGNOSTIC", "ENDO,NONQPP CONV,QPP CONV,DIAGNOSTIC")
    lines = text.splitlines()
    text = "\n".join([*lines[:5], lines[5].replace(",33.4009,", ",33.4009,33.5675,")]) + "\n"
    imported(tmp_path, written(tmp_path, "PPRRVU2026_Jan.csv", text))
    (year,) = section(tmp_path, "cpt", "11042", "2026-02-01", "fees")["years"]
    assert (year["conversion_factor"], year["conversion_factor_qpp"]) == ("33.4009", "33.5675")


def test_fee_files_are_read_from_workbooks_too(tmp_path):
    rows = [line.split(",") for line in PFS.splitlines()]
    indices = [line.split(",") for line in GPCI.format(year=2025).splitlines()[:3]]
    indices[2][0] = 1112  # type: ignore[call-overload] -- a contractor whose first zero a spreadsheet dropped
    imported(
        tmp_path,
        written(tmp_path, "PPRRVU25_OCT.xlsx", book([list(row) for row in rows])),
        written(tmp_path, "GPCI2025.xlsx", book([list(row) for row in indices], [["Notes"]])),
    )
    (place,) = section(tmp_path, "cpt", "11042", "2025-11-01", "fees")["localities"]
    assert (place["locality"], place["nonfacility"]) == ("01112-00", "112.13")


@pytest.mark.parametrize(
    ("name", "version", "begin", "end"),
    [
        ("icd10cm-order-2025.txt", "FY2025", "2024-10-01", "2025-09-30"),
        ("icd10cm_order_2016.txt", "FY2016", "2015-10-01", "2016-09-30"),
        ("icd10cm-order-April-2025.txt", "FY2025 April", "2025-04-01", "2025-09-30"),
        ("icd10cm-order-Jan-2021.txt", "FY2021 January", "2021-01-01", "2021-09-30"),
        ("icd10cm-order-October-1-2025.txt", "FY2026", "2025-10-01", "2026-09-30"),
    ],
)
def test_releases_of_other_years_and_months(tmp_path, name, version, begin, end):
    (edition,) = imported(tmp_path, written(tmp_path, name, ORDER)).published
    assert (edition.version, edition.effective_from, edition.effective_to) == (version, begin, end)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", "2026 Q2"),
        ("medicare-ncci-2026q3-practitioner-services-mue-table.zip", "2026 Q3"),
        ("HCPC2024_OCT_ANWEB.txt", "2024 Q4"),
        ("january-2026-alpha-numeric-hcpcs-file.zip", "2026 Q1"),
        ("ptp_20260701.csv", "2026 Q3"),
        ("Quarter 2, 2026", "2026 Q2"),
        ("2nd Quarter 2026", "2026 Q2"),
        ("edits effective July 1, 2026", "2026 Q3"),
    ],
)
def test_a_quarter_is_told_by_many_spellings(text, version):
    assert releases.quarter_in(text)[0] == version


def test_a_text_in_utf_16_is_read(tmp_path):
    text = "HCPCS/CPT Code,Practitioner Services MUE Values,MUE Rationale\nJ1885,8,Nature\n"
    path = written(tmp_path, "MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", text.encode("utf-16"))
    assert imported(tmp_path, path).published[0].counts == {"codes": 1}


def test_a_workbook_of_before_2007_is_refused_with_what_to_take(tmp_path):
    refusal = refused(tmp_path, written(tmp_path, "MUE_2026Q1.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600))
    assert ".xlsx" in refusal.expected
