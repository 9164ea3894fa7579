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
    found: dict[str, str] = {}
    ahead = words(display)
    at = 0
    while at < len(ahead):
        size = next((n for n in _sizes().get(ahead[at], ()) if tuple(ahead[at : at + n]) in shipped()), 0)
        if size:
            term, meaning = shipped()[tuple(ahead[at : at + size])]
            found.setdefault(term, meaning)
        at += size or 1
    return list(found.items())


def paragraphs(display: str, *, header: bool) -> list[str]:
    """The description told to somebody who does not code."""
    plain = re.sub(r" \([A-Z][0-9A-Z]{2}(-[A-Z][0-9A-Z]{2})?\)$", "", display)
    begin = f"This heading stands for: {plain}." if header else f"The record says: {plain}."
    known = explained(display)
    if not known:
        return [begin]
    told = "; ".join(f"{term} means {meaning}" for term, meaning in known)
    return [begin, f"In plain words: {told}."]
