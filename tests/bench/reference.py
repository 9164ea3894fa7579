"""What the reference data costs: import, size, memory, and look-ups beside SQLite's and a plain dict's own figures.

    python -m tests.bench.reference [--data-dir DIR]     every file beside the project, or what DIR holds already

Prints figures with their budgets; nothing is asserted. Indices of the year of the relative values are written from
those of another year, so that a code's page names its hundred localities.
"""

import contextlib
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from services.lookup.domain import SYSTEMS
from services.lookup.editions.bundle import Bundle
from services.lookup.editions.library import Library, Shelf
from services.lookup.editions.pairs import Pairs
from services.lookup.pages.answer import answer
from tests.bench import resident

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
NOT_TABLES = ("2019-HCPCS-Record-Layout.zip", "ICD-10-CM-October-2025-Guidelines.pdf")
FOLDERS = ("icd10cm", "icd10pcs", "hcpcs", "ncci", "pfs")
FILES = ("codesets/place_of_service_2024.csv", "codesets/hcpcs_modifiers_2024.csv", "mcd/mcd-current-partial.zip")
DATED = (  # files that do not tell when they hold
    (("codesets/H0519F3_ICD10_MCE_AGE.TXT", "codesets/H0519F3_ICD10_MCE_SEX.TXT"), ("2018-10-01", "2019-09-30")),
    (("codesets/ccsr_dx_category1.json.gz",), ("2025-10-01", "2026-09-30")),
)
DAYS = {"icd-10-cm": "2026-01-30", "icd-10-pcs": "2026-01-30", "hcpcs": "2026-01-30", "cpt": "2026-01-30"}
CALLS, HARDEST = 4_000, 40
ROUNDS = 20_000
CHANCE = random.Random(7)  # noqa: S311 -- the same look-ups in every run


