"""Deleting what has expired, while the service runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final

from services.chassis.errors import AppError

SWEPT_AT_ONCE: Final = 200
SWEEP_EVERY: Final = 10  # seconds

type Sweep = Callable[[int], Awaitable[int]]  # deletes some of what has expired by a time; answers how many


@contextlib.asynccontextmanager
async def sweeping(
    sweeps: Sequence[Sweep], clock: Callable[[], int], every: float = SWEEP_EVERY
) -> AsyncIterator[None]:
    """Sweeps every ten seconds while the block runs."""
    task = asyncio.create_task(_sweep_for_ever(sweeps, clock, every))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _sweep_for_ever(sweeps: Sequence[Sweep], clock: Callable[[], int], every: float) -> None:
    while True:
        for sweep in sweeps:
            with contextlib.suppress(AppError):  # away: the next sweep finds it all again
                while await sweep(clock()):
                    pass
        await asyncio.sleep(every)
