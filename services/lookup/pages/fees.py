"""Fees of a procedure: relative values and indicators, global days, and what they come to, nationally and by locality.

Relative values, conversion factor and indices are taken from one and the same year; where one of them is not loaded,
`no_data` names its file. From 2026 on there are two conversion factors: that of qualifying participants in advanced
alternative payment models (the QPP file; 42 U.S.C. 1395w-4(d)(1)(A)), and that of everybody else.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, Final

import orjson

from services.lookup.domain import Edition, Row, System
from services.lookup.editions.library import Shelf
from services.lookup.pages import localities, sources, words
from services.lookup.pages.bodies import Body
from services.lookup.pages.tables import Table, address

VALUES: Final = "pfs"
QUALIFYING: Final = "qpp"
TWO_FACTORS_FROM: Final = "2026"
_CENT: Final = Decimal("0.01")
_INDICATORS: Final = {
    "pctc": "Components (PC/TC)",
    "multiple_procedure": "Multiple procedures",
    "bilateral_surgery": "Bilateral surgery",
    "assistant_at_surgery": "Assistant at surgery",
    "co_surgeons": "Co-surgeons",
    "team_surgery": "Team surgery",
    "supervision": "Supervision of diagnostic procedures",
    "imaging_family": "Diagnostic imaging family",
    "nonfacility_na": "Outside a facility",
    "facility_na": "In a facility",
}
_SHARES: Final = {"preoperative": "before", "intraoperative": "during", "postoperative": "after"}
_BASE: Final = "endoscopic_base"
_TOLD: Final = (*_INDICATORS, *_SHARES, _BASE)
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
    grouped = _by_modifier(rows)
    body: dict[str, Any] = {
        "editions": [sources.edition(edition)],
        "years": [_year(modifier, tracks, edition) for modifier, tracks in grouped.items()],
    }
    priced = _priced(grouped)
    lacking = [_no_second_factor(priced, edition)]
    there = localities.of_year(edition.effective_from[:4], shelf)
    if there is None:
        year = edition.effective_from[:4]
        lacking.append(f"Locality figures need the GPCI file of {year}, which is not loaded: the amounts are national.")
    elif priced:
        body["localities"] = orjson.Fragment(localities.amounts(priced, there, shelf.state))
        body["localities_all"] = address("hcpcs" if code[0].isalpha() else "cpt", code, "localities", as_of=shelf.as_of)
        body["editions"].append(sources.edition(there.edition.on(shelf.as_of)))
    told = " ".join(filter(None, lacking))
    return body | ({"no_data": told} if told else {})


def table(_: System, code: str, shelf: Shelf, within: str) -> Table:
    """Every locality with its amounts; `within` a state."""
    found = shelf.rows(VALUES, code)
    priced = _priced(_by_modifier(found[0])) if found else {}
    there = localities.of_year(found[1].effective_from[:4], shelf) if found else None
    if there is None or not priced:
        told = "No GPCI file of the fee schedule's year is loaded, or the schedule has no price for the code."
        return Table((), within=within, no_data=told)
    states = sorted({head["state"] for head in there.heads})
    told = orjson.loads(localities.amounts(priced, there, within.upper()))
    return Table(told, there.edition, None, within.upper(), states)


def _by_modifier(rows: Sequence[Row]) -> dict[str, dict[str, Row]]:
    """Rows by modifier, and by track: the empty one is that of everybody who is no qualifying participant."""
    grouped: dict[str, dict[str, Row]] = {}
    for row in rows:
        grouped.setdefault(row.body.get("modifier", ""), {})[row.body.get("track", "")] = row
    return grouped


def _priced(grouped: Mapping[str, Mapping[str, Row]]) -> dict[str, Body]:
    """The rows that price the code as a whole, by the mark of their amounts; none where nothing is priced."""
    priced: dict[str, Body] = {}
    for track, row in grouped.get("", {}).items():
        if _has_price(row.body):
            priced[f"_{track}" if track else ""] = row.body
            if factor := row.body.get("conversion_factor_qpp"):
                priced[f"_{QUALIFYING}"] = {**row.body, "conversion_factor": factor}
    return priced


def _has_price(body: Body) -> bool:
    return any(localities.is_paid(body, place) for place in localities.PLACES)


def _no_second_factor(priced: Mapping[str, Body], edition: Edition) -> str:
    """What is missing where a year has two conversion factors and one of the files is not loaded."""
    year = edition.effective_from[:4]
    if year < TWO_FACTORS_FROM or not priced:
        return ""
    if f"_{QUALIFYING}" not in priced:
        return f"The conversion factor of qualifying APM participants is in the QPP file of {year}, not loaded here."
    if "" not in priced:
        return (
            f"The conversion factor of non-qualifying practitioners is in the nonQPP file of {year}, not loaded here."
        )
    return ""


def rows_of(code: str, shelf: Shelf) -> tuple[Row, Edition] | None:
    """The row without modifier, which speaks of the code as a whole."""
    found = shelf.rows(VALUES, code)
    if found is None:
        return None
    whole = next((row for row in found[0] if not row.body.get("modifier")), None)
    return (whole, found[1]) if whole else None


def _year(modifier: str, tracks: Mapping[str, Row], edition: Edition) -> dict[str, Any]:
    """The figures of a code with a modifier; where both tracks are loaded, their own factors and amounts."""
    row = tracks.get("") or next(iter(tracks.values()))
    body = row.body
    name = edition.version + (f", modifier {modifier}" if modifier else "")
    name += "" if "" in tracks else ", qualifying APM participants"
    shown = {
        "edition": name,
        "modifier": modifier,
        **{figure: body[figure] for figure in _FIGURES},
        "status": body.get("status", ""),
        "status_text": words.fee_schedule("status", body.get("status", "")),
        "global_days": body.get("global_days", ""),
        "global_text": words.fee_schedule("global_days", body.get("global_days", "")),
        "indicators": _indicators(body),
        "source": sources.row(edition, row.line),
        "amounts": _national(body),
    }
    other = tracks.get(QUALIFYING)
    factor = body.get("conversion_factor_qpp") or (other.body["conversion_factor"] if other and "" in tracks else "")
    if factor:
        shown["conversion_factor_qpp"] = factor
        shown["amounts_qpp"] = _national({**(other.body if other else body), "conversion_factor": factor})
    return shown


def _indicators(body: Body) -> Sequence[Mapping[str, str]]:
    return _told(tuple(body.get(field, "") for field in _TOLD))


@lru_cache(maxsize=4_096)
def _told(values: Sequence[str]) -> Sequence[Mapping[str, str]]:
    """What the indicators say, of which thousands of codes share some hundreds of combinations."""
    said = dict(zip(_TOLD, values, strict=True))
    told = [
        {"label": label, "value": said[field], "meaning": words.fee_schedule(field, said[field])}
        for field, label in _INDICATORS.items()
        if said[field]
    ]
    shares = [f"{Decimal(said[field]) * 100:.0f} % {when}" for field, when in _SHARES.items() if _is_share(said[field])]
    if shares:
        value = " ".join(said[field] for field in _SHARES if said[field])
        meaning = f"How the global fee divides: {', '.join(shares)} the operation"
        told.append({"label": "Parts of the global package", "value": value, "meaning": meaning})
    if said[_BASE]:
        meaning = "The endoscopy that the endoscopy rule for multiple procedures takes off"
        told.append({"label": "Base endoscopy", "value": said[_BASE], "meaning": meaning})
    return told


def _is_share(text: str) -> bool:
    return bool(text) and bool(Decimal(text))


def _national(body: Body) -> dict[str, str]:
    """The national amounts: every index is 1; empty where the schedule prices nothing."""
    amounts = {}
    for place in localities.PLACES:
        if localities.is_paid(body, place):
            total, factor = Decimal(body[f"{place}_total"]), Decimal(body["conversion_factor"])
            amounts[place] = str((total * factor).quantize(_CENT, ROUND_HALF_UP))
            amounts[f"{place}_arithmetic"] = f"{total} x {factor}"
    return amounts
