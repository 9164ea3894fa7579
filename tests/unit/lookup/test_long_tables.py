"""A code's page shows the beginning of its long tables; the whole of each is listed and searched a page at a time."""

import contextlib

import orjson
import pytest

from services.chassis.errors import AppError
from services.lookup.editions.library import Library
from services.lookup.pages.tables import RowsAsked
from services.lookup.service import Lookup
from tests.unit.lookup.official import GPCI, PFS, PTP_HEADING, TOOLS, imported, written

PARTNERS = 120
WHY = ("More extensive procedure", "Misuse of Column Two code", "Mutually exclusive procedures")
DAY = "2026-08-01"


@pytest.fixture(scope="module")
def lookup(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    rows = [
        f"11042\t{20000 + n}\t\t20200101\t{'*' if n % 2 else '20211231'}\t1\t{WHY[n % 3]}\n" for n in range(PARTNERS)
    ]
    files = [written(folder, f"ccipra-v322r0-f{n}.txt", PTP_HEADING + "".join(rows[n - 1 :: 4])) for n in (1, 2, 3, 4)]
    hospital = written(
        folder, "ccioph-v322r0-f1.txt", PTP_HEADING + "11042\t99999\t\t20200101\t*\t0\tHospital reason\n"
    )
    fees = [
        written(folder, "PPRRVU2025_Oct.csv", PFS),
        written(
            folder,
            "GPCI2025.csv",
            GPCI.format(year=2025).replace("* a", "01182,CA,18,LOS ANGELES,1.050,1.200,0.700\n* a"),
        ),
    ]
    imported(folder, *files, hospital, *fees)
    with contextlib.closing(Library(folder)) as library:
        yield Lookup(library, TOOLS, lambda: DAY)


def asked(lookup, table: str, **more):
    return lookup.list_rows(RowsAsked("cpt", "11042", table, **{"as_of": DAY, **more}))


def test_a_page_holds_the_counts_the_first_rows_and_the_address_of_all(lookup):
    sections = {one.key: orjson.loads(one.body) for one in lookup.get_code("cpt", "11042", DAY).sections}
    told = sections["edits"]["ptp"]
    assert (told["total"], told["in_force"], len(told["partners"])) == (120, 60, 12)
    assert told["all"] == "/api/v1/codes/cpt/11042/ptp?as_of=2026-08-01&within=practitioner"
    assert sections["edits"]["ptp_elsewhere"][0]["setting"] == "outpatient hospital"


def test_every_partner_is_reached_by_pages_those_in_force_first(lookup):
    pages = [asked(lookup, "ptp", page=n) for n in (1, 2, 3)]
    codes = [row["code"] for page in pages for row in page.rows]
    assert len(set(codes)) == PARTNERS
    assert {row["verdict"] for row in pages[0].rows} == {"applies"}
    assert (pages[0].pages, pages[0].total, pages[0].table.about["in_force"]) == (3, 120, 60)
    assert not asked(lookup, "ptp", page=4).rows


def test_partners_are_searched_by_code_and_by_word(lookup):
    (only,) = asked(lookup, "ptp", query="20077").rows
    assert only["code"] == "20077"
    found = asked(lookup, "ptp", query="mutual EXCL")
    assert found.found == 40
    assert {row["rationale"] for row in found.rows} == {"Mutually exclusive procedures"}
    assert not asked(lookup, "ptp", query="nothing like it").rows


def test_settings_are_kept_apart(lookup):
    assert [row["code"] for row in asked(lookup, "ptp", within="outpatient hospital").rows] == ["99999"]
    nothing = asked(lookup, "ptp", within="practitioner, Medicaid")
    assert "Medicaid" in nothing.table.no_data
    assert not nothing.rows


def test_localities_are_listed_by_state(lookup):
    found = asked(lookup, "localities", as_of="2025-11-01", within="ca")
    assert [(row["name"], row["nonfacility"]) for row in found.rows] == [("LOS ANGELES", "142.99")]
    assert found.table.choices == ["AL", "CA"]


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"table": "nothing"}, "UNKNOWN_TABLE"),
        ({"page": -1}, "BAD_PAGE"),
        ({"query": "x" * 101}, "QUERY_TOO_LONG"),
        ({"as_of": "soon"}, "BAD_DATE"),
    ],
)
def test_what_cannot_be_listed_is_refused(lookup, more, reason):
    with pytest.raises(AppError) as refusal:
        asked(lookup, **{"table": "ptp", **more})
    assert refusal.value.reason == reason
