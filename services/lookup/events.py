"""The facts that lookup tells, and what is done about facts: lists meet new editions, closed accounts are erased.

The catalog itself is the outbox of edition.published. What was told of last lies beside the catalog, so that a restart
tells nothing again, and a crash loses nothing; every replica may tell, for the same generation is the same fact.
"""

import asyncio
import logging
import time
from pathlib import Path
from typing import Any, Final, Protocol

from codingahead.accounts.v1.events_pb2 import AccountClosed
from codingahead.lookup.v1 import events_pb2 as pb

from services.chassis import telemetry
from services.chassis.bus import Event, Handler
from services.chassis.outbox import Fact
from services.lookup.editions.catalog import Catalog
from services.lookup.lists.news import ListOutdated

log = logging.getLogger(__name__)
PUBLISHED: Final = "codingahead.lookup.edition.published.v1"
OUTDATED: Final = "codingahead.lookup.list.outdated.v1"
CLOSED: Final = "codingahead.accounts.account.closed.v1"
TOLD: Final = ".told-generation"
AGAIN: Final = 1.0  # seconds between two attempts


class Publisher(Protocol):
    """Where facts go."""

    async def publish(self, fact: Fact) -> None:
        """Returns once it is kept."""
        ...


class Tellers(Protocol):
    """Who looks through the lists."""

    async def tell_of(self, generation: int) -> None:
        """Tells every account whose codes a generation of editions has changed."""
        ...


class Erasers(Protocol):
    """Who forgets accounts."""

    async def erase_account(self, account_id: str) -> None:
        """Deletes all that is an account's."""
        ...


def handlers(newsroom: Tellers, kept: Erasers) -> list[Handler[Any]]:
    """Two: lists are held against the editions that were published, and closed accounts leave nothing here."""

    async def tell_of_changes(event: Event[pb.EditionPublished]) -> None:
        await newsroom.tell_of(event.body.generation)

    async def erase(event: Event[AccountClosed]) -> None:
        await kept.erase_account(event.body.account_id)

    return [
        Handler("tell_of_changes", PUBLISHED, pb.EditionPublished, tell_of_changes),
        Handler("erase_lists_and_views", CLOSED, AccountClosed, erase),
    ]


def encode_outdated(fact: ListOutdated) -> Fact:
    """The fact as the outbox keeps it, in the trace that is current."""
    body = pb.ListOutdated(account_id=fact.account_id, generation=fact.generation, at_ms=fact.at)
    return Fact(fact.id, OUTDATED, body.SerializeToString(), fact.at, telemetry.carrier().get("traceparent", ""))


def encode(catalog: Catalog, at: int) -> Fact:
    """The fact that a catalog was published, at Unix milliseconds."""
    body = pb.EditionPublished(edition_ids=catalog.editions, generation=catalog.generation)
    name = f"edition_published_{catalog.generation}"
    return Fact(name, PUBLISHED, body.SerializeToString(), at, telemetry.carrier().get("traceparent", ""))


async def tell(catalog: Catalog, data_dir: Path, bus: Publisher) -> None:
    """Tells of a catalog once; keeps on trying where the stream is away."""
    mark = data_dir / TOLD
    if mark.exists() and mark.read_text(encoding="utf-8") == str(catalog.generation):
        return
    while True:
        try:
            await bus.publish(encode(catalog, time.time_ns() // 1_000_000))
        except Exception as error:  # noqa: BLE001 -- whatever keeps it from being told now, it is told later
            log.warning("generation %s is not told of yet: %s", catalog.generation, type(error).__name__)
            await asyncio.sleep(AGAIN)
        else:
            mark.write_text(str(catalog.generation), encoding="utf-8")
            return
