"""Events over NATS JetStream: one stream a publisher, one durable pull consumer a handler, dead letters.

Subject = type = `codingahead.<service>.<subject>.<past participle>.v1`; body = the protobuf message; headers are
CloudEvents attributes. Delivery is at least once: a handler makes its effect and its mark in one write.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import nats
import nats.errors
import nats.js.errors
from google.protobuf.message import Message
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from opentelemetry.trace import SpanKind

from services.chassis import telemetry
from services.chassis.boot import Settings, patiently
from services.chassis.outbox import Fact

log = logging.getLogger(__name__)

DAY: Final = 86_400.0
DEAD: Final = "DEAD"
REPLAY: Final = "REPLAY"
REPLAY_SUBJECT: Final = "replay.{}.{}"  # handler, subject: a replay reaches the handler that failed, and no other
BACKOFF: Final = (0.2, 1.0, 3.0, 10.0, 30.0, 60.0, 120.0)  # seconds before the second, third, … try
TRIES: Final = len(BACKOFF) + 1
AT_ONCE: Final = 16  # messages a handler works side by side
_OTHER_CONFIG: Final = 10058  # JetStream: stream name already in use with a different configuration


@dataclass(frozen=True, slots=True)
class Event[M: Message]:
    """A fact as a handler gets it; `id` is the same at every delivery."""

    id: str
    subject: str
    body: M
    at: int  # Unix milliseconds


@dataclass(frozen=True, slots=True)
class Handler[M: Message]:
    """What is done about a subject. `name`, also the durable consumer's, says it (send_welcome_letter)."""

    name: str
    subject: str
    message: type[M]
    act: Callable[[Event[M]], Awaitable[None]]
    tries: int = TRIES


def stream_of(subject: str) -> str:
    """The stream a subject lies in: the publisher's name in capitals."""
    return subject.split(".")[1].upper()


