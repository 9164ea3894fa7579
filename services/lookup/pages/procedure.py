"""The page of a CPT, HCPCS or ICD-10-PCS code: what is loaded, and what is missing, section by section.

A table of the agencies speaks before the starter content's own figures; its texts stay.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson

from services.lookup.domain import SYSTEMS, Edition, Entry, Section
from services.lookup.editions.library import Shelf
from services.lookup.pages import (
    coverage,
    crosswalks,
    edits,
    fees,
    history,
    modifiers,
    pairs,
    plain_words,
    sources,
    words,
)
from services.lookup.pages.bodies import Body, page

TITLES: Final = {
    "official": "Official description",
    "common": "In common language",
    "indications": "Indications and procedure",
    "guidelines": "Reporting guidelines",
    "modifiers": "Modifiers",
    "edits": "NCCI edits, MUE and add-on rules",
    "fees": "Fees, RVUs and global days",
    "coverage": "Medicare coverage",
    "related": "Related codes and crosswalks",
    "history": "History",
}
# What has to be loaded before a section can speak.
_SOURCES: Final = {
    "indications": "No text on this procedure is loaded.",
    "guidelines": "No reporting guideline for this code is loaded.",
    "modifiers": "The Medicare physician fee schedule, whose indicators decide on modifiers, is not loaded.",
    "edits": "The NCCI tables (PTP pairs, MUE, add-on codes) are not loaded.",
    "fees": "The Medicare physician fee schedule relative value file is not loaded.",
    "coverage": "No national or local coverage table is loaded.",
    "related": "No crosswalk names this code yet.",
    "history": "No release that tells of this code is loaded.",
}
_OFFICIAL: Final = {
    "cpt": "The official descriptor belongs to the AMA and is shown only from the operator's own licensed file, "
    "which has not been imported here.",
    "hcpcs": "The HCPCS Level II file of CMS has not been imported here.",
    "icd-10-pcs": "The ICD-10-PCS code file of CMS has not been imported here.",
}
NOTICE: Final = (
    "CPT is a registered trademark of the American Medical Association; descriptors are the AMA's, shown under the "
    "operator's licence."
)
_HELD_BY_TABLES: Final = ("mue", "add_on", "ptp", "mue_elsewhere", "add_on_medicaid", "ptp_elsewhere")
# The tables that name procedures, the first that does speaks for a code that no code file describes.
NAMING: Final = ("pfs", *edits.MUES, *edits.ADD_ONS)


def naming(code: str, shelf: Shelf) -> Edition | None:
    """The edition of the first table that names the code on the date; None where none does."""
    for system in NAMING:
        found = shelf.rows(system, code)
        if found and found[0]:
            return found[1]
    return pairs.named_by(code, shelf)


def of(system: str, entry: Entry | None, code: str, shelf: Shelf) -> tuple[Section, ...]:
    """The page of a code; `entry` is what its code set has, None where only tables name it."""
    starter = _starter(orjson.loads(entry.facts), shelf) if system == "cpt" and entry and entry.facts else {}
    made = _made(system, entry, code, shelf)
    bodies = {key: _joined(starter.get(key), made.get(key), key) or absent(system, key, shelf) for key in TITLES}
    return page(TITLES, bodies)


def _starter(facts: dict[str, Any], shelf: Shelf) -> dict[str, Any]:
    """The starter content without the figures of tables that are loaded, but for other dates than the one asked for."""
    for section, figures, system in (
        ("edits", "mue", "ncci-mue-practitioner"),
        ("edits", "add_on", edits.ADD_ON),
        ("edits", "ptp", "ncci-ptp-practitioner"),
        ("fees", "years", fees.VALUES),
    ):
        if shelf.all(system) and not shelf.speaking(system):
            facts.get(section, {}).pop(figures, None)
    return facts


def _joined(starter: Body | None, table: Body | None, key: str) -> Body | None:
    """Both. Where they tell the same, the table does for edits and fees, and our own text for everything else."""
    if not starter or not table or "no_data" in starter:
        return table or starter
    return {**starter, **table} if key in {"edits", "fees"} else {**table, **starter}


def _made(system: str, entry: Entry | None, code: str, shelf: Shelf) -> Mapping[str, Body | None]:
    """The sections that the loaded tables make."""
    made: dict[str, Body | None] = {"coverage": coverage.of(system, code, shelf)}
    if system == "icd-10-pcs":
        return made | _pcs(entry, code, shelf)
    loaded = edits.of(code, shelf)
    made |= {
        "fees": fees.of(code, shelf),
        "modifiers": modifiers.of(code, shelf),
        "edits": loaded if any(key in loaded for key in _HELD_BY_TABLES) else None,
        "history": _add_on_history(code, shelf),
    }
    if system == "hcpcs" and entry is not None:
        return _with_hcpcs(made, entry, shelf)
    return made | _licensed(code, shelf)


def _licensed(code: str, shelf: Shelf) -> dict[str, Body | None]:
    """What the operator's AMA file says."""
    found = shelf.speaking("cpt-ama")
    entry = found[0].facts.entry(code) if found else None
    if found is None or entry is None:
        return {}
    said = orjson.loads(entry.facts) if entry.facts else {}
    official = {"text": entry.display, "licence": NOTICE, "editions": [sources.edition(found[1])]}
    made: dict[str, Body | None] = {"official": official}
    if said.get("consumer"):
        made["common"] = {"paragraphs": [said["consumer"]], "licence": NOTICE}
    return made


