"""Codes that members look at, noted beside the answers: no page waits until its view is written."""

import asyncio
import contextlib
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from typing import Final, Protocol

from services.chassis.errors import AppError
from services.gateway.domain import Json

log = logging.getLogger(__name__)
EVERY: Final = 1.0  # seconds between two writes
AT_ONCE: Final = 8  # accounts written side by side

type View = tuple[str, str, int]


class Keeper(Protocol):
    """Where views are kept."""

    async def note_views(self, account_id: str, seen: Iterable[View]) -> None:
        """Keeps (system, code, Unix milliseconds) of what was looked at."""
        ...

    async def views(self, account_id: str) -> list[Json]:
        """The codes looked at last."""
        ...


class Seen:
    """What was looked at in the last second, until it is written. A crash loses that second and no more."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._waiting: defaultdict[str, list[View]] = defaultdict(list)

    def note(self, account_id: str, system: str, code: str) -> None:
        """Notes a view."""
        self._waiting[account_id].append((system, code, time.time_ns() // 1_000_000))

    async def of(self, account_id: str) -> list[Json]:
        """The codes an account looked at last, this second's too; nothing where lookup is away."""
        try:
            await self._write(account_id)
            return await self._keeper.views(account_id)
        except AppError as refusal:
            log.info("views are away: %s", refusal.reason)
            return []

    def forget(self, account_id: str) -> None:
        """Drops what is not written yet."""
        self._waiting.pop(account_id, None)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Writes while the block runs, and once more at its end."""
        writing = asyncio.create_task(self._write_on())
        try:
            yield
        finally:
            writing.cancel()
            await self._write_all()

    async def _write_on(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            await self._write_all()

    async def _write_all(self) -> None:
        accounts = list(self._waiting)
        for begin in range(0, len(accounts), AT_ONCE):
            writes = [self._write(one) for one in accounts[begin : begin + AT_ONCE]]
            for failed in await asyncio.gather(*writes, return_exceptions=True):
                if isinstance(failed, BaseException):
                    log.info("a view was not kept: %s", type(failed).__name__)

    async def _write(self, account_id: str) -> None:
        if seen := self._waiting.pop(account_id, []):
            await self._keeper.note_views(account_id, seen)
