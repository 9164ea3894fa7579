"""Group commit: what is asked for together goes together, and everybody gets an answer of their own."""

import asyncio
import time

import pytest

from services.chassis.gathering import Gathered


class Store:
    """Doubles numbers, several at a time; waits for `gate` before it answers, and refuses a batch with a 13."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()

    async def double(self, numbers):
        self.batches.append(list(numbers))
        await self.gate.wait()
        if 13 in numbers:
            raise OSError("away")
        return [2 * number for number in numbers]


async def asked(gathered: Gathered[int, int], *numbers: int) -> list[asyncio.Task[int]]:
    """Asks for each, in turn, and lets all of them wait."""
    tasks = [asyncio.create_task(gathered(number)) for number in numbers]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_what_comes_while_one_is_on_its_way_goes_together_and_is_answered_singly():
    store = Store()
    gathered = Gathered(store.double)
    first, later = await asked(gathered, 1), await asked(gathered, 2, 3, 4)
    assert store.batches == [[1]]
    store.gate.set()
    assert await asyncio.gather(*first, *later) == [2, 4, 6, 8]
    assert store.batches == [[1], [2, 3, 4]]
    assert await gathered(5) == 10


async def test_no_more_go_together_than_may():
    store = Store()
    store.gate.set()
    gathered = Gathered(store.double, most=2)
    assert await asyncio.gather(*await asked(gathered, 1, 2, 3, 4, 5)) == [2, 4, 6, 8, 10]
    assert max(map(len, store.batches)) == 2


async def test_of_a_slow_database_fewer_are_asked_together(monkeypatch):
    store, now = Store(), iter(range(0, 10_000, 1))
    store.gate.set()
    gathered = Gathered(store.double)
    assert await asyncio.gather(*await asked(gathered, *range(20, 31))) == list(range(40, 61, 2))
    assert [len(batch) for batch in store.batches] == [4, 7]
    monkeypatch.setattr(time, "perf_counter", lambda: next(now) / 20)  # 50 ms between two looks
    await gathered(1)
    await asyncio.gather(*await asked(gathered, *range(20, 29)))
    assert [len(batch) for batch in store.batches[2:]] == [1, 4, 5]
    with pytest.raises(OSError, match="away"):
        await gathered(13)
    store.gate.clear()
    waiting = await asked(gathered, 1, 2, 3, 4, 5)
    assert store.batches[-4:] == [[1], [2], [3], [4]]  # side by side
    store.gate.set()
    assert await asyncio.gather(*waiting) == [2, 4, 6, 8, 10]


async def test_a_failure_is_everybodys_who_went_together_and_nobody_elses():
    store = Store()
    gathered = Gathered(store.double)
    first, later = await asked(gathered, 1), await asked(gathered, 13, 3)
    store.gate.set()
    assert await first[0] == 2
    for task in later:
        with pytest.raises(OSError, match="away"):
            await task
    assert await gathered(4) == 8


async def test_who_gives_up_waiting_takes_nobody_along():
    store = Store()
    gathered = Gathered(store.double)
    _, (gone, stays) = await asked(gathered, 1), await asked(gathered, 2, 3)
    gone.cancel()
    store.gate.set()
    assert await stays == 6
    assert gone.cancelled()
