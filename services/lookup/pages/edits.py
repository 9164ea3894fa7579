"""The edits of a procedure: units, add-on rules, pairs; each from the edition that speaks for the date."""

from collections.abc import Sequence
from typing import Any, Final

from services.lookup.domain import Edition, Row
from services.lookup.editions.library import Shelf
from services.lookup.pages import pairs, sources
from services.lookup.pages.bodies import Body

MUES: Final = {
    "ncci-mue-practitioner": "practitioner",
    "ncci-mue-outpatient": "outpatient hospital",
    "ncci-mue-dme": "DME supplier",
    "ncci-mue-practitioner-medicaid": "practitioner, Medicaid",
    "ncci-mue-outpatient-medicaid": "outpatient hospital, Medicaid",
    "ncci-mue-dme-medicaid": "DME supplier, Medicaid",
}
ADD_ON: Final = "ncci-add-on"
ADD_ONS: Final = {ADD_ON: "add_on", "ncci-add-on-medicaid": "add_on_medicaid"}
_MEDICAID: Final = "Medicaid"
_CONTRACTOR: Final = "CCCCC"
# MUE adjudication indicators (NCCI Policy Manual, chapter I, section V).
_MAIS: Final = {
    1: "Decided line by line: units beyond the limit may be reported on further lines with a modifier that says why.",
    2: "Decided over the day, by policy (anatomy, the code's own text, a rule of Medicare): CMS knows of no case in "
    "which more is paid.",
    3: "Decided over the day, by clinical benchmarks: units beyond it are paid where the record shows on appeal that "
    "they were necessary.",
}
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
        for name, add in (("MUE", _add_mue), ("add-on code", _add_add_on), ("PTP", pairs.add))
        if not add(body, code, shelf)
    ]
    if lacking:
        body["no_data"] = f"No {' and no '.join(lacking)} table that covers this date is loaded."
    return body


def _add_mue(body: dict[str, Any], code: str, shelf: Shelf) -> bool:
    loaded = False
    for system, name in MUES.items():
        found = shelf.rows(system, code)
        if found is None:
            continue
        rows, edition = found
        body["editions"].append(sources.edition(edition))
        said = _mue(rows[0], name, edition) if rows else _no_mue(name, edition)
        if "mue" in body or _MEDICAID in name:
            body.setdefault("mue_elsewhere", []).append(said)
        else:
            body["mue"] = said
        loaded = loaded or _MEDICAID not in name
    return loaded


def _mue(row: Row, setting: str, edition: Edition) -> dict[str, Any]:
    return {
        "value": row.body["value"],
        "mai": row.body.get("mai"),
        "mai_text": _MAIS.get(row.body.get("mai", 0), ""),
        "setting": setting,
        "edition": edition.version,
        "rationale": row.body.get("rationale", ""),
        "source": sources.row(edition, row.line),
    }


def _no_mue(setting: str, edition: Edition) -> dict[str, Any]:
    return {
        "value": None,
        "mai": None,
        "mai_text": "",
        "setting": setting,
        "edition": edition.version,
        "rationale": "No limit is published for this code; CMS keeps some limits to itself.",
        "source": sources.row(edition, 0),
    }


def _add_add_on(body: dict[str, Any], code: str, shelf: Shelf) -> bool:
    for system, key in ADD_ONS.items():
        found = shelf.rows(system, code)
        if found is None:
            continue
        rows, edition = found
        body["editions"].append(sources.edition(edition))
        body[key] = [_add_on_edit(group, edition) for group in _grouped(rows)]
        primary_of = (shelf.rows(system, f"primary:{code}") or ([], edition))[0]
        current = sorted({row.body["add_on"] for row in primary_of if _holds(row, shelf.as_of)})
        if current and key == "add_on":
            body["primary_of"] = {"add_ons": current, "source": sources.row(edition, 0)}
    return "add_on" in body


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
