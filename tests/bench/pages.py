"""The whole platform under load, beside a bare page and bare JSON in the same run: `make bench`.

Prints the first and the later start, idle memory, and for each path requests/s, p50, p99 and the ratio to its bare
counterpart. Loopback only; everything it starts ends with it.
"""

import asyncio
import contextlib
import shutil
import smtplib
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx

from tests.bench.load import Figures, load, request
from tests.live.running import Platform
from tests.servers import free_port, wait_for_port

SECONDS = 5.0
WORDS = ["diabetes neuropathy", "htn", "fracture radius", "chest pain", "E11", "copd", "knee osteoarthritis", "asthma"]
QUESTIONS = ["What is E11.42?", "When is modifier 25 right?", "code for chest pain", "Guidelines for E/M services"]
CASE = "58 year old man with type 2 diabetes and diabetic polyneuropathy. Essential hypertension. No chest pain."


@contextlib.contextmanager
def bare() -> Iterator[int]:
    """The bare baseline on a port of its own."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.bench.bare", str(port)])
    try:
        wait_for_port(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def started(folder: Path) -> Iterator[tuple[Platform, float]]:
    """A platform on the folder, and the seconds until its first page."""
    began = time.perf_counter()
    platform = Platform(folder)
    httpx.get(f"{platform.base}/codes/icd-10-cm/I10", timeout=30).raise_for_status()
    took = time.perf_counter() - began
    try:
        yield platform, took
    finally:
        platform.stop()


def pss(platform: Platform) -> dict[str, float]:
    """Proportional memory of the supervisor and its children, in MB."""
    pids = {"up": platform.process.pid, **platform.run_json()["children"]}
    return {name: _pss(int(pid)) for name, pid in pids.items()}


def _pss(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


async def measure(platform: Platform, bare_port: int) -> None:
    """Prints the table."""
    member, _ = platform.member()
    session = {"Cookie": "; ".join(f"{name}={value}" for name, value in member.cookies.items())}
    member.get("/codes/icd-10-cm/E11.42").raise_for_status()
    port = platform.port
    page = await load("bare page", bare_port, lambda _: [request("/page")], SECONDS)
    answer = await load("bare JSON", bare_port, lambda _: [request("/json")], SECONDS)
    rows: list[tuple[Figures, Figures]] = []

    async def run(name: str, against: Figures, paths: list[str], headers: dict[str, str], in_flight: int) -> None:
        asked = [request(path, headers) for path in paths]
        rows.append((await load(name, port, lambda n: asked[n % len(asked) :] + asked, SECONDS, in_flight), against))

    searched = [f"/api/v1/search?q={words.replace(' ', '+')}" for words in WORDS]
    typed = [f"/api/v1/suggest?q={words[:n].replace(' ', '+')}" for words in WORDS for n in (3, 5, 8)]
    await run("code page, seen", page, ["/codes/icd-10-cm/E11.42"], session, 16)
    await run("code page, newly charged", page, ["/codes/icd-10-cm/I10"], {}, 16)
    await run("code as JSON, seen", answer, ["/api/v1/codes/icd-10-cm/E11.42"], session, 16)
    await run("search", answer, searched, session, 8)
    await run("type-ahead", answer, typed, session, 8)
    await run("jobs", answer, ["/api/v1/jobs?q=coder", "/api/v1/jobs?state=WI&remote=true"], {}, 8)
    for figures in (page, answer):
        print(figures.line())
    for figures, against in rows:
        print(figures.line(against))


def ask(platform: Platform) -> None:
    """Questions one after another, each by a guest of its own: what one person waits."""
    took = []
    for n in range(80):
        with httpx.Client(base_url=platform.base, timeout=30) as guest:
            guest.get("/healthz")
            began = time.perf_counter()
            guest.post("/api/v1/ask", json={"question": QUESTIONS[n % len(QUESTIONS)]}).raise_for_status()
            took.append(time.perf_counter() - began)
    print(Figures("ask, one at a time", sum(took), {200: len(took)}, took).line())


def mail(platform: Platform, cases: int = 40) -> None:
    """Cases mailed as fast as they are taken; from accepted to the letter in the mailbox."""
    members = [platform.member()[1] for _ in range(-(-cases // 5))]
    sent: dict[str, float] = {}
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", platform.smtp_port, timeout=30) as smtp:
        for n in range(cases):
            letter = EmailMessage()
            letter["From"], letter["To"], letter["Subject"] = members[n // 5], "consult@localhost", "A case"
            letter["Message-ID"] = f"<{uuid.uuid4()}@example.org>"
            letter.set_content(CASE)
            smtp.send_message(letter)
            sent[str(letter["Message-ID"])] = time.time()
    accepted = cases / (time.perf_counter() - began)
    until = time.monotonic() + 60
    took: list[float] = []
    while len(took) < cases and time.monotonic() < until:
        found = [one for address in members for one in _letters(platform, address)]
        took = [one["sent_at"] / 1000 - sent[one["headers"]["In-Reply-To"]] for one in found]
        time.sleep(0.2)
    print(f"{'mail accepted':38} {accepted:8.0f}/s")
    print(Figures("mail, accepted to letter", max(took), {250: len(took)}, took).line())


def _letters(platform: Platform, address: str) -> list[dict]:
    found = httpx.get(f"{platform.base}/dev/letters", params={"to": address}, timeout=10).json()["letters"]
    return [one for one in found if "In-Reply-To" in one["headers"]]


def main() -> None:
    """Runs all of it."""
    folder = Path(tempfile.mkdtemp(prefix="codingahead-bench-"))
    try:
        with started(folder) as (_, took):
            print(f"first start to first page: {took:.1f} s")
        with started(folder) as (platform, took), bare() as bare_port:
            print(f"later start to first page: {took:.1f} s")
            time.sleep(3)
            idle = pss(platform)
            parts = ", ".join(f"{name} {size:.0f}" for name, size in idle.items())
            print(f"idle memory (PSS): {sum(idle.values()):.0f} MB ({parts})")
            command = [sys.executable, "-m", "services.cli", "careers", "seed", "--data-dir", str(folder)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            asyncio.run(measure(platform, bare_port))
            ask(platform)
            mail(platform)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
