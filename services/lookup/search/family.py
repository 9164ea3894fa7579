"""The codes around those that were found: a header seldom says all that its codes say, and they not all of its words.

"Kümmell's disease" leads to M48.30, site unspecified; whoever asks for it may want M48.3, which says something else.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from services.lookup.domain import Level
from services.lookup.search.board import Board
from services.lookup.search.index import LEVELS, Numbers

_ABOVE: Final = 2  # steps up from a code
_HEADERS: Final = 4  # headers at most whose codes are looked at
_BELOW: Final = 12  # codes at most that are looked at below each of them
_IS_OPEN: Final = np.array([one in {Level.CATEGORY, Level.CODE} for one in LEVELS])
_CHAPTER: Final = LEVELS.index(Level.CHAPTER)


def around(board: Board, leading: Numbers, kept: Numbers) -> Numbers:
    """The descriptions of the codes and blocks above those of the leading terms, and of those below the first headers
    of them; of what is kept.
    """
    codes = board.code[leading]
    terms = board.descriptions(np.unique(np.concatenate([*_above(board, codes), *_below(board, codes)])))
    return terms[kept[terms]]


def _above(board: Board, codes: Numbers) -> Iterator[Numbers]:
    for _ in range(_ABOVE):
        codes = board.codes.parent[codes]
        codes = codes[codes >= 0]
        yield codes[board.codes.level[codes] != _CHAPTER]


def _below(board: Board, codes: Numbers) -> Iterator[Numbers]:
    headers = codes[~board.codes.billable[codes] & _IS_OPEN[board.codes.level[codes]]]
    for header in list(dict.fromkeys(headers.tolist()))[:_HEADERS]:
        yield board.children(header)[:_BELOW]
