"""Fees of a procedure: relative values and indicators, global days, and what they come to, nationally and by locality.

Payment = (work x work GPCI + practice expense x PE GPCI + malpractice x MP GPCI) x conversion factor (42 CFR 414.20;
Medicare Claims Processing Manual, chapter 12, section 20). The three are taken from one and the same year.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from services.lookup.domain import Edition, Row
from services.lookup.editions.library import Shelf
from services.lookup.pages import sources, words
from services.lookup.pages.bodies import Body

VALUES: Final = "pfs"
INDICES: Final = "pfs-gpci"
_CENT: Final = Decimal("0.01")
_INDICATORS: Final = {
    "pctc": "Components (PC/TC)",
    "multiple_procedure": "Multiple procedures",
    "bilateral_surgery": "Bilateral surgery",
    "assistant_at_surgery": "Assistant at surgery",
    "co_surgeons": "Co-surgeons",
    "team_surgery": "Team surgery",
    "supervision": "Supervision of diagnostic procedures",
}
_FIGURES: Final = (
    *("work_rvu", "nonfacility_pe_rvu", "facility_pe_rvu", "mp_rvu"),
    *("nonfacility_total", "facility_total", "conversion_factor"),
)


def of(code: str, shelf: Shelf) -> Body | None:
    """The section; None where no fee schedule that had begun names the code."""
    found = shelf.rows(VALUES, code)
    if found is None or not found[0]:
        return None
    rows, edition = found
    shown = [_year(row, edition) for row in rows]
    body: dict[str, Any] = {"editions": [sources.edition(edition)], "years": shown}
    indices = _indices(shelf, edition)
    if indices is None:
        year = edition.effective_from[:4]
        told = f"Locality figures need the GPCI file of {year}, which is not loaded: the amounts are national."
        return body | {"no_data": told}
    localities, other = indices
    payable = [row for row in rows if not row.body.get("modifier") and Decimal(row.body["conversion_factor"])]
    if payable and any(Decimal(payable[0].body[name]) for name in ("nonfacility_total", "facility_total")):
        body["localities"] = [_locality(payable, one) for one in localities]
        body["editions"].append(sources.edition(other))
    return body


def rows_of(code: str, shelf: Shelf) -> tuple[Row, Edition] | None:
    """The row without modifier, which speaks of the code as a whole."""
    found = shelf.rows(VALUES, code)
    if found is None:
        return None
    whole = next((row for row in found[0] if not row.body.get("modifier")), None)
    return (whole, found[1]) if whole else None


def _indices(shelf: Shelf, values: Edition) -> tuple[Sequence[Row], Edition] | None:
    """The localities of the very year of the relative values."""
    for bundle in shelf.all(INDICES):
        if bundle.edition.effective_from[:4] == values.effective_from[:4] and bundle.rows is not None:
            return list(bundle.rows.all()), bundle.edition.on(shelf.as_of)
    return None


def _year(row: Row, edition: Edition) -> dict[str, Any]:
    body = row.body
    modifier, track = body.get("modifier", ""), body.get("track", "")
    name = edition.version + (f", modifier {modifier}" if modifier else "")
    name += ", qualifying APM participants" if track else ""
    shown = {
        "edition": name,
        "modifier": modifier,
        **{figure: body[figure] for figure in _FIGURES},
        "status": body.get("status", ""),
        "status_text": words.fee_schedule("status", body.get("status", "")),
        "global_days": body.get("global_days", ""),
        "global_text": words.fee_schedule("global_days", body.get("global_days", "")),
        "indicators": [
            {"label": label, "value": body[field], "meaning": words.fee_schedule(field, body[field])}
            for field, label in _INDICATORS.items()
            if field in body
        ],
        "source": sources.row(edition, row.line),
    }
    return shown | {"amounts": _national(body)}


def _national(body: Body) -> dict[str, str]:
    """The national amounts: every index is 1; empty where the schedule prices nothing."""
    factor = Decimal(body["conversion_factor"])
    amounts = {}
    for place in ("nonfacility", "facility"):
        total = Decimal(body[f"{place}_total"])
        if total and factor and body.get(f"{place}_na", "") != "NA":
            amounts[place] = str(_dollars(total * factor))
            amounts[f"{place}_arithmetic"] = f"{total} x {factor}"
    return amounts


def _locality(rows: Sequence[Row], locality: Row) -> dict[str, str]:
    said = {"locality": locality.key, "state": locality.body["state"], "name": locality.body["name"]}
    indices = [Decimal(locality.body[name]) for name in ("work", "practice_expense", "malpractice")]
    for row in rows:
        mark = "_qpp" if row.body.get("track") else ""
        for place in ("nonfacility", "facility"):
            said[f"{place}{mark}"] = str(_amount(row, place, indices))
    return said | {"gpci": " ".join(str(one) for one in indices)}


def _amount(row: Row, place: str, indices: Sequence[Decimal]) -> Decimal:
    values = [Decimal(row.body[name]) for name in ("work_rvu", f"{place}_pe_rvu", "mp_rvu")]
    total = sum((value * index for value, index in zip(values, indices, strict=True)), Decimal(0))
    return _dollars(total * Decimal(row.body["conversion_factor"]))


def _dollars(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
