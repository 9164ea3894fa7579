"""Tallies in MongoDB: one document an owner, feature and period.

What is asked for at the same time goes to the database together; each caller still gets its own answer.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from services.accounts.facts import Told
from services.accounts.quota.tallies import Charge, Opened, Tally
from services.accounts.store.sweeping import SWEPT_AT_ONCE
from services.accounts.store.writing import Encode, Hand
from services.chassis.gathering import Gathered
from services.chassis.outbox import Database, Document, Fact, reachable, telling, told

QUOTAS: Final = "quotas"
DUPLICATE: Final = 11_000  # the server's code for a key that is there already


@dataclass(frozen=True, slots=True)
class _Asked:
    """A charge to write, with what it tells."""

    charge: Charge
    facts: Sequence[Fact]


def _of_a_tally(asked: Sequence[_Asked]) -> list[list[_Asked]]:
    """Charges that go in one update: of one tally under one limit, none of them its last, each of something else."""
    groups: dict[Hashable, dict[str, _Asked]] = {}
    for number, one in enumerate(asked):
        charge = one.charge
        group = groups.setdefault((charge.tally_id, charge.limit, number if charge.last else -1), {})
        if group.setdefault(charge.k, one) is not one:
            groups[number] = {charge.k: one}
    return [list(group.values()) for group in groups.values()]


def _update(group: Sequence[_Asked]) -> UpdateOne:
    """Adds charges to their tally, if nothing of them is in it and there is room for all."""
    first, charges = group[0].charge, [one.charge for one in group]
    used = first.limit - 1 if first.last else {"$lt": first.limit - len(group)}
    guard = {"_id": first.tally_id, "used": used, **{f"seen.{one.k}": None for one in charges}}
    gone = {f"seen.{k}": "" for one in charges for k in one.forgotten}
    update: Document = {"$set": {f"seen.{one.k}": _entry(one.opened) for one in charges}, "$inc": {"used": len(group)}}
    update |= {"$unset": gone} if gone else {}  # an empty one is an error on real servers
    return UpdateOne(guard, telling(update, [fact for one in group for fact in one.facts]))


class QuotaStore:
    """Tallies: one document an owner, feature and period."""

    def __init__(self, database: Database, encode: Encode, hand: Hand) -> None:
        self._quotas = database[QUOTAS]
        self._encode = encode
        self._hand = hand
        self._reading, self._beginning = Gathered(self._find), Gathered(self._begin)
        self._charging = Gathered(self._charge)

    async def prepare(self) -> None:
        """Creates the index that finds what has expired."""
        with reachable():
            await self._quotas.create_index("expires_at")

    async def find(self, tally_id: str) -> Tally | None:
        """A tally, if anything was charged."""
        return await self._reading(tally_id)

    async def _find(self, tally_ids: Sequence[str]) -> list[Tally | None]:
        found = await self.find_all(tuple(dict.fromkeys(tally_ids)))
        return [found.get(tally_id) for tally_id in tally_ids]

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
        begun = await self._beginning(document)
        if begun:
            self._hand(QUOTAS, tally.id, facts)
        return begun

    async def _begin(self, documents: Sequence[Document]) -> list[bool]:
        """Which of the documents were written; one that is there already, be it by one before it, was not."""
        there: set[int] = set()
        with reachable():
            try:
                await self._quotas.insert_many(documents, ordered=False)
            except BulkWriteError as error:
                failed = {one["index"]: one["code"] for one in error.details["writeErrors"]}
                there = {index for index, code in failed.items() if code == DUPLICATE}
                if len(there) < len(failed):
                    raise
        return [index not in there for index in range(len(documents))]

    async def charge(self, charge: Charge) -> bool:
        """Writes one more charge; False where its guard did not hold."""
        asked = _Asked(charge, [self._encode(fact) for fact in charge.told])
        charged = await self._charging(asked)
        if charged:
            self._hand(QUOTAS, charge.tally_id, asked.facts)
        return charged

    async def _charge(self, asked: Sequence[_Asked]) -> list[bool]:
        """Which of the charges were written: those of a tally in one update, or where it did not hold, one by one.

        A server tells how many updates held; where that is not all of them, the tallies tell which.
        """
        groups = _of_a_tally(asked)
        held = await self._update(groups)
        if held == len(groups):
            return [True] * len(asked)
        if not held and len(groups) == len(asked):
            return [False] * len(asked)
        together = [one for group in groups if len(group) > 1 for one in group]
        missing = [one for one, there in zip(together, await self._there(together), strict=True) if not there]
        if missing:
            await self._update([[one] for one in missing])
        return await self._there(asked)

    async def _update(self, groups: Sequence[Sequence[_Asked]]) -> int:
        with reachable():
            return (await self._quotas.bulk_write([_update(group) for group in groups], ordered=False)).matched_count

    async def _there(self, asked: Sequence[_Asked]) -> list[bool]:
        """Whether each charge is in its tally, by the request that made it."""
        tallies = await self.find_all(tuple({one.charge.tally_id for one in asked}))
        found = [(tallies.get(one.charge.tally_id), one.charge) for one in asked]
        opened = [(tally.opened(charge.k) if tally else None, charge) for tally, charge in found]
        return [there is not None and there.key == charge.opened.key for there, charge in opened]

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
