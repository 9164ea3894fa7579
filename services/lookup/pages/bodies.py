"""How a section is made: its key, title and body, whether it is gated, and the words for what nobody has loaded."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

from services.lookup.domain import Section

type Body = Mapping[str, Any]

OPEN: Final = frozenset({"official", "common"})  # descriptions are never gated


def section(key: str, title: str, body: Body) -> Section:
    """A section with its body as JSON."""
    return Section(key, title, key not in OPEN, orjson.dumps(body))


@lru_cache(maxsize=1_024)
def without(key: str, title: str, no_data: str) -> Section:
    """A section that has nothing to tell but why: many codes share it."""
    return section(key, title, {"no_data": no_data})


def page(titles: Mapping[str, str], bodies: Mapping[str, Body]) -> tuple[Section, ...]:
    """The sections of a page in the order of their titles."""
    return tuple(
        without(key, title, bodies[key]["no_data"])
        if bodies[key].keys() == {"no_data"}
        else section(key, title, bodies[key])
        for key, title in titles.items()
    )
