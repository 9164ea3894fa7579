"""Job search with 5,000 openings on the board: `python -m tests.bench.jobs`.

Posts them as the operator does, then asks through the gateway at 8 in flight, every query another one: words, filters,
both, deep pages. Prints p50, p99 and answers a second, the board's own times, and idle memory (PSS) before and after.
Loopback only; everything it starts ends with it.
"""

import asyncio
import random
import shutil
import sys
import tempfile
import time
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from codingahead.careers.v1 import service_pb2 as pb
from codingahead.careers.v1.service_pb2_grpc import CareerServiceStub

from services.careers.board.board import Board
from services.careers.domain.openings import Details, Filters, Opening, Page
from services.chassis import rpc
from services.chassis.boot import Settings
from services.chassis.errors import AppError, Kind
from services.cli.operator import OPERATOR, SEED
from services.cli.platform.folder import Folder
from services.gateway.us_states import STATES
from tests.bench.load import Figures, load, request
from tests.bench.pages import pss, started

MANY = 5_000
AT_ONCE = 8
SECONDS = 10.0
LAST = (datetime.now(UTC).date() + timedelta(days=60)).isoformat()
DICE = random.Random(5)  # noqa: S311 -- dice, no secret
TEMPLATES = tomllib.loads(SEED.read_text(encoding="utf-8"))["openings"]
WORDS = sorted({word for one in TEMPLATES for word in one["title"].split() if word.isalpha() and len(word) > 2})


def some(number: int) -> dict:
    """An opening like those that ship, somewhere else."""
    one = dict(DICE.choice(TEMPLATES))
    one |= {"title": f"{one['title']} {DICE.choice(WORDS)} {number}", "state": DICE.choice(sorted(STATES))}
    return {**one, "location": one["location"] or "Springfield", "valid_through": LAST}


async def post(data_dir: Path, openings: list[dict]) -> float:
    """Posts them; openings a second."""
    folder = Folder(data_dir)
    address = (folder.run() or {})["addresses"]["careers"]
    settings = Settings(name="bench", secret=folder.secret())
    left = iter(enumerate(openings))
    began = time.perf_counter()

    async def one_by_one(stub: CareerServiceStub) -> None:
        for number, one in left:
            await posted(stub, pb.PostOpeningRequest(caller=OPERATOR, details=pb.Details(**one), id=f"j{number:016x}"))

    async with rpc.channel(settings, address) as channel:
        stub = CareerServiceStub(channel)
        await asyncio.gather(*(one_by_one(stub) for _ in range(AT_ONCE)))
    return len(openings) / (time.perf_counter() - began)


async def posted(stub: CareerServiceStub, asked: pb.PostOpeningRequest) -> None:
    """Posts one, again where the machine was too busy: the id makes a repeat the same opening."""
    try:
        await rpc.call(stub.PostOpening, asked)
    except AppError as refusal:
        if refusal.kind is Kind.UNAVAILABLE:
            await posted(stub, asked)
        elif refusal.kind is not Kind.CONFLICT:
            raise


def kinds() -> dict[str, list[str]]:
    """Queries by kind, each a list of different ones."""
    states = sorted(STATES)
    return {
        "one word": [f"q={word}" for word in WORDS],
        "two words": [f"q={a}+{b}" for a in WORDS[:20] for b in WORDS[20:40]],
        "a beginning": [f"q={word[:3]}" for word in WORDS],
        "word, state and credential": [f"q=coder&state={state}&credential=CPC" for state in states],
        "filters alone": [f"remote=true&cpc_a=true&state={state}" for state in states],
        "everything, deep pages": [f"page={n}&limit=20" for n in range(1, 250)],
    }


async def measure(port: int) -> list[Figures]:
    """Each kind, then all of them mixed."""
    asked = {name: [request(f"/api/v1/jobs?{one}") for one in queries] for name, queries in kinds().items()}
    rows = []
    for name, requests in asked.items():
        rows.append(await load(name, port, lambda n, r=requests: r[n * 7 % len(r) :] + r, SECONDS / 4, 8))
    mixed = [one for requests in asked.values() for one in requests]
    DICE.shuffle(mixed)
    rows.append(await load("all mixed", port, lambda n: mixed[n * 97 % len(mixed) :] + mixed, SECONDS, 8))
    return rows


def engine(openings: list[dict]) -> Figures:
    """The board alone, in this process."""
    board, took = Board(), []
    listed = [
        Opening(f"j{n}", Details(**{**one, "credentials": tuple(one["credentials"])}), "e", "open", n, n)
        for n, one in enumerate(openings)
    ]
    board.put(listed)
    board.find(Filters(), Page(), LAST)
    for word in WORDS * 5:
        for filters in (Filters(query=word), Filters(query=f"{word} coder"), Filters(query="coder", state="WI")):
            began = time.perf_counter()
            board.find(filters, Page(), LAST)
            took.append(time.perf_counter() - began)
    return Figures("the board alone", sum(took), {200: len(took)}, took)


def main() -> None:
    """Runs all of it."""
    folder = Path(tempfile.mkdtemp(prefix="codingahead-bench-"))
    openings = [some(number) for number in range(MANY)]
    try:
        with started(folder) as (platform, _):
            time.sleep(3)
            told("idle memory (PSS), empty board", pss(platform))
            print(f"posted {asyncio.run(post(folder, openings)):.0f} openings/s")
            for figures in asyncio.run(measure(platform.port)):
                print(figures.line())
            time.sleep(3)
            told(f"idle memory (PSS), {MANY:,} openings", pss(platform))
        print(engine(openings).line())
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def told(what: str, sizes: dict[str, float]) -> None:
    """A line of memory."""
    parts = ", ".join(f"{name} {size:.0f}" for name, size in sizes.items())
    print(f"{what}: {sum(sizes.values()):.0f} MB ({parts})")


if __name__ == "__main__":
    sys.exit(main())
