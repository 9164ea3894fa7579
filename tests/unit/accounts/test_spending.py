"""Spend against a model, with operations put between one another in every order that Hypothesis thinks of."""

import asyncio
import time
import types
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.accounts.domain import Outcome
from services.accounts.facts import QuotaExhausted, QuotaSpent
from services.accounts.quota.known import KNOWN_FOR, KnownTallies
from services.accounts.quota.periods import Period
from services.accounts.quota.plans import Allowance
from services.accounts.quota.spending import DAY, GUEST_LIVES, NEWEST, Demand, expiry, spend
from services.accounts.quota.tallies import entry_of
from services.chassis.errors import AppError, unavailable
from tests.unit.accounts.memory import MemoryQuotaStore
from tests.unit.accounts.office import NOON

PAGES = Allowance("code_page", 3, Period.LIFETIME)


def demand(resource: str, key: str, *, limit: int = 3, feature: str = "code_page", at: int = NOON) -> Demand:
    return Demand("guest:1", Allowance(feature, limit, Period.LIFETIME), resource, key, at)


@types.coroutine
def turn():
    """A place where the test decides who goes on."""
    yield


def run_in_turns(tasks, turns):
    """Runs coroutines, one step at a time, each step by the one that `turns` says; their results, in order."""
    running, results = dict(enumerate(tasks)), {}
    try:
        while running:
            chosen = sorted(running)[turns(len(running)) - 1]
            try:
                running[chosen].send(None)
            except StopIteration as done:
                results[chosen] = done.value
                del running[chosen]
    finally:  # Hypothesis gives up an example in the middle
        for task in running.values():
            task.close()
    return [results[number] for number in sorted(results)]


def facts_of(store, sort):
    return [fact for fact in store.told if isinstance(fact, sort)]


def assert_exact(store, asked, answers, limit):
    """What must hold whatever the order: never over the limit, nothing charged twice, every grant told once."""
    tally = store.tallies[asked[0].tally_id]
    granted = {d.resource for d, (outcome, _) in zip(asked, answers, strict=True) if outcome is not Outcome.EXHAUSTED}
    assert tally.used == len(tally.seen) == min(limit, len({d.resource for d in asked}))
    assert granted == {opened.resource for opened in tally.seen.values()}
    assert Counter(f.id for f in facts_of(store, QuotaSpent)) == Counter(list(tally.seen))
    assert len(facts_of(store, QuotaExhausted)) == (tally.used == limit)
    for d, (outcome, used) in zip(asked, answers, strict=True):
        charged_by_this = d.k in tally.seen and tally.seen[d.k].key == d.key
        assert (outcome is Outcome.CHARGED) == charged_by_this
        assert (outcome is Outcome.EXHAUSTED) == (d.k not in tally.seen)
        assert used <= limit


@given(
    st.lists(st.tuples(st.sampled_from("abcde"), st.integers(0, 6)), min_size=1, max_size=7),
    st.integers(1, 4),
    st.booleans(),
    st.data(),
)
@settings(max_examples=150, deadline=None)
def test_spends_at_once_are_exact_in_any_order(asked, limit, one_process, data):
    store, known = MemoryQuotaStore(pause=turn), KnownTallies() if one_process else None
    demands = [demand(resource, f"{resource}{key}", limit=limit) for resource, key in asked]
    answers = run_in_turns([spend(store, d, known=known) for d in demands], lambda n: data.draw(st.integers(1, n)))
    assert_exact(store, demands, answers, limit)


class Faulty:
    """A store that now and then fails: before it wrote, or after, when the answer is lost."""

    def __init__(self, store, faults):
        self._store, self._faults = store, iter(faults)

    def __getattr__(self, method):
        async def act(*args):
            fault = next(self._faults, "")
            if fault == "before":
                raise unavailable("DATABASE_AWAY", "")
            answer = await getattr(self._store, method)(*args)
            if fault == "after":
                raise unavailable("DATABASE_AWAY", "")
            return answer

        return act


