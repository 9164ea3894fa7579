"""Facts told in the same write as the change they tell of, and relayed to JetStream at least once.

A document that publishes holds `out.<id> = {subject, body, at, traceparent}` and the integer `pending`.
The relay publishes, waits for the ack, and removes exactly what it published: the removal is guarded on each
`out.<id>.at`, so that several relays are safe. It is handed facts right after the write, and removes what was acked
in the next tenth of a second in one write; a sweep once a second finds what a crash left behind.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import batched
from typing import Any, Final

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo import UpdateOne
from pymongo.errors import DuplicateKeyError, PyMongoError

from services.chassis.boot import Settings
from services.chassis.errors import unavailable

log = logging.getLogger(__name__)

type Document = dict[str, Any]
type Database = AsyncIOMotorDatabase[Document]

SWEEP: Final = 1.0  # seconds between two looks for leftovers
AGE: Final = 2_000  # ms a fact may be old before the sweep takes it: younger ones are on the quick way
AT_ONCE: Final = 32  # documents whose facts are published side by side, or facts removed in one update
WORKERS: Final = 4  # that publish in turn: while one waits for the stream's acks, another goes on
LINGER: Final = 0.1  # seconds in which acked facts gather, to be removed in one write


@dataclass(frozen=True, slots=True)
class Fact:
    """One event to publish. `id` is [A-Za-z0-9_]+, derived from what happened, so that a repeat is the same fact."""

    id: str
    subject: str
    body: bytes
    at: int  # Unix milliseconds
    traceparent: str = ""

    def entry(self) -> Document:
        """As it lies in a document's `out` map."""
        return {"subject": self.subject, "body": self.body, "at": self.at, "traceparent": self.traceparent}


def told(facts: Sequence[Fact]) -> Document:
    """The fields of a new document that tells `facts`; every document that may ever tell one needs them."""
    return {"out": {fact.id: fact.entry() for fact in facts}, "pending": len(facts)}


def telling(update: Document, facts: Sequence[Fact]) -> Document:
    """An update that tells `facts` as well: `update` with its $set and $inc grown."""
    grown = {f"out.{fact.id}": fact.entry() for fact in facts}
    counted = {**update.get("$inc", {}), "pending": len(facts)}
    return {**update, "$set": {**update.get("$set", {}), **grown}, "$inc": counted} if facts else update


@contextlib.asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """The service's own database. Four connections: more are slower on the embedded server, and enough on others."""
    client: AsyncIOMotorClient[Document] = AsyncIOMotorClient(
        settings.mongo_url,
        maxPoolSize=4,
        connectTimeoutMS=1_000,
        serverSelectionTimeoutMS=1_500,
        socketTimeoutMS=1_500,
        retryWrites=False,
        retryReads=False,  # the caller's channel repeats what may be; here a hanging server would take twice the time
        appname=settings.name,
    )
    try:
        yield client[f"{settings.mongo_database}_{settings.name}"]
    finally:
        client.close()


@contextlib.contextmanager
def reachable() -> Iterator[None]:
    """Turns the driver's troubles into UNAVAILABLE; a duplicate key passes, for it is an answer."""
    try:
        yield
    except DuplicateKeyError:
        raise
    except PyMongoError as error:
        log.warning("database: %s", type(error).__name__)
        raise unavailable("DATABASE_AWAY", "The database is away. Try again in a moment.") from error


@dataclass(frozen=True, slots=True)
class _Told:
    collection: str
    document: str
    facts: tuple[Fact, ...]


def _removals(held: Sequence[_Told]) -> list[_Told]:
    """The same facts, those of a document together, as many as one update may take out."""
    by_document: dict[str, dict[str, Fact]] = {}
    for one in held:
        by_document.setdefault(one.document, {}).update({fact.id: fact for fact in one.facts})
    return [
        _Told(held[0].collection, document, tuple(part))
        for document, facts in by_document.items()
        for part in batched(facts.values(), AT_ONCE)
    ]


def _there(held: _Told) -> Document:
    """That all of these facts are still there."""
    return {"_id": held.document, **{f"out.{fact.id}.at": fact.at for fact in held.facts}}


def _removal(held: _Told) -> UpdateOne:
    """Takes out exactly these facts, if all of them are still there."""
    gone = {f"out.{fact.id}": "" for fact in held.facts}
    return UpdateOne(_there(held), {"$unset": gone, "$inc": {"pending": -len(held.facts)}})


