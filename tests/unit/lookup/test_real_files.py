"""The agencies' own files, where they are at hand beside the project: their counts, and facts picked by eye."""

import contextlib
from pathlib import Path

import orjson
import pytest

from services.lookup.editions import starter
from services.lookup.editions.library import Library
from services.lookup.service import Lookup
from tests.unit.lookup.official import TOOLS, imported

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
FILES = (
    *("icd10cm/icd10cm-Code-Descriptions-2026.zip", "icd10cm/ICD10-CM-Code-Descriptions-2025.zip"),
    *("icd10cm/ICD-10-CM-CONVERSION-TABLE-FY2026.xlsx", "icd10cm/Dxgem_2018.zip", "icd10cm/POAexemptCodesFY26.zip"),
    *("icd10pcs/cms_2026_pr.zip", "hcpcs/HCPC2024_OCT_recovered.zip", "hcpcs/2019-Alpha-Numeric-HCPCS-File.zip"),
    *("pfs/PPRRVU2025_Oct.no-cpt-text.csv", "pfs/GPCI2026.csv"),
    *("ncci/MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", "ncci/AOC_V2026Q2-MCR.xlsx"),
    *("ncci/ptp_practitioner_2024-07-01.csv.gz", "ncci/ccipra-v322r0-f1.excerpt.txt"),
    *("icd10cm/ICD10CM_FY2017_Full_XML.zip", "codesets/place_of_service_2024.csv"),
)

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the agencies' files are not beside the project")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    starter.build(folder, lambda *_: None)
    done = imported(folder, *(DATA / name for name in FILES))
    with contextlib.closing(Library(folder)) as library:
        yield {one.id.rpartition("-")[0]: one for one in done.published}, library


@pytest.mark.parametrize(
    ("edition", "count", "value"),
    [
        ("icd-10-cm-2025-10-01", "codes", 98_186),
        ("icd-10-cm-2025-10-01", "billable", 74_719),
        ("icd-10-cm-2024-10-01", "billable", 74_260),
        ("icd-10-cm-2016-10-01", "billable", 71_486),
        ("icd-10-pcs-2025-10-01", "codes", 80_029),
        ("hcpcs-2024-10-01", "codes", 8_091),
        ("pfs-2025-10-01", "rows", 19_090),
        ("pfs-gpci-2026-01-01", "localities", 109),
        ("ncci-mue-practitioner-2026-04-01", "codes", 15_095),
        ("ncci-add-on-2026-04-01", "edits", 9_000),
        ("ncci-ptp-practitioner-2024-07-01", "pairs", 2_546_017),
        ("place-of-service-2024-01-01", "codes", 99),
    ],
)
def test_counts_are_the_files_own(loaded, edition, count, value):
    assert loaded[0][edition].counts[count] == value


def test_active_pairs_on_the_tables_day(loaded):
    bundle, _ = loaded[1].speaking("ncci-ptp-practitioner", "2024-07-01")
    assert bundle.pairs.in_force("2024-07-01") == 1_669_820


def test_the_excerpt_is_a_part_and_never_speaks_for_the_whole(loaded):
    assert not loaded[0]["ncci-ptp-practitioner-2026-07-01"].complete
    assert loaded[1].speaking("ncci-ptp-practitioner", "2026-08-01")[1].version == "2024 Q3"


def section(library: Library, system: str, code: str, day: str, key: str) -> dict:
    answer = Lookup(library, TOOLS, lambda: day).get_code(system, code, day)
    return orjson.loads(next(one.body for one in answer.sections if one.key == key))


# system, code, day, section, and what was read in the file by eye
FACTS = (
    ("cpt", "20701", "2025-11-01", "fees", '"work_rvu":"1.13"'),
    ("cpt", "20701", "2025-11-01", "fees", '"global_days":"ZZZ"'),
    ("cpt", "99213", "2025-11-01", "fees", '"nonfacility_total":"2.75"'),
    ("cpt", "99213", "2025-11-01", "fees", '"nonfacility":"88.95"'),
    ("cpt", "20701", "2026-05-01", "edits", '"value":1,"mai":3'),
    ("cpt", "20701", "2024-07-15", "edits", '"total":265,"in_force":212'),
    ("cpt", "20701", "2026-05-01", "edits", '"type":3,"effective_from":"2023-01-01"'),
    ("cpt", "20701", "2026-05-01", "edits", '"effective_to":"2022-12-31"'),
    ("hcpcs", "V5364", "2026-05-01", "edits", '"value":0,"mai":3'),
    ("hcpcs", "V5364", "2025-11-01", "fees", '"status":"N"'),
    ("hcpcs", "J1885", "2024-11-01", "official", "KETOROLAC TROMETHAMINE, PER 15 MG"),
    ("hcpcs", "J1885", "2024-11-01", "history", '"date":"1993-01-01"'),
    ("icd-10-pcs", "0DTJ4ZZ", "2026-01-01", "official", "Resection of Appendix, Percutaneous Endoscopic Approach"),
    ("icd-10-pcs", "0016070", "2026-01-01", "indications", "Central Nervous System and Cranial Nerves, Bypass"),
    ("icd-10-cm", "A00.0", "2026-01-01", "crosswalks", '"code":"001.0","flags":[]'),
    (
        "icd-10-cm",
        "A04.71",
        "2026-01-01",
        "history",
        '"date":"2017-10-01","text":"Came into force; coded before to A04.7',
    ),
    ("icd-10-cm", "B88.01", "2026-01-01", "history", "New in this edition."),
    ("icd-10-cm", "B88.0", "2026-01-01", "history", "Divided into further codes"),
    ("icd-10-cm", "B90.0", "2026-01-01", "edits", "exempt from the indicator"),
    ("icd-10-cm", "E11.42", "2026-01-01", "edits", "the indicator is reported"),
)


@pytest.mark.parametrize(("system", "code", "day", "key", "said"), FACTS)
def test_facts_read_the_same_as_in_the_file(loaded, system, code, day, key, said):
    assert said in orjson.dumps(section(loaded[1], system, code, day, key)).decode()


def test_a_code_new_in_october_is_not_valid_the_day_before(loaded):
    lookup = Lookup(loaded[1], TOOLS, lambda: "2026-01-01")
    assert lookup.get_code("icd-10-cm", "B88.01", "2025-09-30").status == "not_yet_valid"
    assert lookup.get_code("icd-10-cm", "B88.01", "2025-10-01").status == "active"


def test_both_forms_of_the_hcpcs_file_tell_the_same_descriptions(loaded, tmp_path):
    import zipfile

    with zipfile.ZipFile(DATA / "hcpcs/2019-Alpha-Numeric-HCPCS-File.zip") as archive:
        path = tmp_path / "HCPC2019_CONTR_ANWEB.xlsx"
        path.write_bytes(archive.read("HCPC2019_CONTR_ANWEB.xlsx"))
    imported(tmp_path, path)
    with contextlib.closing(Library(tmp_path)) as library:
        fixed = next(one for one in loaded[1].all("hcpcs") if one.edition.version == "CY2019")
        book = library.all("hcpcs")[0]
        told = {entry.code: (" ".join(entry.display.split()), entry.since, entry.until) for entry in book.facts.all()}
        other = {entry.code: (entry.display, entry.since, entry.until) for entry in fixed.facts.all()}
        assert told.keys() == other.keys()
        assert sum(told[code] != other[code] for code in told) <= len(told) // 200
