"""The board: what is open, as this replica knows it.

A replica sees its own writes at once and others' within a second: it asks the store for what has changed.
"""

import asyncio
import logging
from collections.abc import Iterable
from typing import Final, Protocol

from services.careers.board.index import Index
from services.careers.domain.openings import Filters, Opening, Page

log = logging.getLogger(__name__)

EVERY: Final = 1.0  # seconds between two looks
OVERLAP: Final = 5_000  # ms of changes read again: clocks of replicas differ


class Changes(Protocol):
    """The store, as the board reads it."""

    async def changed(self, since: int) -> list[Opening]:
        """Openings changed after a time, in Unix milliseconds."""
        ...


class Board:
    """What is open, searchable."""

    def __init__(self) -> None:
        self._index = Index()
        self._seen = 0
        self._day = ""

    def put(self, openings: Iterable[Opening]) -> None:
        """Takes openings in as they are now; those that are not open go."""
        for opening in openings:
            self._seen = max(self._seen, opening.changed_at)
            before = self._index.get(opening.id)
            if before and before.rev >= opening.rev:
                continue
            if opening.status == "open" and opening.details.valid_through >= self._day:
                self._index.put(opening)
            else:
                self._index.drop(opening.id)

    async def follow(self, store: Changes) -> None:
        """Keeps up with the store for ever; an outage is waited out."""
        while True:
            try:
                self.put(await store.changed(max(0, self._seen - OVERLAP)))
            except Exception as error:  # noqa: BLE001 -- the next look tries again
                log.warning("board: %s", type(error).__name__)
            await asyncio.sleep(EVERY)

    def find(
        self, filters: Filters, page: Page, today: str, *, newest_first: bool = False
    ) -> tuple[list[Opening], int]:
        """A page of what fits and is open today, best first and then newest, or newest first; and how many in all."""
        self._turn(today)
        found = self._index.find(filters, newest_first=newest_first)
        return found.part(page.start, page.limit), len(found)

    def _turn(self, today: str) -> None:
        """On a new day, those whose last day is over go."""
        if today <= self._day:
            return
        self._day = today
        for opening in self._index.all():
            if opening.details.valid_through < today:
                self._index.drop(opening.id)