def _emptying(held: _Told) -> UpdateOne:
    """The same where nothing else is told, as of most documents: the embedded server does it in half the time."""
    return UpdateOne({**_there(held), "pending": len(held.facts)}, {"$set": {"out": {}, "pending": 0}})


class Outbox:
    """The relay of one service: `collections` are those whose documents publish."""

    def __init__(
        self, database: Database, collections: Sequence[str], publish: Callable[[Fact], Awaitable[None]]
    ) -> None:
        self._database = database
        self._collections = collections
        self._publish = publish
        self._queue: asyncio.Queue[_Told] = asyncio.Queue()
        self._acked: asyncio.Queue[_Told] = asyncio.Queue()

    def hand(self, collection: str, document: str, facts: Sequence[Fact]) -> None:
        """Says that `facts` were just written with `document`; they are published in a moment."""
        if facts:
            self._queue.put_nowait(_Told(collection, document, tuple(facts)))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Relays while the block runs; what is handed by its end is still published, for up to two seconds."""
        for collection in self._collections:
            with reachable():
                await self._database[collection].create_index("pending")
        tasks = [asyncio.create_task(self._quick_way()) for _ in range(WORKERS)]
        tasks += [asyncio.create_task(self._clear()), asyncio.create_task(self._sweep())]
        try:
            yield
        finally:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._queue.join(), 2)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _quick_way(self) -> None:
        while True:
            held = [await self._queue.get()]
            while len(held) < AT_ONCE and not self._queue.empty():
                held.append(self._queue.get_nowait())
            for acked in await asyncio.gather(*(self._publish_all(one) for one in held)):
                self._acked.put_nowait(acked)

    async def _clear(self) -> None:
        """Takes out of the documents what was acked, everything that gathers in a moment at once."""
        while True:
            held = [await self._acked.get()]
            await asyncio.sleep(LINGER)
            while not self._acked.empty():
                held.append(self._acked.get_nowait())
            await self._remove_or_leave(held)
            for _ in held:
                self._queue.task_done()

    async def _remove_or_leave(self, held: Sequence[_Told]) -> None:
        try:
            await self._remove_all(held)
        except Exception as error:  # noqa: BLE001 -- whatever failed, the facts still lie in their documents
            log.warning("left to the sweep: some of %d: %s", len(held), type(error).__name__)

    async def _remove_all(self, acked: Sequence[_Told]) -> None:
        by_collection: dict[str, list[_Told]] = {}
        for one in acked:
            if one.facts:
                by_collection.setdefault(one.collection, []).append(one)
        for collection, told_of in by_collection.items():
            for some in batched(_removals(told_of), AT_ONCE):
                await self._remove(collection, some)

    async def _publish_all(self, held: _Told) -> _Told:
        """Publishes one document's facts in the order of their times, up to the first that is not acked."""
        acked: list[Fact] = []
        for fact in sorted(held.facts, key=lambda fact: fact.at):
            try:
                await self._publish(fact)
            except Exception as error:  # noqa: BLE001 -- whatever failed, the fact still lies in its document
                log.warning("left to the sweep: a fact of %s: %s", held.collection, type(error).__name__)
                break
            acked.append(fact)
        return replace(held, facts=tuple(acked))

    async def _remove(self, collection: str, held: Sequence[_Told]) -> None:
        single = [_emptying(one) if len(one.facts) == 1 else _removal(one) for one in held]
        result = await self._database[collection].bulk_write(single, ordered=False)
        if result.matched_count < len(held):  # something else is told there, or another relay took some
            singly = [replace(one, facts=(fact,)) for one in held for fact in one.facts]
            await self._database[collection].bulk_write([_removal(one) for one in singly], ordered=False)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP)
            for collection in self._collections:
                try:
                    await self._sweep_one(collection)
                except Exception as error:  # noqa: BLE001 -- the next sweep tries again
                    log.warning("sweep of %s: %s", collection, type(error).__name__)

    async def _sweep_one(self, collection: str) -> None:
        before = int(time.time() * 1000) - AGE
        async for document in self._database[collection].find({"pending": {"$gt": 0}}).limit(50):
            old = {key: entry for key, entry in document.get("out", {}).items() if entry["at"] < before}
            facts = tuple(Fact(id=key, **entry) for key, entry in sorted(old.items())[:AT_ONCE])
            if facts:
                await self._relay(_Told(collection, document["_id"], facts))

    async def _relay(self, held: _Told) -> None:
        await self._remove_all([await self._publish_all(held)])
