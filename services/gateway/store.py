"""The development mailbox: letters by Message-ID."""

from dataclasses import asdict
from typing import Any

from pymongo.errors import DuplicateKeyError

from services.chassis.outbox import Database, reachable
from services.gateway.domain import Letter


class LetterStore:
    """Keeps letters instead of sending them; the Message-ID is the key, so that a letter lies there once."""

    def __init__(self, database: Database) -> None:
        self._letters = database["letters"]

    async def prepare(self) -> None:
        """Makes the index."""
        with reachable():
            await self._letters.create_index("to")

    async def send(self, letter: Letter) -> None:
        """Puts a letter in; one that lies there already stays as it is."""
        document = {**asdict(letter), "to": letter.to.lower(), "headers": [*map(list, letter.headers.items())]}
        document["_id"] = document.pop("id")
        try:
            with reachable():
                await self._letters.insert_one(document)
        except DuplicateKeyError:
            return

    async def letters_to(self, address: str, limit: int = 200) -> list[Letter]:
        """The letters to an address, or to everybody where it is empty; oldest first."""
        wanted: dict[str, Any] = {"to": address.lower()} if address else {}
        with reachable():
            found = await self._letters.find(wanted).sort("sent_at", -1).limit(limit).to_list(limit)
        return [_letter(document) for document in reversed(found)]


def _letter(document: dict[str, Any]) -> Letter:
    document["headers"] = dict(document["headers"])
    return Letter(id=document.pop("_id"), **document)
