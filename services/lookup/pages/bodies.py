"""How a section is made: its key, title and body, whether it is gated, and the words for what nobody has loaded."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from services.lookup.domain import Section

type Body = Mapping[str, Any]

OPEN: Final = frozenset({"official", "common"})  # descriptions are never gated


def section(key: str, title: str, body: Body) -> Section:
    """A section with its body as JSON."""
    return Section(key, title, key not in OPEN, orjson.dumps(body))


def page(titles: Mapping[str, str], bodies: Mapping[str, Body]) -> tuple[Section, ...]:
    """The sections of a page in the order of their titles."""
    return tuple(section(key, title, bodies[key]) for key, title in titles.items())
