"""What changes in saved lists as editions are published, and that it is told once."""

import contextlib
from pathlib import Path

import pytest

from services.chassis.errors import AppError
from services.lookup.editions import catalog
from services.lookup.editions.library import Library
from services.lookup.lists.judging import Judge
from services.lookup.lists.news import Newsroom
from services.lookup.lists.verbs import Lists
from services.lookup.service import Lookup
from tests.unit.lookup.memory import MemoryLists, MemoryNews
from tests.unit.lookup.official import MUE, ORDER, PFS, PTP, PTP_HEADING, TOOLS, imported, written

TODAY = "2026-05-04"
LATER = "".join(
    line.replace("Cholera of the classical biovar", "Classical cholera")
    for line in ORDER.splitlines(keepends=True)
    if "W19XXXA" not in line
)


class Desk:
    """Lists over a data folder into which editions are imported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store, self.news = MemoryLists(), MemoryNews()
        self.today = TODAY
        self.day_library: Library | None = None

    def publish(self, name: str, content: str | dict[str, str], **given: str) -> None:
        imported(self.folder, written(self.folder, name, content), **given)
        self.open()

    def open(self) -> None:
        self.close()
        self.day_library = Library(self.folder)

    def close(self) -> None:
        if self.day_library:
            self.day_library.close()

    @property
    def library(self) -> Library:
        assert self.day_library is not None
        return self.day_library

    @property
    def lists(self) -> Lists:
        lookup = Lookup(self.library, TOOLS, lambda: self.today)
        return Lists(self.store, lookup, lambda: Judge(self.library, self.today), lambda: 1)

    @property
    def newsroom(self) -> Newsroom:
        def judge(among: tuple[str, ...] | None, day: str) -> Judge:
            return Judge(self.library, day or self.today, among)

        return Newsroom(self.store, self.news, judge, lambda: 1)

    async def tell(self) -> int:
        """Delivers the newest fact twice; how many letters there are in all."""
        for _ in range(2):
            await self.newsroom.tell_of(self.library.generation)
        return len(self.news.facts)

    async def changes(self, name: str = "work") -> list[tuple[str, str]]:
        _, codes, _ = await self.lists.get_list("ann", name)
        return [(one.saved.code, change.kind) for one in codes for change in one.changes]

    async def letter(self) -> list[tuple[str, ...]]:
        items = await self.newsroom.get_news("ann", self.library.generation)
        return [(one.code, *one.texts) for one in items]


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    with contextlib.closing(made):
        yield made


async def test_a_code_that_goes_and_one_that_is_revised_are_told_of_once_and_noted(desk):
    desk.publish("codes.zip", {"icd10cm-order-2026.txt": ORDER})
    for code in ("A000", "W19XXXA"):
        await desk.lists.save_code("ann", "work", "icd-10-cm", code, "mine")
    await desk.lists.save_code("ann", "other", "icd-10-cm", "A00.0", "")
    assert await desk.tell() == 0
    desk.publish("later.zip", {"icd10cm-order-2027.txt": LATER})
    assert await desk.tell() == 1
    assert await desk.changes() == [("A00.0", "description"), ("W19.XXXA", "status")]
    (revised, gone) = await desk.letter()
    assert revised[1] == (
        "Description revised from 2026-10-01 on; it was “Cholera of the classical biovar” "
        "(ICD-10-CM FY2027; before: ICD-10-CM FY2026)."
    )
    assert gone[1].startswith("Deleted from 2026-10-01 on; it was valid")
    assert "mine" not in repr(await desk.letter())
    assert [changed for _, changed in await desk.lists.list_lists("ann")] == [1, 2]

    await desk.lists.save_code("ann", "work", "icd-10-cm", "A00.0", "a new note notes no change")
    assert len(await desk.changes()) == 2
    generation = desk.library.generation
    with pytest.raises(AppError, match="meanwhile"):
        await desk.lists.note_changes("ann", "work", "", "", generation - 1)
    assert await desk.lists.note_changes("ann", "work", "icd-10-cm", "A00.0", generation) == 1
    assert await desk.changes() == [("W19.XXXA", "status")]
    assert await desk.lists.note_changes("ann", "work", "", "", 0) == 1
    assert await desk.changes() == []
    assert await desk.tell() == 1


async def test_units_relative_values_and_pairs_are_told_with_what_was(desk):
    desk.publish("MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", MUE)
    desk.publish("PPRRVU2025_Oct.csv", PFS)
    desk.publish("ccipra-v321r0-f1.txt", PTP)
    await desk.lists.save_code("ann", "work", "cpt", "11042", "")
    desk.publish("MCR_MUE_PractitionerServices_Eff_07-01-2026.csv", MUE.replace("11042,1,2", "11042,3,2"))
    await desk.tell()
    (mue,) = await desk.letter()
    told = "NCCI MUE, practitioner, Medicare 2026"
    assert mue == ("11042", f"MUE (practitioner) from 2026-07-01 on: 3, it was 1 ({told} Q3; before: {told} Q2).")
    later = PFS.replace("2025 National", "2026 National").replace("October", "January")
    later = later.replace("1.01,2.73", "1.10,2.64")
    desk.publish("PPRRVU2026_Jan.csv", later)
    more = "11042\t97597\t\t20260701\t*\t1\tMisuse of Column Two code with Column One code\n"
    desk.publish("ccipra-v322r0-f1.txt", PTP + more)
    assert await desk.tell() == 2
    ((_, rvu, ptp),) = await desk.letter()
    assert "work 1.10 (was 1.01); practice expense, non-facility 2.64 (was 2.73) (" in rvu
    assert "1 new NCCI pair (practitioner) in force on 2026-07-01: 97597 (column 2, a modifier may allow both" in ptp
    assert "11720" not in ptp
    assert await desk.changes() == [("11042", "rvu"), ("11042", "mue"), ("11042", "ptp")]
    (one,) = (await desk.lists.get_list("ann", "work"))[1]
    assert [(pair.column_1, pair.column_2, pair.since) for pair in one.changes[2].pairs] == [
        ("11042", "97597", "2026-07-01")
    ]


async def test_a_pair_in_a_part_of_a_newer_table_is_told_beside_the_complete_one(desk):
    parts = [
        written(desk.folder, f"ccipra-v321r0-f{n}.txt", PTP if n == 1 else PTP_HEADING + row(n)) for n in (1, 2, 3, 4)
    ]
    imported(desk.folder, *parts)
    desk.open()
    await desk.lists.save_code("ann", "work", "cpt", "11042", "")
    desk.publish("ccipra-v322r0-f1.txt", PTP_HEADING + row(5, "11042"))
    assert await desk.tell() == 1
    ((_, told),) = await desk.letter()
    assert told.startswith("1 new NCCI pair (practitioner) in force on 2026-07-01: 97595 (column 2, never both")
    assert await desk.changes() == [("11042", "ptp")]


def row(number: int, code: str = "20000") -> str:
    return f"{code}\t9759{number}\t\t20200101\t*\t0\tMore extensive procedure\n"


async def test_a_first_table_is_told_of_and_one_without_the_code_is_not(desk):
    desk.publish("codes.zip", {"icd10cm-order-2026.txt": ORDER})
    for code in ("11042", "99213"):
        await desk.lists.save_code("ann", "work", "cpt", code, "")
    desk.publish("MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", MUE)
    assert await desk.tell() == 1
    assert [(code, text.split(" (NCCI")[0]) for code, text in await desk.letter()] == [
        ("11042", "MUE (practitioner) from 2026-04-01 on: 1, it was not loaded")
    ]


async def test_what_was_told_stays_told_through_a_rollback_and_an_older_fact(desk):
    desk.publish("codes.zip", {"icd10cm-order-2026.txt": ORDER})
    await desk.lists.save_code("ann", "work", "icd-10-cm", "W19XXXA", "")
    before = desk.library.generation
    desk.publish("later.zip", {"icd10cm-order-2027.txt": LATER})
    await desk.newsroom.tell_of(before)  # an older fact that comes late
    assert desk.news.facts == []
    with pytest.raises(AppError, match="not served here yet"):
        await desk.newsroom.tell_of(desk.library.generation + 1)
    assert await desk.tell() == 1
    desk.publish("MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", MUE)
    assert await desk.tell() == 1
    catalog.rollback(desk.folder)
    catalog.rollback(desk.folder)
    desk.open()
    assert await desk.changes() == []
    desk.publish("later.zip", {"icd10cm-order-2027.txt": LATER})
    assert await desk.changes() == [("W19.XXXA", "status")]
    assert await desk.tell() == 1


async def test_a_list_on_a_day_says_what_held_then(desk):
    desk.publish("codes.zip", {"icd10cm-order-2026.txt": ORDER})
    await desk.lists.save_code("ann", "work", "icd-10-cm", "W19XXXA", "")
    desk.publish("later.zip", {"icd10cm-order-2027.txt": LATER})
    for as_of, status in (("2026-09-30", "active"), ("2026-10-01", "deleted"), ("1999-01-01", "no_data")):
        (one,) = (await desk.lists.get_list("ann", "work", as_of))[1]
        assert (as_of, one.status) == (as_of, status)
    with pytest.raises(AppError, match="YYYY-MM-DD"):
        await desk.lists.get_list("ann", "work", "tomorrow")