@given(
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=8),
    st.integers(1, 3),
    st.lists(st.sampled_from(["", "", "before", "after"]), max_size=20),
)
def test_a_spend_repeated_with_its_key_is_charged_once_whatever_was_lost(resources, limit, faults):
    store = MemoryQuotaStore()
    faulty = Faulty(store, faults)
    demands = [demand(resource, f"key {n}", limit=limit) for n, resource in enumerate(resources)]

    async def patiently(d):
        while True:
            try:
                return await spend(faulty, d)
            except AppError:
                continue

    answers = run_in_turns([patiently(d) for d in demands], lambda _: 1)
    assert_exact(store, demands, answers, limit)


async def test_a_repeat_is_answered_as_the_first_was_and_another_request_is_free():
    store = MemoryQuotaStore()
    assert await spend(store, demand("a", "k1")) == (Outcome.CHARGED, 1)
    assert await spend(store, demand("a", "k1")) == (Outcome.CHARGED, 1)
    assert await spend(store, demand("a", "k2")) == (Outcome.SEEN, 1)
    assert store.tallies[demand("a", "").tally_id].used == 1


async def test_what_was_seen_stays_open_when_nothing_is_left():
    store = MemoryQuotaStore()
    for resource in "abc":
        await spend(store, demand(resource, resource))
    assert (await spend(store, demand("d", "d")))[0] is Outcome.EXHAUSTED
    assert (await spend(store, demand("a", "later")))[0] is Outcome.SEEN


async def test_for_a_second_after_a_charge_nothing_is_read(monkeypatch):
    store, known = MemoryQuotaStore(), KnownTallies()
    await spend(store, demand("a", "k1"), known=known)
    reads = Counter()
    find = store.find

    async def counted(tally_id):
        reads[tally_id] += 1
        return await find(tally_id)

    monkeypatch.setattr(store, "find", counted)
    assert await spend(store, demand("a", "k2"), known=known) == (Outcome.SEEN, 1)
    assert await spend(store, demand("a", "k1"), known=known) == (Outcome.CHARGED, 1)
    assert not reads
    assert await spend(store, demand("b", "k3"), known=known) == (Outcome.CHARGED, 2)
    assert not reads
    later = time.monotonic() + KNOWN_FOR + 0.1
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert await spend(store, demand("a", "k4"), known=known) == (Outcome.SEEN, 2)
    assert reads.total() == 1


async def test_what_another_replica_charged_meanwhile_decides():
    store, here, there = MemoryQuotaStore(), KnownTallies(), KnownTallies()
    await spend(store, demand("a", "k1"), known=here)
    assert await spend(store, demand("b", "k2"), known=there) == (Outcome.CHARGED, 2)
    assert await spend(store, demand("b", "k3"), known=here) == (Outcome.SEEN, 2)
    await spend(store, demand("c", "k4"), known=there)
    assert await spend(store, demand("d", "k5"), known=here) == (Outcome.EXHAUSTED, 3)
    assert [fact.used for fact in facts_of(store, QuotaSpent)] == [1, 2, 3]


async def test_charges_at_once_are_counted_one_by_one_where_nothing_was_read_between():
    store, known = MemoryQuotaStore(), KnownTallies()
    await spend(store, demand("first", "k0", limit=100), known=known)
    spends = (spend(store, demand(f"r{n}", f"k{n}", limit=100), known=known) for n in range(20))
    answers = await asyncio.gather(*spends)
    assert {outcome for outcome, _ in answers} == {Outcome.CHARGED}
    assert await spend(store, demand("last", "k", limit=100), known=known) == (Outcome.CHARGED, 22)


async def test_a_newcomer_is_charged_without_a_read_and_a_lost_answer_is_found_again():
    store = MemoryQuotaStore()
    first = replace(demand("a", "k1"), newcomer=True)
    assert await spend(store, first) == (Outcome.CHARGED, 1)
    assert await spend(store, first) == (Outcome.CHARGED, 1)
    assert store.tallies[first.tally_id].used == 1


