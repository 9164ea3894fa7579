"""A thousand spends by four processes while accounts, the database and NATS are killed: exact, and every grant told."""

import asyncio
import subprocess
import sys
import time
from collections import Counter, defaultdict

import nats
import pytest
from codingahead.accounts.v1 import service_pb2 as pb
from codingahead.accounts.v1.events_pb2 import QuotaExhausted, QuotaSpent
from codingahead.accounts.v1.service_pb2_grpc import AccountServiceStub

from services.chassis import rpc
from services.chassis.boot import Settings
from tests.live.running import Platform

pytestmark = pytest.mark.live

SPENT, EXHAUSTED = "codingahead.accounts.quota.spent.v1", "codingahead.accounts.quota.exhausted.v1"
GUESTS, PAGES, LIMIT = 50, 20, 12
PROCESSES = 4
VICTIMS = ("accounts", "mongo", "nats", "accounts", "mongo")
PLANS = f"""
guests_per_network = "none"
[plans.guest]
code_page = {{ limit = {LIMIT}, period = "lifetime" }}
question = {{ limit = 0, period = "day" }}
consult = {{ limit = 0, period = "day" }}
case = {{ limit = 0, period = "day" }}
check = {{ limit = 0, period = "day" }}
[plans.free]
code_page = {{ limit = 5, period = "lifetime" }}
question = {{ limit = 0, period = "day" }}
consult = {{ limit = 0, period = "day" }}
case = {{ limit = 0, period = "day" }}
check = {{ limit = 0, period = "day" }}
"""


@pytest.fixture
def platform(tmp_path, monkeypatch):
    plans = tmp_path / "plans.toml"
    plans.write_text(PLANS)
    monkeypatch.setenv("CODINGAHEAD_PLANS", str(plans))
    folder = tmp_path / "data"
    folder.mkdir()
    running = Platform(folder)
    yield running
    assert running.stop() == 0


async def test_spend_is_exact_through_kills_of_everything_it_stands_on(platform):
    address, secret = platform.run_json()["addresses"]["accounts"], platform.secret()
    async with rpc.channel(Settings(secret=secret), address) as channel:
        stub = AccountServiceStub(channel)
        cookies = [
            (await rpc.call(stub.Resolve, pb.ResolveRequest(credential=pb.Credential()))).issued_guest_cookie
            for _ in range(GUESTS)
        ]
        demands = [
            f"{cookie}\tpage/{page}\tkey-{guest}-{page}"
            for page in range(PAGES)
            for guest, cookie in enumerate(cookies)
        ]
        outcomes = await asyncio.to_thread(run_and_kill, platform, address, secret, demands)
        left = [await remaining(stub, cookie) for cookie in cookies]
    granted = defaultdict(set)
    for key, outcome in outcomes.items():
        _, guest, page = key.split("-")
        if outcome == pb.SpendResponse.OUTCOME_CHARGED:
            granted[guest].add(page)
    assert Counter(outcomes.values()) == {
        pb.SpendResponse.OUTCOME_CHARGED: GUESTS * LIMIT,
        pb.SpendResponse.OUTCOME_EXHAUSTED: GUESTS * (PAGES - LIMIT),
    }
    assert {len(pages) for pages in granted.values()} == {LIMIT}
    assert left == [(LIMIT, 0)] * GUESTS
    spent, exhausted = await told(platform, GUESTS * LIMIT)
    assert Counter(Counter(fact.owner for fact in spent).values()) == {LIMIT: GUESTS}
    assert len({(fact.owner, fact.resource) for fact in spent}) == GUESTS * LIMIT
    assert len({fact.owner for fact in exhausted}) == GUESTS == len(exhausted)


def run_and_kill(platform, address, secret, demands):
    """The outcome of each request key, with processes killed while the clients work."""
    command = [sys.executable, "-m", "tests.chaos.spender", address, secret]
    clients = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)
    ]
    for number, client in enumerate(clients):
        client.stdin.write("\n".join(demands[number::PROCESSES]))
        client.stdin.close()
    killed = 0
    for victim in VICTIMS:
        time.sleep(0.4)
        killed += any(client.poll() is None for client in clients)
        platform.kill(victim)
    answers = [client.stdout.read() for client in clients]
    assert [client.wait(60) for client in clients] == [0] * PROCESSES
    for client in clients:
        client.stdout.close()
    assert killed >= 2, "the clients were done before anything was killed"
    lines = [line.split("\t") for answer in answers for line in answer.splitlines()]
    assert len(lines) == len(demands)
    return {key: int(outcome) for key, outcome in lines}


async def remaining(stub, cookie):
    usage = await rpc.call(stub.GetUsage, pb.GetUsageRequest(credential=pb.Credential(guest_cookie=cookie)))
    pages = next(quota for quota in usage.quotas if quota.feature == "code_page")
    return pages.used, pages.remaining


async def told(platform, expected, seconds=30):
    """Every fact of quotas in the stream, each once, when no more come."""
    connection = await nats.connect(platform.run_json()["nats_url"])
    try:
        stream = connection.jetstream()
        until = time.monotonic() + seconds
        while True:
            subjects = (
                await stream.stream_info("ACCOUNTS", subjects_filter="codingahead.accounts.quota.>")
            ).state.subjects
            if subjects and subjects.get("codingahead.accounts.quota.spent.v1", 0) >= expected:
                break
            assert time.monotonic() < until, f"told: {subjects}"
            await asyncio.sleep(0.2)
        return (
            [QuotaSpent.FromString(body) for body in await bodies(stream, "codingahead.accounts.quota.spent.v1")],
            [
                QuotaExhausted.FromString(body)
                for body in await bodies(stream, "codingahead.accounts.quota.exhausted.v1")
            ],
        )
    finally:
        await connection.close()


async def bodies(stream, subject):
    reader = await stream.subscribe(subject, ordered_consumer=True)
    found = []
    try:
        while True:
            found.append((await reader.next_msg(timeout=2)).data)
    except nats.errors.TimeoutError:
        return found
    finally:
        await reader.unsubscribe()
