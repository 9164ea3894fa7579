"""The edits of a procedure: units, add-on rules, pairs; each from the edition that speaks for the date."""

from collections.abc import Sequence
from typing import Any, Final

from services.lookup.domain import Edition, Row
from services.lookup.editions.library import Shelf
from services.lookup.editions.pairs import Pair, Pairs
from services.lookup.edits import ptp
from services.lookup.pages import sources
from services.lookup.pages.bodies import Body

MUES: Final = {
    "ncci-mue-practitioner": "practitioner",
    "ncci-mue-outpatient": "outpatient hospital",
    "ncci-mue-dme": "DME supplier",
    "ncci-mue-practitioner-medicaid": "practitioner, Medicaid",
    "ncci-mue-outpatient-medicaid": "outpatient hospital, Medicaid",
    "ncci-mue-dme-medicaid": "DME supplier, Medicaid",
}
PAIRS: Final = {
    "ncci-ptp-practitioner": "practitioner",
    "ncci-ptp-outpatient": "outpatient hospital",
    "ncci-ptp-practitioner-medicaid": "practitioner, Medicaid",
    "ncci-ptp-outpatient-medicaid": "outpatient hospital, Medicaid",
}
ADD_ON: Final = "ncci-add-on"
MOST_PARTNERS: Final = 500
_CONTRACTOR: Final = "CCCCC"
_TYPES: Final = {
    1: "A limited list of primary codes: one of them has to be reported by the same practitioner on the same day.",
    2: "No list: the contractor decides which primary codes are accepted.",
    3: "A list of some primary codes; the contractor may accept others.",
}


def of(code: str, shelf: Shelf) -> Body:
    """The section; `no_data` names the tables that are not loaded, or that had not begun by the date."""
    body: dict[str, Any] = {"editions": []}
    lacking = [
        name
        for name, add in (("MUE", _add_mue), ("add-on code", _add_add_on), ("PTP", _add_pairs))
        if not add(body, code, shelf)
    ]
    if lacking:
        body["no_data"] = f"No {' and no '.join(lacking)} table that covers this date is loaded."
    return body


def _add_mue(body: dict[str, Any], code: str, shelf: Shelf) -> bool:
    found = [(name, got) for system, name in MUES.items() if (got := shelf.rows(system, code))]
    for name, (rows, edition) in found:
        body["editions"].append(sources.edition(edition))
        said = _mue(rows[0], name, edition) if rows else _no_mue(name, edition)
        if "mue" not in body:
            body["mue"] = said
        else:
            body.setdefault("mue_elsewhere", []).append(said)
    return bool(found)


def _mue(row: Row, setting: str, edition: Edition) -> dict[str, Any]:
    return {
        "value": row.body["value"],
        "mai": row.body.get("mai"),
        "setting": setting,
        "edition": edition.version,
        "rationale": row.body.get("rationale", ""),
        "source": sources.row(edition, row.line),
    }


def _no_mue(setting: str, edition: Edition) -> dict[str, Any]:
    return {
        "value": None,
        "mai": None,
        "setting": setting,
        "edition": edition.version,
        "rationale": "No limit is published for this code; CMS keeps some limits to itself.",
        "source": sources.row(edition, 0),
    }


def _add_add_on(body: dict[str, Any], code: str, shelf: Shelf) -> bool:
    found = shelf.rows(ADD_ON, code)
    if found is None:
        return False
    rows, edition = found
    body["editions"].append(sources.edition(edition))
    body["add_on"] = [_add_on_edit(group, edition) for group in _grouped(rows)]
    primary_of = (shelf.rows(ADD_ON, f"primary:{code}") or ([], edition))[0]
    current = sorted({row.body["add_on"] for row in primary_of if _holds(row, shelf.as_of)})
    if current:
        body["primary_of"] = {"add_ons": current, "source": sources.row(edition, 0)}
    return True


def _grouped(rows: Sequence[Row]) -> list[list[Row]]:
    """Rows of one type and window together, the newest window first."""
    groups: dict[tuple[int, str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.body["type"], row.body["since"], row.body.get("until", "")), []).append(row)
    return [groups[key] for key in sorted(groups, key=lambda key: (key[2] == "", key[1]), reverse=True)]


def _add_on_edit(group: Sequence[Row], edition: Edition) -> dict[str, Any]:
    first = group[0].body
    notes = dict.fromkeys(row.body["note"] for row in group if row.body.get("note"))
    primaries = [row.body["primary"] for row in group if row.body["primary"] != _CONTRACTOR]
    return {
        "type": first["type"],
        "effective_from": first["since"],
        **({"effective_to": first["until"]} if first.get("until") else {}),
        "note": " ".join([_TYPES[first["type"]], *notes]),
        "primaries": sorted(set(primaries)),
        "source": sources.row(edition, group[0].line),
    }


def _holds(row: Row, as_of: str) -> bool:
    until = row.body.get("until", "")
    return row.body["since"] <= as_of and (not until or as_of <= until)


def _add_pairs(body: dict[str, Any], code: str, shelf: Shelf) -> bool:
    loaded = False
    for system, setting in PAIRS.items():
        found = shelf.speaking(system)
        if found is None or found[0].pairs is None:
            continue
        pairs, edition = found[0].pairs, found[1]
        loaded = True
        body["editions"].append(sources.edition(edition))
        table = _pairs(pairs, code, edition, setting, shelf.as_of)
        if "ptp" not in body:
            body["ptp"] = table
        else:
            body.setdefault("ptp_elsewhere", []).append({"setting": setting, "facts": table["facts"]})
    return loaded


def _pairs(table: Pairs, code: str, edition: Edition, setting: str, as_of: str) -> dict[str, Any]:
    """Beyond the edition's window nothing is firm: what it says is told as of its last day."""
    on = min(as_of, edition.effective_to or as_of)
    found = table.partners(code, on, edition.effective_from, MOST_PARTNERS)
    source = sources.row(edition, 0)
    return {
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
        "partners": [_told(row, code, edition, on) for row in found.rows],
        "source": source,
    }


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
