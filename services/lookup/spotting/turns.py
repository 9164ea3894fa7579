"""Turns on the event loop: long work gives way to whatever waits, and of several long works one runs at a time."""

import asyncio
import time
from typing import Final, Self

SLICE: Final = 0.004  # seconds that work holds the loop before it gives way


class Turns:
    """`async with` one to work; between steps of the work, `give_way`."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._until = 0.0

    async def __aenter__(self) -> Self:
        """Waits for a turn, in the order of asking."""
        await self._lock.acquire()
        self._until = time.perf_counter() + SLICE
        return self

    async def __aexit__(self, *_: object) -> None:
        """The next one's turn."""
        self._lock.release()

    async def give_way(self) -> None:
        """Goes to the end of the line once the slice is used up."""
        if time.perf_counter() < self._until:
            return
        self._lock.release()
        await asyncio.sleep(0)
        await self.__aenter__()
