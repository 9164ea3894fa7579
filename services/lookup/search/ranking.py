"""How well a term answers a query: what can be seen of the two (seen.py), weighed.

A score is a weighed sum of what is seen, and of units that each are a weighed sum themselves, cut off at nought: they
say what counts only where something else is so. The weights (content/ranking.toml) are fitted to names and codes by
tests/eval/tune.py; one set for searches with vectors, one for those without.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from services.lookup.search.index import Numbers
from services.lookup.search.seen import NAMES

FILE: Final = Path(__file__).parents[1] / "content" / "ranking.toml"


@dataclass(frozen=True, slots=True)
class Weighing:
    """`straight`: a weight a feature, by the order of NAMES; `units`: a column of weights a unit; `from_`: what each
    unit begins with; `worth`: what each unit is worth.
    """

    straight: Numbers
    units: Numbers
    from_: Numbers
    worth: Numbers

    def score(self, features: Numbers) -> Numbers:
        """How well the term of each row answers, the more the better."""
        units = np.maximum(features @ self.units + self.from_, 0)
        scores: Numbers = features @ self.straight + units @ self.worth
        return scores


@dataclass(frozen=True, slots=True)
class Weights:
    """For searches with vectors, and for those without."""

    fused: Weighing
    lexical: Weighing


def read(text: str) -> Weights:
    """The weights from TOML; ValueError where a name is missing or unknown, or a row of another length."""
    tables = tomllib.loads(text)
    return Weights(*(_weighing(name, tables.get(name, {})) for name in ("fused", "lexical")))


def _weighing(table: str, given: Mapping[str, Any]) -> Weighing:
    rows = given.get("weights", {})
    if set(rows) != set(NAMES):
        raise ValueError(f"ranking, [{table}]: expected {', '.join(NAMES)}; found {', '.join(rows) or 'nothing'}")
    sizes = {len(given["from"]) + 1, len(given["worth"]) + 1, *(len(row) for row in rows.values())}
    if len(sizes) != 1:
        raise ValueError(f"ranking, [{table}]: expected rows of one length; found {sorted(sizes)} numbers")
    weights = np.array([rows[name] for name in NAMES], np.float32)
    begin, worth = (np.array(given[name], np.float32) for name in ("from", "worth"))
    return Weighing(weights[:, 0], weights[:, 1:], begin, worth)


@cache
def shipped() -> Weights:
    """The weights that come with the platform."""
    return read(FILE.read_text(encoding="utf-8"))
