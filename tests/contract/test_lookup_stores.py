"""Saved lists: the store, and its fake, against every server."""

from dataclasses import replace

import pytest

from services.lookup.events import encode_outdated
from services.lookup.lists.news import Item, ListOutdated, News
from services.lookup.lists.saved import CodeList, Figure, Saved, Standing
from services.lookup.lists.views import View, Viewed
from services.lookup.store import LISTS, NEWS, ListStore, NewsStore, ViewStore
from tests.unit.lookup.memory import MemoryLists, MemoryNews, MemoryViews

MUE = Figure("ncci-mue-practitioner", "mue-2026-04-01", "NCCI MUE 2026 Q2", "2026-04-01", "2")
HYPERTENSION = Standing(3, "active", "Essential (primary) hypertension", True, "ICD-10-CM FY2026", "2025-10-01", ())
I10 = Saved("icd-10-cm", "I10", "see $.note", 1_790_000_000_000, HYPERTENSION)
CPT = Saved("cpt", "99213", "", 1_790_000_000_001, Standing(3, "no_data", figures=(MUE,)))
WORK = CodeList("ann", "Work / $x.y", (I10, CPT), 1_790_000_000_002, 1)
TOLD = News("ann", 4, "2026-05-04", ("a", "b"), {3: (), 4: (Item("cpt", "99213", "", ("MUE: 3.", "RVU.")),)}, 1)


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


async def test_accounts_are_those_that_have_lists(lists):
    assert await lists.accounts() == []
    for account, name in (("ann", "a"), ("bob", "a"), ("ann", "b")):
        await lists.put(replace(WORK, account_id=account, name=name), 0)
    assert sorted(await lists.accounts()) == ["ann", "bob"]


async def test_a_list_of_another_rev_is_not_deleted(lists):
    await lists.put(WORK, 0)
    assert not await lists.remove("ann", WORK.name, 2)
    assert await lists.remove("ann", WORK.name, 1)
    assert not await lists.remove("ann", WORK.name)


async def test_a_code_that_was_saved_before_tables_were_looked_at_is_read(database):
    if database is None:
        pytest.skip("there is no older layout in memory")
    code = {"system": "cpt", "code": "99213", "note": "", "saved_at": 1, "display": "A visit", "status": "active"}
    kept = {"account_id": "ann", "name": "w", "codes": [{**code, "billable": 1}], "changed_at": 1, "rev": 1}
    await database[LISTS].insert_one({"_id": "ann/w", **kept})
    (one,) = (await ListStore(database).find("ann", "w")).codes
    assert (one.stood.display, one.stood.billable, one.stood.figures) == ("A visit", True, None)


@pytest.fixture
def news(database):
    return MemoryNews() if database is None else NewsStore(database, encode_outdated, lambda *_: None)


async def test_news_come_back_and_are_written_with_their_fact_over_their_rev_alone(news, database):
    fact = ListOutdated("ann", 4, 5)
    assert await news.put(TOLD, 0, fact)
    assert not await news.put(TOLD, 0, fact)
    assert await news.find("ann") == TOLD
    assert await news.put(replace(TOLD, generation=5, rev=2), 1, replace(fact, generation=5))
    assert not await news.put(replace(TOLD, generation=6, rev=2), 1, replace(fact, generation=6))
    assert (await news.find("ann")).generation == 5
    if database is not None:
        kept = await database[NEWS].find_one({"_id": "ann"})
        assert sorted(kept["out"]) == ["list_outdated_ann_4", "list_outdated_ann_5"]
        assert kept["pending"] == 2
    await news.remove("ann")
    assert await news.find("ann") is None


async def test_views_are_kept_over_their_rev_and_forgotten(database):
    views = MemoryViews() if database is None else ViewStore(database)
    seen = Viewed("ann", (View("cpt", "99213", 1_790_000_000_000),), 1)
    assert await views.put(seen, 0)
    assert not await views.put(seen, 0)
    assert await views.find("ann") == seen
    assert await views.put(Viewed("ann", (), 2), 1)
    await views.remove("ann")
    assert await views.find("ann") is None
