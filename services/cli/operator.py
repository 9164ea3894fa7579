"""What an operator does to the running platform, past the gateway: a first set of openings."""

import asyncio
import hashlib
import tomllib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import grpc.aio
from codingahead.assistant.v1 import service_pb2 as assistant_pb
from codingahead.assistant.v1.service_pb2_grpc import AssistantServiceStub
from codingahead.careers.v1 import service_pb2 as careers_pb
from codingahead.careers.v1.service_pb2_grpc import CareerServiceStub
from codingahead.lookup.v1 import service_pb2 as lookup_pb
from codingahead.lookup.v1.service_pb2_grpc import CodeServiceStub

from services.chassis import rpc
from services.chassis.boot import Settings
from services.chassis.errors import AppError, Kind
from services.cli.local import NoAnswerError, running
from services.cli.platform.folder import Folder, chosen

SEED: Final = Path(__file__).parent / "openings.toml"
OPEN_FOR: Final = 60  # days
LISTED: Final = 100
OPERATOR: Final = careers_pb.Caller(account_id="operator", role="admin", verified=True)

type Work[T] = Callable[[grpc.aio.Channel], Awaitable[T]]


def seed(data_dir: Path | None) -> tuple[int, int]:
    """Posts the shipped openings; how many are new, and how many were there. NoAnswerError where none runs."""

    async def post(channel: grpc.aio.Channel) -> tuple[int, int]:
        stub = CareerServiceStub(channel)
        new = 0
        openings = tomllib.loads(SEED.read_text(encoding="utf-8"))["openings"]
        last = (datetime.now(UTC).date() + timedelta(days=OPEN_FOR)).isoformat()
        for one in openings:
            details = careers_pb.Details(**one, valid_through=last)
            request = careers_pb.PostOpeningRequest(caller=OPERATOR, details=details, id=_seed_id(details))
            try:
                await rpc.call(stub.PostOpening, request)
                new += 1
            except AppError as refusal:
                if refusal.kind is not Kind.CONFLICT:
                    raise
        return new, len(openings) - new

    return _with("careers", data_dir, post)


def _seed_id(details: careers_pb.Details) -> str:
    """The same for the same opening, so that a second seeding finds it."""
    return "j" + hashlib.sha256(f"{details.title}\n{details.employer}".encode()).hexdigest()[:16]


def waiting(data_dir: Path | None) -> list[dict[str, str]]:
    """Openings that wait for an editor, the oldest first. NoAnswerError where none runs."""

    async def ask(channel: grpc.aio.Channel) -> list[dict[str, str]]:
        request = careers_pb.SearchOpeningsRequest(caller=OPERATOR, list="waiting", limit=LISTED)
        answer = await rpc.call(CareerServiceStub(channel).SearchOpenings, request)
        return [{"id": one.id, "title": one.details.title, "employer": one.details.employer} for one in answer.openings]

    return _with("careers", data_dir, ask)


def moderate(data_dir: Path | None, opening_id: str, reason: str, *, approve: bool) -> str:
    """Lets a waiting opening through, or refuses it; answers its state now. NoAnswerError with what was refused."""

    async def decide(channel: grpc.aio.Channel) -> str:
        request = careers_pb.ModerateRequest(caller=OPERATOR, opening_id=opening_id, approve=approve, reason=reason)
        return (await rpc.call(CareerServiceStub(channel).Moderate, request)).opening.status

    return _with("careers", data_dir, decide)


def generation(data_dir: Path | None) -> int:
    """The generation of editions that lookup serves. NoAnswerError where it does not answer."""

    async def ask(channel: grpc.aio.Channel) -> int:
        answer = await rpc.call(CodeServiceStub(channel).ListEditions, lookup_pb.ListEditionsRequest())
        return answer.generation

    return _with("lookup", data_dir, ask)


def receipts_on(data_dir: Path | None, edition_id: str) -> int:
    """How many receipts rest on an edition. NoAnswerError where the assistant does not answer."""

    async def ask(channel: grpc.aio.Channel) -> int:
        request = assistant_pb.CountReceiptsRequest(edition_id=edition_id)
        return (await rpc.call(AssistantServiceStub(channel).CountReceipts, request)).count

    return _with("assistant", data_dir, ask)


def _with[T](service: str, data_dir: Path | None, work: Work[T]) -> T:
    address = running(data_dir)["addresses"][service]
    settings = Settings(name="operator", secret=Folder(chosen(data_dir)).secret())

    async def opened() -> T:
        async with rpc.channel(settings, address) as channel:
            return await work(channel)

    try:
        return asyncio.run(opened())
    except AppError as refusal:
        raise NoAnswerError(f"{refusal.reason}: {refusal.message}") from refusal
