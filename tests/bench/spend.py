"""How many spends a second, beside the bare reads and writes they are made of, on one server in one run.

`python tests/bench/spend.py [MONGO_URL]`; without an address an embedded server is started for it. One client
process, no relay: the figures are those of the store and the counting, without gRPC and without the bus.
"""

import asyncio
import itertools
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from services.accounts.credentials import tokens
from services.accounts.credentials.passwords import CHEAP, hashing
from services.accounts.domain import Account, Credential, Outcome, Session
from services.accounts.events import encode
from services.accounts.membership.desk import Stores
from services.accounts.quota.in_force import InForce
from services.accounts.quota.metering import Meter
from services.accounts.quota.plans import load
from services.accounts.service import Accounts
from services.accounts.store import AccountStore, AttemptStore, QuotaStore, SignInStore
from services.chassis.boot import Settings
from services.chassis.outbox import Database, open_database
from tests.servers import free_port, server_process

IN_FLIGHT = 32
CALLS = 3_000
SECRET = "bench"


@contextmanager
def embedded() -> Iterator[str]:
    """An embedded server of its own, gone afterwards."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        command = [str(Path(sys.executable).parent / "nx-27017"), "--data-dir", f"{folder}/db", "--port", str(port)]
        command += ["--pid-file", f"{folder}/pid", "--log-file", f"{folder}/log"]
        with server_process(command, port):
            yield f"mongodb://127.0.0.1:{port}"


async def measured(name: str, act: Callable[[int], Awaitable[object]], calls: int = CALLS) -> float:
    """Calls `act` with 0, 1, … `IN_FLIGHT` at once; prints and answers calls a second."""
    numbers, took = iter(range(calls)), []

    async def work() -> None:
        for number in numbers:
            began = time.perf_counter()
            await act(number)
            took.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    rate = calls / (time.perf_counter() - began)
    took.sort()
    p50, p99 = (took[int(len(took) * share)] * 1000 for share in (0.5, 0.99))
    print(f"{name:44} {rate:7.0f}/s   p50 {p50:6.1f} ms   p99 {p99:6.1f} ms")
    return rate


async def bare(database: Database) -> tuple[float, float]:
    """A read and a guarded write of small documents, one a caller."""
    pages = database["bare"]
    for number in range(IN_FLIGHT):
        await pages.insert_one({"_id": str(number), "used": 0})

    async def read(number: int) -> None:
        await pages.find_one({"_id": str(number % IN_FLIGHT)})

    async def write(number: int) -> None:
        await pages.update_one({"_id": str(number % IN_FLIGHT), "used": {"$lt": 10**9}}, {"$inc": {"used": 1}})

    return await measured("bare find_one", read), await measured("bare update_one", write)


async def people(verbs: Accounts) -> list[Credential]:
    """As many signed-in accounts as there are calls in flight."""
    made = []
    for number in range(IN_FLIGHT):
        account = Account(tokens.new_id(), f"{number}@b.org", f"{number}@b.org", "", "", 0, "", 0, plan="bench")
        await verbs.accounts.add(account, [])
        token = tokens.issue(tokens.SESSION, account.id)
        await verbs.accounts.open_session(account.id, tokens.digest(token), Session(0, 10**15), [])
        made.append(Credential(session_token=token))
    return made


async def spends(verbs: Accounts, database: Database, reads: float, writes: float) -> None:
    """Charged and seen, for guests and accounts; each printed with its ratio to the bare operations it consists of."""
    members, keys = await people(verbs), itertools.count()
    guests = [Credential(guest_cookie=(await verbs.resolve(Credential())).issued_guest_cookie) for _ in members]

    async def opened(who: Credential, page: int, wanted: Outcome) -> None:
        spent = await verbs.spend(who, "code_page", f"icd-10-cm/{page}", f"k{next(keys)}")
        if spent.outcome is not wanted:
            raise AssertionError(spent)

    def by(callers: list[Credential], wanted: Outcome, pages: int) -> Callable[[int], Awaitable[None]]:
        return lambda n: opened(callers[n % IN_FLIGHT], n // IN_FLIGHT % pages, wanted)

    fresh = [Credential(guest_cookie=(await verbs.resolve(Credential())).issued_guest_cookie) for _ in range(CALLS)]
    rows = [
        ("charged, each guest's first (insert)", lambda n: opened(fresh[n], 0, Outcome.CHARGED), CALLS, 1),
        ("charged, 32 guests (write)", by(guests, Outcome.CHARGED, 10**6), 32 * 20, 1),
        ("charged, 32 accounts (write)", by(members, Outcome.CHARGED, 10**6), 32 * 20, 1),
    ]
    for name, act, calls, write in rows:
        rate = await measured(name, act, calls)
        print(f"{'':44} {rate * write / writes:7.2f} of its bare operations")
    for collection in ("quotas", "accounts"):  # as the relay would have left them
        async for document in database[collection].find({}):
            await database[collection].update_one({"_id": document["_id"]}, {"$set": {"out": {}, "pending": 0}})
    for name, act, calls, read in (
        ("seen, 32 guests (1 read)", by(guests, Outcome.SEEN, 20), CALLS, 1),
        ("seen, 32 accounts (2 reads)", by(members, Outcome.SEEN, 20), CALLS, 2),
    ):
        rate = await measured(name, act, calls)
        print(f"{'':44} {rate * read / reads:7.2f} of its bare operations")


async def bench(url: str) -> None:
    """Everything, in a database dropped afterwards."""
    plans = load()
    wide = {feature: replace(allowance, limit=10**6) for feature, allowance in plans.of("free").items()}
    plans = replace(plans, allowances={"guest": wide, "free": wide}, guests_per_network=None)
    async with open_database(Settings(name="accounts", mongo_url=url, mongo_database="bench_spend")) as database:
        quotas, accounts = QuotaStore(database, encode, _unheard), AccountStore(database, encode, _unheard)
        await quotas.prepare()
        await accounts.prepare()
        for collection in ("quotas", "accounts"):
            await database[collection].create_index("pending")  # as the relay keeps it
        with hashing(CHEAP) as passwords:
            attempts, clock = AttemptStore(database), lambda: time.time_ns() // 10**6
            stores = Stores(accounts, attempts, SignInStore(database))
            verbs = Accounts(stores, Meter(quotas, InForce(plans), SECRET), passwords, SECRET, clock)
            reads, writes = await bare(database)
            await spends(verbs, database, reads, writes)
        await database.client.drop_database(database.name)


def _unheard(*_: object) -> None:
    """Nobody relays."""


if __name__ == "__main__":
    if len(sys.argv) > 1:
        asyncio.run(bench(sys.argv[1]))
    else:
        with embedded() as address:
            asyncio.run(bench(address))
