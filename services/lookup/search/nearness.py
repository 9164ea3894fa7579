"""Adds to the terms that were found by words those that are near in meaning, and how near each of them is."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple, Protocol

import numpy as np

from services.lookup.meaning.encoder import Vectors
from services.lookup.meaning.store import Near
from services.lookup.meaning.vectors import Meant
from services.lookup.search import family
from services.lookup.search.board import Board
from services.lookup.search.candidates import Pool
from services.lookup.search.codes import NAMES
from services.lookup.search.index import Numbers
from services.lookup.search.seen import Found

_NEAR: Final = 0.4  # cosine from which a text is called near at all
_LEADING: Final = 30  # terms by words around whose codes others are looked at
_NEAREST: Final = 15  # the same by meaning
_NEAR_ALONE: Final = 0.65  # the same for words that no edition knows: letters that mean nothing are near to something


class Meaning(Protocol):
    """The vectors of every system; `opened` counts how often they were opened anew."""

    opened: int

    async def meant(self, text: str) -> Meant | None:
        """What a text means; None while there are no vectors to compare it with."""

    async def encoded(self, texts: Sequence[str]) -> Vectors | None:
        """Texts as vectors; None while there is no model."""

    def cosines(self, system: str, vector: Vectors, keys: Numbers) -> Numbers:
        """How near the texts of some keys are, in their order; 0 for those without a vector."""


def by_words(pool: Pool, board: Board, kept: Numbers) -> Found:
    """The terms that share words, and behind them the codes around the first of them."""
    found = _joined(pool, family.around(board, pool.terms[:_LEADING], kept))
    none = np.zeros(len(found.terms), np.float32)
    return Found(*found, np.full(len(none), -1), none, none, none)


class _Joined(NamedTuple):
    """Terms, as Found has them."""

    terms: Numbers
    lexical: Numbers
    share: Numbers
    score: Numbers


def _joined(pool: Pool, others: Numbers) -> _Joined:
    """The terms that share words, and behind them others that are not among them."""
    others = _without(others, pool.terms)
    none = np.zeros(len(others), np.float32)
    lexical = np.r_[np.arange(len(pool.terms)), np.full(len(others), -1)]
    return _Joined(np.r_[pool.terms, others], lexical, np.r_[pool.share, none], np.r_[pool.score, none])


class Nearness:
    """What a query means, before a board and in some systems; `known`: an edition has some of its words."""

    def __init__(self, board: Board, meaning: Meaning, meant: Meant, systems: Sequence[str], *, known: bool) -> None:
        self._board, self._meaning, self._meant = board, meaning, meant
        least = _NEAR if known else _NEAR_ALONE
        self._keys = _nearest(meant.near, systems, least)
        self._order = np.argsort(self._keys)

    def with_near(self, pool: Pool, kept: Numbers) -> Found:
        """The terms that share words, and behind them the others that are near in meaning and the codes around the
        first of both; of those kept.
        """
        board = self._board
        near = board.terms_of_vectors(self._keys)
        near = near[kept[near] & ~board.is_variant(near)]
        nearest = near[self._places(board.vector[near]) < _NEAREST]
        leading = np.r_[pool.terms[:_LEADING], nearest]
        found = _joined(pool, np.r_[near, family.around(board, leading, kept)])
        return Found(*found, self._places(board.vector[found.terms]), *self._cosines(found.terms))

    def _places(self, vectors: Numbers) -> Numbers:
        """The place of each vector among the nearest, -1 where it is not one of them."""
        if not len(self._keys):
            return np.full(len(vectors), -1)
        ordered = self._keys[self._order]
        at = np.minimum(np.searchsorted(ordered, vectors), len(ordered) - 1)
        return np.where(ordered[at] == vectors, self._order[at], -1)

    def _cosines(self, terms: Numbers) -> Numbers:
        """How near each term is, the description of its code, and that of the code above."""
        board = self._board
        code = board.code[terms]
        above = board.codes.parent[code]
        keys = np.stack([board.vector[terms], board.codes.vector[code], board.codes.vector[above] * (above >= 0)])
        system = board.codes.system[code]
        found = np.zeros(keys.shape, np.float32)
        for number in set(system.tolist()):
            wanted = (system == number) & (keys > 0)
            found[wanted] = self._meaning.cosines(NAMES[number], self._meant.vector, keys[wanted])
        return found


def _without(terms: Numbers, others: Numbers) -> Numbers:
    """The terms, ascending and each once, that are not among the others."""
    left = np.sort(terms)
    left = left[np.diff(left, prepend=-1) > 0]
    if len(others):
        known = np.sort(others)
        left = left[known[np.minimum(np.searchsorted(known, left), len(known) - 1)] != left]
    return left


def _nearest(near: Mapping[str, Near], systems: Sequence[str], least: float) -> Numbers:
    """The keys of the nearest texts of all systems, the nearest first."""
    found = [near[one] for one in systems if one in near]
    if not found:
        return np.zeros(0, np.uint64)
    keys, cosines = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(-cosines, kind="stable")
    _, first = np.unique(keys[order], return_index=True)  # systems share texts
    first.sort()
    nearest: Numbers = keys[order][first][cosines[order][first] >= least]
    return nearest