class Bus:
    """A connection to JetStream; publishes facts and runs handlers."""

    def __init__(self, connection: Client, source: str) -> None:
        self._connection = connection
        self._js: JetStreamContext = connection.jetstream(timeout=2)
        self._source = source

    async def publish(self, fact: Fact) -> None:
        """Publishes and waits for the ack; the same id twice is stored once."""
        attributes = {"messaging.system": "nats", "messaging.destination.name": fact.subject}
        parent = {"traceparent": fact.traceparent} if fact.traceparent else None
        with telemetry.span(f"publish {fact.subject}", SpanKind.PRODUCER, parent, attributes):
            headers = {
                "ce-specversion": "1.0",
                "ce-id": fact.id,
                "ce-type": fact.subject,
                "ce-source": f"/codingahead/{self._source}",
                "ce-time": datetime.fromtimestamp(fact.at / 1000, UTC).isoformat(timespec="milliseconds"),
                "Nats-Msg-Id": fact.id,
                **telemetry.carrier(),
            }
            await self._js.publish(fact.subject, fact.body, headers=headers)

    async def keep_stream(self, service: str) -> None:
        """Creates or updates the stream of a publisher; publisher and handlers both may."""
        await self._keep(
            StreamConfig(
                name=service.upper(),
                subjects=[f"codingahead.{service}.>"],
                max_age=7 * DAY,
                max_bytes=256 << 20,
                storage=StorageType.FILE,
                retention=RetentionPolicy.LIMITS,
                duplicate_window=3600.0,
            )
        )

    async def keep_dead(self) -> None:
        """Creates or updates the streams of dead letters and of those that are replayed."""
        await self._keep(StreamConfig(name=DEAD, subjects=["dead.>"], max_age=90 * DAY, max_bytes=256 << 20))
        await self._keep(StreamConfig(name=REPLAY, subjects=["replay.>"], max_age=7 * DAY, max_bytes=256 << 20))

    async def _keep(self, config: StreamConfig) -> None:
        try:
            await self._js.add_stream(config)
        except nats.js.errors.BadRequestError as error:
            if error.err_code != _OTHER_CONFIG:
                raise
            await self._js.update_stream(config)

    @contextlib.asynccontextmanager
    async def handling(self, handlers: Sequence[Handler[Any]]) -> AsyncIterator[None]:
        """Runs handlers while the block runs; what they have in hand at its end is finished and acked."""
        if handlers:
            await self.keep_dead()
        for stream in {stream_of(handler.subject) for handler in handlers}:
            await self.keep_stream(stream.lower())
        stop = asyncio.Event()
        tasks = [asyncio.create_task(self._work(one, stop, again)) for one in handlers for again in (False, True)]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*tasks, return_exceptions=True)

    @contextlib.asynccontextmanager
    async def hearing[M: Message](
        self, subject: str, message: type[M], act: Callable[[M], None]
    ) -> AsyncIterator[None]:
        """Hears a subject live while the block runs, in every process that asks; what is told while NATS is away is
        missed. For forgetting what is kept in a process; effects are for handlers.
        """

        async def heard(told: Msg) -> None:
            act(message.FromString(told.data))

        subscription = await self._connection.subscribe(subject, cb=heard)
        try:
            yield
        finally:
            with contextlib.suppress(Exception):
                await subscription.unsubscribe()

    async def _work(self, handler: Handler[Any], stop: asyncio.Event, again: bool) -> None:  # noqa: FBT001 -- one of two
        subscription = await patiently(handler.name, lambda: self._subscribe(handler, again=again))
        while not stop.is_set():
            try:
                messages = await subscription.fetch(AT_ONCE, timeout=1)
            except nats.errors.TimeoutError:
                continue
            except Exception as error:  # noqa: BLE001 -- an outage; the subscription outlives it
                log.warning("%s: fetch: %s", handler.name, type(error).__name__)
                await asyncio.sleep(0.2)
                continue
            await asyncio.gather(*(self._deliver(handler, message) for message in messages))
        with contextlib.suppress(Exception):
            await subscription.unsubscribe()  # else drain() hangs: nats-py counts a timed-out fetch as pending

    async def _subscribe(self, handler: Handler[Any], *, again: bool) -> JetStreamContext.PullSubscription:
        """The handler's own durable consumer; `again`: the one of dead letters that an operator replays."""
        name = f"{handler.name}_again" if again else handler.name
        config = ConsumerConfig(
            durable_name=name,
            filter_subject=REPLAY_SUBJECT.format(handler.name, handler.subject) if again else handler.subject,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=30,
            max_deliver=-1,  # our own count decides, so that a crash on the last try still leaves a dead letter
        )
        stream = REPLAY if again else stream_of(handler.subject)
        await self._js.add_consumer(stream, config)
        return await self._js.pull_subscribe_bind(name, stream)

    async def _deliver(self, handler: Handler[Any], message: Msg) -> None:
        headers = dict(message.headers or {})
        attributes: dict[str, telemetry.Value] = {
            "messaging.system": "nats",
            "messaging.destination.name": message.subject,
            "messaging.message.id": headers.get("ce-id", ""),
            "messaging.consumer.name": handler.name,
            "messaging.delivery_count": message.metadata.num_delivered,
        }
        began = time.perf_counter()
        with telemetry.span(f"handle {handler.name}", SpanKind.CONSUMER, headers, attributes):
            await self._try(handler, message, headers)
        telemetry.took("bus.handle", began, **{"messaging.consumer.name": handler.name})

    async def _try(self, handler: Handler[Any], message: Msg, headers: dict[str, str]) -> None:
        try:
            body = handler.message.FromString(message.data)
            await handler.act(
                Event(
                    headers["ce-id"],
                    handler.subject,
                    body,
                    round(datetime.fromisoformat(headers["ce-time"]).timestamp() * 1000),
                )
            )
        except Exception as error:
            log.exception("%s failed, try %d", handler.name, message.metadata.num_delivered)
            await self._again_or_dead(handler, message, headers, error)
        else:
            await message.ack()

    async def _again_or_dead(
        self, handler: Handler[Any], message: Msg, headers: dict[str, str], error: Exception
    ) -> None:
        tried = message.metadata.num_delivered
        if tried < handler.tries:
            await message.nak(delay=BACKOFF[min(tried, len(BACKOFF)) - 1])
            return
        meta = message.metadata
        letter = {
            **headers,
            "dead-handler": handler.name,
            "dead-subject": handler.subject,
            "dead-stream": meta.stream,
            "dead-seq": str(meta.sequence.stream),
            "dead-error": f"{type(error).__name__}: {error}"[:500],
            "dead-trace": telemetry.trace_id(),
            "Nats-Msg-Id": f"{handler.name}|{meta.stream}|{meta.sequence.stream}",
        }
        try:
            await self._js.publish(f"dead.{handler.name}.{handler.subject}", message.data, headers=letter)
        except Exception:
            log.exception("%s: the dead letter could not be written; it is tried again", handler.name)
            await message.nak(delay=BACKOFF[-1])
            return
        await message.term()


@contextlib.asynccontextmanager
async def connect(settings: Settings) -> AsyncIterator[Bus]:
    """A bus that waits for NATS at boot, and reconnects for ever afterwards."""
    async with connected(settings) as connection:
        yield Bus(connection, settings.name)


@contextlib.asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[Client]:
    """The connection beneath; what is on its way at the end is still sent."""

    async def quiet(error: Exception) -> None:
        log.warning("nats: %s", type(error).__name__)

    connection = await nats.connect(
        settings.nats_url,
        name=settings.name,
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.2,
        ping_interval=5,
        max_outstanding_pings=2,
        error_cb=quiet,
    )
    try:
        yield connection
    finally:
        with contextlib.suppress(Exception):
            await asyncio.wait_for(connection.drain(), 5)
