"""Search: the engine alone, then through the gateway at 8 in flight; every query is asked once only.

    python -m tests.bench.search --data-dir DIR [--seconds 8]

DIR is a data folder with all editions and vectors; the platform is started on it. The queries are those of the
evaluation, so that no answer is remembered. Ratios are against a bare JSON answer of the same run.
"""

import argparse
import asyncio
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import quote

from services.lookup.domain import SYSTEMS
from services.lookup.editions.library import Library
from services.lookup.meaning.vectors import Meanings
from services.lookup.search import query, ranking, readings
from services.lookup.search.find import BOARDS, Finder, Tools, Wanted
from tests.bench.load import Figures, load, request
from tests.bench.pages import bare
from tests.eval import sets
from tests.eval.measure import AS_OF
from tests.live.running import Platform

IN_FLIGHT: Final = 8


def engine(data_dir: Path, library: Library, texts: Sequence[str]) -> None:
    """One query after another, within this process."""
    meanings, systems = Meanings(data_dir), tuple(SYSTEMS)
    tools = Tools(readings.shipped(), ranking.shipped(), meanings)
    finder = Finder(library.searched(list(SYSTEMS), AS_OF), tools, data_dir / BOARDS)
    finder.prepare(AS_OF, systems)
    took: dict[str, list[float]] = {"type-ahead": [], "lexical": [], "meaning": [], "fused, without the meaning": []}
    for text in texts:
        began = time.perf_counter()
        beginning = Wanted(text[: max(3, len(text) // 2)], 10, AS_OF, systems, unfinished=True)
        finder.find(beginning, finder.read(beginning))
        typed = time.perf_counter()
        wanted = Wanted(text, 20, AS_OF, systems)
        asked = finder.read(wanted)
        finder.find(wanted, asked)
        words = time.perf_counter()
        told = meanings.read(query.sentence(asked, text))
        meant = time.perf_counter()
        finder.find(wanted, asked, told)
        ended = time.perf_counter()
        for name, seconds in zip(took, (typed - began, words - typed, meant - words, ended - meant), strict=True):
            took[name].append(seconds)
    for name, seconds in took.items():
        print(Figures(f"engine: {name}", sum(seconds), {200: len(seconds)}, seconds[50:]).line())  # the first ones open
    meanings.close()


async def gateway(platform: Platform, bare_port: int, texts: Sequence[str], seconds: float) -> None:
    """Through the gateway, as the script of a page asks: with the cookie that its first answer brought."""
    with platform.visitor() as visitor:
        visitor.get("/case2code")
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())}
    baseline = await load("bare JSON", bare_port, lambda _: [request("/json")], seconds, IN_FLIGHT)
    print(baseline.line())
    half = len(texts) // 2
    ways = {
        "type-ahead": [f"/api/v1/suggest?q={quote(text[: max(3, len(text) // 2)])}" for text in texts],
        "search, all systems, new queries": [f"/api/v1/search?q={quote(text)}" for text in texts[:half]],
        "search, ICD-10-CM, new queries": [f"/api/v1/search?system=icd-10-cm&q={quote(text)}" for text in texts[half:]],
        "search, asked before": [f"/api/v1/search?q={quote(text)}" for text in texts[:50]],
    }
    for name, paths in ways.items():
        asked = [request(path, cookie) for path in paths]
        share = len(asked) // IN_FLIGHT
        told = await load(name, platform.port, lambda n, a=asked, s=share: a[n * s :] + a[: n * s], seconds, IN_FLIGHT)
        print(told.line(baseline))


def main() -> None:
    """Measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=4)
    given = parser.parse_args()
    library = Library(given.data_dir)
    texts = list(dict.fromkeys(one.text for one in sets.all_of(library, AS_OF)))
    random.Random(7).shuffle(texts)  # noqa: S311 -- an order
    engine(given.data_dir, library, texts[:1_200])
    library.close()
    with bare() as port:
        platform = Platform(given.data_dir, with_vectors=True)
        try:
            asyncio.run(gateway(platform, port, texts, given.seconds))
        finally:
            platform.stop()


if __name__ == "__main__":
    main()
