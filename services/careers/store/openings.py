"""Openings, and which employers an editor has let through."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from pymongo.errors import DuplicateKeyError

from services.careers.domain.facts import Told
from services.careers.domain.openings import Details, Opening, Page
from services.careers.store.kept import OPENINGS, Encode, Hand, Kept
from services.chassis.outbox import Database, Document, reachable

EMPLOYERS: Final = "employers"


class OpeningStore:
    """A document an opening; `twin` keeps two that say the same from being up at once."""

    def __init__(self, database: Database, encode: Encode, hand: Hand) -> None:
        self._employers = database[EMPLOYERS]
        self._kept = Kept(database, OPENINGS, encode, hand)

    async def prepare(self) -> None:
        """Makes the indexes. Openings of before they were kept apart are given what the indexes need."""
        with reachable():
            async for document in self._kept.documents.find({"twin": None}):
                own = {"twin": document["_id"], "last_day": _number(document["details"]["valid_through"])}
                await self._kept.documents.update_one({"_id": document["_id"]}, {"$set": own})
            for field in ("account_id", "status", "changed_at"):
                await self._kept.documents.create_index(field)
            await self._kept.documents.create_index("twin", unique=True)

    async def add(self, opening: Opening, said: Sequence[Told]) -> bool:
        """Keeps a new one; False where its id or its twin is there."""
        return await self._kept.insert(_document(opening), said)

    async def find(self, opening_id: str) -> Opening | None:
        """One of them."""
        document = await self._kept.one({"_id": opening_id})
        return _opening(document) if document else None

    async def find_twin(self, twin: str) -> Opening | None:
        """The one that says the same and is up."""
        document = await self._kept.one({"twin": twin})
        return _opening(document) if document else None

    async def replace(self, opening: Opening, rev: int, said: Sequence[Told]) -> bool:
        """Writes it over the one of that rev; False where that is no longer there, or a twin is."""
        other = await self.find_twin(opening.twin)  # not every server says of an update that it is a duplicate
        if other and other.id != opening.id:
            return False
        return await self._kept.change(_document(opening), rev, said)

    async def of(self, account_id: str, page: Page) -> tuple[list[Opening], int]:
        """A page of an employer's, the newest first, and how many there are."""
        found, total = await self._kept.page({"account_id": account_id}, "posted_at", -1, page)
        return [_opening(one) for one in found], total

    async def waiting(self, since_day: str, page: Page) -> tuple[list[Opening], int]:
        """A page of those that wait for an editor and are not over, the oldest first, and how many there are."""
        wanted = {"status": "waiting", "last_day": {"$gt": _number(since_day) - 1}}
        found, total = await self._kept.page(wanted, "posted_at", 1, page)
        return [_opening(one) for one in found], total

    async def changed(self, since: int) -> list[Opening]:
        """Openings changed after a time."""
        with reachable():
            return [_opening(one) async for one in self._kept.documents.find({"changed_at": {"$gt": since}})]

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

    async def distrust(self, account_id: str) -> None:
        """Forgets it."""
        with reachable():
            await self._employers.delete_one({"_id": account_id})


def _number(day: str) -> int:
    """A day as an integer of eight digits, which every server compares alike."""
    return int(day.replace("-", ""))


def _document(opening: Opening) -> Document:
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
        "refusal": opening.refusal,
        "twin": opening.twin,
        "last_day": _number(opening.details.valid_through),
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
        refusal=document.get("refusal", ""),
    )
