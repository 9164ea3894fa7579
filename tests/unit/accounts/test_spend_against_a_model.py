"""Spend against a model of it, step by step: pages, repeats, peeks, limits that move, days that pass, faults."""

import asyncio
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from services.accounts.domain import Kind, Outcome, Principal
from services.accounts.facts import QuotaExhausted, QuotaSpent
from services.accounts.quota.in_force import InForce
from services.accounts.quota.known import KnownTallies
from services.accounts.quota.metering import Asked, Meter
from services.accounts.quota.periods import Period
from services.accounts.quota.plans import FEATURES, Allowance, Plans
from services.chassis.errors import AppError, unavailable
from tests.unit.accounts.memory import MemoryQuotaStore
from tests.unit.accounts.office import DAY, NOON

PERIODS = {"code_page": Period.LIFETIME, "question": Period.DAY}
OWNERS, PAGES = ("account:1", "account:2"), "abcdef"


def plans(limit: int) -> Plans:
    allowances = {f: Allowance(f, limit, PERIODS.get(f, Period.DAY)) for f in FEATURES}
    return Plans({"guest": allowances, "free": allowances}, None, ("hcpcs",))


class Faulty(MemoryQuotaStore):
    """Fails when it is told to: before the write, or after it, when the answer is lost."""

    fault = ""

    def _fail(self, when: str) -> None:
        if self.fault == when:
            self.fault = ""
            raise unavailable("DATABASE_AWAY", "away")

    async def begin(self, *arguments):
        self._fail("before")
        done = await super().begin(*arguments)
        self._fail("after")
        return done

    async def charge(self, charge):
        self._fail("before")
        done = await super().charge(charge)
        self._fail("after")
        return done


class SpendModel(RuleBasedStateMachine):
    """The model: of each (owner, feature, period) the set of what was granted, at most so many as the limit was."""

    def __init__(self) -> None:
        super().__init__()
        self.store, self.limit, self.at, self.requests = Faulty(), 2, NOON, 0
        self.meter = Meter(self.store, InForce(plans(2)), "secret")
        self.granted: dict[tuple[str, str, str], dict[str, str]] = {}  # what, by which request
        self.ends = 0

    def _tally(self, owner: str, feature: str) -> dict[str, str]:
        period = "lifetime" if feature == "code_page" else str(self.at // DAY)
        return self.granted.setdefault((owner, feature, period), {})

    def _asked(self, owner: str, feature: str, resource: str, key: str) -> Asked:
        return Asked(Principal(Kind.USER, owner, "free"), "", feature, resource, key)

    @rule(owner=st.sampled_from(OWNERS), page=st.sampled_from(PAGES), fault=st.sampled_from(["", "before", "after"]))
    def open_page(self, owner, page, fault):
        self.requests += 1
        self._spend(owner, "code_page", f"cpt/{page}", f"q{self.requests}", fault)

    @rule(owner=st.sampled_from(OWNERS), fault=st.sampled_from(["", "", "before", "after"]))
    def ask(self, owner, fault):
        self.requests += 1
        self._spend(owner, "question", "", f"q{self.requests}", fault)

    def _spend(self, owner, feature, resource, key, fault):
        self.store.fault, asked = fault, self._asked(owner, feature, resource, key)
        try:
            outcome, quota = asyncio.run(self.meter.charge(asked, self.at))
        except AppError:  # as a client does: the same request once more
            outcome, quota = asyncio.run(self.meter.charge(asked, self.at))
        self.store.fault = ""
        tally, what = self._tally(owner, feature), key if feature == "question" else resource
        if what in tally:
            expected = Outcome.SEEN
        elif len(tally) < self.limit:
            tally[what] = key
            expected = Outcome.CHARGED
            self.ends += len(tally) == self.limit
        else:
            expected = Outcome.EXHAUSTED
        assert outcome is expected
        left = 0 if expected is Outcome.EXHAUSTED else max(0, self.limit - len(tally))
        self._assert_state(quota, len(tally), left)

    def _assert_state(self, quota, used, left):
        assert (quota.used, quota.remaining) == (used, left)

    @rule(owner=st.sampled_from(OWNERS), page=st.sampled_from(PAGES))
    def peek(self, owner, page):
        writes, tally = self.store.writes, self._tally(owner, "code_page")
        asked = self._asked(owner, "code_page", f"cpt/{page}", "")
        outcome, _ = asyncio.run(self.meter.peek(asked, self.at))
        free = Outcome.AVAILABLE if len(tally) < self.limit else Outcome.EXHAUSTED
        assert outcome is (Outcome.SEEN if f"cpt/{page}" in tally else free)
        assert self.store.writes == writes

    @rule(owner=st.sampled_from(OWNERS))
    def open_page_of_a_free_system(self, owner):
        writes = self.store.writes
        asked = self._asked(owner, "code_page", "hcpcs/A0428", "free")
        outcome, quota = asyncio.run(self.meter.charge(asked, self.at))
        assert (outcome, quota.used) == (Outcome.UNMETERED, len(self._tally(owner, "code_page")))
        assert self.store.writes == writes

    @rule(limit=st.integers(0, 4))
    def change_plans(self, limit):
        self.limit, self.meter.in_force.plans = limit, plans(limit)

    @rule()
    def sleep_until_tomorrow(self):
        self.at += DAY

    @invariant()
    def usage_is_the_model_and_every_grant_is_told_once(self):
        for owner in OWNERS:
            quotas, charges = asyncio.run(self.meter.usage(Principal(Kind.USER, owner, "free"), "", self.at))
            used = {quota.feature: quota.used for quota in quotas}
            assert used["code_page"] == len(self._tally(owner, "code_page"))
            assert used["question"] == len(self._tally(owner, "question"))
            assert {c.resource for c in charges if c.feature == "code_page"} == set(self._tally(owner, "code_page"))
        spent = [(fact.owner, fact.feature, fact.resource) for fact in self.store.told if isinstance(fact, QuotaSpent)]
        assert sorted(spent) == sorted((o, f, what) for (o, f, _), tally in self.granted.items() for what in tally)
        assert sum(isinstance(fact, QuotaExhausted) for fact in self.store.told) == self.ends


class TwoReplicas(SpendModel):
    """The same with two processes over one database: each knows what it charged itself for a second longer.

    Grants are as exact; the count that an answer tells may lag by what the other charged in that second.
    """

    @rule()
    def go_to_the_other(self):
        known = self.meter.known
        self.meter = replace(self.meter, known=self.other)
        self.other = known

    def __init__(self) -> None:
        super().__init__()
        self.other = KnownTallies()

    def _assert_state(self, quota, used, left):
        assert quota.used <= used
        assert quota.remaining >= left


TwoReplicas.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestTwoReplicasAgainstAModel = TwoReplicas.TestCase
SpendModel.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestSpendAgainstAModel = SpendModel.TestCase
