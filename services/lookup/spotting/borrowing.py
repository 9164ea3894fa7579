"""What the words of running text stand for: the readings of a search without those that a text does not mean."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from services.lookup.search import readings
from services.lookup.search.readings import Kind, Readings
from services.lookup.search.words import STOP_WORDS, words
from services.lookup.spotting.stems import stem

_KINDS: Final = frozenset({Kind.ABBREVIATION, Kind.COMMON, Kind.SYNONYM})
FILE: Final = Path(__file__).parents[1] / "content" / "spotting.toml"


@cache
def shipped() -> Readings:
    """What comes with the platform."""
    return of(readings.shipped(), tomllib.loads(FILE.read_text(encoding="utf-8")))


@cache
def not_alone() -> frozenset[str]:
    """Stems that make no term by themselves."""
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return frozenset(stem(word) for phrase in content["not_alone"] for word in words(phrase))


def of(searched: Readings, content: Mapping[str, Any]) -> Readings:
    """The readings of a search for what diagnoses are called, less `left_out`, with `also`."""
    left_out = {_key(phrase) for phrase in content["left_out"]}
    of_diagnoses = {key: tuple(one for one in found if one.kind in _KINDS) for key, found in searched.items()}
    kept = {key: found for key, found in of_diagnoses.items() if found and key not in left_out}
    for phrase, meanings in content["also"].items():
        more = tuple(readings.Reading(meaning, Kind.SYNONYM) for meaning in meanings)
        kept[_key(phrase)] = (*kept.get(_key(phrase), ()), *more)
    return kept


def _key(phrase: str) -> tuple[str, ...]:
    return tuple(word for word in words(phrase) if word not in STOP_WORDS)
