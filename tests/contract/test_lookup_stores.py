"""Saved lists: the store, and its fake, against every server."""

from dataclasses import replace

import pytest

from services.lookup.lists import CodeList, Saved
from services.lookup.store import ListStore
from tests.unit.lookup.memory import MemoryLists

I10 = Saved("icd-10-cm", "I10", "see $.note", 1_790_000_000_000, "Essential (primary) hypertension", "active", True)
CPT = Saved("cpt", "99213", "", 1_790_000_000_001, "", "no_data", None)
WORK = CodeList("ann", "Work / $x.y", (I10, CPT), 1_790_000_000_002, 1)


@pytest.fixture
async def lists(database):
    if database is None:
        return MemoryLists()
    store = ListStore(database)
    await store.prepare()
    return store


async def test_a_list_comes_back_as_it_was_written(lists):
    assert await lists.put(WORK, 0)
    assert await lists.find("ann", WORK.name) == WORK
    assert await lists.find("bob", WORK.name) is None


async def test_a_change_holds_only_over_the_rev_that_was_read(lists):
    assert await lists.put(WORK, 0)
    assert not await lists.put(WORK, 0)
    assert await lists.put(replace(WORK, codes=(CPT,), rev=2), 1)
    assert not await lists.put(replace(WORK, codes=(), rev=2), 1)
    assert (await lists.find("ann", WORK.name)).codes == (CPT,)


async def test_lists_are_listed_by_name_and_deleted(lists):
    for name in ("b", "a"):
        await lists.put(replace(WORK, name=name), 0)
    await lists.put(replace(WORK, account_id="bob"), 0)
    assert [one.name for one in await lists.of("ann")] == ["a", "b"]
    for _ in range(2):
        await lists.remove("ann", "a")
    assert [one.name for one in await lists.of("ann")] == ["b"]
