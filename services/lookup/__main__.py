"""The lookup process: the library of editions, followed as it changes, and its RPCs."""

import asyncio
import gc
import logging
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from codingahead.lookup.v1.service_pb2_grpc import (
    add_CodeServiceServicer_to_server,
    add_EditServiceServicer_to_server,
    add_ListServiceServicer_to_server,
)
from grpc.aio import Server

from services.chassis import bus, outbox, rpc
from services.chassis.boot import Settings, patiently, run
from services.lookup import edit_server, events
from services.lookup.checking import Edits
from services.lookup.editions import catalog, starter
from services.lookup.editions.library import LOOK, Library
from services.lookup.list_server import LISTS, ListServer
from services.lookup.lists.erasing import Erasing
from services.lookup.lists.judging import Judge
from services.lookup.lists.news import Newsroom
from services.lookup.lists.verbs import Lists
from services.lookup.lists.views import Views
from services.lookup.meaning.making import keep_made
from services.lookup.meaning.vectors import Meanings
from services.lookup.search import ranking, readings
from services.lookup.search.find import BOARDS, Tools
from services.lookup.server import NAME, CodeServer
from services.lookup.service import Lookup
from services.lookup.settings import LookupSettings
from services.lookup.spotting import borrowing
from services.lookup.spotting.spotter import Spotter
from services.lookup.store import PUBLISHING, ListStore, NewsStore, ViewStore

log = logging.getLogger(__name__)
SWITCH: Final = 0.0003  # seconds: the thread that reads queries comes back for the lock several times a query


@asynccontextmanager
async def lookup(settings: LookupSettings) -> AsyncIterator[None]:
    """Builds what ships where it is not there yet, opens the editions, and serves."""
    await asyncio.to_thread(starter.build, settings.data_dir, _quietly)
    library = Library(settings.data_dir)
    meanings = Meanings(settings.data_dir)
    tools = Tools(readings.shipped(), ranking.shipped(), meanings)
    verbs = Lookup(library, tools, _today, settings.data_dir / BOARDS)
    await asyncio.to_thread(verbs.prepare, library)
    spotter = Spotter(library, settings.data_dir, borrowing.shipped(), _today)
    codes = CodeServer(verbs, spotter, settings.data_dir)
    edits = edit_server.EditServer(Edits(library, _today))

    following = [asyncio.create_task(library.watch(verbs.prepare))]
    following.append(asyncio.create_task(spotter.keep_ready()))
    if settings.vectors:
        following.append(asyncio.create_task(keep_made(library, meanings, settings.data_dir)))
    try:
        async with outbox.open_database(settings) as database:
            there: asyncio.Future[bus.Bus] = asyncio.get_running_loop().create_future()
            relay = outbox.Outbox(database, PUBLISHING, lambda fact: _publish(there, fact))
            store, views = ListStore(database), ViewStore(database)
            news = NewsStore(database, events.encode_outdated, relay.hand)
            newsroom = Newsroom(store, news, lambda among, day: Judge(library, day or _today(), among), _now)
            judge = partial(_judge, library)
            lists = ListServer(Lists(store, verbs, judge, _now), newsroom, Views(views, judge))

            handlers = events.handlers(newsroom, Erasing(store, news, views))

            def add(at: Server) -> None:
                add_CodeServiceServicer_to_server(codes, at)
                add_EditServiceServicer_to_server(edits, at)
                add_ListServiceServicer_to_server(lists, at)

            following += [
                asyncio.create_task(_connect(there, settings)),
                asyncio.create_task(_tell_of_editions(there, library, settings)),
                asyncio.create_task(_keep_lists(there, relay, store, handlers)),
            ]
            sys.setswitchinterval(SWITCH)
            gc.freeze()  # what is open now stays: the collector need not look at it again
            async with rpc.serve(settings, add, [NAME, edit_server.NAME, LISTS]):
                yield
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        meanings.close()
        library.close()


def _judge(library: Library) -> Judge:
    return Judge(library, _today())


async def _connect(there: asyncio.Future[bus.Bus], settings: Settings) -> None:
    """Holds the connection to the bus; codes are answered whether or not it is there."""
    async with bus.connect(settings) as connection:
        await patiently("the bus", lambda: connection.keep_stream(settings.name))
        there.set_result(connection)
        await asyncio.Event().wait()


async def _publish(there: asyncio.Future[bus.Bus], fact: outbox.Fact) -> None:
    await (await asyncio.shield(there)).publish(fact)


async def _tell_of_editions(there: asyncio.Future[bus.Bus], library: Library, settings: Settings) -> None:
    """Tells of each generation as it is served."""
    connection = await asyncio.shield(there)
    told = -1
    while True:
        published = catalog.read(settings.data_dir)
        if told < published.generation == library.generation:
            await events.tell(published, settings.data_dir, connection)
            told = published.generation
        await asyncio.sleep(LOOK)


async def _keep_lists(
    there: asyncio.Future[bus.Bus], relay: outbox.Outbox, store: ListStore, handlers: Sequence[bus.Handler[Any]]
) -> None:
    """Does what facts ask for: lists are held against new generations, closed accounts are erased."""
    await patiently("the database", store.prepare)
    connection = await asyncio.shield(there)
    async with relay.running(), connection.handling(handlers):
        await asyncio.Event().wait()


def _quietly(stage: str, done: int, total: int) -> None:
    if not done:
        log.info("%s: %s", stage, total)


def _now() -> int:
    return time.time_ns() // 1_000_000


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def main() -> None:
    """Serves; data that cannot be used is said in one sentence."""
    try:
        run(LookupSettings(name="lookup"), lookup)
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
