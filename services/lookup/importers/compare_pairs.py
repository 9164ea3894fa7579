"""What differs between two pair tables: by their sorted arrays, so that two full ones take seconds."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from services.lookup.editions.pairs import Columns, Pair, Pairs

_AT_ONCE: Final = 50_000  # rows that are told in one go
_NONE: Final = -1

type Rows = npt.NDArray[np.int64]


class Apart(NamedTuple):
    """A row that differs: as it was, None where it is new; as it is, None where it is gone."""

    before: Pair | None
    after: Pair | None


class _Table(NamedTuple):
    """The rows of a table, one a pair and first day, the last that the source has: what they are, what they say."""

    what: Rows  # ascending
    says: Rows
    rows: Rows  # their places


def apart(before: Pairs, after: Pairs) -> Iterator[Apart]:
    """The rows of a pair and first day that only one table has, or that say something else; by pair and day."""
    a, b = _tables(before.columns(), after.columns())
    everything = _either(a.what, b.what)
    rows_a, says_a = _spread(a, everything)
    rows_b, says_b = _spread(b, everything)
    differ = ((rows_a == _NONE) | (rows_b == _NONE) | (says_a != says_b)).nonzero()[0]
    for begin in range(0, len(differ), _AT_ONCE):
        some = differ[begin : begin + _AT_ONCE]
        yield from map(Apart, _told(before, rows_a[some]), _told(after, rows_b[some]))


def _tables(a: Columns, b: Columns) -> tuple[_Table, _Table]:
    """Both in the same numbers: pairs, days and rationales by their place among those of either table."""
    pairs, days = _either(a.first, b.first), _either(a.since, b.since)
    rationales = {text: place for place, text in enumerate(dict.fromkeys((*a.rationales, *b.rationales)))}
    made = []
    for one in (a, b):
        what = pairs.searchsorted(one.first) * len(days) + days.searchsorted(one.since)
        order = np.argsort(what, kind="stable")
        last = np.append(np.diff(what[order]) > 0, True) if len(order) else np.zeros(0, bool)
        rows = order[last]
        told = np.array([rationales[text] for text in one.rationales] or [0], np.int64)
        said = one.until[rows].astype(np.int64) * 4 + one.indicators[rows]
        made.append(_Table(what[rows], said * len(rationales) + told[one.reasons[rows]], rows))
    return made[0], made[1]


def _either[T: np.generic](a: npt.NDArray[T], b: npt.NDArray[T]) -> npt.NDArray[T]:
    """What is in one or the other, ascending: by sorting, which runs that are ascending already make cheap."""
    both = np.sort(np.concatenate((a, b)), kind="stable")
    return both[np.append(both[1:] != both[:-1], True)] if len(both) else both


def _spread(table: _Table, everything: Rows) -> tuple[Rows, Rows]:
    """For each of everything there is: the row of it and what that says; _NONE where there is none."""
    rows, says = np.full(len(everything), _NONE), np.full(len(everything), _NONE)
    places = everything.searchsorted(table.what)
    rows[places], says[places] = table.rows, table.says
    return rows, says


def _told(pairs: Pairs, rows: Rows) -> Sequence[Pair | None]:
    there = iter(pairs.at(rows[rows != _NONE]))
    return [None if row == _NONE else next(there) for row in rows.tolist()]