async def test_an_older_reading_does_not_replace_what_is_known():
    store, known = MemoryQuotaStore(), KnownTallies()
    await spend(store, demand("a", "a"), known=known)
    older = store.tallies[demand("a", "").tally_id]
    await spend(store, demand("b", "b"), known=known)
    known.keep(older)
    held = known.holding(older.id, demand("b", "").k, 3)
    assert held is not None
    assert held.used == 2


async def test_a_limit_raised_holds_at_once_and_its_end_is_told_again():
    store = MemoryQuotaStore()
    for resource in "ab":
        await spend(store, demand(resource, resource, limit=1))
    assert (await spend(store, demand("b", "again", limit=2)))[0] is Outcome.CHARGED
    assert (await spend(store, demand("c", "c", limit=2)))[0] is Outcome.EXHAUSTED
    exhausted = facts_of(store, QuotaExhausted)
    assert [fact.limit for fact in exhausted] == [1, 2]
    assert exhausted[0].id != exhausted[1].id


async def test_a_limit_lowered_keeps_what_is_open():
    store = MemoryQuotaStore()
    for resource in "abc":
        await spend(store, demand(resource, resource))
    assert await spend(store, demand("d", "d", limit=1)) == (Outcome.EXHAUSTED, 3)
    assert (await spend(store, demand("b", "again", limit=1)))[0] is Outcome.SEEN


async def test_a_limit_of_nothing_grants_nothing_and_writes_nothing():
    store = MemoryQuotaStore()
    assert await spend(store, demand("a", "a", limit=0)) == (Outcome.EXHAUSTED, 0)
    assert store.writes == 0


async def test_who_is_not_admitted_is_refused_and_nothing_is_written():
    async def full():
        return False

    store = MemoryQuotaStore()
    assert await spend(store, demand("a", "a"), full) == (Outcome.EXHAUSTED, 0)
    assert store.writes == 0


async def test_admission_is_asked_for_the_first_charge_only():
    asked = []

    async def admit():
        asked.append(1)
        return True

    store = MemoryQuotaStore()
    for resource in "aab":
        await spend(store, demand(resource, resource), admit)
    assert len(asked) == 1


async def test_a_counted_feature_keeps_its_newest_entries_and_counts_them_all():
    store = MemoryQuotaStore()
    for n in range(NEWEST + 30):
        await spend(store, demand(f"request {n}", f"request {n}", limit=5000, feature="check", at=NOON + n))
    tally = store.tallies[demand("", "", feature="check").tally_id]
    assert tally.used == NEWEST + 30
    assert {opened.resource for opened in tally.seen.values()} == {f"request {n}" for n in range(30, NEWEST + 30)}


async def test_code_pages_are_all_kept():
    store = MemoryQuotaStore()
    for n in range(NEWEST + 5):
        await spend(store, demand(f"page {n}", f"key {n}", limit=500))
    assert len(store.tallies[demand("", "").tally_id].seen) == NEWEST + 5


@pytest.mark.parametrize(
    ("owner", "period", "until"),
    [
        ("account:1", Period.LIFETIME, 0),
        ("guest:1", Period.LIFETIME, NOON + GUEST_LIVES),
        ("account:1", Period.DAY, NOON + DAY // 2 + DAY),
        ("network:1", Period.DAY, NOON + DAY // 2 + DAY),
    ],
)
def test_a_tally_is_kept_as_long_as_it_counts(owner, period, until):
    assert expiry(Allowance("code_page", 1, period), owner, NOON) == until


def test_entries_of_two_tallies_never_meet():
    assert entry_of("guest:1:code_page:lifetime", "a") != entry_of("guest:2:code_page:lifetime", "a")
    assert entry_of("x", "a").isalnum()
