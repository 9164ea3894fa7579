"""Each setting and program has its own tables, and is never answered from another's."""

import contextlib

import pytest

from services.lookup.checking import Edits
from services.lookup.editions.library import Library
from services.lookup.edits.claim import Claim, Line
from tests.unit.lookup.official import MUE, PTP_HEADING, imported, written

DAY = "2026-08-15"
FIRST = PTP_HEADING + "11042\t97597\t\t20150101\t*\t1\tPractitioners\n"
HOSPITAL = PTP_HEADING + "11042\t97598\t\t20150101\t*\t0\tHospitals\n"
MEDICAID = PTP_HEADING + "11042\t99213\t\t20150101\t*\t1\tMedicaid\n"
REST = PTP_HEADING + "99001\t99010\t\t20200101\t*\t1\tx\n"
SUPPLIER = MUE.replace("Practitioner Services", "DME Supplier Services").replace("J1885,8,3", "E0601,1,3")
OUTPATIENT = MUE.replace("Practitioner Services", "Outpatient Hospital Services").replace("J1885,8,", "J1885,4,")
STATES = '"HCPCS/CPT Code",Practitioner Services MUE Values,MUE Rationale\nJ1885,2,Prescribing Information\n'


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    folder = tmp_path_factory.mktemp("settings")
    files = [
        written(folder, f"cci{kind}-v322r0-f{n}.txt", text if n == 1 else REST.replace("99001", f"9900{n}"))
        for kind, text in (("pra", FIRST), ("oph", HOSPITAL))
        for n in (1, 2, 3, 4)
    ]
    files += [
        written(folder, f"medicaid-ccipra-v322r0-f{n}.txt", MEDICAID if n == 1 else REST.replace("99001", f"9901{n}"))
        for n in (1, 2, 3, 4)
    ]
    for name, text in (
        ("MCR_MUE_PractitionerServices", MUE),
        ("MCR_MUE_OutpatientHospitalServices", OUTPATIENT),
        ("MCR_MUE_DMESupplierServices", SUPPLIER),
        ("MCD_MUE_PractitionerServices", STATES),
    ):
        files.append(written(folder, f"{name}_Eff_07-01-2026.csv", text))
    imported(folder, *files)
    with contextlib.closing(Library(folder)) as opened:
        yield opened


def report_of(library, setting: str, program: str, *lines: tuple[str, int]):
    made = tuple(Line(str(n), code, units, (), (), "") for n, (code, units) in enumerate(lines))
    return Edits(library, lambda: DAY).check_claim(Claim(DAY, setting, program, made))


@pytest.mark.parametrize(
    ("setting", "program", "paired"),
    [
        ("practitioner", "medicare", "97597"),
        ("outpatient", "medicare", "97598"),
        ("practitioner", "medicaid", "99213"),
    ],
)
def test_pairs_come_from_the_table_of_setting_and_program(library, setting, program, paired):
    found = [
        code
        for code in ("97597", "97598", "99213")
        if any(
            one.rule == "ncci-ptp" and one.verdict == "applies"
            for one in report_of(library, setting, program, ("11042", 1), (code, 1)).findings
        )
    ]
    assert found == [paired]


@pytest.mark.parametrize(("setting", "program"), [("dme", "medicare"), ("outpatient", "medicaid"), ("dme", "medicaid")])
def test_where_there_is_no_table_there_is_no_data(library, setting, program):
    report = report_of(library, setting, program, ("11042", 1), ("97597", 1))
    checked = next(one for one in report.checked if one.rule == "ncci-ptp")
    assert (checked.verdict, bool(checked.note), report.verdict) == ("no_data", True, "no_data")


@pytest.mark.parametrize(
    ("setting", "program", "lines", "over"),
    [
        ("practitioner", "medicare", [("J1885", 8)], False),
        ("practitioner", "medicare", [("J1885", 5), ("J1885", 4)], True),
        ("outpatient", "medicare", [("J1885", 5)], True),
        ("dme", "medicare", [("E0601", 2)], True),
        ("practitioner", "medicaid", [("J1885", 3)], True),
        ("practitioner", "medicaid", [("J1885", 2), ("J1885", 2)], False),
    ],
)
def test_units_are_judged_by_the_table_of_the_setting(library, setting, program, lines, over):
    found = [one.verdict.value for one in report_of(library, setting, program, *lines).findings if one.rule == "mue"]
    assert found == (["applies"] if over else [])
