"""The PTP partners of a procedure: how many rows name it, the first of them, and where the whole list is."""

from typing import Any, Final

from services.lookup.domain import Edition, System
from services.lookup.editions import pairs as table_of_pairs
from services.lookup.editions.library import Shelf
from services.lookup.editions.pairs import Pair, Pairs
from services.lookup.edits import ptp
from services.lookup.pages import sources
from services.lookup.pages.tables import SHOWN, Table, address

PAIRS: Final = {
    "ncci-ptp-practitioner": "practitioner",
    "ncci-ptp-outpatient": "outpatient hospital",
    "ncci-ptp-practitioner-medicaid": "practitioner, Medicaid",
    "ncci-ptp-outpatient-medicaid": "outpatient hospital, Medicaid",
    "ncci-ptp-dme-medicaid": "DME supplier, Medicaid",
}
_ALL: Final = 1 << 30
_PROGRAM: Final = "Medicaid"


def add(body: dict[str, Any], code: str, shelf: Shelf) -> bool:
    """Adds what the tables say; False where none of Medicare's covers the date. The programs are never mixed."""
    loaded = False
    for setting, (pairs, edition) in _speaking(shelf).items():
        body["editions"].append(sources.edition(edition))
        if "ptp" in body or _PROGRAM in setting:
            body.setdefault("ptp_elsewhere", []).append(_counted(pairs, code, edition, setting, shelf, 0))
        else:
            body["ptp"] = _counted(pairs, code, edition, setting, shelf, SHOWN)
        loaded = loaded or _PROGRAM not in setting
    return loaded


def named_by(code: str, shelf: Shelf) -> Edition | None:
    """The edition of the first table that has a row with the code; before its window, one that was in force then."""
    if not table_of_pairs.is_code(code):
        return None
    for pairs, edition in _speaking(shelf).values():
        begun = edition.effective_from <= shelf.as_of
        if pairs.names(code) if begun else pairs.partners(code, shelf.as_of, edition.effective_from, 0).in_force:
            return edition
    return None


def table(_: System, code: str, shelf: Shelf, within: str) -> Table:
    """Every row that names the code, those in force first; `within` a setting, the first loaded one where none is."""
    speaking = _speaking(shelf) if table_of_pairs.is_code(code) else {}
    setting = within or next(iter(speaking), "practitioner")
    found = speaking.get(setting)
    if found is None:
        told = f"No PTP table of the setting {setting!r} that covers this date is loaded."
        return Table((), within=setting, choices=tuple(speaking), no_data=told)
    pairs, edition = found
    on = _decided_on(edition, shelf)
    partners = pairs.partners(code, on, edition.effective_from, _ALL)
    rows = [_told(row, code, edition, on) for row in partners.rows]
    about = {"setting": setting, "in_force": partners.in_force, "in_force_on": on, "complete": edition.complete}
    return Table(rows, edition, about, setting, tuple(speaking))


def _speaking(shelf: Shelf) -> dict[str, tuple[Pairs, Edition]]:
    found = {setting: shelf.speaking(system) for system, setting in PAIRS.items()}
    return {setting: (one[0].pairs, one[1]) for setting, one in found.items() if one and one[0].pairs is not None}


def _decided_on(edition: Edition, shelf: Shelf) -> str:
    """Beyond the edition's window nothing is firm: what it says is told as of its last day."""
    return min(shelf.as_of, edition.effective_to or shelf.as_of)


def _counted(pairs: Pairs, code: str, edition: Edition, setting: str, shelf: Shelf, shown: int) -> dict[str, Any]:
    on = _decided_on(edition, shelf)
    found = pairs.partners(code, on, edition.effective_from, shown)
    source = sources.row(edition, 0)
    told = {
        "setting": setting,
        "edition": edition.version,
        "as_of": on,
        "total": found.total,
        "in_force": found.in_force,
        "complete": edition.complete,
        "facts": [
            {"label": f"Rows that name it ({setting})", "value": f"{found.total:,}", "source": source},
            {"label": f"In force on {on}", "value": f"{found.in_force:,}", "source": source},
        ],
        "all": address("hcpcs" if code[0].isalpha() else "cpt", code, "ptp", as_of=shelf.as_of, within=setting),
        "source": source,
    }
    return told | {"partners": [_told(row, code, edition, on) for row in found.rows]} if shown else told


def _told(row: Pair, code: str, edition: Edition, on: str) -> dict[str, Any]:
    leads = row.column_1 == code
    return {
        "code": row.column_2 if leads else row.column_1,
        "column": 2 if leads else 1,
        "indicator": row.indicator,
        "since": row.since or None,
        "until": row.until or None,
        "verdict": ptp.state(row, edition, on).value,
        "rationale": row.rationale,
        "file": row.part,
        "line": row.line,
    }
