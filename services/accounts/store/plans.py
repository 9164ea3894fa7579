"""What was last told of the plans file: one document, whose revision counts up."""

from typing import Final

from pymongo.errors import DuplicateKeyError

from services.accounts.facts import PlansPublished
from services.accounts.store.writing import Encode, Hand
from services.chassis.outbox import Database, Document, reachable, telling, told

PLANS: Final = "plans"
IN_FORCE: Final = "in_force"


class PlansStore:
    """The digest of the plans file as it was last told."""

    def __init__(self, database: Database, encode: Encode, hand: Hand) -> None:
        self._plans = database[PLANS]
        self._encode = encode
        self._hand = hand

    async def published(self) -> tuple[str, int]:
        """The digest last told and its revision; ("", 0) at first."""
        with reachable():
            document = await self._plans.find_one({"_id": IN_FORCE})
        return (document["digest"], int(document["revision"])) if document else ("", 0)

    async def text(self) -> str:
        """The file as it was last told; empty at first."""
        with reachable():
            document = await self._plans.find_one({"_id": IN_FORCE})
        return str(document.get("text", "")) if document else ""

    async def publish(self, before: str, fact: PlansPublished, text: str) -> bool:
        """Tells a change from `before`; False where another process was quicker."""
        encoded = self._encode(fact)
        new = {"digest": fact.digest, "revision": fact.revision, "text": text}
        with reachable():
            guard: Document = {"_id": IN_FORCE, "digest": before, "revision": fact.revision - 1}
            change = telling({"$set": new}, [encoded])
            done = await (self._begin({**new, **told([encoded])}) if not before else self._change(guard, change))
        if done:
            self._hand(PLANS, IN_FORCE, [encoded])
        return done

    async def _begin(self, document: Document) -> bool:
        try:
            await self._plans.insert_one({"_id": IN_FORCE, **document})
        except DuplicateKeyError:
            return False
        return True

    async def _change(self, guard: Document, change: Document) -> bool:
        return (await self._plans.update_one(guard, change)).matched_count > 0
