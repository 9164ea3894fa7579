"""The accounts process: stores, the relay of its facts, and its RPCs, wired."""

import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from codingahead.accounts.v1.service_pb2_grpc import add_AccountServiceServicer_to_server

from services.accounts.credentials.passwords import CHEAP, SECOND_PROFILE, hashing
from services.accounts.events import encode
from services.accounts.membership.desk import DAY, Stores
from services.accounts.quota.in_force import PlansFile
from services.accounts.quota.metering import Meter
from services.accounts.quota.plans import PlansError
from services.accounts.server import NAME, AccountServer
from services.accounts.service import Accounts
from services.accounts.settings import AccountsSettings
from services.accounts.store import (
    PUBLISHING,
    AccountStore,
    AttemptStore,
    PlansStore,
    QuotaStore,
    SignInStore,
    sweeping,
)
from services.chassis import bus, outbox, rpc
from services.chassis.boot import patiently, run

EVEN: Final = 0.3  # seconds: longer than what an answer takes whose time must not tell whether an account is there


@asynccontextmanager
async def accounts(settings: AccountsSettings, plans: PlansFile) -> AsyncIterator[None]:
    """Opens the database, the bus and the relay, then serves."""
    profile = CHEAP if settings.cheap_passwords else SECOND_PROFILE
    async with outbox.open_database(settings) as database, bus.connect(settings) as events:
        relay = outbox.Outbox(database, PUBLISHING, events.publish)
        people = AccountStore(database, encode, relay.hand)
        quotas, told = QuotaStore(database, encode, relay.hand), PlansStore(database, encode, relay.hand)
        attempts, sign_ins = AttemptStore(database), SignInStore(database)
        for store in (people, quotas, attempts, sign_ins):
            await patiently("the database", store.prepare)
        await plans.recover(told)
        await patiently("the bus", lambda: events.keep_stream(settings.name))
        meter = Meter(quotas, plans.in_force, settings.secret, settings.development)
        with hashing(profile) as passwords:
            stores, grace = Stores(people, attempts, sign_ins), round(settings.closing_days * DAY)
            verbs = Accounts(stores, meter, passwords, settings.secret, _now, grace, floor=EVEN)
            server = AccountServer(verbs)
            async with (
                relay.running(),
                plans.watched(told, _now),
                sweeping([quotas.sweep, attempts.sweep, sign_ins.sweep, verbs.erase_due, people.sweep], _now),
                rpc.serve(settings, lambda at: add_AccountServiceServicer_to_server(server, at), [NAME]),
            ):
                yield


def _now() -> int:
    return time.time_ns() // 1_000_000


def main() -> None:
    """Reads the settings and the plans, and serves; ends with the reason where no plans were ever right."""
    settings = AccountsSettings(name="accounts")
    plans = PlansFile(settings.plans, settings.data_dir / "plans.toml")
    try:
        run(settings, lambda known: accounts(known, plans))
    except PlansError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
