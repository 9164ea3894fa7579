"""The pair table of NCCI procedure-to-procedure edits: sorted NumPy arrays, memory-mapped.

    pairs/first.npy    uint64  column one and column two as one number, ascending
          since.npy    int32   first day in force as YYYYMMDD; 0 unknown
          until.npy    int32   last day in force; 0 none
          says.npy     uint8   modifier indicator * 32 + number of the rationale
          line.npy     uint32  line in the source file + (number of the part << 28)
          second.npy   uint32  column two, ascending, and of each its
          order.npy    uint32  row of `first`,
          leader.npy   uint32  column one,
          since_2.npy, until_2.npy, says_2.npy  as above: what names a code lies together, whichever column it is in
          texts.json           the rationales, and the names of the parts

A pair may stand in several rows, one for each time it was in force.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

_BASE: Final = 36
_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CODE_BITS: Final = 26  # of five characters of 36
_LENGTH: Final = 5
PART_SHIFT: Final = 28
_LEADING: Final = ("first", "since", "until", "says", "line")
_FOLLOWING: Final = ("second", "order", "leader", "since_2", "until_2", "says_2")
INDICATORS: Final = ("0", "1", "9")
MOST_RATIONALES: Final = 32
_NEVER: Final = 2 * MOST_RATIONALES  # from here on `says` has the indicator 9
SECOND: Final = np.uint64((1 << CODE_BITS) - 1)


class Pair(NamedTuple):
    """A row. Dates are YYYY-MM-DD; `since` is empty where the source does not tell, `until` where it goes on.

    `indicator`: 0 no modifier allows both, 1 one may, 9 the row never was in force (its dates are the same day).
    """

    column_1: str
    column_2: str
    since: str
    until: str
    indicator: str
    rationale: str
    part: str
    line: int


@dataclass(frozen=True, slots=True)
class Partners:
    """Rows that name a code: how many there are, how many are in force, and the first of them."""

    total: int
    in_force: int
    rows: list[Pair]


class Columns(NamedTuple):
    """A table as it lies: of each row its pair, days as YYYYMMDD, and the places of its indicator and rationale."""

    first: npt.NDArray[np.uint64]
    since: npt.NDArray[np.int32]
    until: npt.NDArray[np.int32]
    indicators: npt.NDArray[np.uint8]
    reasons: npt.NDArray[np.uint8]
    rationales: Sequence[str]


def is_code(code: str) -> bool:
    """Whether a code can stand in the table."""
    return len(code) == _LENGTH and code.isascii() and code.isalnum()


def number(code: str) -> int:
    """A code of five characters as a number that sorts as the code does."""
    return int(code, _BASE)


def key(column_1: str, column_2: str) -> int:
    """Both codes as one number."""
    return number(column_1) << CODE_BITS | number(column_2)


def keys(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The keys of every two different codes, either way round, ascending: a sorted search stays in the cache."""
    both = (numbers[:, None] << np.uint64(CODE_BITS)) | numbers[None, :]
    return np.sort(both[~np.eye(len(numbers), dtype=bool)])


@cache
def _code(value: int) -> str:
    signs = []
    for _ in range(_LENGTH):
        value, rest = divmod(value, _BASE)
        signs.append(_LETTERS[rest])
    return "".join(reversed(signs))


