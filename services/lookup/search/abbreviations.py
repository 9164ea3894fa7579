"""Clinical abbreviations: what the words of a query may stand for (content/abbreviations.toml)."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from services.lookup.search.words import STOP_WORDS, words

FILE: Final = Path(__file__).parents[1] / "content" / "abbreviations.toml"

type Abbreviations = Mapping[tuple[str, ...], Sequence[str]]


def read(text: str) -> Abbreviations:
    """The table by the search words of its keys; ValueError names what is wrong."""
    table: dict[tuple[str, ...], Sequence[str]] = {}
    for heading, rows in tomllib.loads(text).items():
        for short, meanings in rows.items():
            typed = tuple(words(short))
            key = tuple(word for word in typed if word not in STOP_WORDS) or typed  # as a query is read
            if not key or key in table or not all(words(meaning) for meaning in meanings):
                raise ValueError(f"abbreviations, [{heading}] {short!r}: empty, twice, or without a meaning")
            table[key] = tuple(meanings)
    return table


@cache
def shipped() -> Abbreviations:
    """The table that comes with the platform."""
    return read(FILE.read_text(encoding="utf-8"))
