"""Saved lists in MongoDB, a document a list."""

from dataclasses import asdict
from typing import Final

from pymongo.errors import DuplicateKeyError

from services.chassis.outbox import Database, Document, reachable
from services.lookup.lists import MOST_LISTS, CodeList, Saved

LISTS: Final = "code_lists"


class ListStore:
    """The lists, by account and name."""

    def __init__(self, database: Database) -> None:
        self._lists = database[LISTS]

    async def prepare(self) -> None:
        """Makes the index."""
        with reachable():
            await self._lists.create_index("account_id")

    async def of(self, account_id: str) -> list[CodeList]:
        """An account's lists, by name."""
        with reachable():
            found = await self._lists.find({"account_id": account_id}).sort("name", 1).to_list(MOST_LISTS)
        return [_list(one) for one in found]

    async def find(self, account_id: str, name: str) -> CodeList | None:
        """A list."""
        with reachable():
            found = await self._lists.find_one({"_id": _id(account_id, name)})
        return _list(found) if found else None

    async def put(self, changed: CodeList, rev: int) -> bool:
        """Writes a list over the one of that rev, 0 for a new one; False where it has another."""
        document = {**asdict(changed), "codes": [asdict(one) for one in changed.codes]}
        key = _id(changed.account_id, changed.name)
        with reachable():
            if rev:
                result = await self._lists.update_one({"_id": key, "rev": rev}, {"$set": document})
                return bool(result.matched_count)
            try:
                await self._lists.insert_one({"_id": key, **document})
            except DuplicateKeyError:
                return False
            return True

    async def remove(self, account_id: str, name: str) -> None:
        """Deletes a list."""
        with reachable():
            await self._lists.delete_one({"_id": _id(account_id, name)})


def _id(account_id: str, name: str) -> str:
    return f"{account_id}/{name}"


def _list(document: Document) -> CodeList:
    codes = tuple(Saved(**one) for one in document["codes"])
    return CodeList(document["account_id"], document["name"], codes, document["changed_at"], document["rev"])
