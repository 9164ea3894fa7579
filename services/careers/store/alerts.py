"""Alerts."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict

from services.careers.domain.alerts import Alert
from services.careers.domain.facts import Told
from services.careers.domain.openings import Filters
from services.careers.store.kept import ALERTS, Encode, Hand, Kept
from services.chassis.outbox import Database, Document, reachable


class AlertStore:
    """A document an alert, with the openings it has told of."""

    def __init__(self, database: Database, encode: Encode, hand: Hand) -> None:
        self._kept = Kept(database, ALERTS, encode, hand)

    async def prepare(self) -> None:
        """Makes the index."""
        with reachable():
            await self._kept.documents.create_index("account_id")

    async def add(self, alert: Alert) -> bool:
        """Keeps a new one; False where there is one like it."""
        return await self._kept.insert(_document(alert))

    async def find(self, alert_id: str) -> Alert | None:
        """One of them."""
        document = await self._kept.one({"_id": alert_id})
        return _alert(document) if document else None

    async def replace(self, alert: Alert, rev: int, said: Sequence[Told]) -> bool:
        """Writes it over the one of that rev; False where that is no longer there."""
        return await self._kept.change(_document(alert), rev, said)

    async def delete(self, alert_id: str, created_at: int) -> None:
        """Deletes the one made then, where it is there; a letter on its way is no longer wanted either."""
        with reachable():
            await self._kept.documents.delete_one({"_id": alert_id, "created_at": created_at})

    async def of(self, account_id: str) -> list[Alert]:
        """An account's, the newest first."""
        with reachable():
            found = [_alert(one) async for one in self._kept.documents.find({"account_id": account_id})]
        return sorted(found, key=lambda one: (-one.created_at, one.id))

    async def every(self) -> AsyncIterator[Alert]:
        """All of them, in no order."""
        with reachable():
            async for document in self._kept.documents.find({}):
                yield _alert(document)


def _document(alert: Alert) -> Document:
    document = {**asdict(alert), "matched": list(alert.matched)}
    document["_id"] = document.pop("id")
    return document


def _alert(document: Document) -> Alert:
    return Alert(
        id=document["_id"],
        account_id=document["account_id"],
        filters=Filters(**document["filters"]),
        created_at=document["created_at"],
        matched=tuple(document["matched"]),
        rev=document["rev"],
    )
