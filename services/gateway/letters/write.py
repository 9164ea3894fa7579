"""Writes a letter from its three templates."""

import time
from collections.abc import Mapping
from email.utils import formatdate
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from services.gateway.domain import Letter
from services.gateway.job_words import pay, place
from services.gateway.prose import plain, prose

FOLDER: Final = Path(__file__).parent
GENERATED: Final = "auto-generated"  # RFC 3834, section 5
REPLIED: Final = "auto-replied"


class Desk:
    """Writes letters from this platform: `public_url` is where links lead and whose host signs Message-IDs."""

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url.rstrip("/")
        self._host = urlsplit(public_url).hostname or "localhost"

    def write(
        self,
        name: str,
        event_id: str,
        to: str,
        facts: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
    ) -> Letter:
        """The letter `name` about an event; the Message-ID comes of both, so that a repeat is the same letter."""
        facts = {"public_url": self._public_url, **facts}
        links = {key.removesuffix("_path"): facts[key] for key in facts if key.endswith("link_path")}
        facts |= {key: self._public_url + path for key, path in links.items()}
        now = int(time.time() * 1000)
        return Letter(
            id=f"<{name}.{event_id}@{self._host}>",
            to=to,
            sender=f"Coding Ahead <no-reply@{self._host}>",
            subject=_template(f"{name}/subject.txt").render(facts).strip().replace("\n", " "),
            text=_template(f"{name}/body.txt").render(facts),
            html=_template(f"{name}/body.html").render(facts),
            headers={"Date": formatdate(now / 1000), "Auto-Submitted": GENERATED, **(headers or {})},
            sent_at=now,
        )

    def list_headers(self, end_path: str, name: str) -> dict[str, str]:
        """Headers of a letter that comes again: a mail program's own button ends it by one POST (RFC 8058)."""
        return {
            "List-Id": f"<{name}.{self._host}>",
            "List-Unsubscribe": f"<{self._public_url}{end_path}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }


@cache
def _environment() -> Environment:
    letters = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    letters.filters |= {"prose": prose, "plain": plain, "pay": pay, "place": place}
    return letters


def _template(path: str) -> Any:  # noqa: ANN401 -- jinja2.Template is untyped where it is rendered
    return _environment().get_template(path)
