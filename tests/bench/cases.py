"""How fast a case of 400 words is coded through the gateway.

    python -m tests.bench.cases --data-dir DIR [--cases 200]

Starts the platform on DIR, and codes cases that are all new, one at a time and four at a time.
"""

import argparse
import asyncio
import os
import random
import statistics
import sys
import time
from pathlib import Path
from typing import Final

import httpx

from tests.live.running import Platform

WORDS: Final = 400
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
            took = asyncio.run(coded(platform.base, cookie, range(first, first + given.cases), at_once))
            cuts = statistics.quantiles(took, n=100)
            sys.stdout.write(f"{at_once} in flight: p50 {cuts[49]:.0f} ms, p99 {cuts[98]:.0f} ms, {len(took)} cases\n")
    finally:
        platform.stop()


if __name__ == "__main__":
    main()
