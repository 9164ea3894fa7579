"""What a claim check costs in the engine: 20 lines, 190 pairs, against the full practitioner table.

    python -m tests.bench.claims

Prints figures beside a plain dict's in the same run; nothing is asserted. Needs the agencies' files beside the project.
"""

import contextlib
import random
import shutil
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
from services.lookup.importers.desk import Desk
from services.lookup.importers.format import Given
from tests.bench.reference import DATA

FILES = (
    *("ncci/ptp_practitioner_2024-07-01.csv.gz", "ncci/MCR_MUE_PractitionerServices_Eff_04-01-2026.csv"),
    *("ncci/AOC_V2026Q2-MCR.xlsx", "pfs/PPRRVU2025_Oct.no-cpt-text.csv", "hcpcs/HCPC2024_OCT_recovered.zip"),
)
ROUNDS = 400
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
            measure(library)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(library: Library) -> None:
    spoke = library.speaking("ncci-ptp-practitioner", "2024-08-01")
    if spoke is None or spoke[0].pairs is None:
        return
    table = spoke[0].pairs
    codes = CHANCE.sample(table.codes(), 400)
    claims = [claim(codes, 20) for _ in range(ROUNDS)]
    edits = Edits(library, lambda: "2024-08-01")
    print("PTP, 20 lines      ", milliseconds(lambda one: ptp.check(one, library), claims), "(1 ms)")
    print("all rules, 20 lines", milliseconds(edits.check_claim, claims), "(5 ms)")
    known = {(row.column_1, row.column_2): row for code in codes for row in table.of(code)}
    print("a dict of the rows ", milliseconds(lambda one: [known.get(pair) for pair in pairs(one)], claims))
    small = [claim(codes, 3) for _ in range(2_000)]
    began = time.perf_counter()
    for one in small:
        edits.check_claim(one)
    print(f"batch, 3 lines a claim: {3 * len(small) / (time.perf_counter() - began):,.0f} lines/s (5,000)")


def pairs(one: Claim) -> list[tuple[str, str]]:
    codes = [line.code for line in one.lines]
    return [*combinations(codes, 2), *combinations(reversed(codes), 2)]


if __name__ == "__main__":
    main()
