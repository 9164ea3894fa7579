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

from services.lookup.domain import Edition, Row
from services.lookup.editions.bundle import Bundle
from services.lookup.editions.library import Shelf

INDICES: Final = "pfs-gpci"
_PARTS: Final = ("work", "practice_expense", "malpractice")
_PLACES: Final = 4  # decimals kept of each figure
_CENT: Final = 10 ** (3 * _PLACES - 2)

type Read = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Localities:
    """The localities of one year: who they are, and their indices, one column each of work, PE and MP."""

    heads: Sequence[dict[str, str]]
    indices: npt.NDArray[np.int64]
    edition: Edition


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


def amounts(priced: Mapping[str, Read], of: Localities, state: str = "") -> list[dict[str, str]]:
    """The localities with what each comes to; `priced` has the row of each track by the mark of its amounts."""
    columns = {
        f"{place}{mark}": _dollars(row, place, of.indices)
        for mark, row in priced.items()
        for place in ("nonfacility", "facility")
    }
    names = list(columns)
    told = [
        {**head, **dict(zip(names, figures, strict=True))}
        for head, *figures in zip(of.heads, *columns.values(), strict=True)
    ]
    return [one for one in told if one["state"] == state] if state else told


def _dollars(row: Read, place: str, indices: npt.NDArray[np.int64]) -> list[str]:
    values = [_whole(row[name]) for name in ("work_rvu", f"{place}_pe_rvu", "mp_rvu")]
    cents = (indices @ np.array(values, dtype=np.int64) * _whole(row["conversion_factor"]) + _CENT // 2) // _CENT
    return [f"{cent // 100}.{cent % 100:02}" for cent in cents.tolist()]


@lru_cache(maxsize=20_000)
def _whole(figure: str) -> int:
    return int(Decimal(figure) * 10**_PLACES)
