"""Applications."""

from collections.abc import Sequence
from dataclasses import asdict

from services.careers.domain.applications import RUNNING, Application
from services.careers.domain.facts import Told
from services.careers.domain.openings import Page
from services.careers.store.kept import APPLICATIONS, Encode, Hand, Kept
from services.chassis.outbox import Database, Document, reachable


class ApplicationStore:
    """A document an application."""

    def __init__(self, database: Database, encode: Encode, hand: Hand) -> None:
        self._kept = Kept(database, APPLICATIONS, encode, hand)

    async def prepare(self) -> None:
        """Makes the indexes."""
        with reachable():
            for field in ("opening_id", "applicant_id"):
                await self._kept.documents.create_index(field)

    async def add(self, application: Application, said: Sequence[Told]) -> bool:
        """Keeps a new one; False where the person has applied already."""
        return await self._kept.insert(_document(application), said)

    async def find(self, application_id: str) -> Application | None:
        """One of them."""
        document = await self._kept.one({"_id": application_id})
        return _application(document) if document else None

    async def replace(self, application: Application, rev: int, said: Sequence[Told]) -> bool:
        """Writes it over the one of that rev."""
        return await self._kept.change(_document(application), rev, said)

    async def erase(self, application_id: str) -> bool:
        """Deletes it; False while a fact of it is still to be told."""
        with reachable():
            result = await self._kept.documents.delete_one({"_id": application_id, "pending": 0})
        return result.deleted_count > 0 or await self.find(application_id) is None

    async def to(self, opening_id: str, page: Page) -> tuple[list[Application], int]:
        """A page of an opening's, the newest first, and how many there are."""
        found, total = await self._kept.page({"opening_id": opening_id}, "received_at", -1, page)
        return [_application(one) for one in found], total

    async def by(self, applicant_id: str, page: Page) -> tuple[list[Application], int]:
        """A page of a person's, the newest first, and how many there are."""
        found, total = await self._kept.page({"applicant_id": applicant_id}, "received_at", -1, page)
        return [_application(one) for one in found], total

    async def running(self, opening_id: str, most: int) -> list[Application]:
        """Some of an opening's that have not come to an end."""
        wanted = {"opening_id": opening_id, "status": {"$in": sorted(RUNNING)}}
        with reachable():
            return [_application(one) async for one in self._kept.documents.find(wanted).limit(most)]


def _document(application: Application) -> Document:
    document = asdict(application)
    document["_id"] = document.pop("id")
    return document


def _application(document: Document) -> Application:
    kept = {key: value for key, value in document.items() if key not in {"_id", "out", "pending"}}
    return Application(id=document["_id"], **kept)
