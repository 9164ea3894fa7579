"""What is valid on a claim where the record says no more than a header does."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

import numpy as np

from services.lookup.domain import Hit, Level
from services.lookup.search.board import Board
from services.lookup.search.classes import CLASSES
from services.lookup.search.index import LEVELS, Numbers
from services.lookup.search.words import words

_NEAR: Final = 3  # places within which it is at hand already
_HEADERS: Final = (LEVELS.index(Level.CATEGORY), LEVELS.index(Level.CODE))
_AFTER: Final = b"~"  # it sorts behind all that codes are made of


def beside(board: Board, hits: Sequence[Hit], kept: Numbers, asked: AbstractSet[str]) -> list[Hit]:
    """The hits; where the first one is a header, its billable "unspecified" code comes right behind it: that of the
    side asked for, else of none.
    """
    first = hits[0] if hits else None
    if first is None or first.billable or first.kind == "code":
        return list(hits)
    number = _unspecified(board, first, asked)
    if number is None or not kept[number]:
        return list(hits)
    plain = board.named(number)
    if plain.code in {hit.code for hit in hits[:_NEAR]}:
        return list(hits)
    score = float(np.nextafter(first.score, 0))
    leaf = Hit(first.system, plain.code, plain.display, bool(plain.billable), score, plain.display, "description")
    return [first, leaf, *(hit for hit in hits[1:] if hit.code != plain.code)]


def _unspecified(board: Board, header: Hit, asked: AbstractSet[str]) -> int | None:
    """The code below that says "unspecified", is valid on a claim, and names no other side; the shortest of several."""
    codes = board.codes
    number = codes.at(header.system, header.code)
    if codes.level[number] not in _HEADERS:
        return None
    begin, end = codes.spans[header.system]
    behind = begin + int(np.searchsorted(codes.spelled[begin:end], header.code.encode() + _AFTER))
    below = slice(number + 1, behind)
    plain = board.vague[below] & codes.billable[below] & (codes.level[below] == LEVELS.index(Level.CODE))
    found = np.flatnonzero(plain) + number + 1
    return min(found.tolist(), key=lambda one: (*_sides(board, one, asked), len(codes.spelled[one]), one), default=None)


def _sides(board: Board, code: int, asked: AbstractSet[str]) -> tuple[int, int]:
    """How many sides it names that were not asked for, and, less than nought, how many that were."""
    sides = CLASSES["side"].intersection(words(board.named(code).display))
    return len(sides - asked), -len(sides & asked)
