"""Accounts, tallies and sign-in tries in MongoDB.

Only what every server of its protocol does alike: string ids, guarded updates of fields and of map entries with
plain keys, equality with None for an entry that is not there, integers for flags and times.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any, Final

from pymongo.errors import DuplicateKeyError

from services.accounts.domain import Account, ApiKey, Attempts, Charge, Opened, Session, Tally
from services.accounts.facts import Told
from services.chassis.errors import AppError
from services.chassis.outbox import Database, Document, Fact, reachable, telling, told

ACCOUNTS: Final = "accounts"
QUOTAS: Final = "quotas"
ATTEMPTS: Final = "sign_in_attempts"
PUBLISHING: Final = (ACCOUNTS, QUOTAS)
SWEPT_AT_ONCE: Final = 200
SWEEP_EVERY: Final = 3_600  # seconds
KNOWN: Final = 20_000  # accounts kept in mind
KNOWN_FOR: Final = 1.0  # seconds

type Encode = Callable[[Told], Fact]
type Hand = Callable[[str, str, Sequence[Fact]], None]  # the relay's: collection, document, its new facts


class AccountStore:
    """Accounts, with their sessions and API keys in maps of theirs: one read tells who a token is."""

    def __init__(self, database: Database, encode: Encode, hand: Hand) -> None:
        self._accounts = database[ACCOUNTS]
        self._encode = encode
        self._hand = hand
        self._known: dict[str, tuple[float, Account]] = {}  # until when, and what
        self._written = 0

    async def prepare(self) -> None:
        """Creates the index that keeps an address unique."""
        with reachable():
            await self._accounts.create_index("address_key", unique=True)

    async def find(self, account_id: str) -> Account | None:
        """An account by id."""
        with reachable():
            document = await self._accounts.find_one({"_id": account_id})
        return _account(document) if document else None

    async def known(self, account_id: str) -> Account | None:
        """An account by id, as it was at most a second ago: who a credential is, is asked at every request.

        Our own writes are seen at once; a session ended by another replica lives on for that second.
        """
        kept = self._known.get(account_id)
        if kept and kept[0] > time.monotonic():
            return kept[1]
        written = self._written
        account = await self.find(account_id)
        if account and written == self._written:  # else it may have been read before a write that is done by now
            if len(self._known) >= KNOWN:
                self._known.pop(next(iter(self._known)))
            self._known[account_id] = (time.monotonic() + KNOWN_FOR, account)
        return account

    async def find_by_key(self, address_key: str) -> Account | None:
        """An account by the key of its address."""
        with reachable():
            document = await self._accounts.find_one({"address_key": address_key})
        return _account(document) if document else None

    async def add(self, account: Account, said: Sequence[Told]) -> bool:
        """Writes a new account; False where its address is taken."""
        facts = [self._encode(fact) for fact in said]
        try:
            with reachable():
                await self._accounts.insert_one({**_account_document(account), **told(facts)})
        except DuplicateKeyError:
            return False
        self._hand(ACCOUNTS, account.id, facts)
        return True

    async def verify(self, account: Account, at: int, said: Sequence[Told]) -> bool:
        """Marks the address verified; False where it is already, or has changed."""
        guard = {"_id": account.id, "address_key": account.address_key, "verified": 0}
        return await self._update(guard, {"$set": {"verified": 1, "verified_at": at}}, said)

    async def set_role(self, account_id: str, role: str) -> None:
        """Gives a role, where there is such an account."""
        await self._update({"_id": account_id}, {"$set": {"role": role}})

    async def open_session(self, account_id: str, digest: str, session: Session, ended: Sequence[str]) -> None:
        """Keeps a session, and ends those under the digests `ended`."""
        entry = {"opened_at": session.opened_at, "expires_at": session.expires_at}
        await self._update({"_id": account_id}, _moved("sessions", digest, entry, ended))

    async def end_session(self, account_id: str, digest: str) -> None:
        """Ends a session; one that is gone is no error."""
        await self._update({"_id": account_id}, {"$unset": {f"sessions.{digest}": ""}})

    async def add_api_key(self, account_id: str, digest: str, key: ApiKey) -> None:
        """Keeps an API key."""
        entry = {"id": key.id, "name": key.name, "scopes": list(key.scopes), "created_at": key.created_at}
        await self._update({"_id": account_id}, {"$set": {f"api_keys.{digest}": entry}})

    async def remove_api_key(self, account_id: str, digest: str) -> None:
        """Forgets an API key; one that is gone is no error."""
        await self._update({"_id": account_id}, {"$unset": {f"api_keys.{digest}": ""}})

    async def _update(self, guard: Document, update: Document, said: Sequence[Told] = ()) -> bool:
        facts = [self._encode(fact) for fact in said]
        try:
            with reachable():
                result = await self._accounts.update_one(guard, telling(update, facts))
        finally:
            self._written += 1
            self._known.pop(guard["_id"], None)
        if result.matched_count:
            self._hand(ACCOUNTS, guard["_id"], facts)
        return result.matched_count > 0


class QuotaStore:
    """Tallies: one document an owner, feature and period."""

    def __init__(self, database: Database, encode: Encode, hand: Hand) -> None:
        self._quotas = database[QUOTAS]
        self._encode = encode
        self._hand = hand

    async def prepare(self) -> None:
        """Creates the index that finds what has expired."""
        with reachable():
            await self._quotas.create_index("expires_at")

    async def find(self, tally_id: str) -> Tally | None:
        """A tally, if anything was charged."""
        with reachable():
            document = await self._quotas.find_one({"_id": tally_id})
        return _tally(document) if document else None

    async def find_all(self, tally_ids: Sequence[str]) -> dict[str, Tally]:
        """Those of the tallies that are there, by id."""
        with reachable():
            documents = await self._quotas.find({"_id": {"$in": list(tally_ids)}}).to_list(len(tally_ids))
        return {document["_id"]: _tally(document) for document in documents}

    async def begin(self, tally: Tally, expires_at: int, said: Sequence[Told] = ()) -> bool:
        """Writes a new tally, kept until `expires_at` (0: for good); False where it is there already."""
        facts = [self._encode(fact) for fact in said]
        document = {
            "_id": tally.id,
            "used": tally.used,
            "seen": _entries(tally.seen),
            "carried": _entries(tally.carried),
            "expires_at": expires_at,
            **told(facts),
        }
        try:
            with reachable():
                await self._quotas.insert_one(document)
        except DuplicateKeyError:
            return False
        self._hand(QUOTAS, tally.id, facts)
        return True

    async def charge(self, charge: Charge) -> bool:
        """Writes one more charge; False where its guard did not hold."""
        facts = [self._encode(fact) for fact in charge.told]
        used = charge.limit - 1 if charge.last else {"$lt": charge.limit - 1}
        guard = {"_id": charge.tally_id, "used": used, f"seen.{charge.k}": None}
        update = _moved("seen", charge.k, _entry(charge.opened), charge.forgotten)
        with reachable():
            result = await self._quotas.update_one(guard, telling({**update, "$inc": {"used": 1}}, facts))
        if result.matched_count:
            self._hand(QUOTAS, charge.tally_id, facts)
        return result.matched_count > 0

    async def claim(self, tally_id: str, by: str) -> bool:
        """Marks a tally as carried to `by`; False where it is not there or marked already."""
        with reachable():
            result = await self._quotas.update_one({"_id": tally_id, "carried_to": None}, {"$set": {"carried_to": by}})
        return result.matched_count > 0

    async def sweep(self, now: int) -> int:
        """Deletes some of the tallies that expired and have told everything; answers how many."""
        with reachable():
            found = self._quotas.find({"expires_at": {"$gt": 0, "$lt": now}}).limit(SWEPT_AT_ONCE)
            expired = await found.to_list(SWEPT_AT_ONCE)
            deleted = [await self._quotas.delete_one({"_id": d["_id"], "pending": 0}) for d in expired]
        return sum(result.deleted_count for result in deleted)


class AttemptStore:
    """Sign-ins tried, by address and hour."""

    def __init__(self, database: Database) -> None:
        self._attempts = database[ATTEMPTS]

    async def prepare(self) -> None:
        """Creates the index that finds what has expired."""
        with reachable():
            await self._attempts.create_index("expires_at")

    async def find(self, attempts_id: str) -> Attempts:
        """How many were tried, and when the last."""
        with reachable():
            document = await self._attempts.find_one({"_id": attempts_id})
        return Attempts(int(document["tried"]), int(document["last_at"])) if document else Attempts()

    async def note(self, attempts_id: str, at: int, expires_at: int) -> None:
        """Counts one more."""
        if await self._count(attempts_id, at):
            return
        try:
            with reachable():
                first = {"_id": attempts_id, "tried": 1, "last_at": at, "expires_at": expires_at}
                await self._attempts.insert_one(first)
        except DuplicateKeyError:
            await self._count(attempts_id, at)

    async def _count(self, attempts_id: str, at: int) -> bool:
        with reachable():
            update = {"$inc": {"tried": 1}, "$set": {"last_at": at}}
            result = await self._attempts.update_one({"_id": attempts_id}, update)
        return result.matched_count > 0

    async def clear(self, attempts_id: str) -> None:
        """Forgets them."""
        with reachable():
            await self._attempts.delete_one({"_id": attempts_id})

    async def sweep(self, now: int) -> int:
        """Deletes some of the counts that expired; answers how many."""
        with reachable():
            expired = (
                await self._attempts.find({"expires_at": {"$lt": now}}).limit(SWEPT_AT_ONCE).to_list(SWEPT_AT_ONCE)
            )
            deleted = [await self._attempts.delete_one({"_id": d["_id"]}) for d in expired]
        return sum(result.deleted_count for result in deleted)


def _moved(where: str, added: str, entry: Document, gone: Sequence[str]) -> Document:
    """An update that adds one entry to a map and takes others out; an empty $unset is an error on real servers."""
    update = {"$set": {f"{where}.{added}": entry}}
    return {**update, "$unset": {f"{where}.{k}": "" for k in gone}} if gone else update


def _account_document(account: Account) -> Document:
    return {
        "_id": account.id,
        "address_key": account.address_key,
        "email": account.email,
        "name": account.name,
        "password_hash": account.password_hash,
        "registered_at": account.registered_at,
        "verify_nonce": account.verify_nonce,
        "verify_until": account.verify_until,
        "verified": int(account.verified),
        "role": account.role,
        "plan": account.plan,
        "sessions": {},
        "api_keys": {},
    }


def _account(document: Mapping[str, Any]) -> Account:
    return Account(
        id=document["_id"],
        address_key=document["address_key"],
        email=document["email"],
        name=document["name"],
        password_hash=document["password_hash"],
        registered_at=int(document["registered_at"]),
        verify_nonce=document["verify_nonce"],
        verify_until=int(document["verify_until"]),
        verified=document["verified"] == 1,
        role=document["role"],
        plan=document["plan"],
        sessions={d: Session(int(s["opened_at"]), int(s["expires_at"])) for d, s in document["sessions"].items()},
        api_keys={d: _api_key(key) for d, key in document["api_keys"].items()},
    )


def _api_key(entry: Mapping[str, Any]) -> ApiKey:
    return ApiKey(entry["id"], entry["name"], tuple(entry["scopes"]), int(entry["created_at"]))


def _tally(document: Mapping[str, Any]) -> Tally:
    return Tally(
        id=document["_id"],
        used=int(document["used"]),
        seen=_opened(document["seen"]),
        carried=_opened(document["carried"]),
        carried_to=document.get("carried_to", ""),
    )


def _opened(entries: Mapping[str, Any]) -> dict[str, Opened]:
    return {k: Opened(entry["key"], entry["resource"], int(entry["at"])) for k, entry in entries.items()}


def _entries(opened: Mapping[str, Opened]) -> Document:
    return {k: _entry(one) for k, one in opened.items()}


def _entry(opened: Opened) -> Document:
    return {"key": opened.key, "resource": opened.resource, "at": opened.at}


@contextlib.asynccontextmanager
async def sweeping(stores: Sequence[QuotaStore | AttemptStore], clock: Callable[[], int]) -> AsyncIterator[None]:
    """Deletes what has expired, once an hour, while the block runs."""
    task = asyncio.create_task(_sweep_for_ever(stores, clock))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _sweep_for_ever(stores: Sequence[QuotaStore | AttemptStore], clock: Callable[[], int]) -> None:
    while True:
        for store in stores:
            with contextlib.suppress(AppError):  # away: the next hour finds it all again
                while await store.sweep(clock()):
                    pass
        await asyncio.sleep(SWEEP_EVERY)
