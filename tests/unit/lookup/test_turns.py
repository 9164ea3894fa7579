"""Turns on the event loop: nobody works for long while others wait."""

import asyncio

from services.lookup.spotting import turns as taken
from services.lookup.spotting.turns import Turns


async def works(turns: Turns, name: str, told: list[str]) -> None:
    async with turns:
        for _ in range(3):
            told.append(name)
            await turns.give_way()


async def test_two_works_take_turns_and_others_run_between(monkeypatch):
    monkeypatch.setattr(taken, "SLICE", 0.0)
    told: list[str] = []

    async def other() -> None:
        while told.count("a") < 3:
            told.append("page")
            await asyncio.sleep(0)

    turns = Turns()
    await asyncio.gather(works(turns, "a", told), works(turns, "b", told), other())
    assert [name for name in told if name != "page"] == ["a", "b", "a", "b", "a", "b"]
    assert "page" in told[told.index("b") : -1]


async def test_within_its_slice_a_work_goes_on(monkeypatch):
    monkeypatch.setattr(taken, "SLICE", 3600.0)
    told: list[str] = []
    turns = Turns()
    await asyncio.gather(works(turns, "a", told), works(turns, "b", told))
    assert told == ["a", "a", "a", "b", "b", "b"]


async def test_a_work_that_fails_gives_its_turn_back():
    turns = Turns()

    async def fails() -> None:
        async with turns:
            raise ValueError

    assert isinstance((await asyncio.gather(fails(), return_exceptions=True))[0], ValueError)
    told: list[str] = []
    await works(turns, "a", told)
    assert told == ["a", "a", "a"]
