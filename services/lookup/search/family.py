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
_OPEN: Final = np.array([LEVELS.index(one) for one in (Level.CATEGORY, Level.CODE)])
_CHAPTER: Final = LEVELS.index(Level.CHAPTER)
_VARIANT: Final = LEVELS.index(Level.EXTENDED)
_BEHIND: Final = b"~"  # it sorts behind all that codes are made of


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
    headers = codes[~board.codes.billable[codes] & np.isin(board.codes.level[codes], _OPEN)]
    for header in list(dict.fromkeys(headers.tolist()))[:_HEADERS]:
        yield _children(board, header)[:_BELOW]


def _children(board: Board, header: int) -> Numbers:
    """The codes right below a header, in their order."""
    codes = board.codes
    spelled = codes.spelled[header]
    end = header + 1
    system_end = next(stop for begin, stop in codes.spans.values() if begin <= header < stop)
    end += int(np.searchsorted(codes.spelled[end:system_end], spelled + _BEHIND))
    found = np.arange(header + 1, end)
    own: Numbers = found[(codes.parent[found] == header) & (codes.level[found] != _VARIANT)]
    return own
