"""The claim check against the agencies' own tables, read here independently of the importers."""

import contextlib
import csv
import gzip
import random

import openpyxl
import pytest

from services.lookup.checking import Edits
from services.lookup.editions.library import Library
from services.lookup.edits.claim import Claim, Line
from tests.unit.lookup.official import imported
from tests.unit.lookup.test_real_files import DATA

PTP = DATA / "ncci/ptp_practitioner_2024-07-01.csv.gz"
MUE = DATA / "ncci/MCR_MUE_PractitionerServices_Eff_04-01-2026.csv"
AOC = DATA / "ncci/AOC_V2026Q2-MCR.xlsx"
EXCERPT = DATA / "ncci/ccipra-v322r0-f1.excerpt.txt"
CHANCE = random.Random(1)  # noqa: S311 -- the same rows in every run

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the agencies' files are not beside the project")


@pytest.fixture(scope="module")
def edits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    imported(folder, PTP, MUE, AOC)
    with contextlib.closing(Library(folder)) as library:
        yield Edits(library, lambda: "2026-05-01")


def verdicts(edits, rule: str, as_of: str, *lines: tuple[str, int]) -> list[str]:
    made = tuple(Line(str(n), code, units, (), (), "") for n, (code, units) in enumerate(lines))
    report = edits.check_claim(Claim(as_of, "", "", made))
    return [one.verdict.value for one in report.findings if one.rule == rule]


def test_twenty_thousand_pairs_have_the_tables_verdict(edits):
    chance = random.Random(20701)  # noqa: S311 -- the same pairs in every run
    truth: dict[frozenset[str], bool] = {}
    picked: list[tuple[str, str]] = []
    with gzip.open(PTP, "rt") as file:
        for row in csv.DictReader(file):
            pair = frozenset((row["column_1"], row["column_2"]))
            live = (not row["deletion_date"] or row["deletion_date"] >= "2024-07-01") and row[
                "modifier_indicator"
            ] != "9"
            truth[pair] = truth.get(pair, False) or live
            if chance.random() < 18_000 / 2_546_017:
                picked.append((row["column_1"], row["column_2"]))
    codes = sorted({code for pair in picked for code in pair})
    absent = [(chance.choice(codes), chance.choice(codes)) for _ in range(3_000)]
    picked += [pair for pair in absent if pair[0] != pair[1]]
    chance.shuffle(picked)
    wrong = []
    for number, (one, two) in enumerate(picked):
        pair = (one, two) if number % 2 else (two, one)
        found = "applies" in verdicts(edits, "ncci-ptp", "2024-07-01", (pair[0], 1), (pair[1], 1))
        if found != truth.get(frozenset(pair), False):
            wrong.append(pair)
    assert len(picked) > 19_000
    assert wrong == []


def test_every_mue_row_takes_its_limit_and_no_more(edits):
    with MUE.open(encoding="latin-1") as file:
        rows = [row for row in csv.reader(file) if len(row) == 4 and row[1].isdigit()]
    assert len(rows) == 15_095
    wrong = [
        row
        for row in rows
        if (int(row[1]) and verdicts(edits, "mue", "2026-05-01", (row[0], int(row[1]))))
        or verdicts(edits, "mue", "2026-05-01", (row[0], int(row[1]) + 1)) != ["applies"]
    ]
    assert wrong == []


def test_two_thousand_add_on_rows(edits):
    with contextlib.closing(openpyxl.load_workbook(AOC, read_only=True)) as book:
        rows = list(book.worksheets[0].iter_rows(min_row=3, max_col=7, values_only=True))
    current = [row for row in rows if not row[6] or row[6] >= "2026121"]
    types = {row[1]: row[0] for row in current}
    for row in CHANCE.sample(current, 2_000):
        alone = verdicts(edits, "add-on", "2026-05-01", (row[1], 1))
        assert alone == (["applies"] if types[row[1]] == "1" else ["no_data"]), row
        if row[3] != "CCCCC":
            both = verdicts(edits, "add-on", "2026-05-01", (row[1], 1), (row[3], 1))
            assert len(both) == (row[3] in types and not any(r[1] == row[3] and r[3] == row[1] for r in current)), row


def test_rows_of_the_official_layout_on_the_days_around_their_dates(tmp_path):
    imported(tmp_path, EXCERPT)
    lines = EXCERPT.read_text(encoding="latin-1").splitlines()[6:]
    with contextlib.closing(Library(tmp_path)) as library:
        edits = Edits(library, lambda: "2026-08-01")
        for line in lines:
            one, two, _, since, until, indicator, _ = line.split("\t")
            for day, expected in days_around(since, until, indicator):
                found = "applies" in verdicts(edits, "ncci-ptp", day, (one, 1), (two, 1))
                assert found == expected, (line, day)


def days_around(since: str, until: str, indicator: str) -> list[tuple[str, bool]]:
    from datetime import date, timedelta

    first, live = date.fromisoformat(since), indicator != "9"
    days = [(first - timedelta(1), False), (first, live)]
    if until == "*":
        days.append((date(2026, 9, 30), live))
    else:
        last = date.fromisoformat(until)
        days += [(last, live), (last + timedelta(1), False)]
    return [(day.isoformat(), expected) for day, expected in days]
