"""The page of a CPT, HCPCS or ICD-10-PCS code: what is loaded, and what is missing, section by section."""

from typing import Final

import orjson

from services.lookup.domain import SYSTEMS, Entry, Section
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


def of(entry: Entry) -> tuple[Section, ...]:
    """The page of an entry with content; a part that its content lacks says so."""
    facts = orjson.loads(entry.facts)
    return page(TITLES, {key: facts.get(key) or absent("cpt", key) for key in TITLES})


def without_data(system: str) -> tuple[Section, ...]:
    """The page of a well-formed code that no loaded edition speaks of."""
    return page(TITLES, {key: absent(system, key) for key in TITLES})


def absent(system: str, key: str) -> Body:
    """What a section says when its source is not loaded."""
    if key == "official":
        return {"no_data": _OFFICIAL[system]}
    if key == "common":
        return {"no_data": f"No description of this {SYSTEMS[system].name} code in common language is loaded."}
    return {"no_data": _SOURCES[key]}
