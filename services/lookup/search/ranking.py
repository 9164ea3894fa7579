"""How well a term answers a query: what can be seen of the two, weighed.

The weights (content/ranking.toml) are fitted to names and codes by tests/eval/tune.py; one set for searches with
vectors, one for those without.
"""

import math
import tomllib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from services.lookup.domain import Level
from services.lookup.search.index import Match, TermIndex
from services.lookup.search.query import Asked
from services.lookup.search.readings import Kind

FILE: Final = Path(__file__).parents[1] / "content" / "ranking.toml"
NAMES: Final = (
    *("share", "answered", "answered_all", "told", "told_all", "same", "same_plain", "by_meaning", "by_synonym", "kin"),
    *("unspecified", "other", "rest", "length", "lexical_rank", "semantic_rank", "cosine", "cosine_display"),
    *("best_display", "inclusion", "index", "common"),
    *("chapter", "block", "category", "extended", "billable"),
)
ANSWERED: Final = NAMES.index("answered")
_UNSPECIFIED: Final = frozenset({"unspecified", "nos"})
_OTHER: Final = frozenset({"other", "elsewhere", "nec"})
# "site not specified", "unspecified organism": nothing that a query without them leaves out
_FILLERS: Final = _UNSPECIFIED | _OTHER | {"not", "specified", "classified", "site", "organism"}
_ROOT: Final = 4  # letters of a root at least
_HALF: Final = 0.5
_TINY: Final = 1e-9
_RANKS: Final = 10.0  # the constant of reciprocal ranks: smaller ones favour the first places more

type Features = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights by the order of NAMES."""

    fused: Sequence[float]
    lexical: Sequence[float]


def read(text: str) -> Weights:
    """The weights from TOML; ValueError where a name is missing or unknown."""
    tables = tomllib.loads(text)
    return Weights(*(_in_order(name, tables.get(name, {})) for name in ("fused", "lexical")))


def _in_order(table: str, given: Mapping[str, float]) -> tuple[float, ...]:
    if set(given) != set(NAMES):
        raise ValueError(f"ranking, [{table}]: expected {', '.join(NAMES)}; found {', '.join(given) or 'nothing'}")
    return tuple(float(given[name]) for name in NAMES)


@cache
def shipped() -> Weights:
    """The weights that come with the platform."""
    return read(FILE.read_text(encoding="utf-8"))


def score(weights: Sequence[float], features: Features) -> float:
    """The weighed sum."""
    return math.sumprod(weights, features)


@dataclass(frozen=True, slots=True)
class Seen:
    """A term that was found, in one of the two lists or in both: places from 0, None where it is not in a list."""

    match: Match
    level: Level
    billable: bool
    lexical: int | None
    semantic: int | None
    cosine: float | None
    cosine_display: float | None


class Query:
    """A query before one index: what its slots are worth there."""

    def __init__(self, asked: Asked, index: TermIndex) -> None:
        self._rarity = index.rarity
        self._slots = [(slot, index.worth(slot)) for slot in asked.slots]
        self._worth = sum(worth for _, worth in self._slots) or 1.0
        self._extras = frozenset(asked.extras)

    def features(self, seen: Seen) -> Features:
        """What can be seen of a term, in the order of NAMES."""
        match = seen.match
        answer = self._answer(match.words)
        left = self._left(match.core, answer.used)
        answered_all, told_all = answer.worth > 1 - _TINY, left.rest == 0
        cosine, display = seen.cosine or 0.0, seen.cosine_display or 0.0
        level, kind = seen.level, match.kind
        return (
            match.share / (1 + match.share),
            answer.worth,
            float(answered_all),
            1 - left.rest / left.whole,
            float(told_all),
            float(answered_all and told_all),
            float(answered_all and told_all and not answer.meant and not answer.named),
            *(answer.meant, answer.named, self._kin(answer.missing, left.words)),
            *(float(left.unspecified), float(left.other), left.rest / 10, math.log1p(len(match.core))),
            *(_reciprocal(seen.lexical), _reciprocal(seen.semantic)),
            *(cosine, display, max(cosine, display)),
            *(float(kind == "inclusion"), float(kind == "index"), float(kind == "common")),
            *(float(level is Level.CHAPTER), float(level is Level.BLOCK)),
            *(float(level is Level.CATEGORY), float(level is Level.EXTENDED), float(seen.billable)),
        )

    def _answer(self, words: frozenset[str]) -> "_Answer":
        worth = meant = named = 0.0
        used = set(self._extras & words)
        missing: list[tuple[str, float]] = []
        for slot, value in self._slots:
            ways = [way for way in slot.ways if words.issuperset(way)]
            if not ways:
                missing += [(word, value / len(slot.ways[0])) for word in slot.ways[0]]
                continue
            worth += value
            used.update(*ways)
            if ways[0] is not slot.ways[0]:
                synonym = slot.readings and slot.readings[0].kind is Kind.SYNONYM
                named += value if synonym else 0.0
                meant += 0.0 if synonym else value
        return _Answer(worth / self._worth, meant / self._worth, named / self._worth, used, missing)

    def _left(self, core: Sequence[str], used: AbstractSet[str]) -> "_Left":
        rest = whole = 0.0
        unspecified = other = False
        words = []
        for word in core:
            unasked = word not in used
            if word in _FILLERS:
                unspecified |= unasked and word in _UNSPECIFIED
                other |= unasked and word in _OTHER
                continue
            rarity = self._rarity(word)
            whole += rarity
            if unasked:
                rest += rarity
                words.append(word)
        return _Left(words, rest, whole or 1.0, unspecified, other)

    def _kin(self, missing: Sequence[tuple[str, float]], left: Sequence[str]) -> float:
        """The share of the query that words of the same root answer: accommodative, accommodation."""
        if not missing or not left:
            return 0.0
        return sum(value * max(_likeness(word, other) for other in left) for word, value in missing) / self._worth


@dataclass(frozen=True, slots=True)
class _Answer:
    """How a term answers the query, as shares of its worth: in all, by abbreviations and plain words, by synonyms.

    `used`: the term's words that do; `missing`: the query's words that nothing answers, with what they are worth.
    """

    worth: float
    meant: float
    named: float
    used: set[str]
    missing: Sequence[tuple[str, float]]


@dataclass(frozen=True, slots=True)
class _Left:
    """What of a term's words the query does not ask for: their rarity, beside that of all; and the fillers."""

    words: Sequence[str]
    rest: float
    whole: float
    unspecified: bool
    other: bool


def _likeness(one: str, other: str) -> float:
    """The beginning that two words share, as a share of the longer one; 0 below four letters and below a half."""
    if one[:_ROOT] != other[:_ROOT]:
        return 0.0
    shared = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    share = shared / max(len(one), len(other))
    return share if share >= _HALF else 0.0


def _reciprocal(place: int | None) -> float:
    return _RANKS / (_RANKS + place) if place is not None else 0.0
