"""A collection whose documents tell facts and carry a rev."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pymongo.errors import DuplicateKeyError

from services.careers.domain.facts import Told
from services.careers.domain.openings import Page
from services.chassis.outbox import Database, Document, Fact, reachable, telling, told

OPENINGS: Final = "openings"
APPLICATIONS: Final = "applications"
ALERTS: Final = "alerts"
PUBLISHING: Final = (OPENINGS, APPLICATIONS, ALERTS)

type Encode = Callable[[Told], Fact]
type Hand = Callable[[str, str, Sequence[Fact]], None]


class Kept:
    """Documents with their facts, each change guarded by the rev it was made from."""

    def __init__(self, database: Database, collection: str, encode: Encode, hand: Hand) -> None:
        self.documents = database[collection]
        self._name = collection
        self._encode = encode
        self._hand = hand

    async def insert(self, document: Document, said: Sequence[Told] = ()) -> bool:
        """Writes a new document; False where its id, or what else has to be unique, is taken."""
        facts = [self._encode(fact) for fact in said]
        try:
            with reachable():
                await self.documents.insert_one({**document, **told(facts)})
        except DuplicateKeyError:
            return False
        self._hand(self._name, document["_id"], facts)
        return True

    async def change(self, document: Document, rev: int, said: Sequence[Told]) -> bool:
        """Writes the fields over the document of that rev; False where it has another, or a unique field is taken."""
        facts = [self._encode(fact) for fact in said]
        fields = {key: value for key, value in document.items() if key != "_id"}
        try:
            with reachable():
                result = await self.documents.update_one(
                    {"_id": document["_id"], "rev": rev}, telling({"$set": fields}, facts)
                )
        except DuplicateKeyError:
            return False
        if result.matched_count:
            self._hand(self._name, document["_id"], facts)
        return result.matched_count > 0

    async def one(self, wanted: Mapping[str, Any]) -> Document | None:
        """A document."""
        with reachable():
            return await self.documents.find_one(wanted)

    async def page(self, wanted: Document, field: str, direction: int, page: Page) -> tuple[list[Document], int]:
        """A page in an order that ties do not shake, and how many documents there are in all."""
        order = [(field, direction), ("_id", 1)]
        # count_documents groups where this counts: on the embedded server that is a hundred times slower
        counting: list[Mapping[str, Any]] = [{"$match": wanted}, {"$count": "total"}]
        with reachable():
            counted = await self.documents.aggregate(counting).to_list(1)
            found = self.documents.find(wanted).sort(order).skip(page.start).limit(page.limit)
            return await found.to_list(page.limit), counted[0]["total"] if counted else 0
