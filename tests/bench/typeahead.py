"""Type-ahead as a coder sees it: from the key to the painted list, in a browser, on the search page.

    python -m tests.bench.typeahead --data-dir DIR [--queries 40]

DIR is a data folder with all editions; the platform is started on it. Queries of the evaluation are typed as people
type, 110 ms a key, so that answers may overtake keys. A key's list is painted at the second frame after it changed.
"""

import argparse
import random
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

from tests.bench.load import Figures
from tests.browser.conftest import CHROMIUM
from tests.eval import sets
from tests.live.running import Platform

BETWEEN: Final = 110  # ms between two keys of a fast typist
WATCH: Final = """() => {
  const box = document.getElementById("q"), list = document.getElementById("q-list");
  window.took = [];
  window.unseen = 0;
  let pressed = 0;
  box.addEventListener("keydown", () => { if (pressed) window.unseen += 1; pressed = performance.now(); }, true);
  new MutationObserver(() => {
    const began = pressed;
    pressed = 0;
    if (began) requestAnimationFrame(() => requestAnimationFrame(() => window.took.push(performance.now() - began)));
  }).observe(list, { childList: true });
}"""


def typed(page: Page, base: str, queries: list[str]) -> tuple[list[float], int]:
    """Seconds from each key to its list, and keys whose list was overtaken by the next."""
    page.goto(f"{base}/case2code")
    page.evaluate(WATCH)
    for query in queries:
        page.fill("#q", "")
        page.locator("#q").press_sequentially(query, delay=BETWEEN)
        page.wait_for_timeout(4 * BETWEEN)
    return [ms / 1000 for ms in page.evaluate("window.took")], page.evaluate("window.unseen")


def main() -> None:
    """Measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--queries", type=int, default=40)
    given = parser.parse_args()
    if CHROMIUM is None:
        parser.error("no chromium on the PATH")
    texts = [one.text for one in sets.own()]
    random.Random(7).shuffle(texts)  # noqa: S311 -- a sample
    platform = Platform(given.data_dir, with_vectors=True)
    try:
        with (
            sync_playwright() as play,
            play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"]) as browser,
        ):
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            typed(page, platform.base, texts[-5:])  # what is first opens files
            took, overtaken = typed(page, platform.base, texts[: given.queries])
    finally:
        platform.stop()
    print(Figures("key to painted list", sum(took), {200: len(took)}, took).line())
    print(f"overtaken by the next key: {overtaken}")


if __name__ == "__main__":
    main()