def _with_hcpcs(made: Mapping[str, Body | None], entry: Entry, shelf: Shelf) -> dict[str, Body | None]:
    said = orjson.loads(entry.facts)
    found = shelf.speaking("hcpcs")
    source = sources.row(found[1], said["line"]) if found else ""
    official: Body = {"text": entry.display} if entry.display else {"no_data": "The ADA's descriptor is not shown."}
    return {
        **made,
        "official": official,
        "common": {"paragraphs": plain_words.paragraphs(entry.display.capitalize(), header=False)}
        if entry.display
        else None,
        "fees": _fees_of_record(made["fees"], said, source),
        "coverage": _coverage_of_record(made["coverage"], said, source),
        "related": _related(said, source),
        "history": _history(entry, said, shelf, source),
    }


def _in_plain_words(display: str) -> Body | None:
    return {"paragraphs": plain_words.paragraphs(display, header=False)} if display else None


def _fees_of_record(body: Body | None, said: Body, source: str) -> Body:
    told = [f"{value}: {words.hcpcs('pricing', value)}" for value in said.get("pricing", ())]
    facts = [{"label": "How it is priced", "value": "; ".join(told) or "not told", "source": source}]
    if said.get("anesthesia_units", "").strip("0"):
        facts.append(
            {"label": "Anesthesia base units", "value": said["anesthesia_units"].lstrip("0"), "source": source}
        )
    return {**(body or {}), "facts": facts}


def _coverage_of_record(body: Body | None, said: Body, source: str) -> Body:
    value = said.get("coverage", "")
    meaning = words.hcpcs("coverage", value)
    facts = [
        {"label": "Coverage code", "value": f"{value}: {meaning}" if meaning else value or "none", "source": source}
    ]
    if said.get("statute"):
        facts.append({"label": "Statute", "value": said["statute"], "source": source})
    for label, key in (("Carriers Manual", "carriers_manual"), ("Coverage Issues Manual", "coverage_manual")):
        if said.get(key):
            facts.append({"label": label, "value": ", ".join(said[key]), "source": source})
    return {**(body or {"no_data": _SOURCES["coverage"]}), "facts": facts}


def _related(said: Body, source: str) -> Body | None:
    if not said.get("cross_reference"):
        return None
    facts = [{"label": "Refers to", "value": ", ".join(said["cross_reference"]), "source": source}]
    return {"facts": facts}


def _history(entry: Entry, said: Body, shelf: Shelf, source: str) -> Body:
    events: list[dict[str, Any]] = []
    if entry.since:
        events.append({"date": entry.since, "text": "Added to HCPCS Level II.", "source": source})
    if said.get("action", "N") != "N" and said.get("action_since", entry.since) != entry.since:
        told = words.hcpcs("action", said.get("action", "")) or "changed"
        events.append({"date": said["action_since"], "text": f"Last action: {told}.", "source": source})
    if entry.until:
        events.append({"date": entry.until, "text": "Last day on which it can be used.", "source": source})
    told_of = history.across("hcpcs", entry.code, shelf)[1:]
    return {"events": sorted([*events, *told_of], key=lambda event: str(event["date"]))}


def _add_on_history(code: str, shelf: Shelf) -> Body | None:
    """When the code became an add-on, and of which type."""
    found = shelf.rows(edits.ADD_ON, code)
    windows: dict[tuple[str, int], int] = {}
    for row in found[0] if found else ():
        windows.setdefault((row.body["since"], row.body["type"]), row.line)
    if found is None or not windows:
        return None
    events = [
        {"date": since, "text": f"Add-on code edits of type {kind} begin.", "source": sources.row(found[1], line)}
        for (since, kind), line in sorted(windows.items())
    ]
    return {"events": events}


def _pcs(entry: Entry | None, code: str, shelf: Shelf) -> dict[str, Body | None]:
    if entry is None:
        return {}
    found = shelf.speaking("icd-10-pcs")
    source = sources.row(found[1], 0) if found else ""
    above = found[0].facts.ancestors(entry) if found else ()
    facts = [{"label": "Section", "value": above[0].display, "source": source}] if above else []
    if len(above) > 1:
        facts.append({"label": "Table", "value": f"{above[1].code}: {above[1].display}", "source": source})
    facts.append({"label": "Code", "value": " ".join(code), "source": source})
    return {
        "official": {"text": entry.display},
        "common": _in_plain_words(entry.display),
        "indications": {"facts": facts},
        "related": crosswalks.general("icd-10-pcs", code, shelf),
        "history": {"events": history.across("icd-10-pcs", code, shelf)},
    }


def absent(system: str, key: str, shelf: Shelf) -> Body:
    """What a section says when its source is not loaded, or does not name the code."""
    spoke = shelf.speaking(fees.VALUES) if key in {"fees", "modifiers"} else None
    if spoke:
        return {"no_data": f"{spoke[1].name} {spoke[1].version} does not name this code."}
    if key == "official":
        return {"no_data": _OFFICIAL[system]}
    if key == "common":
        return {"no_data": f"No description of this {SYSTEMS[system].name} code in common language is loaded."}
    return {"no_data": _SOURCES[key]}
