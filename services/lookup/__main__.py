"""The lookup process: the library of editions, followed as it changes, and its RPCs."""

import asyncio
import gc
import logging
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final

from codingahead.lookup.v1.service_pb2_grpc import (
    add_CodeServiceServicer_to_server,
    add_EditServiceServicer_to_server,
    add_ListServiceServicer_to_server,
)
from grpc.aio import Server

from services.chassis import bus, outbox, rpc
from services.chassis.boot import Settings, patiently, run
from services.lookup import events
from services.lookup.checking import Edits
from services.lookup.editions import catalog, starter
from services.lookup.editions.library import LOOK, Library
from services.lookup.lists import Lists
from services.lookup.meaning.making import keep_made
from services.lookup.meaning.vectors import Meanings
from services.lookup.search import ranking, readings
from services.lookup.search.find import Tools
from services.lookup.server import EDITS, LISTS, NAME, CodeServer, EditServer, ListServer
from services.lookup.service import Lookup
from services.lookup.settings import LookupSettings
from services.lookup.store import ListStore

log = logging.getLogger(__name__)
SWITCH: Final = 0.0003  # seconds: the thread that reads queries comes back for the lock several times a query


@asynccontextmanager
async def lookup(settings: LookupSettings) -> AsyncIterator[None]:
    """Builds what ships where it is not there yet, opens the editions, and serves."""
    await asyncio.to_thread(starter.build, settings.data_dir, _quietly)
    library = Library(settings.data_dir)
    meanings = Meanings(settings.data_dir)
    verbs = Lookup(library, Tools(readings.shipped(), ranking.shipped(), meanings), _today)
    codes = CodeServer(verbs)
    edits = EditServer(Edits(library, _today))

    following = [asyncio.create_task(library.watch()), asyncio.create_task(_tell_of(library, settings))]
    if settings.vectors:
        following.append(asyncio.create_task(keep_made(library, meanings, settings.data_dir)))
    try:
        async with outbox.open_database(settings) as database:
            store = ListStore(database)
            lists = ListServer(Lists(store, verbs, _now))

            def add(at: Server) -> None:
                add_CodeServiceServicer_to_server(codes, at)
                add_EditServiceServicer_to_server(edits, at)
                add_ListServiceServicer_to_server(lists, at)

            following.append(asyncio.create_task(patiently("the database", store.prepare)))
            sys.setswitchinterval(SWITCH)
            gc.freeze()  # what is open now stays: the collector need not look at it again
            async with rpc.serve(settings, add, [NAME, EDITS, LISTS]):
                yield
    finally:
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
        meanings.close()
        library.close()


async def _tell_of(library: Library, settings: Settings) -> None:
    """Tells of each generation as it is served; codes are answered whether or not the bus is there."""
    async with bus.connect(settings) as connection:
        await patiently("the bus", lambda: connection.keep_stream(settings.name))
        told = -1
        while True:
            published = catalog.read(settings.data_dir)
            if told < published.generation == library.generation:
                await events.tell(published, settings.data_dir, connection)
                told = published.generation
            await asyncio.sleep(LOOK)


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
