"""A description in common language: the description's own terms, each with what it means in plain words.

The glossary (content/glossary.toml) is ours. The longest term that fits a place speaks for it, so that "type 2
diabetes mellitus" is explained as one thing.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from services.lookup.search.words import words

FILE: Final = Path(__file__).parents[1] / "content" / "glossary.toml"

_RANGE: Final = re.compile(r" \([A-Z][0-9A-Z]{2}(-[A-Z][0-9A-Z]{2})?\)$")  # of a chapter's or block's description

type Glossary = Mapping[tuple[str, ...], tuple[str, str]]  # search words of a term → the term, its meaning


def read(text: str) -> Glossary:
    """The glossary by search words; ValueError names an entry that is wrong."""
    found: dict[tuple[str, ...], tuple[str, str]] = {}
    for row in tomllib.loads(text)["term"]:
        key = tuple(words(row["word"]))
        if not key or not row["meaning"]:
            raise ValueError(f"glossary: {row!r} has no word or no meaning")
        found.setdefault(key, (row["word"], row["meaning"]))
    return found


@cache
def shipped() -> Glossary:
    """The glossary that comes with the platform."""
    return read(FILE.read_text(encoding="utf-8"))


@cache
def _sizes() -> Mapping[str, tuple[int, ...]]:
    """By the first word of terms: how many words they have, the longest first."""
    sizes: dict[str, set[int]] = {}
    for key in shipped():
        sizes.setdefault(key[0], set()).add(len(key))
    return {word: tuple(sorted(found, reverse=True)) for word, found in sizes.items()}


def explained(display: str) -> list[tuple[str, str]]:
    """The terms of a description that the glossary knows, in their order, each with its meaning."""
    glossary, sizes = shipped(), _sizes()
    found: dict[str, str] = {}
    ahead = words(display)
    behind = 0  # the first word that no term before it has taken
    for at, word in enumerate(ahead):
        for size in sizes.get(word, ()) if at >= behind else ():
            told = glossary.get(tuple(ahead[at : at + size]))
            if told:
                found.setdefault(*told)
                behind = at + size
                break
    return list(found.items())


def paragraphs(display: str, *, header: bool) -> list[str]:
    """The description told to somebody who does not code."""
    plain = _RANGE.sub("", display)
    begin = f"This heading stands for: {plain}." if header else f"The record says: {plain}."
    known = explained(display)
    if not known:
        return [begin]
    told = "; ".join(f"{term} means {meaning}" for term, meaning in known)
    return [begin, f"In plain words: {told}."]
