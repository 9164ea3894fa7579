"""A visitor: goes through pages, leaves screenshots, and notes what a browser and axe complain of."""

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page

from tests.live.running import Platform

WIDE, NARROW = 1280, 390
AXE = Axe()
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


class Visit:
    """One person's browser.

    `complaints`: errors on the console, broken scripts, pages wider than the phone, what axe finds of those looked at.
    """

    def __init__(self, page: Page, platform: Platform, screenshots: Path) -> None:
        self.page, self.platform, self._screenshots = page, platform, screenshots
        self.complaints: list[str] = []
        self._expected = False
        page.on("console", self._noted)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))

    def _noted(self, message: ConsoleMessage) -> None:
        # The browser itself reports a page that answers with an error status; where one is expected, it is none.
        if message.type == "error" and "the server responded with a status of" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def go(self, path: str, expected: int = 200) -> None:
        """Opens a page that has to answer with this status."""
        answer = self.page.goto(self.platform.base + path)
        assert answer is not None
        assert answer.status == expected, f"{path}: {answer.status}"

    def text(self) -> str:
        """What is to be read on the page."""
        return self.page.inner_text("body")

    def look(self, name: str) -> None:
        """Leaves the page's picture at both widths, where axe goes over it; on the narrow one nothing may stick out."""
        for width in (WIDE, NARROW):
            self.page.set_viewport_size({"width": width, "height": 900})
            over = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if over > 0:
                self.complaints.append(f"{self.page.url}: {over} px too wide at {width}")
            self.page.screenshot(path=str(self._screenshots / f"{name}-{width}.png"), full_page=True)
            for rule in AXE.run(self.page, options=RULES).response["violations"]:
                found = [node["html"][:160] for node in rule["nodes"]]
                self.complaints.append(f"{self.page.url} at {width}: {rule['id']}: {found}")
        self.page.set_viewport_size({"width": WIDE, "height": 900})

    def register(self) -> str:
        """Registers on the form that is open, and signs in by it."""
        address = f"b{abs(hash(self)) % 10**9}@example.org"
        self.page.fill("input[name=email]", address)
        self.page.fill("input[name=password]", "correct horse battery staple 9")
        self.page.click("main button")
        return address

    def verify(self, address: str) -> None:
        """Opens the link of the welcome letter, and presses its button."""
        link = self.platform.letters(address)[0]["text"].split("/verify?token=")[1].split()[0]
        self.go(f"/verify?token={link}")
        self.look("verify")
        self.page.click("main button")
        assert "confirmed" in self.text().lower() or "verified" in self.text().lower()
