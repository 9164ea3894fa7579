"""Group commit: what is asked for while a write is on its way goes together in the next one.

Nobody waits for a clock, and the more ask at once, the less each of them costs the database. A slow database
is asked for fewer together, so that they end well before a call gives up, and for several such batches side by side.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

MOST: Final = 32  # that go together
FIRST: Final = 4  # as long as nobody knows how fast the database is
WITHIN: Final = 0.2  # seconds that what goes together may take
SLOW: Final = 0.02  # seconds for one of them: they go into waiting, which can be done side by side
ABREAST: Final = 4  # as many as there are connections


class Gathered[Q, R]:
    """Callers that each ask `act` for one thing; it is given several, and answers each of them, in their order."""

    def __init__(self, act: Callable[[Sequence[Q]], Awaitable[Sequence[R]]], most: int = MOST) -> None:
        self._act = act
        self._most = most
        self._size = min(FIRST, most)
        self._abreast = 1
        self._waiting: deque[tuple[Q, asyncio.Future[R]]] = deque()
        self._acting = 0
        self._tasks: set[asyncio.Task[None]] = set()  # only so that they are not forgotten before they end

    async def __call__(self, asked: Q) -> R:
        """The answer; what `act` raises is raised to everybody who went together."""
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, answer))
        if self._acting < self._abreast:
            self._acting += 1
            task = asyncio.create_task(self._act_on())
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return await answer

    async def _act_on(self) -> None:
        try:
            while self._waiting:
                await self._together([self._waiting.popleft() for _ in range(min(self._size, len(self._waiting)))])
        finally:
            self._acting -= 1

    async def _together(self, held: Sequence[tuple[Q, asyncio.Future[R]]]) -> None:
        began = time.perf_counter()
        try:
            answers = await self._act([asked for asked, _ in held])
        except Exception as error:  # noqa: BLE001 -- it is raised where the answers are waited for
            self._size, self._abreast = 1, ABREAST
            for _, answer in held:
                if not answer.done():
                    answer.set_exception(error)
            return
        each = (time.perf_counter() - began) / len(held)
        self._size = max(1, min(self._most, int(WITHIN / max(each, 1e-6))))
        self._abreast = 1 if each < SLOW else ABREAST
        for (_, answer), told in zip(held, answers, strict=True):
            if not answer.done():  # else its caller has gone
                answer.set_result(told)
