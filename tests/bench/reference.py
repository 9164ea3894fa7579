"""What the reference data costs: import, size, memory, and look-ups beside SQLite's and a plain dict's own.

    python -m tests.bench.reference [FILE…]       the files beside the project, where none are named

Prints figures; nothing is asserted.
"""

import contextlib
import os
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from services.lookup.editions.library import Library
from services.lookup.search import ranking, readings
from services.lookup.search.find import Tools
from services.lookup.service import Lookup

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FILES = (
    *("icd10cm/icd10cm-Code-Descriptions-2026.zip", "icd10pcs/cms_2026_pr.zip", "hcpcs/HCPC2024_OCT_recovered.zip"),
    *("pfs/PPRRVU2025_Oct.no-cpt-text.csv", "pfs/GPCI2026.csv", "ncci/AOC_V2026Q2-MCR.xlsx"),
    *("ncci/MCR_MUE_PractitionerServices_Eff_04-01-2026.csv", "ncci/ptp_practitioner_2024-07-01.csv.gz"),
)
ROUNDS = 20_000
CHANCE = random.Random(7)  # noqa: S311 -- the same look-ups in every run


def microseconds(what: Callable[[int], object]) -> str:
    """p50 and p99 of single calls."""
    took = []
    for number in range(ROUNDS):
        began = time.perf_counter_ns()
        what(number)
        took.append(time.perf_counter_ns() - began)
    took.sort()
    return f"p50 {took[ROUNDS // 2] / 1000:7.2f} µs   p99 {took[ROUNDS * 99 // 100] / 1000:7.2f} µs"


def main(arguments: Sequence[str]) -> None:
    """Imports into a folder of its own, and measures."""
    files = [Path(one) for one in arguments] or [DATA / name for name in FILES]
    folder = Path(tempfile.mkdtemp(prefix="codingahead-bench-"))
    try:
        command = [sys.executable, "-m", "services.lookup.editions.starter", "--data-dir", str(folder)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        imports(folder, files)
        lookups(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def imports(folder: Path, files: Sequence[Path]) -> None:
    began = time.perf_counter()
    command = [sys.executable, "-m", "services.lookup.importers", "--data-dir", str(folder), "import"]
    subprocess.run([*command, *map(str, files)], check=True, stdout=subprocess.DEVNULL)
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    size = sum(path.stat().st_size for path in (folder / "editions").rglob("*") if path.is_file())
    print(f"import of {len(files)} files   {took:6.1f} s (budget 120)   peak {peak:5.0f} MB (1,500)")
    print(f"bundles                {size / 1e6:6.0f} MB (600)")


def lookups(folder: Path) -> None:
    """Codes and pairs out of the engine, in this process."""
    with contextlib.closing(Library(folder)) as library:
        lookup = Lookup(library, Tools(readings.shipped(), ranking.shipped()), lambda: "2026-01-01")
        bundle, _ = library.speaking("icd-10-cm", "2026-01-01") or exit_without_data()
        codes = [entry.code for entry in bundle.facts.all() if entry.billable]
        fees, _ = library.speaking("pfs", "2026-01-01") or exit_without_data()
        procedures = sorted({row.key for row in fees.rows.all() if row.key[0].isdigit()}) if fees.rows else []
        chosen = [CHANCE.choice(codes) for _ in range(ROUNDS)]
        named = [CHANCE.choice(procedures) for _ in range(ROUNDS)]
        diagnosis = microseconds(lambda n: lookup.get_code("icd-10-cm", chosen[n], "2026-01-01"))
        procedure = microseconds(lambda n: lookup.get_code("cpt", named[n], "2025-11-01"))
        print("GetCode, diagnosis    ", diagnosis, "(300)")
        print("GetCode, procedure    ", procedure, "(300)")
        print("resident with all that asked for:", resident(), "(lookup 400 MB)")
        pair_lookups(library)


def resident() -> str:
    """The memory of this process: its own, and the pages of the mapped files, which it shares."""
    lines = Path(f"/proc/{os.getpid()}/status").read_text().splitlines()
    said = {line.split(":")[0]: int(line.split()[1]) // 1024 for line in lines if line.startswith("Rss")}
    return f"{said['RssAnon']} MB of its own, {said['RssFile']} MB mapped"


def pair_lookups(library: Library) -> None:
    """A pair in the table, in SQLite by its key, and in a dict."""
    bundle, _ = library.speaking("ncci-ptp-practitioner", "2024-08-01") or exit_without_data()
    if bundle.pairs is None:
        return
    codes = bundle.pairs.codes()
    some = [(row.column_1, row.column_2) for code in codes[::40] for row in bundle.pairs.of(code)]
    wanted = [CHANCE.choice(some) for _ in range(ROUNDS)]
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE pair (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID")
        database.executemany("INSERT OR IGNORE INTO pair VALUES (?, ?)", some)
        table = dict.fromkeys(some, 1)
        print(f"SQLite and the dict hold {len(some):,} of the pairs")
        print("pair, sorted arrays   ", microseconds(lambda n: bundle.pairs.rows(*wanted[n])), "(20)")
        query = "SELECT 1 FROM pair WHERE a = ? AND b = ?"
        print(
            f"pair, SQLite, {len(some):,} rows ", microseconds(lambda n: database.execute(query, wanted[n]).fetchone())
        )
        print("pair, dict            ", microseconds(lambda n: table.get(wanted[n])))


def exit_without_data() -> NoReturn:
    sys.exit("the files named do not hold what is measured here")


if __name__ == "__main__":
    main(sys.argv[1:])
