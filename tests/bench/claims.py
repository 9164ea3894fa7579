"""What a claim check costs: 20 lines, 190 pairs, against the full practitioner table; then the same through the
gateway, and a batch of 100,000 lines through the command, with the memory that it takes in every process.

    python -m tests.bench.claims

Prints figures, those of the engine beside a plain dict's in the same run; nothing is asserted. Needs the agencies'
files beside the project.
"""

import asyncio
import contextlib
import json
import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

from services.lookup.checking import Edits
from services.lookup.editions import starter
from services.lookup.editions.library import Library
from services.lookup.edits import ptp
from services.lookup.edits.claim import Claim, Line
from services.lookup.edits.tables import Tables
from services.lookup.importers.desk import Desk
from services.lookup.importers.format import Given
from tests.bench.load import load
from tests.bench.reference import DATA
from tests.live.running import COMMAND, Platform

FILES = (
    *("ncci/ptp_practitioner_2024-07-01.csv.gz", "ncci/MCR_MUE_PractitionerServices_Eff_04-01-2026.csv"),
    *("ncci/AOC_V2026Q2-MCR.xlsx", "pfs/PPRRVU2025_Oct.no-cpt-text.csv", "hcpcs/HCPC2024_OCT_recovered.zip"),
)
ROUNDS = 400
BATCH = 100_000  # lines
SECONDS = 5.0
CHANCE = random.Random(5)  # noqa: S311 -- the same claims in every run


def milliseconds(what: Callable[[Claim], object], claims: list[Claim]) -> str:
    """p50 and p99 of single calls."""
    took = []
    for claim in claims:
        began = time.perf_counter_ns()
        what(claim)
        took.append(time.perf_counter_ns() - began)
    took.sort()
    return f"p50 {took[len(took) // 2] / 1e6:6.2f} ms   p99 {took[len(took) * 99 // 100] / 1e6:6.2f} ms"


def claim(codes: list[str], lines: int) -> Claim:
    made = (
        Line(str(n), CHANCE.choice(codes), 1, (), ("E11.42", "I10") if n % 2 else (), "2024-08-01")
        for n in range(lines)
    )
    return Claim("2024-08-01", "practitioner", "medicare", tuple(made))


def main() -> None:
    """Imports into a folder of its own, and measures."""
    folder = Path(tempfile.mkdtemp(prefix="codingahead-bench-"))
    try:
        starter.build(folder, lambda *_: None)
        Desk(folder, lambda *_: None).import_files([DATA / name for name in FILES], Given())
        with contextlib.closing(Library(folder)) as library:
            codes = measure(library)
        platform = Platform(folder)
        try:
            asyncio.run(through_the_gateway(platform, codes))
            a_batch(platform, folder, codes)
        finally:
            platform.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(library: Library) -> list[str]:
    """The engine's figures; the codes that claims are made of."""
    spoke = library.speaking("ncci-ptp-practitioner", "2024-08-01")
    if spoke is None or spoke[0].pairs is None:
        raise SystemExit("No pairs were imported.")
    table = spoke[0].pairs
    codes = CHANCE.sample(table.codes(), 400)
    claims = [claim(codes, 20) for _ in range(ROUNDS)]
    edits, tables = Edits(library, lambda: "2024-08-01"), Tables(library)
    print("PTP, 20 lines      ", milliseconds(lambda one: ptp.check(one, tables), claims), "(1 ms)")
    print("all rules, 20 lines", milliseconds(edits.check_claim, claims), "(5 ms)")
    known = {(row.column_1, row.column_2): row for code in codes for row in table.of(code)}
    print("a dict of the rows ", milliseconds(lambda one: [known.get(pair) for pair in pairs(one)], claims))
    small = [claim(codes, 3) for _ in range(2_000)]
    began = time.process_time()
    edits.check_claims(small)
    print(
        f"batch, 3 lines a claim: {3 * len(small) / (time.process_time() - began):,.0f} lines a second of CPU (5,000)"
    )
    return codes


async def through_the_gateway(platform: Platform, codes: list[str]) -> None:
    """Claims of 20 lines as JSON, 4 in flight; the same claim twice is charged once."""
    member, _ = platform.member()
    cookie = "; ".join(f"{name}={value}" for name, value in member.cookies.items())
    asked = [posted(claim(codes, 20), cookie) for _ in range(ROUNDS)]
    for name in ("gateway, first time", "gateway, 20 lines, 4 in flight (p99 20 ms)"):
        figures = await load(name, platform.port, lambda n: asked[n::4], SECONDS, 4)
        print(figures.line())


def posted(one: Claim, cookie: str) -> bytes:
    """A claim as a request."""
    lines = [{"id": line.id, "code": line.code, "units": line.units, "diagnoses": line.diagnoses} for line in one.lines]
    body = json.dumps({"as_of": one.as_of, "setting": one.setting, "lines": lines}).encode()
    head = (
        "POST /api/v1/claims/check HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Cookie: {cookie}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def a_batch(platform: Platform, folder: Path, codes: list[str]) -> None:
    """100,000 lines through `codingahead check`: the rate, and each process's CPU and peak memory before and after."""
    file, out = folder / "claims.csv", folder / "annotated.csv"
    with file.open("w") as rows:
        rows.write("claim,line,code,units,modifiers,diagnoses,pos,date,sex,age\n")
        for n in range(BATCH):
            rows.write(f"{n // 4},{n % 4 + 1},{CHANCE.choice(codes)},1,,E11.42 I10,11,2024-08-01,F,66\n")
    pids = {name: int(pid) for name, pid in platform.run_json()["children"].items() if name in {"gateway", "lookup"}}
    before = {name: (cpu(pid), peak(pid)) for name, pid in pids.items()}
    began = time.perf_counter()
    command = subprocess.Popen([COMMAND, "check", str(file), "--out", str(out), "--data-dir", str(folder)])
    used = watched(command)
    took = time.perf_counter() - began
    print(f"batch of {BATCH:,} lines: {BATCH / took:,.0f} lines/s")
    for name, pid in pids.items():
        spent = cpu(pid) - before[name][0]
        print(f"  {name:<8} {BATCH / spent:10,.0f} lines a second of CPU, peak {before[name][1]} -> {peak(pid)} MB")
    print(f"  command  {BATCH / used[0]:10,.0f} lines a second of CPU, peak {used[1]} MB")


def watched(command: subprocess.Popen[bytes]) -> tuple[float, int]:
    """Seconds of CPU and peak MB of a command that runs to its end. Not by its usage as a child: what is forked counts
    the memory of the process that forked it as its own peak.
    """
    used = 0.0, 0
    while command.poll() is None:
        with contextlib.suppress(StopIteration, ProcessLookupError):  # it has just ended
            used = cpu(command.pid), peak(command.pid)
        time.sleep(0.02)
    return used


def cpu(pid: int) -> float:
    """Seconds of CPU that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak(pid: int) -> int:
    """The most MB that a process ever had resident."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) >> 10


def pairs(one: Claim) -> list[tuple[str, str]]:
    codes = [line.code for line in one.lines]
    return [*combinations(codes, 2), *combinations(reversed(codes), 2)]


if __name__ == "__main__":
    main()
