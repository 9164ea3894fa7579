"""What a procedure comes to in each Medicare locality.

Payment = (work x work GPCI + practice expense x PE GPCI + malpractice x MP GPCI) x conversion factor (42 CFR 414.20;
Medicare Claims Processing Manual, chapter 12, section 20), to the cent, halves up. All localities are reckoned at once,
in whole numbers: figures have at most four decimals, so that a product of three stays below 2 to the 63rd.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson

from services.lookup.domain import Edition, Row
from services.lookup.editions.bundle import Bundle
from services.lookup.editions.library import Shelf

INDICES: Final = "pfs-gpci"
_PARTS: Final = ("work", "practice_expense", "malpractice")
PLACES: Final = ("nonfacility", "facility")
_DECIMALS: Final = 4  # kept of each figure
_CENT: Final = 10 ** (3 * _DECIMALS - 2)

type Read = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Localities:
    """The localities of one year: who they are, and their indices, one column each of work, PE and MP."""

    heads: Sequence[Mapping[str, str]]
    indices: npt.NDArray[np.int64]
    edition: Edition

    def of_state(self, state: str) -> "Localities":
        """Those of one state; all of them where none is named."""
        if not state:
            return self
        chosen = [n for n, head in enumerate(self.heads) if head["state"] == state]
        return Localities([self.heads[n] for n in chosen], self.indices[chosen], self.edition)


def of_year(year: str, shelf: Shelf) -> Localities | None:
    """Those of the very year of the relative values; None where they are not loaded."""
    for bundle in shelf.all(INDICES):
        if bundle.edition.effective_from[:4] == year and bundle.rows is not None:
            return _read(bundle)
    return None


@lru_cache(maxsize=8)
def _read(bundle: Bundle) -> Localities:
    rows: list[Row] = list(bundle.rows.all()) if bundle.rows else []
    heads = [
        {
            "locality": row.key,
            "state": row.body["state"],
            "name": row.body["name"],
            "contractor": row.body.get("contractor", row.key.partition("-")[0]),
            "gpci": " ".join(row.body[part] for part in _PARTS),
        }
        for row in rows
    ]
    indices = np.array([[_whole(row.body[part]) for part in _PARTS] for row in rows], dtype=np.int64)
    return Localities(heads, indices, bundle.edition)


def is_paid(row: Read, place: str) -> bool:
    """Whether the schedule prices what is done in a place ("nonfacility", "facility") of this code."""
    return row.get(f"{place}_na", "") != "NA" and bool(_whole(row[f"{place}_total"]) * _whole(row["conversion_factor"]))


def amounts(priced: Mapping[str, Read], of: Localities, state: str = "") -> bytes:
    """The localities with what each comes to, as a JSON list; `priced` has each track's row by the mark of its amounts.

    Written as one text: a page names a hundred localities with two or four amounts each.
    """
    chosen = _chosen(of, state)
    paid = {f"{place}{mark}": (row, place) for mark, row in priced.items() for place in PLACES if is_paid(row, place)}
    cents = _cents(list(paid.values()), chosen.indices)
    told = np.empty((*cents.shape, 2), np.int64)
    np.divmod(cents, 100, told[..., 0], told[..., 1])
    return (_form(chosen, tuple(paid)) % tuple(told.ravel().tolist())).encode()


@lru_cache(maxsize=128)
def _chosen(of: Localities, state: str) -> Localities:
    return of.of_state(state)


@lru_cache(maxsize=128)
def _form(of: Localities, names: Sequence[str]) -> str:
    """The list with two places for each amount: its dollars and its cents."""
    figures = "".join(f',"{name}":"%d.%02d"' for name in names)
    heads = [orjson.dumps(head).decode().removesuffix("}").replace("%", "%%") for head in of.heads]
    return "[" + ",".join(f"{head}{figures}}}" for head in heads) + "]"


def _cents(paid: Sequence[tuple[Read, str]], indices: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The amounts in cents: a row a locality, a column of each of what is paid."""
    values = [[_whole(row[name]) for name in ("work_rvu", f"{place}_pe_rvu", "mp_rvu")] for row, place in paid]
    factors = [_whole(row["conversion_factor"]) for row, _ in paid]
    parts = indices @ np.array(values, np.int64).reshape(-1, len(_PARTS)).T
    return (parts * np.array(factors, np.int64) + _CENT // 2) // _CENT


@lru_cache(maxsize=20_000)
def _whole(figure: str) -> int:
    return int(Decimal(figure) * 10**_DECIMALS)
