"""Files that are odd and right are read; files that are wrong leave nothing behind, and say what is wrong with them."""

import contextlib
import zipfile

import pytest

from services.lookup.importers.desk import Desk
from tests.unit.lookup.official import (
    GPCI,
    MEMBERS,
    MUE,
    ORDER,
    PTP,
    hcpcs,
    imported,
    opened,
    refused,
    workbook,
    written,
)

FILES = {
    "icd10cm-order-2027.txt": ORDER,
    "ccioph-v322r0-f1.TXT": PTP,
    "MCR_MUE_PractitionerServices_Eff_07-01-2026.CSV": MUE,
    "GPCI2025.csv": GPCI.format(year=2025),
    "HCPC2026_APR_ANWEB.txt": hcpcs("J1885"),
}
FORMS = {
    "with a mark of the byte order": lambda text: b"\xef\xbb\xbf" + text,
    "with carriage returns": lambda text: text.replace(b"\n", b"\r\n"),
    "with blank lines behind": lambda text: text + b"\r\n\r\n",
    "with the end of file that DOS marked": lambda text: text + b"\x1a",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", FILES)
def test_the_same_text_in_another_form_is_the_same_edition(tmp_path, name, form):
    text = FILES[name].encode("latin-1")
    usual = imported(tmp_path, written(tmp_path, name, text)).published[0]
    odd = imported(tmp_path, written(tmp_path, name, FORMS[form](text))).published[0]
    assert (odd.system, odd.version, odd.counts) == (usual.system, usual.version, usual.counts)


def test_lines_that_end_as_on_an_old_macintosh_are_read(tmp_path):
    text = "HCPCS/CPT Code,Practitioner Services MUE Values,MUE Rationale\rJ1885,8,Nature\r"
    path = written(tmp_path, "MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", text)
    assert imported(tmp_path, path).published[0].counts == {"codes": 1}


@pytest.mark.parametrize("name", ["ptp_practitioner_2026q3.excerpt.txt", "practitioner-ptp-sample-2026q3.txt"])
def test_an_excerpt_never_speaks_for_the_whole_table(tmp_path, name):
    (edition,) = imported(tmp_path, written(tmp_path, name, PTP)).published
    assert not edition.complete
    assert "without the rest" in edition.covers


@pytest.mark.parametrize(
    ("given", "window"),
    [
        ({"effective_from": "2025-11-01"}, ("from 2025-11-01", "2025-11-01", "2026-09-30")),
        ({"effective_from": "2030-01-01"}, ("from 2030-01-01", "2030-01-01", "")),
        ({"effective_to": "2026-03-31"}, ("FY2026", "2025-10-01", "2026-03-31")),
        ({"effective_from": "2025-10-01"}, ("FY2026", "2025-10-01", "2026-09-30")),
    ],
)
def test_a_window_that_the_user_gives_goes_before_that_of_the_file(tmp_path, given, window):
    (edition,) = imported(tmp_path, written(tmp_path, "icd10cm-order-2026.txt", ORDER), **given).published
    assert (edition.version, edition.effective_from, edition.effective_to) == window


def test_a_window_that_ends_before_it_begins_is_refused(tmp_path):
    path = written(tmp_path, "icd10cm-order-2026.txt", ORDER)
    assert "ends before it begins" in str(refused(tmp_path, path, effective_to="2025-01-01"))


def test_addenda_of_one_line_are_those_of_their_system(tmp_path):
    text = "Add:       1 A0001   Cholera, new                                                 Cholera, new\n"
    (edition,) = imported(tmp_path, written(tmp_path, "icd10cm_order_addenda_2027.txt", text)).published
    assert edition.system == "icd-10-cm-addenda"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"00003 W19     0", b"00003 W1      0"),  # it reads well, and is not what was packed
        (b"00003 W19     0", b"00003 W!!     0"),
        (b"PK\x03\x04", b"PK\x09\x04"),
    ],
)
def test_an_archive_whose_content_was_damaged_is_refused_as_that(tmp_path, old, new):
    with zipfile.ZipFile(tmp_path / "codes-2026.zip", "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("icd10cm-order-2026.txt", ORDER)
    damaged = (tmp_path / "codes-2026.zip").read_bytes().replace(old, new)
    assert "is cut short or damaged" in str(refused(tmp_path, written(tmp_path, "damaged-2026.zip", damaged)))


def test_a_refused_file_is_not_kept(tmp_path):
    imported(tmp_path, written(tmp_path, "icd10cm-order-2026.txt", ORDER))
    before = sorted((tmp_path / "sources").rglob("*"))
    refused(tmp_path, written(tmp_path, "codes.zip", {**MEMBERS, "icd10cm-order-2025.txt": ORDER + "00005 A01"}))
    assert sorted((tmp_path / "sources").rglob("*")) == before


def test_what_a_killed_import_had_kept_is_cleared_away_by_the_next(tmp_path):
    left = tmp_path / "sources" / ("0" * 64) / "left.txt"
    left.parent.mkdir(parents=True)
    left.write_text("half an import")
    draft = tmp_path / "editions" / ".building-something-1"
    draft.mkdir(parents=True)
    done = imported(tmp_path, written(tmp_path, "icd10cm-order-2026.txt", ORDER))
    assert not left.parent.exists()
    assert not draft.exists()
    assert (tmp_path / "sources" / done.published[0].sha256 / "icd10cm-order-2026.txt").is_file()


def test_a_table_whose_setting_the_user_told_is_built_anew_without_asking(tmp_path):
    path = written(tmp_path, "pairs-2026Q3.txt", PTP)
    (edition,) = imported(tmp_path, path, kind="outpatient medicaid").published
    again = Desk(tmp_path, lambda *_: None).rebuild(edition)
    assert (again.id, again.system) == (edition.id, "ncci-ptp-outpatient-medicaid")


def test_a_column_is_named_as_its_heading_has_it_though_that_goes_over_two_lines(tmp_path):
    path = written(tmp_path, "MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", MUE.replace("J1885", "J18"))
    assert refused(tmp_path, path).place.column == "HCPCS/ CPT Code"


AOC_HEADING = (
    *("AOC_Edit_Type", "Add-On_Code", "AOC_DelDT", "Primary_Code", "Primary_Code_DelDT"),
    *("AOC_Edit_EffDT", "AOC_Edit_DelDT", "Special_Instruction_Notes"),
)
FLAT_AOC = (
    f"{'1':1}{'11045':5}{'':7}{'11042':5}{'':7}{'2011001':7}{'':7}{'':58}\r\n"
    f"{'2':1}{'0054T':5}{'':7}{'CCCCC':5}{'':7}{'2013091':7}{'2020366':7}{'Contractor Defined Primary Codes':58}\r\n"
)


def test_the_flat_file_of_add_on_codes_is_read_by_its_positions(tmp_path):
    done = imported(tmp_path, written(tmp_path, "AOC_V2026Q3-F-MCR.txt", FLAT_AOC))
    assert (done.published[0].version, done.published[0].counts) == ("2026 Q3", {"edits": 2, "add_on_codes": 2})
    with contextlib.closing(opened(tmp_path, done)) as bundle:
        assert bundle.rows.about("11045")[0].body == {"type": 1, "primary": "11042", "since": "2011-01-01"}
        (row,) = bundle.rows.about("0054T")
    assert (row.body["until"], row.body["note"]) == ("2020-12-31", "Contractor Defined Primary Codes")
    refusal = refused(tmp_path, written(tmp_path, "AOC_V2026Q3-F-MCR.txt", FLAT_AOC.replace("2020366", "2021366")))
    assert (refusal.place.line, refusal.place.column, refusal.value) == (2, "33-39", "2021366")


def test_beside_a_workbook_the_flat_file_of_add_on_codes_is_passed_over(tmp_path):
    rows = [["A notice"], [*AOC_HEADING], ["1", "11045", "", "11042", "", "2011001", "", ""]]
    path = tmp_path / "medicare-ncci-2026q3-add-code-edits.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("AOC_V2026Q3-F-MCR.txt", FLAT_AOC)
        archive.writestr("AOC_V2026Q3-MCR.xlsx", workbook(rows))
    done = imported(tmp_path, path)
    assert done.published[0].counts["edits"] == 1
    assert done.passed_over == ("medicare-ncci-2026q3-add-code-edits.zip/AOC_V2026Q3-F-MCR.txt",)
