"""The plans in force: those of the file as it was last right. A changed file is taken up while the service runs."""

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from services.accounts.facts import PlansPublished
from services.accounts.quota.plans import Plans, PlansError, load, path_of, read, text_of
from services.chassis.errors import AppError

log = logging.getLogger(__name__)
EVERY: Final = 1.0  # seconds between two looks


class PlansStore(Protocol):
    """What was last told of the plans file. Any method may raise UNAVAILABLE."""

    async def published(self) -> tuple[str, int]:
        """The digest last told and its revision; ("", 0) at first."""

    async def text(self) -> str:
        """The file as it was last told; empty at first."""

    async def publish(self, before: str, told: PlansPublished, text: str) -> bool:
        """Tells a change from `before`; False where another process was quicker."""


@dataclass(slots=True)
class InForce:
    """The plans of now, where they come from, and why the file as it lies there is not in force ("": it is)."""

    plans: Plans
    source: str = ""
    text: str = ""
    refusal: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the file, hex."""
        return hashlib.sha256(self.text.encode()).hexdigest()


class PlansFile:
    """A plans file that is looked at again and again. `named`: a file, a preset, or empty for what `beside` holds.

    `beside` is the operator's own file in the data folder; where it is absent the shipped plans hold.
    """

    def __init__(self, named: str, beside: Path) -> None:
        self._named = named
        self._beside = beside
        self._untold = True
        try:
            self.in_force = self._read()
        except PlansError as error:
            self.in_force = InForce(load(), refusal=str(error))

    def _source(self) -> str:
        return str(self._beside) if not self._named and self._beside.exists() else self._named

    def _read(self) -> InForce:
        """PlansError where it cannot be."""
        source = self._source()
        text = text_of(source)
        return InForce(read(text, str(path_of(source))), source or "the plans that ship", text)

    async def recover(self, store: PlansStore) -> None:
        """Where the file was broken at the start, takes the one told last; PlansError where there is none."""
        if not self.in_force.refusal:
            return
        text = await store.text()
        if not text:
            raise PlansError(self.in_force.refusal)
        log.warning("refused, the plans told last stay: %s", self.in_force.refusal)
        now = self.in_force
        now.plans, now.source, now.text = read(text, "told last"), "the file as it was last right", text

    async def look(self, store: PlansStore, clock: Callable[[], int]) -> None:
        """Takes up a changed file, or says why not; tells the change once, whichever process sees it first."""
        try:
            fresh = self._read()
        except PlansError as error:
            if str(error) != self.in_force.refusal:
                log.warning("refused, the plans in force stay: %s", error)
            self.in_force.refusal = str(error)
            return
        now = self.in_force
        self._untold = self._untold or fresh.text != now.text
        now.plans, now.source, now.text, now.refusal = fresh.plans, fresh.source, fresh.text, ""
        if self._untold:
            await self._tell(store, clock())

    async def _tell(self, store: PlansStore, at: int) -> None:
        before, revision = await store.published()
        told = PlansPublished(self.in_force.digest, revision + 1, at)
        if before != told.digest and await store.publish(before, told, self.in_force.text):
            log.info("plans of %s are in force, revision %d", self.in_force.source, told.revision)
        self._untold = False

    @contextlib.asynccontextmanager
    async def watched(self, store: PlansStore, clock: Callable[[], int]) -> AsyncIterator[None]:
        """Looks once a second while the block runs."""
        task = asyncio.create_task(self._watch(store, clock))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _watch(self, store: PlansStore, clock: Callable[[], int]) -> None:
        while True:
            with contextlib.suppress(AppError):  # the database is away: told at a later look
                await self.look(store, clock)
            await asyncio.sleep(EVERY)
