"""Openings, employers and applications in MongoDB, on the subset that every server of its protocol does alike."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final

from pymongo.errors import DuplicateKeyError

from services.careers.domain import Application, Details, Opening, Told
from services.chassis.outbox import Database, Document, Fact, reachable, telling, told

OPENINGS: Final = "openings"
APPLICATIONS: Final = "applications"
EMPLOYERS: Final = "employers"
PUBLISHING: Final = (OPENINGS, APPLICATIONS)
_LISTED: Final = 500

type Encode = Callable[[Told], Fact]
type Hand = Callable[[str, str, Sequence[Fact]], None]


class _Kept:
    """A collection whose documents tell facts and carry a rev."""

    def __init__(self, database: Database, collection: str, encode: Encode, hand: Hand) -> None:
        self._documents = database[collection]
        self._name = collection
        self._encode = encode
        self._hand = hand

    async def insert(self, document: Document, said: Sequence[Told]) -> bool:
        """Writes a new document; False where its id is taken."""
        facts = [self._encode(fact) for fact in said]
        try:
            with reachable():
                await self._documents.insert_one({**document, **told(facts)})
        except DuplicateKeyError:
            return False
        self._hand(self._name, document["_id"], facts)
        return True

    async def change(self, document: Document, rev: int, said: Sequence[Told]) -> bool:
        """Writes the fields over the document of that rev; False where it has another."""
        facts = [self._encode(fact) for fact in said]
        fields = {key: value for key, value in document.items() if key != "_id"}
        with reachable():
            result = await self._documents.update_one(
                {"_id": document["_id"], "rev": rev}, telling({"$set": fields}, facts)
            )
        if result.matched_count:
            self._hand(self._name, document["_id"], facts)
        return result.matched_count > 0

    async def one(self, key: str) -> Document | None:
        """A document."""
        with reachable():
            return await self._documents.find_one({"_id": key})

    async def many(self, wanted: Document, sort: str, direction: int) -> list[Document]:
        """Documents in an order."""
        with reachable():
            return await self._documents.find(wanted).sort(sort, direction).limit(_LISTED).to_list(_LISTED)


class OpeningStore:
    """Openings, and which employers an editor has let through."""

    def __init__(self, database: Database, encode: Encode, hand: Hand) -> None:
        self._openings = database[OPENINGS]
        self._employers = database[EMPLOYERS]
        self._kept = _Kept(database, OPENINGS, encode, hand)

    async def prepare(self) -> None:
        """Makes the indexes."""
        with reachable():
            for field in ("account_id", "status", "changed_at"):
                await self._openings.create_index(field)

    async def add(self, opening: Opening, said: Sequence[Told]) -> bool:
        """Keeps a new one; False where its id is taken."""
        return await self._kept.insert(_opening_document(opening), said)

    async def find(self, opening_id: str) -> Opening | None:
        """One of them."""
        document = await self._kept.one(opening_id)
        return _opening(document) if document else None

    async def replace(self, opening: Opening, rev: int, said: Sequence[Told]) -> bool:
        """Writes it over the one of that rev; False where that is no longer there."""
        return await self._kept.change(_opening_document(opening), rev, said)

    async def of(self, account_id: str) -> list[Opening]:
        """An employer's, the newest first."""
        return [_opening(one) for one in await self._kept.many({"account_id": account_id}, "posted_at", -1)]

    async def waiting(self) -> list[Opening]:
        """Those that wait for an editor, the oldest first."""
        return [_opening(one) for one in await self._kept.many({"status": "waiting"}, "posted_at", 1)]

    async def changed(self, since: int) -> list[Opening]:
        """Openings changed after a time."""
        with reachable():
            return [_opening(one) async for one in self._openings.find({"changed_at": {"$gt": since}})]

    async def trusted(self, account_id: str) -> bool:
        """Whether an editor has let one of the employer's through."""
        with reachable():
            return await self._employers.find_one({"_id": account_id}) is not None

    async def trust(self, account_id: str) -> None:
        """Notes that one was let through."""
        try:
            with reachable():
                await self._employers.insert_one({"_id": account_id})
        except DuplicateKeyError:
            return


class ApplicationStore:
    """Applications."""

    def __init__(self, database: Database, encode: Encode, hand: Hand) -> None:
        self._applications = database[APPLICATIONS]
        self._kept = _Kept(database, APPLICATIONS, encode, hand)

    async def prepare(self) -> None:
        """Makes the indexes."""
        with reachable():
            for field in ("opening_id", "applicant_id"):
                await self._applications.create_index(field)

    async def add(self, application: Application, said: Sequence[Told]) -> bool:
        """Keeps a new one; False where the person has applied already."""
        return await self._kept.insert(_application_document(application), said)

    async def find(self, application_id: str) -> Application | None:
        """One of them."""
        document = await self._kept.one(application_id)
        return _application(document) if document else None

    async def replace(self, application: Application, rev: int, said: Sequence[Told]) -> bool:
        """Writes it over the one of that rev."""
        return await self._kept.change(_application_document(application), rev, said)

    async def to(self, opening_id: str) -> list[Application]:
        """An opening's, the newest first."""
        return [_application(one) for one in await self._kept.many({"opening_id": opening_id}, "received_at", -1)]

    async def by(self, applicant_id: str) -> list[Application]:
        """A person's, the newest first."""
        return [_application(one) for one in await self._kept.many({"applicant_id": applicant_id}, "received_at", -1)]


def _opening_document(opening: Opening) -> Document:
    details: dict[str, Any] = asdict(opening.details)
    details |= {"credentials": list(opening.details.credentials)}
    return {
        "_id": opening.id,
        "details": details,
        "account_id": opening.account_id,
        "status": opening.status,
        "posted_at": opening.posted_at,
        "changed_at": opening.changed_at,
        "rev": opening.rev,
    }


def _opening(document: Document) -> Opening:
    details = {**document["details"], "credentials": tuple(document["details"]["credentials"])}
    return Opening(
        id=document["_id"],
        details=Details(**details),
        account_id=document["account_id"],
        status=document["status"],
        posted_at=document["posted_at"],
        changed_at=document["changed_at"],
        rev=document["rev"],
    )


def _application_document(application: Application) -> Document:
    document = asdict(application)
    document["_id"] = document.pop("id")
    return document


def _application(document: Document) -> Application:
    kept = {key: value for key, value in document.items() if key not in {"_id", "out", "pending"}}
    return Application(id=document["_id"], **kept)
