"""Outbox and bus on real servers: told with the write, delivered at least once, dead letters kept."""

import asyncio
import contextlib
import time
from dataclasses import replace

import nats
import pytest
from google.protobuf.wrappers_pb2 import StringValue

from services.chassis import bus as bus_module
from services.chassis import outbox
from services.chassis.bus import Bus, Event, Handler, connect
from services.chassis.bus_admin import administering
from services.chassis.errors import AppError
from services.chassis.outbox import Fact, Outbox, telling, told

SUBJECT = "codingahead.trial.thing.happened.v1"


def fact(number: int, *, at: int | None = None) -> Fact:
    return Fact(f"f{number}", SUBJECT, StringValue(value=str(number)).SerializeToString(), at or now())


def now() -> int:
    return int(time.time() * 1000)


@pytest.fixture
async def database(settings):
    async with outbox.open_database(settings) as opened:
        yield opened


@pytest.fixture
async def bus(settings):
    async with connect(settings) as opened:
        await opened.keep_stream("trial")
        await opened._js.purge_stream("TRIAL")
        yield opened


async def until(condition, seconds: float = 10):
    end = time.monotonic() + seconds
    while not (answer := await condition()):
        assert time.monotonic() < end, "it did not come to pass"
        await asyncio.sleep(0.02)
    return answer


class Seen:
    def __init__(self, *, failing: int = 0):
        self.ids: list[str] = []
        self.failing = failing

    async def act(self, event: Event[StringValue]) -> None:
        self.ids.append(event.id)
        if len(self.ids) <= self.failing:
            raise RuntimeError("not yet")


def test_an_update_keeps_its_own_fields_beside_the_fact():
    update = telling({"$set": {"seen.r1": 1}, "$inc": {"used": 1}}, [fact(1)])
    assert update["$inc"] == {"used": 1, "pending": 1}
    assert set(update["$set"]) == {"seen.r1", "out.f1"}


async def test_facts_handed_after_the_write_are_published_and_removed(database, bus):
    relay, seen = Outbox(database, ["things"], bus.publish), Seen()
    async with relay.running(), bus.handling([Handler("see_all", SUBJECT, StringValue, seen.act)]):
        facts = [fact(1), fact(2)]
        await database["things"].insert_one({"_id": "a", **told(facts)})
        relay.hand("things", "a", facts)
        await until(lambda: _emptied(database, "a"))
        await until(lambda: _value(len(seen.ids) == 2))
    assert sorted(seen.ids) == ["f1", "f2"]


async def test_a_fact_that_a_crash_left_behind_is_swept_up(database, bus):
    left = fact(3, at=now() - 5_000)
    await database["things"].insert_one({"_id": "left", **told([left])})
    async with Outbox(database, ["things"], bus.publish).running():
        await until(lambda: _emptied(database, "left"))
    assert (await bus._js.stream_info("TRIAL")).state.messages == 1


async def test_two_relays_store_one_message(database, bus):
    facts = [fact(n, at=now() - 5_000) for n in range(10, 15)]
    await database["things"].insert_one({"_id": "both", **told(facts)})
    relays = [Outbox(database, ["things"], bus.publish) for _ in range(2)]
    async with relays[0].running(), relays[1].running():
        relays[0].hand("things", "both", facts)
        relays[1].hand("things", "both", facts)
        await until(lambda: _emptied(database, "both"))
    assert (await bus._js.stream_info("TRIAL")).state.messages == len(facts)
    assert (await database["things"].find_one({"_id": "both"}))["pending"] == 0


async def test_a_fact_added_meanwhile_stays(database, bus):
    first, second = fact(20), fact(21)
    await database["things"].insert_one({"_id": "grown", **told([first])})
    await database["things"].update_one({"_id": "grown"}, telling({}, [second]))
    relay = Outbox(database, [], bus.publish)
    await relay._relay(outbox._Told("things", "grown", (first,)))
    document = await database["things"].find_one({"_id": "grown"})
    assert (set(document["out"]), document["pending"]) == ({second.id}, 1)


async def test_facts_of_many_writes_are_removed_together_and_none_that_was_not_acked(database, bus):
    facts = {f"d{n}": [fact(100 + 10 * n + k) for k in range(n)] for n in range(1, 6)}
    for name, told_there in facts.items():
        await database["things"].insert_one({"_id": name, **told(told_there)})
    unheard, relay = fact(99), Outbox(database, ["things"], bus.publish)
    await database["things"].update_one({"_id": "d3"}, telling({}, [unheard]))
    async with relay.running():
        for name, told_there in facts.items():
            for one in told_there:
                relay.hand("things", name, [one])
        await until(lambda: _told_of_all(database, {"d3": {unheard.id}}))
    assert (await bus._js.stream_info("TRIAL")).state.messages == sum(map(len, facts.values()))


