"""Spend on real servers: exact with everybody at once, and honest where the database is away."""

import asyncio
import itertools
from collections import Counter

import pytest

from services.accounts.domain import Kind as Caller
from services.accounts.domain import Outcome, Principal
from services.accounts.events import encode
from services.accounts.quota.in_force import InForce
from services.accounts.quota.metering import Asked, Meter
from services.accounts.quota.plans import load
from services.accounts.store import QuotaStore
from services.chassis.boot import Settings
from services.chassis.errors import AppError, Kind
from services.chassis.outbox import open_database
from tests.servers import free_port
from tests.unit.accounts.memory import MemoryQuotaStore

AT = 1_790_000_000_000


KEYS = itertools.count()


@pytest.fixture
async def quotas(database):
    return MemoryQuotaStore() if database is None else QuotaStore(database, encode, lambda *_: None)


def asker(owner: str):
    plan, kind = ("guest", Caller.GUEST) if owner.startswith("guest") else ("free", Caller.USER)
    principal = Principal(kind, owner, plan)
    return lambda resource: Asked(principal, "203.0.113.7", "code_page", resource, f"request {next(KEYS)}")


@pytest.mark.usefixtures("atomic")
async def test_of_200_spends_at_once_by_one_guest_over_ten_pages_one_is_granted(quotas):
    meter, asked = Meter(quotas, InForce(load()), "secret"), asker("guest:crowd")
    answers = await asyncio.gather(*(meter.charge(asked(f"page/{n % 10}"), AT) for n in range(200)))
    outcomes = Counter(outcome for outcome, _ in answers)
    granted = {n % 10 for n, (outcome, _) in enumerate(answers) if outcome is not Outcome.EXHAUSTED}
    assert len(granted) == 1
    assert outcomes == {Outcome.CHARGED: 1, Outcome.SEEN: 19, Outcome.EXHAUSTED: 180}
    tallies = await quotas.find_all(["guest:crowd:code_page:lifetime"])
    assert [(tally.used, len(tally.seen)) for tally in tallies.values()] == [(1, 1)]


@pytest.mark.usefixtures("atomic")
async def test_many_accounts_at_once_each_get_exactly_their_five(quotas):
    meter, askers = Meter(quotas, InForce(load()), "secret"), [asker(f"account:{n}") for n in range(8)]
    wishes = [(ask, f"page/{page}") for _ in range(2) for page in range(9) for ask in askers]
    answers = await asyncio.gather(*(meter.charge(ask(page), AT) for ask, page in wishes))
    assert Counter(outcome for outcome, _ in answers)[Outcome.CHARGED] == 8 * 5
    tallies = await quotas.find_all([f"account:{n}:code_page:lifetime" for n in range(8)])
    assert [(tally.used, len(tally.seen)) for tally in tallies.values()] == [(5, 5)] * 8


async def test_in_the_documents_lies_one_fact_a_charge_and_one_an_end(quotas, database):
    if database is None:
        pytest.skip("a memory store has no documents")
    meter, asked = Meter(quotas, InForce(load()), "secret"), asker("account:1")
    await asyncio.gather(*(meter.charge(asked(f"page/{n % 9}"), AT) for n in range(90)))
    document = await database["quotas"].find_one({"_id": "account:1:code_page:lifetime"})
    subjects = Counter(entry["subject"] for entry in document["out"].values())
    assert subjects == {"codingahead.accounts.quota.spent.v1": 5, "codingahead.accounts.quota.exhausted.v1": 1}
    assert document["pending"] == 6


async def test_a_database_that_is_away_is_said_to_be():
    settings = Settings(name="away", mongo_url=f"mongodb://127.0.0.1:{free_port()}")
    async with open_database(settings) as nowhere:
        with pytest.raises(AppError) as refused:
            await QuotaStore(nowhere, encode, lambda *_: None).find("guest:1:code_page:lifetime")
    assert (refused.value.kind, refused.value.reason) == (Kind.UNAVAILABLE, "DATABASE_AWAY")
