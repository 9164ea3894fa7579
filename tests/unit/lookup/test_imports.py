"""Official files are recognised by content, imported as editions, and refused with the place of what is wrong."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import zipfile

import pytest

from services.chassis.errors import AppError
from services.lookup.editions import catalog
from services.lookup.editions.library import Library
from services.lookup.edits import ptp
from services.lookup.service import Lookup
from tests.unit.lookup.official import (
    GPCI,
    MEMBERS,
    MUE,
    ORDER,
    PFS,
    PTP,
    PTP_HEADING,
    TOOLS,
    hcpcs,
    imported,
    opened,
    refused,
    workbook,
    written,
    zipped,
)

AOC = [
    ["A notice that is merged over every column"],
    [
        *("AOC_Edit_Type", "Add-On_Code", "AOC_DelDT", "Primary_Code", "Primary_Code_DelDT"),
        *("AOC_Edit_EffDT", "AOC_Edit_DelDT", "Special_Instruction_Notes"),
    ],
    ["1", "11045", "", "11042", "", "2011001", "", ""],
    ["2", "0054T", "", "CCCCC", "", "2013091", "", "Contractor Defined Primary Codes"],
]


def test_an_order_file_becomes_codes_under_their_categories(tmp_path):
    done = imported(tmp_path, written(tmp_path, "codes.zip", MEMBERS))
    (edition,) = done.published
    assert (edition.version, edition.effective_from, edition.effective_to) == ("FY2026", "2025-10-01", "2026-09-30")
    assert edition.counts == {"codes": 4, "billable": 2}
    assert done.passed_over == ("codes.zip/read.pdf",)
    with contextlib.closing(opened(tmp_path, done)) as bundle:
        fall = bundle.facts.entry("W19.XXXA")
        assert (fall.parent, fall.billable, fall.level) == ("W19", True, "extended")
        assert bundle.facts.entry("A00").children == 1


def test_parts_of_a_pair_table_make_one_edition_and_lack_what_is_not_there(tmp_path):
    first = imported(tmp_path, written(tmp_path, "ccipra-v322r0-f1.txt", PTP)).published[0]
    assert (first.system, first.version, first.effective_from) == ("ncci-ptp-practitioner", "2026 Q3", "2026-07-01")
    assert not first.complete
    others = [
        written(tmp_path, f"ccipra-v322r0-f{n}.txt", PTP_HEADING + f"9921{n}\t11042\t\t20200101\t*\t1\tOne more\n")
        for n in (2, 3, 4)
    ]
    done = imported(tmp_path, *others)
    assert done.published[0].complete
    assert done.published[0].counts == {"pairs": 7}
    assert catalog.read(tmp_path).editions == (done.published[0].id,)


def test_a_pair_is_in_force_between_its_dates_whichever_row_says_so(tmp_path):
    done = imported(tmp_path, written(tmp_path, "ccipra-v322r0-f1.txt", PTP))
    with contextlib.closing(opened(tmp_path, done)) as bundle:

        def verdict(one: str, two: str, day: str) -> str:
            return ptp.of_rows(bundle.pairs.rows(one, two), done.published[0], day)[0].value

        assert verdict("11042", "11720", "2015-01-01") == "applies"
        assert verdict("11042", "11720", "2014-12-31") == "does_not_apply"
        assert verdict("11042", "11721", "2020-12-31") == "applies", "the deletion date is the last day in force"
        assert verdict("11042", "11721", "2021-01-01") == "does_not_apply"
        assert verdict("11042", "11721", "1995-06-01") == "applies", "it was there before 1996"
        assert verdict("11043", "11042", "2020-01-01") == "does_not_apply", "indicator 9 never applies"
        assert verdict("11043", "11042", "2022-01-01") == "applies", "the second row does"
        named = bundle.pairs.partners("11042", "2026-08-01", "2026-07-01", 10)
        assert (named.total, named.in_force) == (4, 2)
        assert [(p.column_1, p.column_2) for p in named.rows[:2]] == [("11043", "11042"), ("11042", "11720")]
        assert {(p.column_1, p.column_2) for p in bundle.pairs.of("11042")} == {
            ("11042", "11720"),
            ("11042", "11721"),
            ("11043", "11042"),
        }


def test_a_decoded_pair_without_its_first_day_is_firm_in_its_own_quarter_only(tmp_path):
    heading = "column_1,column_2,deletion_date,modifier_indicator,rationale\n"
    text = heading + "11042,11720,,1,Mutually exclusive\n11042,11721,2020-12-31,0,Mutually exclusive\n"
    done = imported(tmp_path, written(tmp_path, "ptp_practitioner_2024-07-01.csv.gz", zipped(text)))
    edition = done.published[0]
    assert (edition.version, edition.complete) == ("2024 Q3", True)
    with contextlib.closing(opened(tmp_path, done)) as bundle:
        open_row, ended = bundle.pairs.rows("11042", "11720")[0], bundle.pairs.rows("11042", "11721")[0]
        assert ptp.state(open_row, edition, "2024-08-01") == "applies"
        assert ptp.state(open_row, edition, "2023-08-01") == "no_data"
        assert ptp.state(ended, edition, "2020-06-01") == "no_data"
        assert ptp.state(ended, edition, "2021-06-01") == "does_not_apply"


def test_notices_latin_1_and_headings_over_two_lines_are_read(tmp_path):
    done = imported(tmp_path, written(tmp_path, "MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", MUE))
    with contextlib.closing(opened(tmp_path, done)) as bundle:
        (row,) = bundle.rows.about("J1885")
        assert (row.line, row.body["value"], row.body["mai"]) == (6, 8, 3)


def test_a_workbook_with_a_merged_notice_is_read(tmp_path):
    done = imported(tmp_path, written(tmp_path, "AOC_V2026Q2-MCR.xlsx", workbook(AOC)))
    assert done.published[0].counts == {"edits": 2, "add_on_codes": 2}
    with contextlib.closing(opened(tmp_path, done)) as bundle:
        assert bundle.rows.about("11045")[0].body == {"type": 1, "primary": "11042", "since": "2011-01-01"}
        assert bundle.rows.about("primary:11042")[0].body["add_on"] == "11045"


def test_fees_are_reckoned_with_the_indices_of_the_same_year_only(tmp_path):
    imported(
        tmp_path,
        written(tmp_path, "PPRRVU2025_Oct.csv", PFS),
        written(tmp_path, "GPCI2026.csv", GPCI.format(year=2026)),
    )
    with contextlib.closing(Library(tmp_path)) as library:
        fees = section(library, "cpt", "11042", "2025-11-01", "fees")
        assert fees["years"][0]["amounts"]["nonfacility"] == "124.86", "3.86 x 32.3465"
        assert "GPCI file of 2025" in fees["no_data"]
        assert "never kept" not in str(fees)
    imported(tmp_path, written(tmp_path, "GPCI2025.csv", GPCI.format(year=2025)))
    with contextlib.closing(Library(tmp_path)) as library:
        fees = section(library, "cpt", "11042", "2025-11-01", "fees")
        # (1.01 x 1 + 2.73 x 0.875 + 0.12 x 0.566) x 32.3465
        assert fees["localities"][0]["nonfacility"] == "112.13"
        assert "no_data" not in fees


def test_what_is_not_done_in_a_place_has_no_amount_there(tmp_path):
    never = PFS.replace(",2.73,,0.68,", ",2.73,NA,0.68,")
    imported(
        tmp_path,
        written(tmp_path, "PPRRVU2025_Oct.csv", never),
        written(tmp_path, "GPCI2025.csv", GPCI.format(year=2025)),
    )
    with contextlib.closing(Library(tmp_path)) as library:
        fees = section(library, "cpt", "11042", "2025-11-01", "fees")
    assert "nonfacility" not in fees["years"][0]["amounts"]
    (place,) = fees["localities"]
    assert "nonfacility" not in place
    # (1.01 x 1 + 0.68 x 0.875 + 0.12 x 0.566) x 32.3465
    assert place["facility"] == "54.11"


def section(library: Library, system: str, code: str, day: str, key: str) -> dict:
    import orjson

    answer = Lookup(library, TOOLS, lambda: day).get_code(system, code, day)
    return orjson.loads(next(one.body for one in answer.sections if one.key == key))


def test_a_hcpcs_code_goes_on_over_several_records_and_ends_on_its_day(tmp_path):
    text = (
        "A notice\n"
        + hcpcs("A1", "7")
        + hcpcs("J1885", long="Injection, of a thing")
        + hcpcs("J1885", "4", long="per 15 mg")
        + hcpcs("K0001", ended="20151231")
    )
    done = imported(tmp_path, written(tmp_path, "HCPC2024_OCT_ANWEB.txt", text))
    assert done.published[0].version == "2024 Q4"
    assert done.published[0].counts == {"codes": 2, "modifiers": 1, "terminated": 1}
    with contextlib.closing(Library(tmp_path)) as library:
        lookup = Lookup(library, TOOLS, lambda: "2024-11-01")
        assert lookup.get_code("hcpcs", "j1885", "").display == "Injection, of a thing per 15 mg"
        assert lookup.get_code("hcpcs", "K0001", "2015-12-31").status == "active"
        assert lookup.get_code("hcpcs", "K0001", "2016-01-01").status == "deleted"
        assert lookup.get_code("hcpcs", "J1885", "2009-12-31").status == "not_yet_valid"
        assert lookup.get_code("hcpcs", "J1885", "2025-06-01").edition.stale


def test_a_code_is_answered_from_the_edition_of_the_date(tmp_path):
    older = ORDER.replace("00002 A000    1 Cholera due", "00002 A001    1 Cholera due")
    imported(
        tmp_path, written(tmp_path, "icd10cm-order-2026.txt", ORDER), written(tmp_path, "icd10cm-order-2025.txt", older)
    )
    with contextlib.closing(Library(tmp_path)) as library:
        lookup = Lookup(library, TOOLS, lambda: "2026-01-01")

        def status(code: str, day: str) -> str:
            return lookup.get_code("icd-10-cm", code, day).status.value

        assert [status("A00.0", day) for day in ("2025-09-30", "2025-10-01")] == ["not_yet_valid", "active"]
        assert [status("A00.1", day) for day in ("2025-09-30", "2025-10-01")] == ["active", "deleted"]
        assert status("A00.0", "2024-01-01") == "no_data"
        assert lookup.get_code("icd-10-cm", "A00.0", "2026-10-01").edition.stale


def test_the_same_file_twice_does_nothing(tmp_path):
    path = written(tmp_path, "icd10cm-order-2026.txt", ORDER)
    first = imported(tmp_path, path)
    again = imported(tmp_path, path)
    assert again.already == (("icd10cm-order-2026.txt", first.published[0].id),)
    assert (again.published, again.generation) == ((), first.generation)


def test_an_older_edition_is_kept_and_does_not_speak_for_today(tmp_path):
    newer = imported(tmp_path, written(tmp_path, "icd10cm-order-2026.txt", ORDER)).published[0]
    imported(tmp_path, written(tmp_path, "icd10cm-order-2024.txt", ORDER.replace("Cholera", "Old cholera")))
    with contextlib.closing(Library(tmp_path)) as library:
        assert library.speaking("icd-10-cm", "2026-05-01")[1].id == newer.id
        assert library.speaking("icd-10-cm", "2024-05-01")[1].version == "FY2024"


def test_going_back_names_what_was_named_before(tmp_path):
    imported(tmp_path, written(tmp_path, "icd10cm-order-2025.txt", ORDER))
    before = catalog.read(tmp_path).editions
    imported(tmp_path, written(tmp_path, "icd10cm-order-2026.txt", ORDER.replace("Cholera", "The cholera")))
    after = catalog.rollback(tmp_path)
    assert (after.editions, after.generation) == (before, 3)


def cut(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


BROKEN = {
    "a code out of shape": ("icd10cm-order-2026.txt", cut(ORDER, "A000 ", "0A-0 "), 2, "7-13", "0A-0"),
    "a flag that is none": ("icd10cm-order-2026.txt", cut(ORDER, "A000    1", "A000    7"), 2, "15", "7"),
    "a row too short": ("icd10cm-order-2026.txt", ORDER + "00005 A01     0 Typhoid\n", 5, "78-", "23 characters"),
    "a code twice": ("icd10cm-order-2026.txt", ORDER + ORDER[: ORDER.index("\n") + 1], 5, "7-13", "A00"),
    "a pair's wrong date": ("ccipra-v322r0-f1.txt", cut(PTP, "20150101", "20151301"), 7, "Effective Date", "20151301"),
    "a pair's code": ("ccipra-v322r0-f1.txt", cut(PTP, "11042\t11720", "11042\t1172"), 7, "Column 2", "1172"),
    "a pair too short": ("ccipra-v322r0-f1.txt", PTP + "11042\t11722\t\t20150101\n", 11, "", "4 cells"),
    "an unknown indicator": ("ccipra-v322r0-f1.txt", cut(PTP, "*\t1\tMisuse", "*\t4\tMisuse"), 7, "Modifier", "4"),
    "a missing column": (
        "MUE_Eff_04-01-2026.csv",
        cut(MUE, "Practitioner Services MUE Values", "Something"),
        4,
        "",
        "",
    ),
    "a value that is no number": (
        "MUE_Eff_04-01-2026.csv",
        cut(MUE, "J1885,8,", "J1885,many,"),
        6,
        "Practitioner Services MUE Values",
        "many",
    ),
    "a wrong add date": ("HCPC2024_OCT_ANWEB.txt", hcpcs("J1885", added="20101301"), 1, "added", "20101301"),
    "a figure that is none": ("PPRRVU2025_Oct.csv", cut(PFS, "32.3465", "n/a"), 6, "CONV FACTOR", "n/a"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_is_named_with_its_place(tmp_path, name):
    file, text, line, column, value = BROKEN[name]
    refusal = refused(tmp_path, written(tmp_path, file, text))
    assert (refusal.place.file, refusal.place.line, refusal.place.column, refusal.value) == (file, line, column, value)
    assert refusal.expected
    assert catalog.read(tmp_path).generation == 0
    assert not list((tmp_path / "editions").glob("[a-z]*"))


def test_one_broken_file_publishes_none_of_the_others(tmp_path):
    good = written(tmp_path, "icd10cm-order-2026.txt", ORDER)
    bad = written(tmp_path, "ccipra-v322r0-f1.txt", PTP + "11042\n")
    refused(tmp_path, good, bad)
    assert catalog.read(tmp_path).editions == ()


def test_archives_that_harm_are_refused_before_they_are_read(tmp_path):
    whole = written(tmp_path, "codes.zip", MEMBERS).read_bytes()
    assert "not a whole zip" in str(refused(tmp_path, written(tmp_path, "cut.zip", whole[:-30])))
    assert "outside the archive" in str(
        refused(tmp_path, written(tmp_path, "out.zip", {"../icd10cm-order-2026.txt": ORDER}))
    )
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("icd10cm-order-2026.txt", b"0" * 200_000_000)
    assert "unpacks to" in str(refused(tmp_path, tmp_path / "bomb.zip"))
    damaged = bytearray(whole)
    at = damaged.index(b"icd10cm-order-2026.txt") + 40
    damaged[at : at + 20] = b"\x00" * 20
    assert "cut short or damaged" in str(refused(tmp_path, written(tmp_path, "bad.zip", bytes(damaged))))
    assert "licence" in str(refused(tmp_path, written(tmp_path, "page.zip", "<!DOCTYPE html><html>Accept</html>")))
    assert "is empty" in str(refused(tmp_path, written(tmp_path, "empty.txt", "")))
    assert "nothing that can be imported" in str(refused(tmp_path, written(tmp_path, "notes.txt", "Dear all,")))
    assert "cannot be read" in str(refused(tmp_path, tmp_path / "not-there.zip"))


def test_a_file_that_tells_no_date_asks_for_one(tmp_path):
    path = written(tmp_path, "order.txt", ORDER)
    assert "--effective-from" in refused(tmp_path, path).expected
    done = imported(tmp_path, path, effective_from="2023-10-01", effective_to="2024-09-30")
    assert done.published[0].effective_from == "2023-10-01"


def test_a_killed_import_leaves_what_was_published(tmp_path):
    imported(tmp_path, written(tmp_path, "icd10cm-order-2025.txt", ORDER))
    before = catalog.read(tmp_path)
    many = ORDER + "".join(
        f"{n:05} {chr(66 + n // 1000)}{n % 100:02}{n % 1000 // 100}X    1 {'x':<60} A made-up code {n}\n"
        for n in range(5, 20_000)
        if n % 1000 // 100 < 10
    )
    path = written(tmp_path, "icd10cm-order-2026.txt", many)
    command = [sys.executable, "-m", "services.lookup.importers", "--data-dir", str(tmp_path), "import", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert catalog.read(tmp_path) == before
    with contextlib.closing(Library(tmp_path)) as library:
        assert library.speaking("icd-10-cm", "2025-01-01")[0].facts.entry("A00.0")


def test_a_mapping_is_asked_both_of_its_codes_and_of_those_it_lacks(tmp_path):
    imported(tmp_path, written(tmp_path, "2018_I9gem.txt", "25060 E1140   10000\n7806  NoDx    11000\n"))
    with contextlib.closing(Library(tmp_path)) as library:
        lookup = Lookup(library, TOOLS, lambda: "2026-05-04")
        maps, edition = lookup.translate_code("icd-9-cm", "icd-10-cm", "250.60", "")
        assert [(one["code"], one["flags"]) for one in maps] == [("E11.40", ["approximate"])]
        assert (edition.version, edition.stale) == ("FY2018", False), "no newer ones were ever published"
        assert lookup.translate_code("icd-9-cm", "icd-10-cm", "999.99", "") == ([], edition)
        assert lookup.translate_code("icd-9-cm", "icd-10-pcs", "47.01", "") == ([], None)
        with pytest.raises(AppError, match="no mapping"):
            lookup.translate_code("icd-9-cm", "cpt", "250.60", "")


def test_a_modifier_is_told_in_the_words_of_the_loaded_list(tmp_path):
    rows = "mod_code,mod_type,mod_category,mod_description\nAV,HCPCS,,With a prosthetic\n"
    imported(tmp_path, written(tmp_path, "modifiers_2024.csv", rows))
    with contextlib.closing(Library(tmp_path)) as library:
        lookup = Lookup(library, TOOLS, lambda: "2024-05-04")
        text, source, edition = lookup.get_modifier("av", "")
        assert (text, edition.system) == ("With a prosthetic", "hcpcs-modifiers")
        assert source.endswith("line 2")
        assert lookup.get_modifier("ZZ", "") == ("", "", edition)
        with pytest.raises(AppError, match="no modifier"):
            lookup.get_modifier("long", "")
