"""What an operator asks of JetStream: streams, consumers and their lag, dead letters, and the replay of one."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final

import nats.js.errors
from nats.js import JetStreamContext

from services.chassis.boot import Settings
from services.chassis.bus import DEAD, REPLAY, REPLAY_SUBJECT, connected
from services.chassis.errors import AppError, not_found

MOST: Final = 100  # dead letters listed, the newest


@dataclass(frozen=True, slots=True)
class Consumer:
    """A handler's durable consumer: `lag` waits, `in_hand` is delivered and not acked, `again` was delivered before."""

    name: str
    subject: str
    lag: int
    in_hand: int
    again: int


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream and its consumers."""

    name: str
    messages: int
    bytes: int
    consumers: tuple[Consumer, ...]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that a handler gave up."""

    seq: int
    handler: str
    subject: str
    error: str
    trace_id: str
    at: str


@dataclass(frozen=True, slots=True)
class DeadMessage:
    """A dead letter whole: the headers it came with, its own among them, and its body."""

    letter: DeadLetter
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Admin:
    """Questions to JetStream, and one deed: the replay of a dead letter."""

    def __init__(self, js: JetStreamContext) -> None:
        self._js = js

    async def streams(self) -> list[Stream]:
        """All streams with their consumers, by name."""
        found = [await self._stream(info.config.name or "") for info in await self._js.streams_info()]
        return sorted(found, key=lambda one: one.name)

    async def _stream(self, name: str) -> Stream:
        info = await self._js.stream_info(name)
        consumers = [
            Consumer(
                one.name,
                one.config.filter_subject or "",
                one.num_pending or 0,
                one.num_ack_pending or 0,
                one.num_redelivered or 0,
            )
            for one in await self._js.consumers_info(name)
        ]
        return Stream(name, info.state.messages, info.state.bytes, tuple(sorted(consumers, key=lambda one: one.name)))

    async def dead(self) -> list[DeadLetter]:
        """The dead letters that lie there, the newest first."""
        try:
            state = (await self._js.stream_info(DEAD)).state
        except nats.js.errors.NotFoundError:
            return []
        found: list[DeadLetter] = []
        for seq in range(state.last_seq, max(0, state.first_seq - 1), -1):
            with contextlib.suppress(nats.js.errors.NotFoundError):
                found.append(await self._letter(seq))
            if len(found) == MOST:
                break
        return found

    async def dead_message(self, seq: int) -> DeadMessage:
        """One of them, whole; NOT_FOUND where it lies there no longer."""
        try:
            message = await self._js.get_msg(DEAD, seq)
        except nats.js.errors.NotFoundError:
            raise _unknown(seq) from None
        headers = message.headers or {}
        return DeadMessage(_letter(seq, headers), tuple(sorted(headers.items())), message.data or b"")

    async def _letter(self, seq: int) -> DeadLetter:
        return _letter(seq, (await self._js.get_msg(DEAD, seq)).headers or {})

    async def replay(self, seq: int) -> DeadLetter:
        """Hands a dead letter to its handler once more, and to no other; it leaves the stream once that is stored.

        NOT_FOUND where it lies there no longer. Asked twice at once, the same message is stored once.
        """
        found = await self.dead_message(seq)
        kept = {key: value for key, value in found.headers if not key.startswith("dead-")}
        headers = {**kept, "Nats-Msg-Id": f"dead|{seq}"}
        subject = REPLAY_SUBJECT.format(found.letter.handler, found.letter.subject)
        await self._js.publish(subject, found.body, headers=headers, stream=REPLAY)
        await self._js.delete_msg(DEAD, seq)
        return found.letter


def _unknown(seq: int) -> AppError:
    return not_found("UNKNOWN_DEAD_LETTER", f"There is no dead letter {seq}; it may be replayed already.")


def _letter(seq: int, headers: Mapping[str, str]) -> DeadLetter:
    return DeadLetter(
        seq=seq,
        handler=headers.get("dead-handler", ""),
        subject=headers.get("dead-subject", ""),
        error=headers.get("dead-error", ""),
        trace_id=headers.get("dead-trace", ""),
        at=headers.get("ce-time", ""),
    )


@contextlib.asynccontextmanager
async def administering(settings: Settings) -> AsyncIterator[Admin]:
    """A connection for an operator's questions."""
    async with connected(settings) as connection:
        yield Admin(connection.jetstream(timeout=2))
