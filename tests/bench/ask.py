"""How fast CasePilot answers: `python -m tests.bench.ask --data-dir DIR`, of the platform that runs on the folder.

Asks the questions of tests/eval over gRPC, as the gateway does, one after another and four side by side, and prints the
time to the first event of the stream and to the answer. Every answer is kept with its receipt, as for a user.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path

import grpc.aio
from codingahead.assistant.v1 import service_pb2 as pb
from codingahead.assistant.v1.service_pb2_grpc import AssistantServiceStub

from services.chassis import rpc
from services.chassis.boot import Settings
from services.cli.platform.folder import Folder
from tests.eval.ask import questions

SIDE_BY_SIDE = 4


async def ask(stub: AssistantServiceStub, question: str, as_of: str) -> tuple[float, float]:
    """Milliseconds to the first event and to the answer."""
    began = time.perf_counter()
    first = 0.0
    async for _ in stub.Ask(pb.AskRequest(owner="guest:bench", question=question, as_of=as_of), timeout=20):
        first = first or time.perf_counter() - began
    return first * 1000, (time.perf_counter() - began) * 1000


async def timed(
    stub: AssistantServiceStub, asked: Sequence[tuple[str, str]], at_once: int
) -> list[tuple[float, float]]:
    """All questions, so many at once."""
    gate = asyncio.Semaphore(at_once)

    async def one(question: str, as_of: str) -> tuple[float, float]:
        async with gate:
            return await ask(stub, question, as_of)

    return await asyncio.gather(*(one(*question) for question in asked))


def line(name: str, times: Sequence[float]) -> str:
    ordered = sorted(times)
    p50, p99 = ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"{name:32} p50 {p50:7.1f} ms   p99 {p99:7.1f} ms   {len(ordered)} questions"


async def bench(data_dir: Path) -> None:
    address = json.loads((data_dir / "run.json").read_text())["addresses"]["assistant"]
    settings = Settings(name="operator", secret=Folder(data_dir).secret())
    asked = [(one.texts[-1], one.as_of) for one in questions()]
    channel: grpc.aio.Channel
    async with rpc.channel(settings, address) as channel:
        stub = AssistantServiceStub(channel)
        await timed(stub, asked[:20], 1)  # what is opened at the first question is open now
        for at_once in (1, SIDE_BY_SIDE):
            times = await timed(stub, asked, at_once)
            print(line(f"first event, {at_once} in flight", [first for first, _ in times]))
            print(line(f"answer, {at_once} in flight", [whole for _, whole in times]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    asyncio.run(bench(parser.parse_args().data_dir))
