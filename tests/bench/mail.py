"""Mail: how much is taken, how fast letters go out, how long a mail takes to its letter, and whether any is lost.

    python -m tests.bench.mail --data-dir DIR [--seconds 60]

Starts the platform on DIR. First mails come in as fast as they are taken for `--seconds`; then the letters still due
are waited for; then mails come in at five a second. Every mail that got a 250 has to have exactly one letter.
"""

import argparse
import asyncio
import os
import statistics
import sys
import time
import uuid
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Final

import aiosmtplib
import httpx

from tests.live.running import Platform

ACCOUNTS: Final = 60
AT_ONCE: Final = 16
PACE: Final = 5  # mails a second of the second part
_WAIT: Final = 600.0  # seconds for the letters of the first part
_CASE: Final = "Patient {} has type 2 diabetes with polyneuropathy, essential hypertension and pain in the left knee."


@dataclass(slots=True)
class Sent:
    """When each mail was taken, by Message-ID, Unix seconds; and how many were refused."""

    taken: dict[str, float] = field(default_factory=dict)
    refused: int = 0


def case(address: str, number: int) -> EmailMessage:
    """A mail of its own thread."""
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = address, "consult@localhost", f"Case {number}"
    letter["Message-ID"] = f"<{uuid.uuid4()}@bench.example>"
    letter.set_content(_CASE.format(number))
    return letter


async def send(platform: Platform, letter: EmailMessage, sent: Sent) -> None:
    """One mail on a connection of its own, as mail servers do."""
    try:
        await aiosmtplib.send(letter, hostname="127.0.0.1", port=platform.smtp_port, timeout=30)
        sent.taken[str(letter["Message-ID"])] = time.time()
    except aiosmtplib.SMTPException:
        sent.refused += 1


async def pour(platform: Platform, addresses: list[str], seconds: float) -> Sent:
    """As fast as they are taken."""
    sent, until, numbers = Sent(), time.monotonic() + seconds, iter(range(10**9))

    async def one() -> None:
        while time.monotonic() < until:
            number = next(numbers)
            await send(platform, case(addresses[number % len(addresses)], number), sent)

    await asyncio.gather(*(one() for _ in range(AT_ONCE)))
    return sent


async def drip(platform: Platform, addresses: list[str], seconds: float) -> Sent:
    """At an even pace."""
    sent = Sent()
    async with asyncio.TaskGroup() as group:
        for number in range(int(seconds * PACE)):
            group.create_task(send(platform, case(addresses[number % len(addresses)], number), sent))
            await asyncio.sleep(1 / PACE)
    return sent


def letters(platform: Platform, addresses: list[str]) -> dict[str, list[float]]:
    """When the letters to each mail went out, Unix seconds."""
    found: dict[str, list[float]] = {}
    with httpx.Client(base_url=platform.base, timeout=60) as client:
        for address in addresses:
            for one in client.get("/dev/letters", params={"to": address, "limit": 2000}).json()["letters"]:
                if answered := one["headers"].get("In-Reply-To"):
                    found.setdefault(answered, []).append(one["sent_at"] / 1000)
    return found


def settled(platform: Platform, addresses: list[str], sent: Sent) -> dict[str, list[float]]:
    """The letters, once every mail has one or the wait is over."""
    until = time.monotonic() + _WAIT
    while True:
        found = letters(platform, addresses)
        if sent.taken.keys() <= found.keys() or time.monotonic() > until:
            return found
        time.sleep(2)


def told(sent: Sent, found: dict[str, list[float]]) -> str:
    """Lost and doubled."""
    lost = sum(one not in found for one in sent.taken)
    doubled = sum(len(found.get(one, ())) > 1 for one in sent.taken)
    return f"{len(sent.taken)} taken, {sent.refused} refused, {lost} without a letter, {doubled} with two"


def main() -> None:
    """Measures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    os.environ["CODINGAHEAD_PLANS"] = "open"  # the quota is not what is measured
    platform = Platform(given.data_dir)
    try:
        addresses = [platform.member()[1] for _ in range(ACCOUNTS)]
        began = time.time()
        sent = asyncio.run(pour(platform, addresses, given.seconds))
        found = settled(platform, addresses, sent)
        last = max(at for times in found.values() for at in times)
        sys.stdout.write(f"poured: {told(sent, found)}; {len(sent.taken) / given.seconds:.0f} mails/s taken, ")
        sys.stdout.write(f"{len(found) / (last - began):.0f} letters/s out\n")
        sent = asyncio.run(drip(platform, addresses, given.seconds))
        found = settled(platform, addresses, sent)
        took = [found[one][0] - at for one, at in sent.taken.items() if one in found]
        cuts = statistics.quantiles(took, n=100)
        sys.stdout.write(
            f"at {PACE}/s: {told(sent, found)}; to the letter p50 {cuts[49]:.2f} s, p99 {cuts[98]:.2f} s\n"
        )
    finally:
        platform.stop()


if __name__ == "__main__":
    main()
