"""Tries in MongoDB: how many in an hour, and the sign-ins of the last weeks."""

import secrets
from collections.abc import Mapping
from typing import Any, Final

from pymongo.errors import DuplicateKeyError

from services.accounts.domain import Attempts, SignIn
from services.accounts.store.sweeping import SWEPT_AT_ONCE
from services.accounts.store.writing import moved
from services.chassis.outbox import Database, Document, reachable

ATTEMPTS: Final = "sign_in_attempts"
SIGN_INS: Final = "sign_ins"
NEWEST: Final = 50  # sign-ins kept of an account


class AttemptStore:
    """Tries, by what was tried and hour."""

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


class SignInStore:
    """Tries to sign in: one document an account, or a digest of an address that no account has."""

    def __init__(self, database: Database) -> None:
        self._sign_ins = database[SIGN_INS]

    async def prepare(self) -> None:
        """Creates the index that finds what has expired."""
        with reachable():
            await self._sign_ins.create_index("expires_at")

    async def find(self, owner: str) -> tuple[SignIn, ...]:
        """The tries, the newest first."""
        with reachable():
            document = await self._sign_ins.find_one({"_id": owner})
        return tuple(_sign_in(entry) for _, entry in _by_age(document)) if document else ()

    async def note(self, owner: str, sign_in: SignIn, expires_at: int) -> None:
        """Keeps one more, and the newest alone."""
        entry = {"at": sign_in.at, "device": sign_in.device, "outcome": sign_in.outcome}
        k = "t" + secrets.token_hex(8)
        with reachable():
            document = await self._sign_ins.find_one({"_id": owner})
            if document is None:
                try:
                    await self._sign_ins.insert_one({"_id": owner, "tries": {k: entry}, "expires_at": expires_at})
                except DuplicateKeyError:
                    document = {"tries": {}}
                else:
                    return
            gone = [key for key, _ in _by_age(document)[NEWEST - 1 :][:NEWEST]]
            update = moved("tries", k, entry, gone)
            update["$set"]["expires_at"] = expires_at
            await self._sign_ins.update_one({"_id": owner}, update)

    async def forget(self, owner: str) -> None:
        """Deletes them."""
        with reachable():
            await self._sign_ins.delete_one({"_id": owner})

    async def sweep(self, now: int) -> int:
        """Deletes some of those whose last try is long ago; answers how many."""
        with reachable():
            expired = self._sign_ins.find({"expires_at": {"$lt": now}}).limit(SWEPT_AT_ONCE)
            found = await expired.to_list(SWEPT_AT_ONCE)
            deleted = [await self._sign_ins.delete_one({"_id": d["_id"]}) for d in found]
        return sum(result.deleted_count for result in deleted)


def _by_age(document: Document) -> list[tuple[str, Mapping[str, Any]]]:
    return sorted(document["tries"].items(), key=lambda item: -item[1]["at"])


def _sign_in(entry: Mapping[str, Any]) -> SignIn:
    return SignIn(int(entry["at"]), entry["device"], entry["outcome"])