async def test_an_outage_of_the_bus_leaves_the_fact_in_its_document(database):
    async def away(_fact: Fact) -> None:
        raise TimeoutError

    relay = Outbox(database, [], away)
    facts = [fact(30)]
    await database["things"].insert_one({"_id": "kept", **told(facts)})
    async with relay.running():
        relay.hand("things", "kept", facts)
    assert (await database["things"].find_one({"_id": "kept"}))["pending"] == 1


async def test_of_many_handed_at_once_those_that_are_acked_go_and_the_others_stay(database):
    published: list[str] = []

    async def picky(one: Fact) -> None:
        if one.id == "f101":
            raise TimeoutError
        published.append(one.id)

    relay = Outbox(database, [], picky)
    async with relay.running():
        for number in range(100, 140, 2):
            facts = [fact(number, at=now() - 1), fact(number + 1)]
            await database["things"].insert_one({"_id": f"many{number}", **told(facts)})
            relay.hand("things", f"many{number}", facts)
    pending = [(await database["things"].find_one({"_id": f"many{n}"}))["pending"] for n in range(100, 140, 2)]
    assert pending == [1] + [0] * 19
    assert sorted(published) == sorted(f"f{n}" for n in range(100, 140) if n != 101)


async def test_every_process_that_asks_hears_what_is_told(bus):
    one: list[str] = []
    other: list[str] = []
    async with (
        bus.hearing(SUBJECT, StringValue, lambda told: one.append(told.value)),
        bus.hearing(SUBJECT, StringValue, lambda told: other.append(told.value)),
    ):
        await bus.publish(fact(35))
        await until(lambda: _value(bool(one and other)))
    await bus.publish(fact(36))
    assert (one, other) == (["35"], ["35"])


async def test_a_handler_that_fails_gets_the_event_again(bus, monkeypatch):
    monkeypatch.setattr(bus_module, "BACKOFF", (0.05, 0.05))
    seen = Seen(failing=2)
    async with bus.handling([Handler("try_again", SUBJECT, StringValue, seen.act)]):
        await bus.publish(fact(40))
        await until(lambda: _value(len(seen.ids) == 3))
    assert seen.ids == ["f40"] * 3


async def test_after_the_last_try_a_dead_letter_says_what_happened(bus, nats_url, monkeypatch):
    monkeypatch.setattr(bus_module, "BACKOFF", (0.05,))
    seen = Seen(failing=99)
    async with bus.handling([Handler("never_works", SUBJECT, StringValue, seen.act, tries=2)]):
        await bus.publish(fact(50))
        message = await until(lambda: _dead(bus, f"dead.never_works.{SUBJECT}"))
    assert len(seen.ids) == 2
    assert StringValue.FromString(message.data).value == "50"
    assert message.headers["ce-id"] == "f50"
    assert message.headers["dead-error"] == "RuntimeError: not yet"


async def test_publishing_twice_stores_once(bus):
    await bus.publish(fact(60))
    await bus.publish(replace(fact(60)))
    assert (await bus._js.stream_info("TRIAL")).state.messages == 1


async def _told_of_all(database, expected) -> bool:
    """Whether just these facts are left, by document, and are counted."""
    documents = await database["things"].find({"_id": {"$in": [f"d{n}" for n in range(1, 6)]}}).to_list(10)
    left = {one["_id"]: set(one["out"]) for one in documents if one["out"]}
    return left == expected and all(one["pending"] == len(one["out"]) for one in documents)


async def _emptied(database, key) -> bool:
    document = await database["things"].find_one({"_id": key})
    return document is not None and document["pending"] == 0 and not document["out"]


async def _value(value):
    return value


async def _dead(bus: Bus, subject: str):
    with contextlib.suppress(nats.js.errors.NotFoundError):
        return await bus._js.get_last_msg("DEAD", subject)


async def test_a_replayed_dead_letter_reaches_the_handler_that_failed_and_no_other(bus, settings, monkeypatch):
    monkeypatch.setattr(bus_module, "BACKOFF", (0.01,))
    failed, other = Seen(failing=1), Seen()
    handlers = [
        Handler("gives_up", SUBJECT, StringValue, failed.act, tries=1),
        Handler("looks_on", SUBJECT, StringValue, other.act),
    ]
    async with bus.handling(handlers), administering(settings) as admin:
        await bus.publish(fact(77))

        async def letters():
            return [one for one in await admin.dead() if one.handler == "gives_up"]

        (letter,) = await until(letters)
        assert (letter.subject, letter.error) == (SUBJECT, "RuntimeError: not yet")
        await admin.replay(letter.seq)

        async def again():
            return len(failed.ids) == 2

        await until(again)
        assert failed.ids == ["f77", "f77"]
        assert other.ids == ["f77"]
        assert await letters() == []
        with pytest.raises(AppError, match="UNKNOWN_DEAD_LETTER"):
            await admin.replay(letter.seq)
        names = {consumer.name for stream in await admin.streams() for consumer in stream.consumers}
        assert {"gives_up", "gives_up_again", "looks_on"} <= names
