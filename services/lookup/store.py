"""What accounts keep, in MongoDB: a document a list, a document of news and one of views an account."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final

from pymongo.errors import DuplicateKeyError

from services.chassis.outbox import Database, Document, Fact, reachable, telling, told
from services.lookup.lists.news import Item, ListOutdated, News
from services.lookup.lists.saved import MOST_LISTS, CodeList, Figure, Saved, Standing
from services.lookup.lists.views import View, Viewed

LISTS: Final = "code_lists"
NEWS: Final = "list_news"
VIEWS: Final = "code_views"
PUBLISHING: Final = (NEWS,)

type Encode = Callable[[ListOutdated], Fact]
type Hand = Callable[[str, str, Sequence[Fact]], None]


class _Kept:
    """A collection whose documents carry a rev."""

    def __init__(self, database: Database, collection: str) -> None:
        self.documents = database[collection]
        self.name = collection

    async def put(self, key: str, fields: Document, rev: int, facts: Sequence[Fact] = ()) -> bool:
        """Writes a document over the one of that rev, 0 for a new one; False where it has another."""
        with reachable():
            if rev:
                update = telling({"$set": fields}, facts)
                return bool((await self.documents.update_one({"_id": key, "rev": rev}, update)).matched_count)
            try:
                await self.documents.insert_one({"_id": key, **fields, **told(facts)})
            except DuplicateKeyError:
                return False
            return True

    async def one(self, key: str) -> Document | None:
        """A document."""
        with reachable():
            return await self.documents.find_one({"_id": key})

    async def remove(self, key: str, rev: int = 0) -> bool:
        """Deletes a document, 0: of whatever rev; whether it was there."""
        with reachable():
            gone = await self.documents.delete_one({"_id": key, "rev": rev} if rev else {"_id": key})
        return bool(gone.deleted_count)


class ListStore:
    """The lists, by account and name."""

    def __init__(self, database: Database) -> None:
        self._kept = _Kept(database, LISTS)

    async def prepare(self) -> None:
        """Makes the index."""
        with reachable():
            await self._kept.documents.create_index("account_id")

    async def of(self, account_id: str) -> list[CodeList]:
        """An account's lists, by name."""
        with reachable():
            cursor = self._kept.documents.find({"account_id": account_id}).sort("name", 1)
            return [_list(one) for one in await cursor.to_list(MOST_LISTS)]

    async def accounts(self) -> list[str]:
        """Every account that has lists."""
        with reachable():
            return list(dict.fromkeys([str(one["account_id"]) async for one in self._kept.documents.find({})]))

    async def find(self, account_id: str, name: str) -> CodeList | None:
        """A list."""
        found = await self._kept.one(_id(account_id, name))
        return _list(found) if found else None

    async def put(self, changed: CodeList, rev: int) -> bool:
        """Writes a list over the one of that rev, 0 for a new one; False where it has another."""
        fields = {**asdict(changed), "codes": [_code_document(one) for one in changed.codes]}
        return await self._kept.put(_id(changed.account_id, changed.name), fields, rev)

    async def remove(self, account_id: str, name: str, rev: int = 0) -> bool:
        """Deletes a list, 0: of whatever rev; False where it has another."""
        return await self._kept.remove(_id(account_id, name), rev)


class NewsStore:
    """What accounts were told of their lists; a document and its fact are one write."""

    def __init__(self, database: Database, encode: Encode, hand: Hand) -> None:
        self._kept = _Kept(database, NEWS)
        self._encode = encode
        self._hand = hand

    async def find(self, account_id: str) -> News | None:
        """What the account was told."""
        found = await self._kept.one(account_id)
        return _news(found) if found else None

    async def put(self, news: News, rev: int, fact: ListOutdated) -> bool:
        """Writes it with its fact over the one of that rev, 0 for a new one; False where it has another."""
        facts = [self._encode(fact)]
        letters = {
            f"g{generation}": [{**asdict(one), "texts": list(one.texts)} for one in items]
            for generation, items in news.letters.items()
        }
        fields = {**asdict(news), "editions": list(news.editions), "letters": letters}
        if not await self._kept.put(news.account_id, fields, rev, facts):
            return False
        self._hand(NEWS, news.account_id, facts)
        return True

    async def remove(self, account_id: str) -> None:
        """Forgets it."""
        await self._kept.remove(account_id)


class ViewStore:
    """The codes accounts looked at last."""

    def __init__(self, database: Database) -> None:
        self._kept = _Kept(database, VIEWS)

    async def find(self, account_id: str) -> Viewed | None:
        """An account's."""
        found = await self._kept.one(account_id)
        return Viewed(account_id, tuple(View(**one) for one in found["views"]), found["rev"]) if found else None

    async def put(self, changed: Viewed, rev: int) -> bool:
        """Writes them over those of that rev, 0 for new ones; False where they have another."""
        fields = {**asdict(changed), "views": [asdict(one) for one in changed.views]}
        return await self._kept.put(changed.account_id, fields, rev)

    async def remove(self, account_id: str) -> None:
        """Forgets them."""
        await self._kept.remove(account_id)


def _id(account_id: str, name: str) -> str:
    return f"{account_id}/{name}"


def _list(document: Document) -> CodeList:
    codes = tuple(_saved(one) for one in document["codes"])
    return CodeList(document["account_id"], document["name"], codes, document["changed_at"], document["rev"])


def _code_document(saved: Saved) -> Document:
    """A saved code; a flag is a number on every server, and None where nothing says."""
    stood = asdict(saved.stood)
    figures = saved.stood.figures
    stood["billable"] = None if saved.stood.billable is None else int(saved.stood.billable)
    stood["figures"] = None if figures is None else [asdict(one) for one in figures]
    return {**asdict(saved), "stood": stood}


def _saved(document: dict[str, Any]) -> Saved:
    """A saved code; one of the first layout says how it stood beside it, without tables."""
    kept = dict(document)
    stood = kept.pop("stood", None) or {name: kept.pop(name) for name in ("display", "status", "billable")}
    figures = stood.get("figures")
    flag = stood["billable"]
    stood |= {
        "billable": None if flag is None else bool(flag),
        "figures": None if figures is None else tuple(Figure(**one) for one in figures),
    }
    return Saved(**kept, stood=Standing(**stood))


def _news(document: Document) -> News:
    letters = {
        int(key[1:]): tuple(Item(**{**one, "texts": tuple(one["texts"])}) for one in items)
        for key, items in document["letters"].items()
    }
    told_of = tuple(document["editions"])
    return News(document["_id"], document["generation"], document["day"], told_of, letters, document["rev"])
