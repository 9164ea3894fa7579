"""A real browser on the running platform; without one the journeys say so in a line."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.visit import Visit

SCREENSHOTS = Path(__file__).parent / "screenshots"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")  # its loop must be gone before the tests that await begin
def browser() -> Iterator[Browser]:
    """Chromium, headless."""
    if CHROMIUM is None:
        pytest.skip("no chromium on the PATH: the browser's journeys are not walked")
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def visit(browser, platform) -> Iterator[Visit]:
    """A new visitor, whose pages are looked at at two widths."""
    SCREENSHOTS.mkdir(exist_ok=True)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    made = Visit(context.new_page(), platform, SCREENSHOTS)
    yield made
    context.close()
    assert made.complaints == []
