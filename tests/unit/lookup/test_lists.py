"""Saved lists over the editions that ship."""

import asyncio
from dataclasses import replace

import pytest

from services.chassis.errors import AppError
from services.lookup.lists.erasing import Erasing
from services.lookup.lists.judging import Judge
from services.lookup.lists.news import ListOutdated, News
from services.lookup.lists.saved import MOST_CODES
from services.lookup.lists.verbs import Lists
from services.lookup.lists.views import KEPT, View, Views
from services.lookup.service import Lookup
from tests.unit.lookup.memory import MemoryLists, MemoryNews, MemoryViews


@pytest.fixture
def store() -> MemoryLists:
    return MemoryLists()


@pytest.fixture
def lists(lookup: Lookup, store: MemoryLists) -> Lists:
    return Lists(store, lookup, lambda: judge(lookup), lambda: 1_790_000_000_000)


def judge(lookup: Lookup) -> Judge:
    return Judge(lookup._library, "2026-05-04")


async def codes(lists: Lists, name: str = "work") -> list[tuple[str, str]]:
    return [(one.saved.code, one.saved.note) for one in (await lists.get_list("ann", name))[1]]


async def test_a_code_is_saved_in_any_spelling_once_and_its_note_changes(lists: Lists) -> None:
    await lists.save_code("ann", " work ", "icd-10-cm", "e1142", "first")
    await lists.save_code("ann", "work", "icd-10-cm", "E11.42", "second")
    await lists.save_code("ann", "work", "cpt", "20701", "")
    assert await codes(lists) == [("E11.42", "second"), ("20701", "")]
    assert [(one.name, changed) for one, changed in await lists.list_lists("ann")] == [("work", 0)]
    assert await lists.list_lists("bob") == []


async def test_what_does_not_exist_is_not_saved(lists: Lists) -> None:
    for system, code, reason in (
        ("icd-10-cm", "E11.ZZ", "UNKNOWN_CODE"),
        ("icd-9", "250", "UNKNOWN_SYSTEM"),
        ("hcpcs", "E0601", "UNKNOWN_CODE"),  # no edition of HCPCS is loaded here
    ):
        with pytest.raises(AppError) as refused:
            await lists.save_code("ann", "work", system, code, "")
        assert refused.value.reason == reason
    assert await lists.list_lists("ann") == []


@pytest.mark.parametrize("name", ["", "   ", "a/b", "x" * 61, "a\x00b"])
async def test_a_name_that_cannot_be_one_is_refused(lists: Lists, name: str) -> None:
    with pytest.raises(AppError, match="1 to 60 characters"):
        await lists.save_code("ann", name, "icd-10-cm", "I10", "")


async def test_an_import_is_whole_or_not_at_all_and_names_the_lines(lists: Lists) -> None:
    with pytest.raises(AppError) as refused:
        await lists.import_list("ann", "work", [("icd-10-cm", "I10", ""), ("icd-10-cm", "I1000", ""), ("x", "1", "")])
    assert [(one.where, one.value) for one in refused.value.errors] == [
        ("line 2", "icd-10-cm I1000"),
        ("line 3", "x 1"),
    ]
    assert await lists.list_lists("ann") == []
    assert await lists.import_list("ann", "work", [("icd-10-cm", "i10", "a"), ("icd-10-cm", "E11.9", "")]) == (2, 0)
    assert await lists.import_list("ann", "work", [("icd-10-cm", "I10", "b")]) == (0, 1)
    assert await codes(lists) == [("I10", "b"), ("E11.9", "")]
    await lists.import_list("ann", "work", [("icd-10-cm", "E11.9", "")], whole=True)
    assert await codes(lists) == [("E11.9", "")]


async def test_codes_and_lists_are_taken_out(lists: Lists) -> None:
    await lists.import_list("ann", "work", [("icd-10-cm", "I10", ""), ("icd-10-cm", "E11.9", "")])
    for _ in range(2):
        await lists.remove_code("ann", "work", "icd-10-cm", "i10")
    assert await codes(lists) == [("E11.9", "")]
    for _ in range(2):
        await lists.remove_code("ann", "work", "", "")
    with pytest.raises(AppError, match="You have no list"):
        await lists.get_list("ann", "work")


