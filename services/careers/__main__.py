"""The careers process: stores, the board that is searched, its events and its RPCs, wired."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from codingahead.careers.v1.service_pb2_grpc import add_CareerServiceServicer_to_server

from services.careers.board.board import Board
from services.careers.events import encode, handlers
from services.careers.server import NAME, CareerServer
from services.careers.service import Ground, opened_on
from services.careers.store.alerts import AlertStore
from services.careers.store.applications import ApplicationStore
from services.careers.store.kept import PUBLISHING
from services.careers.store.openings import OpeningStore
from services.chassis import bus, outbox, rpc
from services.chassis.boot import Settings, patiently, run


@asynccontextmanager
async def careers(settings: Settings) -> AsyncIterator[None]:
    """Opens the database, the bus and the relay, reads the board, then serves."""
    async with outbox.open_database(settings) as database, bus.connect(settings) as events:
        relay = outbox.Outbox(database, PUBLISHING, events.publish)
        openings = OpeningStore(database, encode, relay.hand)
        applications = ApplicationStore(database, encode, relay.hand)
        alerts = AlertStore(database, encode, relay.hand)
        for store in (openings, applications, alerts):
            await patiently("the database", store.prepare)
        await patiently("the bus", lambda: events.keep_stream(settings.name))
        board = Board()
        board.put(await patiently("the board", lambda: openings.changed(0)))
        verbs = opened_on(Ground(openings, applications, alerts, board, _now, _today, settings.secret))
        server = CareerServer(verbs)
        following = asyncio.create_task(board.follow(openings))
        try:
            async with (
                relay.running(),
                events.handling(handlers(verbs)),
                rpc.serve(settings, lambda at: add_CareerServiceServicer_to_server(server, at), [NAME]),
            ):
                yield
        finally:
            following.cancel()


def _now() -> int:
    return time.time_ns() // 1_000_000


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


if __name__ == "__main__":
    run(Settings(name="careers"), careers)
