"""Modifiers as people write them: after the word, before it, hung on a code, or by letters that nothing else has."""

import re
from typing import Final

_WORD: Final = r"(?:\d{2}|[a-z]\d|\d[a-z]|[a-z]{2})"
_NAMED: Final = re.compile(
    rf"\bmod(?:ifier)?s?\.?\s*[:#-]?\s*((?:-?{_WORD}\b(?:\s*(?:,|/|and|or|vs\.?|versus|&)\s*)?)+)", re.IGNORECASE
)
_BEFORE: Final = re.compile(r"\b(\d{2}|[A-Z]{2}|[A-Z]\d)\s+mod(?:ifier)?s?\b")
_HUNG: Final = re.compile(r"(?<=[0-9A-Z][0-9]{3}[0-9A-Z])-([0-9]{2}|[A-Z][0-9A-Z])\b")
_LONE: Final = re.compile(r"\b(LT|RT|TC|XE|XS|XP|XU|GA|GX|GY|GZ|FS|KX|QW|JW|JZ|GT|GQ|GC|GE|CQ|QX|QK|QY|QZ)\b(?!-?\d)")
_VERSUS: Final = re.compile(r"\b(\d{2})\s*(?:vs\.?|versus|or|and|/)\s*(X[ESPU]|\d{2})\b")
_PAIRED: Final = frozenset(("25", "26", "50", "51", "52", "53", "57", "58", "59", "62", "76", "77", "78", "79", "80"))
# Two letters after "modifier" that are a word and no modifier, unless they are written large.
_WORDS: Final = frozenset(
    (
        *("am", "an", "as", "at", "be", "by", "do", "go", "he", "if", "in", "is", "it", "me", "my", "no", "of"),
        *("on", "or", "so", "to", "up", "us", "vs", "we"),
    )
)


def without(text: str) -> str:
    """The text without the modifiers that hang on codes."""
    return _HUNG.sub(" ", text)


def hung(text: str) -> tuple[tuple[str, str], ...]:
    """Codes with the modifiers that hang on them, as in 99213-25."""
    return tuple((match.string[match.start() - 5 : match.start()], match.group(1)) for match in _HUNG.finditer(text))


def modifiers(text: str) -> list[str]:
    """Those that a text names, in capitals, each once, in their order."""
    named = [
        word
        for match in _NAMED.finditer(text)
        for word in re.findall(rf"\b{_WORD}\b", match.group(1), re.IGNORECASE)
        if word not in _WORDS
    ]
    before = _BEFORE.findall(text)
    on_codes = [one for _, one in hung(text)]
    lone = _LONE.findall(text)
    pairs = [pair for pair in _VERSUS.findall(text) if all(one in _PAIRED or one[0] == "X" for one in pair)]
    both = [word for pair in pairs for word in pair]
    found = [word.upper() for word in (*named, *before, *on_codes, *lone, *both)]
    return list(dict.fromkeys(found))


def bare(text: str) -> tuple[str, ...]:
    """Those that stand without the word, where the talk is of modifiers already."""
    return tuple(dict.fromkeys(re.findall(r"\b(\d{2}|X[ESPU]|[A-Z]{2}|[A-Z]\d)\b", text)))
