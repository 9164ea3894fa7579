"""Tallies in MongoDB: one document an owner, feature and period."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pymongo.errors import DuplicateKeyError

from services.accounts.facts import Told
from services.accounts.quota.tallies import Charge, Opened, Tally
from services.accounts.store.sweeping import SWEPT_AT_ONCE
from services.accounts.store.writing import Encode, Hand, moved
from services.chassis.outbox import Database, Document, reachable, telling, told

QUOTAS: Final = "quotas"


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
        update = moved("seen", charge.k, _entry(charge.opened), charge.forgotten)
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

    async def delete(self, tally_id: str) -> None:
        """Deletes a tally that has told everything; one that is not there is no error."""
        with reachable():
            await self._quotas.delete_one({"_id": tally_id, "pending": 0})

    async def sweep(self, now: int) -> int:
        """Deletes some of the tallies that expired and have told everything; answers how many."""
        with reachable():
            found = self._quotas.find({"expires_at": {"$gt": 0, "$lt": now}}).limit(SWEPT_AT_ONCE)
            expired = await found.to_list(SWEPT_AT_ONCE)
            deleted = [await self._quotas.delete_one({"_id": d["_id"], "pending": 0}) for d in expired]
        return sum(result.deleted_count for result in deleted)


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