def main(arguments: Sequence[str]) -> None:
    """Imports into a folder of its own, or takes the one named, and measures."""
    if arguments[:1] == ["--data-dir"]:
        measure(Path(arguments[1]))
        return
    folder = Path(tempfile.mkdtemp(prefix="codingahead-bench-"))
    try:
        imports(folder)
        measure(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure(folder: Path) -> None:
    size = sum(path.stat().st_size for path in (folder / "editions").rglob("*") if path.is_file())
    told("bundles", f"{size / 1e6:6.0f} MB", "600 MB")
    with contextlib.closing(Library(folder)) as library:
        codes(library)
        pair_lookups(library)
    for when, megabytes in resident.measured(folder):
        told(f"lookup's memory (PSS), {when}", f"{megabytes:6.0f} MB", "400 MB")


def told(what: str, figures: str, budget: str) -> None:
    print(f"{what:<52} {figures}   ({budget})", flush=True)


def imports(folder: Path) -> None:
    """All files, as an operator would: one command for what tells its date, one each for the others."""
    files = [path for name in FOLDERS for path in sorted((DATA / name).iterdir()) if path.name not in NOT_TABLES]
    began = time.perf_counter()
    run("services.lookup.editions.starter", folder)
    shipped = time.perf_counter() - began
    run("services.lookup.importers", folder, "import", *map(str, [*files, *(DATA / name for name in FILES)]))
    for names, (begin, end) in DATED:
        window = ("--effective-from", begin, "--effective-to", end)
        run("services.lookup.importers", folder, "import", *window, *(str(DATA / name) for name in names))
    took = time.perf_counter() - began - shipped
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    number = len(files) + len(FILES) + sum(len(names) for names, _ in DATED)
    told(f"import of {number} files", f"{took:6.1f} s", "120 s")
    told("its peak memory", f"{peak:6.0f} MB", "1,500 MB")
    localities = folder / "GPCI2025.csv"
    localities.write_bytes((DATA / "pfs/GPCI2026.csv").read_bytes().replace(b"2026", b"2025"))
    run("services.lookup.importers", folder, "import", str(localities))


def run(module: str, folder: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", module, "--data-dir", str(folder), *arguments]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def codes(library: Library) -> None:
    """Pages out of the engine, none of them asked for before; then the codes of which most is told."""
    for system, day in DAYS.items():
        known = list(named(library, system, day))
        chosen = [CHANCE.choice(known) for _ in range(CALLS)]
        told(f"GetCode, {SYSTEMS[system].name}, {len(known):,} codes", pages(library, system, day, chosen), "300 µs")
        for what, most in hardest(library, system, day):
            told(f"   the {len(most)} with most {what}", pages(library, system, day, most), "300 µs")


def pages(library: Library, system: str, day: str, chosen: Sequence[str]) -> str:
    return microseconds(lambda n: answer(SYSTEMS[system], chosen[n], Shelf(library, day)), len(chosen))


def named(library: Library, system: str, day: str) -> Iterable[str]:
    """The codes of a system: of CPT those of the fee schedule."""
    speaker = library.speaking("pfs" if system == "cpt" else system, day)
    bundle = speaker[0] if speaker else exit_without_data()
    if system == "cpt":
        return sorted({row.key for row in bundle.rows.all() if row.key[0].isdigit()}) if bundle.rows else ()
    return [entry.code for entry in bundle.facts.all() if entry.billable]


def hardest(library: Library, system: str, day: str) -> Iterator[tuple[str, list[str]]]:
    """Codes by what makes their pages long."""
    if system not in {"cpt", "hcpcs"}:
        return
    mine = set(named(library, system, day))
    pairs = table(library, "ncci-ptp-practitioner", day).pairs
    if pairs is not None:
        counted = {code: len(pairs.of(code)) for code in pairs.codes() if code in mine}
        yield "pairs", most(counted)
    for what, name, prefix in (("primary codes", "ncci-add-on", ""), ("coverage documents", "mcd", "code:")):
        rows = table(library, name, day).rows
        counts: dict[str, int] = {}
        for row in rows.all() if rows else ():
            code = row.key.removeprefix(prefix)
            if row.key.startswith(prefix) and code in mine:
                counts[code] = counts.get(code, 0) + 1
        if counts:
            yield what, most(counts)


def most(counted: dict[str, int]) -> list[str]:
    return sorted(counted, key=lambda code: counted[code], reverse=True)[:HARDEST]


def table(library: Library, name: str, day: str) -> Bundle:
    found = library.speaking(name, day) or (library.all(name)[-1:] or [None])
    return found[0] or exit_without_data()


def pair_lookups(library: Library) -> None:
    """A pair in the table, in SQLite by its key, and in a dict."""
    bundle = max(library.all("ncci-ptp-practitioner"), key=lambda one: len(one.pairs or ()))
    pairs = bundle.pairs or exit_without_data()
    some = [(row.column_1, row.column_2) for code in pairs.codes()[::40] for row in pairs.of(code)]
    wanted = [CHANCE.choice(some) for _ in range(ROUNDS)]
    told(f"a pair of {len(pairs):,}", microseconds(lambda n: pairs.rows(*wanted[n]), ROUNDS), "20 µs")
    for what, find in beside(pairs, some):
        told(f"   {what}", microseconds(lambda n, find=find: find(wanted[n]), ROUNDS), "for comparison")


def beside(pairs: Pairs, some: Sequence[tuple[str, str]]) -> Iterator[tuple[str, Callable[[tuple[str, str]], object]]]:
    """SQLite and a plain dict with a part of the pairs, which flatters them."""
    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE pair (a TEXT, b TEXT, says TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID")
        rows = {(one, two): pairs.rows(one, two)[0].indicator for one, two in some}
        database.executemany("INSERT INTO pair VALUES (?, ?, ?)", ((*key, says) for key, says in rows.items()))
        query = "SELECT says FROM pair WHERE a = ? AND b = ?"
        yield f"SQLite with {len(rows):,} of them", lambda pair: database.execute(query, pair).fetchone()
        yield "a plain dict with as many", rows.get


def microseconds(what: Callable[[int], object], rounds: int) -> str:
    """p50 and p99 of single calls by the clock, and p99 of the work in them, which other processes do not lengthen."""
    waited, worked = [], []
    for number in range(rounds):
        began, busy = time.perf_counter_ns(), time.thread_time_ns()
        what(number)
        worked.append(time.thread_time_ns() - busy)
        waited.append(time.perf_counter_ns() - began)
    waited.sort()
    worked.sort()
    half, last = rounds // 2, rounds * 99 // 100
    return f"p50 {waited[half] / 1e3:6.1f}  p99 {waited[last] / 1e3:6.1f}  p99 worked {worked[last] / 1e3:6.1f} µs"


def exit_without_data() -> Bundle:
    sys.exit("the data folder lacks a table that is measured here")


if __name__ == "__main__":
    main(sys.argv[1:])