class Pairs:
    """An opened pair table. ValueError where the folder holds none."""

    def __init__(self, folder: Path) -> None:
        self._first, self._since, self._until, self._says, self._line = _mapped(folder, _LEADING)
        second, self._order, self._leader, *self._following = _mapped(folder, _FOLLOWING)
        self._second = second
        texts = json.loads((folder / "texts.json").read_bytes())
        self._rationales: list[str] = texts["rationales"]
        self._parts: list[str] = texts["parts"]

    def __len__(self) -> int:
        """Rows in all."""
        return len(self._first)

    def columns(self) -> Columns:
        """Every row, by pair."""
        indicators, reasons = np.divmod(self._says, np.uint8(MOST_RATIONALES))
        return Columns(self._first, self._since, self._until, indicators, reasons, self._rationales)

    def at(self, places: npt.NDArray[np.int64]) -> list[Pair]:
        """Rows by their places among all."""
        return self._pairs(places)

    def rows(self, column_1: str, column_2: str) -> list[Pair]:
        """The rows of one pair in this order of its columns; none where it never was an edit."""
        wanted = np.uint64(key(column_1, column_2))
        at = int(self._first.searchsorted(wanted))
        end = at
        while end < len(self._first) and self._first[end] == wanted:
            end += 1
        return self._pairs(np.arange(at, end)) if end > at else []

    def having(self, keys: Sequence[int] | npt.NDArray[np.uint64]) -> list[int]:
        """Those of the pairs, as `key` makes them, that have a row at all: one pass for a whole claim."""
        wanted = np.asarray(keys, dtype=np.uint64)
        at = np.minimum(self._first.searchsorted(wanted), len(self._first) - 1)
        return [int(one) for one in wanted[self._first[at] == wanted]] if len(self._first) else []

    def pairs_of(self, wanted: int) -> list[Pair]:
        """The rows of a pair as `key` makes it."""
        return self.rows(_code(wanted >> CODE_BITS), _code(wanted & ((1 << CODE_BITS) - 1)))

    def of(self, code: str) -> list[Pair]:
        """Every row that names the code: first those with it in column one, then those with it in column two."""
        low, high, left, right = self._naming(code)
        return self._pairs(np.concatenate((np.arange(low, high), self._order[left:right].astype(np.int64))))

    def names(self, code: str) -> bool:
        """Whether any row names a code."""
        low, high, left, right = self._naming(code)
        return high > low or right > left

    def partners(self, code: str, day: str, known_from: str, limit: int) -> "Partners":
        """The rows that name a code, those in force on a day first, then those of which that is not known.

        `known_from`: a row without its first day is known to be in force from then on.
        """
        on = _number_of(day)
        known = _number_of(known_from) <= on  # then a row without its first day has begun
        low, high, left, right = self._naming(code)
        since, until, says = (
            _joined(one[low:high], other[left:right])
            for one, other in zip((self._since, self._until, self._says), self._following, strict=True)
        )
        held = (says < _NEVER) & ((until == 0) | (until >= on))
        in_force = held & (since <= on) if known else held & (since <= on) & (since > 0)
        total, count = len(since), int(np.count_nonzero(in_force))
        shown: list[int] = []
        if limit:
            shown = self._nearest(in_force, limit, low, high, left)
        if len(shown) < min(limit, total):
            undecided = held & ~in_force & (since == 0)
            for told in (undecided, ~(in_force | undecided)):
                shown += self._nearest(told, limit - len(shown), low, high, left)
        return Partners(total, count, self._pairs(np.array(shown, np.int64)) if shown else [])

    def _nearest(self, told: npt.NDArray[np.bool_], limit: int, low: int, high: int, left: int) -> list[int]:
        """Of the rows of a code that are told of, those with the smallest partners: either run has them in order."""
        leading = told[: high - low].nonzero()[0][:limit] + low
        behind = told[high - low :].nonzero()[0][:limit] + left
        if not len(behind):
            return [*leading.tolist()]
        partners = [*(self._first[leading] & SECOND).tolist(), *self._leader[behind].tolist()]
        both = zip(partners, [*leading.tolist(), *self._order[behind].tolist()], strict=True)
        return [row for _, row in sorted(both, key=itemgetter(0))[:limit]]

    def _naming(self, code: str) -> tuple[int, int, int, int]:
        """Where the rows that name a code begin and end: by column one, then by column two in the other order."""
        value = number(code)
        low, high = self._first.searchsorted(np.array((value, value + 1), np.uint64) << np.uint64(CODE_BITS)).tolist()
        left, right = self._second.searchsorted(np.array((value, value + 1), np.uint32)).tolist()
        return low, high, left, right

    def in_force_with(self, code: str, day: str, known_from: str) -> frozenset[int]:
        """The pairs in force on a day that name a code, each as a number that `told` takes; as in `partners`."""
        value, on, known = number(code), _number_of(day), _number_of(known_from)
        low, high = (int(self._first.searchsorted(np.uint64(one << CODE_BITS))) for one in (value, value + 1))
        left, right = (int(self._second.searchsorted(np.uint32(one))) for one in (value, value + 1))
        at = np.concatenate((np.arange(low, high), self._order[left:right].astype(np.int64)))
        since, until, says = self._since[at], self._until[at], self._says[at]
        begun = np.where(since == 0, known <= on, since <= on)
        at = at[begun & (says < _NEVER) & ((until == 0) | (until >= on))]
        bypassed = self._says[at] >= MOST_RATIONALES
        return frozenset((self._first[at] << np.uint64(1) | bypassed).tolist())

    def told(self, pairs: Iterable[int]) -> list[Pair]:
        """The pairs that `in_force_with` found, each by the row that began last."""
        found = []
        for one in pairs:
            rows = [row for row in self.pairs_of(one >> 1) if row.indicator == INDICATORS[one & 1]]
            found.append(max(rows, key=lambda row: row.since))
        return found

    def in_force(self, day: str) -> int:
        """Rows in force on a day, of those whose dates decide; indicator 9 never is."""
        on = _number_of(day)
        since, until = np.asarray(self._since), np.asarray(self._until)
        return int(np.count_nonzero((since <= on) & ((until == 0) | (until >= on)) & (self._says < _NEVER)))

    def codes(self) -> list[str]:
        """Every code named, ascending."""
        both = np.union1d(np.unique(self._first >> np.uint64(CODE_BITS)), np.unique(self._second))
        return [_code(int(one)) for one in both]

    def _pairs(self, at: npt.NDArray[Any]) -> list[Pair]:
        """Rows by their numbers; gathered column by column, which costs a tenth of going cell by cell."""
        columns = (self._first, self._since, self._until, self._says, self._line)
        return [
            Pair(
                _code(pair >> CODE_BITS),
                _code(pair & int(SECOND)),
                _day(since),
                _day(until),
                INDICATORS[says // MOST_RATIONALES],
                self._rationales[says % MOST_RATIONALES],
                self._parts[line >> PART_SHIFT],
                line & ((1 << PART_SHIFT) - 1),
            )
            for pair, since, until, says, line in zip(*(column[at].tolist() for column in columns), strict=True)
        ]


def _mapped(folder: Path, names: Sequence[str]) -> list[npt.NDArray[Any]]:
    # views without the memmap subclass, whose every slice costs ten times as much
    return [np.load(folder / f"{name}.npy", mmap_mode="r").view(np.ndarray) for name in names]


def _joined(one: npt.NDArray[Any], other: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Both, without copying where one is all there is."""
    if not len(other):
        return one
    return np.concatenate((one, other)) if len(one) else other


def _number_of(day: str) -> int:
    return int(day.replace("-", ""))


@cache
def _day(value: int) -> str:
    text = str(value)
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if value else ""
