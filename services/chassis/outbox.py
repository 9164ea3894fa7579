"""Facts told in the same write as the change they tell of, and relayed to JetStream at least once.

A document that publishes holds `out.<id> = {subject, body, at, traceparent}` and the integer `pending`.
The relay publishes, waits for the ack, and removes exactly what it published: the removal is guarded on each
`out.<id>.at`, so that several relays are safe. It is handed facts right after the write; a sweep
once a second finds what a crash left behind.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorDatabase
from pymongo.errors import DuplicateKeyError, PyMongoError

from services.chassis.boot import Settings
from services.chassis.errors import unavailable

log = logging.getLogger(__name__)

type Document = dict[str, Any]
type Database = AsyncIOMotorDatabase[Document]

SWEEP: Final = 1.0  # seconds between two looks for leftovers
AGE: Final = 2_000  # ms a fact may be old before the sweep takes it: younger ones are on the quick way
AT_ONCE: Final = 32  # facts published and removed side by side


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


class Outbox:
    """The relay of one service: `collections` are those whose documents publish."""

    def __init__(
        self, database: Database, collections: Sequence[str], publish: Callable[[Fact], Awaitable[None]]
    ) -> None:
        self._database = database
        self._collections = collections
        self._publish = publish
        self._queue: asyncio.Queue[_Told] = asyncio.Queue()

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
        workers = [asyncio.create_task(self._quick_way()) for _ in range(AT_ONCE)]
        sweeper = asyncio.create_task(self._sweep())
        try:
            yield
        finally:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._queue.join(), 2)
            for task in (*workers, sweeper):
                task.cancel()
            await asyncio.gather(*workers, sweeper, return_exceptions=True)

    async def _quick_way(self) -> None:
        while True:
            told_now = await self._queue.get()
            await self._relay_or_leave(told_now)
            self._queue.task_done()

    async def _relay_or_leave(self, held: _Told) -> None:
        try:
            await self._relay(held)
        except Exception as error:  # noqa: BLE001 -- whatever failed, the facts still lie in their document
            log.warning("left to the sweep: %s of %s: %s", len(held.facts), held.collection, type(error).__name__)

    async def _relay(self, held: _Told) -> None:
        facts = sorted(held.facts, key=lambda fact: fact.at)
        for fact in facts:
            await self._publish(fact)
        if not await self._remove(held, facts) and len(facts) > 1:
            for fact in facts:  # another relay took some of them
                await self._remove(held, [fact])

    async def _remove(self, held: _Told, facts: Sequence[Fact]) -> bool:
        guard: Document = {"_id": held.document, **{f"out.{fact.id}.at": fact.at for fact in facts}}
        gone = {f"out.{fact.id}": "" for fact in facts}
        update: Document = {"$unset": gone, "$inc": {"pending": -len(facts)}}
        result = await self._database[held.collection].update_one(guard, update)
        return result.matched_count > 0

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
