"""The assistant process: guides, stores, the worker of consults, and its RPCs, wired."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from codingahead.assistant.v1.service_pb2_grpc import add_AssistantServiceServicer_to_server

from services.assistant import clients
from services.assistant.answers.pilot import Pilot
from services.assistant.cases import likelihood, rulebook
from services.assistant.cases.coder import Coder
from services.assistant.cases.consulting import Consultant
from services.assistant.events import encode, handlers
from services.assistant.evidence import guides
from services.assistant.evidence.gather import Gatherer
from services.assistant.server import NAME, AssistantServer
from services.assistant.service import Assistant
from services.assistant.store import PUBLISHING, ConsultStore, ReceiptStore
from services.chassis import bus, outbox, rpc
from services.chassis.boot import Settings, patiently, run


@asynccontextmanager
async def assistant(settings: Settings) -> AsyncIterator[None]:
    """Opens lookup's channel, the database, the bus and the relay, then serves and works."""
    async with (
        rpc.channel(settings, settings.lookup_address, clients.RETRIED) as to_lookup,
        outbox.open_database(settings) as database,
        bus.connect(settings) as events,
    ):
        relay = outbox.Outbox(database, PUBLISHING, events.publish)
        receipts, consults = ReceiptStore(database, encode, relay.hand), ConsultStore(database, encode, relay.hand)
        for store in (receipts, consults):
            await patiently("the database", store.prepare)
        await patiently("the bus", lambda: events.keep_stream(settings.name))
        lookup = clients.LookupClient(to_lookup)
        coder = Coder(lookup, rulebook.shipped(), likelihood.shipped())
        pilot = Pilot(Gatherer(lookup, guides.shipped(), coder))
        verbs = Assistant(
            pilot, coder, Consultant(coder, pilot), lookup, guides.shipped(), receipts, consults, _now, _today
        )
        server = AssistantServer(verbs)
        async with (
            relay.running(),
            events.handling(handlers(verbs)),
            rpc.serve(settings, lambda at: add_AssistantServiceServicer_to_server(server, at), [NAME]),
        ):
            yield


def _now() -> int:
    return time.time_ns() // 1_000_000


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


if __name__ == "__main__":
    run(Settings(name="assistant"), assistant)
