"""The words that govern what stands around them in a sentence, read from triggers.toml."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

type Governing = tuple[tuple[str, re.Pattern[str]], ...]

FILE: Final = Path(__file__).with_name("triggers.toml")
_TOLD: Final = tomllib.loads(FILE.read_text(encoding="utf-8"))
# What outweighs what where several govern the same words.
PRECEDENCE: Final = ("negated", "family", "advice", "sequela", "doubt", "history")
# Signs that govern what goes before them: "fever: none", "edema (-)", "pneumonia?".
_SIGNS: Final = (
    (
        "negated",
        re.compile(
            r":\s*(?:negative|none|no|never|not|absent|denied|denies|normal)\b|\(-\)|\bnegative\s*$", re.IGNORECASE
        ),
    ),
    ("doubt", re.compile(r"\?$")),
)


def _words(expressions: Sequence[str]) -> re.Pattern[str]:
    """One expression for whole words; a blank is any run of blanks."""
    joined = "|".join(expressions)
    for name, stands_for in _TOLD["words"].items():
        joined = joined.replace(name, stands_for)
    joined = re.sub(r" (?!\?)", r"\\s+", joined)
    return re.compile(rf"\b(?:{joined})(?!\w)", re.IGNORECASE)


def _governing(section: str) -> Iterator[tuple[str, re.Pattern[str]]]:
    return ((over, _words(expressions)) for over, expressions in _TOLD[section].items())


BEFORE: Final[Governing] = tuple(_governing("before"))
AFTER: Final[Governing] = (*_governing("after"), *_SIGNS)
WITHIN: Final[Governing] = tuple(_governing("within"))
PSEUDO: Final = _words(_TOLD["none"]["any"])
ENDS: Final = re.compile(_words(_TOLD["ends"]["any"]).pattern + "|\u2013", re.IGNORECASE)
ENDS_FAMILY: Final = _words(_TOLD["ends"]["family"])
SECTIONS: Final[Governing] = tuple(
    (kind, re.compile(rf"(?:{'|'.join(expressions)})", re.IGNORECASE))
    for kind, expressions in _TOLD["sections"].items()
)
HEADINGS: Final[Governing] = tuple(
    ("" if over == "none" else over, re.compile(rf"(?:{'|'.join(expressions)})", re.IGNORECASE))
    for over, expressions in _TOLD["headings"].items()
)