async def test_of_many_saves_at_once_none_is_lost_or_it_says_so(lists: Lists) -> None:
    wanted = [f"E11.{n}" for n in (21, 22, 29)]
    await asyncio.gather(*(lists.save_code("ann", "work", "icd-10-cm", code, "") for code in wanted))
    assert {code for code, _ in await codes(lists)} == set(wanted)


async def test_a_full_list_says_so(lists: Lists, store: MemoryLists) -> None:
    await lists.save_code("ann", "work", "icd-10-cm", "I10", "")
    found = await store.find("ann", "work")
    assert found is not None
    many = tuple(replace(found.codes[0], code=f"X{n}") for n in range(MOST_CODES))
    await store.put(replace(found, codes=many, rev=2), 1)
    with pytest.raises(AppError) as refused:
        await lists.save_code("ann", "work", "icd-10-cm", "I10", "")
    assert refused.value.reason == "LIST_FULL"


async def test_a_list_gets_another_name_unless_one_has_it(lists: Lists) -> None:
    await lists.save_code("ann", "work", "icd-10-cm", "I10", "n")
    await lists.save_code("ann", "other", "icd-10-cm", "E11.9", "")
    await lists.rename_list("ann", "work", "work")
    with pytest.raises(AppError) as refused:
        await lists.rename_list("ann", "work", "other")
    assert refused.value.reason == "LIST_EXISTS"
    await lists.rename_list("ann", "work", " Clinic ")
    assert await codes(lists, "Clinic") == [("I10", "n")]
    assert [one.name for one, _ in await lists.list_lists("ann")] == ["Clinic", "other"]
    with pytest.raises(AppError, match="You have no list"):
        await lists.rename_list("ann", "work", "x")


async def test_a_code_moves_with_its_note(lists: Lists) -> None:
    await lists.save_code("ann", "work", "icd-10-cm", "I10", "n")
    await lists.move_code("ann", "work", "work", "icd-10-cm", "I10")
    await lists.move_code("ann", "work", "new", "icd-10-cm", "i10")
    assert await codes(lists) == []
    assert await codes(lists, "new") == [("I10", "n")]
    with pytest.raises(AppError, match="does not have"):
        await lists.move_code("ann", "work", "new", "icd-10-cm", "I10")


async def test_a_closed_account_leaves_nothing(lists: Lists, lookup: Lookup, store: MemoryLists) -> None:
    seen, news = MemoryViews(), MemoryNews()
    views = Views(seen, lambda: judge(lookup))
    for name in ("a", "b"):
        await lists.save_code("ann", name, "icd-10-cm", "I10", "")
    await lists.save_code("bob", "a", "icd-10-cm", "I10", "")
    await views.note_views("ann", [View("icd-10-cm", "I10", 1)])
    await news.put(News("ann", 1, rev=1), 0, ListOutdated("ann", 1, 1))
    for _ in range(2):
        await Erasing(store, seen, news).erase_account("ann")
    assert await store.accounts() == ["bob"]
    assert await views.list_views("ann") == []
    assert await news.find("ann") is None


async def test_the_codes_looked_at_last_are_few_newest_first_and_forgotten(lookup: Lookup) -> None:
    views = Views(MemoryViews(), lambda: judge(lookup))
    await views.note_views("ann", [View("icd-10-cm", "I10", 1), View("cpt", "99213", 2), View("icd-10-cm", "I10", 3)])
    assert [(one.code, one.at, text) for one, text in await views.list_views("ann")] == [
        ("I10", 3, "Essential (primary) hypertension"),
        ("99213", 2, "Office visit, known patient, simple decisions or at least 20 minutes"),
    ]
    await views.note_views("ann", [View("cpt", f"{n:05}", n) for n in range(KEPT + 5)])
    assert (await views.list_views("ann"))[0][0].code == f"{KEPT + 4:05}"
    assert len(await views.list_views("ann")) == KEPT
    await views.forget_views("ann")
    assert await views.list_views("ann") == []
