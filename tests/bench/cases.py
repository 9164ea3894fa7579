"""How fast a case of 400 words is coded through the gateway, and how long a code page waits meanwhile.

    python -m tests.bench.cases --data-dir DIR [--cases 200]

Starts the platform on DIR, and codes cases that are all new, one at a time and four at a time, then one of 100,000
characters; beside each run codes are looked up, one after the other. As baseline they are looked up alone.
"""

import argparse
import asyncio
import os
import random
import statistics
import sys
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Final

import httpx

from tests.live.running import Platform

WORDS: Final = 400
LONGEST: Final = 100_000  # characters
_PAGES: Final = ("E11.42", "I10", "J18.9", "M17.11", "N18.30", "C50.911")
_SENTENCES: Final = (
    "{} year old woman with type 2 diabetes and diabetic polyneuropathy presents with pain in the left knee.",
    "She denies chest pain, shortness of breath, fever, chills or palpitations.",
    "Past medical history is significant for hypertension, hyperlipidemia, hypothyroidism and gout.",
    "Her mother had breast cancer and her father died of a myocardial infarction.",
    "Examination shows pitting edema of both lower legs and a systolic murmur.",
    "There is no evidence of deep vein thrombosis, pneumonia was ruled out on the radiograph.",
    "Chronic kidney disease stage 3 and iron deficiency anemia are followed by nephrology.",
    "Assessment: osteoarthritis of the left knee, obesity, gastroesophageal reflux and depression.",
    "We will continue metformin and lisinopril, and she returns in three months.",
)


def case(number: int) -> str:
    """A case of 400 words, each time another."""
    chosen, words = random.Random(number), []  # noqa: S311 -- a sample
    while len(words) < WORDS:
        words += chosen.choice(_SENTENCES).format(20 + (number + len(words)) % 70).split()
    return " ".join(words[:WORDS])


async def coded(base: str, key: str, numbers: range, at_once: int) -> list[float]:
    """Milliseconds of each."""
    took: list[float] = []
    left = iter(numbers)

    async def one(client: httpx.AsyncClient) -> None:
        for number in left:
            began = time.perf_counter()
            answer = await client.post("/api/v1/case2code", json={"text": case(number)})
            took.append((time.perf_counter() - began) * 1000)
            answer.raise_for_status()

    async with httpx.AsyncClient(base_url=base, headers={"Cookie": key}, timeout=60) as client:
        await asyncio.gather(*(one(client) for _ in range(at_once)))
    return took


async def looked_up(base: str, key: str, done: asyncio.Event) -> list[float]:
    """Milliseconds of each code page, one every twenty milliseconds until done."""
    took: list[float] = []
    async with httpx.AsyncClient(base_url=base, headers={"Cookie": key}, timeout=60) as client:
        while not done.is_set():
            began = time.perf_counter()
            answer = await client.get(f"/api/v1/codes/icd-10-cm/{_PAGES[len(took) % len(_PAGES)]}")
            took.append((time.perf_counter() - began) * 1000)
            answer.raise_for_status()
            await asyncio.sleep(0.02)
    return took


async def beside(base: str, key: str, work: Awaitable[list[float]]) -> tuple[list[float], list[float]]:
    """The milliseconds of the work's cases, and of the code pages that were looked up meanwhile."""
    done = asyncio.Event()
    pages = asyncio.create_task(looked_up(base, key, done))
    took = await work
    done.set()
    return took, await pages


async def long_case(base: str, key: str) -> list[float]:
    """Milliseconds of a case as long as can be."""
    text = " ".join(case(number) for number in range(60_000, 60_060))[:LONGEST]
    async with httpx.AsyncClient(base_url=base, headers={"Cookie": key}, timeout=120) as client:
        began = time.perf_counter()
        (await client.post("/api/v1/case2code", json={"text": text})).raise_for_status()
        return [(time.perf_counter() - began) * 1000]


async def nothing() -> list[float]:
    """A while in which no case is coded."""
    await asyncio.sleep(3)
    return [3000.0]


def told(what: str, run: tuple[list[float], list[float]]) -> None:
    """A line of figures."""
    cases, pages = (statistics.quantiles(one * 2 if len(one) == 1 else one, n=100) for one in run)
    sys.stdout.write(
        f"{what}: p50 {cases[49]:.0f} ms, p99 {cases[98]:.0f} ms, {len(run[0])} cases; "
        f"code pages meanwhile p50 {pages[49]:.0f} ms, p99 {pages[98]:.0f} ms, worst {max(run[1]):.0f} ms\n"
    )


def main() -> None:
    """Measures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--cases", type=int, default=200)
    given = parser.parse_args()
    os.environ["CODINGAHEAD_PLANS"] = "open"  # the quota is not what is measured
    platform = Platform(given.data_dir)
    try:
        client, _ = platform.member()
        client.post("/api/v1/case2code", json={"text": "gout"})
        cookie = "; ".join(f"{one.name}={one.value}" for one in client.cookies.jar)
        for at_once in (1, 4):
            first = at_once * 10_000
            work = coded(platform.base, cookie, range(first, first + given.cases), at_once)
            told(f"{at_once} in flight", asyncio.run(beside(platform.base, cookie, work)))
        told("100,000 characters", asyncio.run(beside(platform.base, cookie, long_case(platform.base, cookie))))
        told("no case", asyncio.run(beside(platform.base, cookie, nothing())))
    finally:
        platform.stop()


if __name__ == "__main__":
    main()
