"""Reads small lists: place of service codes, HCPCS modifiers, and the age and sex edits of the Medicare Code Editor."""

import re
from typing import Final

from services.lookup.domain import SYSTEMS, Row, spelled
from services.lookup.importers import releases
from services.lookup.importers.files import Member
from services.lookup.importers.format import Around, Content, Format, Given, Identity, Parts, needs_rows
from services.lookup.importers.reading import headed, lines, table
from services.lookup.importers.refusal import ImportRefusedError, Place

_PLACES: Final = {
    "code": ("pos_code", "Place of Service Code"),
    "kind": ("pos_type", "Facility"),
    "name": ("pos_name", "Place of Service Name"),
    "text": ("pos_description", "Place of Service Description"),
}
_MODIFIERS: Final = {
    "code": ("mod_code", "Modifier"),
    "kind": ("mod_type",),
    "group": ("mod_category",),
    "text": ("mod_description", "Description"),
}
_EDIT: Final = re.compile(
    r"([A-Z][0-9][0-9A-Z]{1,5})\s+([0-9])\s+(newborn|pediatric|maternity|adult|female|male)\b.*", re.IGNORECASE
)
# Ages in years, both included (Definitions of Medicare Code Edits, chapter 1, edits 4 and 5).
AGES: Final = {"newborn": (0, 0), "pediatric": (0, 17), "maternity": (9, 64), "adult": (15, 124)}
_AGE_TOLD: Final = re.compile(r"age\s*([0-9]+)\s*(?:-\s*([0-9]+)|\+)?")


def _yearly(member: Member) -> releases.Window | None:
    year = releases.year_in(member.base)
    return releases.calendar_year(year) if year else None


def _identify_places(member: Member, _: Given) -> Identity | None:
    if not re.match(r"(?is)\W*pos_code\W", member.beginning):
        return None
    return Identity("place-of-service", "Place of service codes", _yearly(member))


def _identify_modifiers(member: Member, _: Given) -> Identity | None:
    if not re.match(r"(?is)\W*mod_code\W", member.beginning):
        return None
    return Identity("hcpcs-modifiers", "HCPCS Level II modifiers", _yearly(member))


def _read_places(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    member = parts["only"]
    rows = []
    for line in headed(member, table(member), _PLACES, ("kind",)):
        if not re.fullmatch(r"[0-9]{2}", line.text("code").zfill(2)):
            raise line.refuse("code", "two digits", "is no place of service")
        rows.append(Row(line.text("code").zfill(2), line.number, dict(line.cells)))
    needs_rows(member, len(rows), "places")
    return Content(
        "Every place of service code with its name and whether it is a facility.", {"codes": len(rows)}, rows=rows
    )


def _read_modifiers(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    member = parts["only"]
    rows = []
    for line in headed(member, table(member), _MODIFIERS, ("kind", "group")):
        if not re.fullmatch(r"[0-9A-Z]{2}", line.text("code")):
            raise line.refuse("code", "two letters or digits", "is no modifier")
        # numeric modifiers and their wording are the AMA's
        if line.text("kind").upper() != "CPT" and not line.text("code").isdigit():
            rows.append(Row(line.text("code"), line.number, dict(line.cells)))
    needs_rows(member, len(rows), "modifiers")
    return Content("Every Level II modifier with its description.", {"modifiers": len(rows)}, rows=rows)


def _identify_mce(member: Member, _: Given) -> Identity | None:
    first = [line for line in member.beginning.splitlines() if line.strip()][:5]
    found = [_EDIT.fullmatch(line.strip()) for line in first]
    if not found or not all(found):
        return None
    sex = all(one and one[3].lower() in {"female", "male"} for one in found)
    system, name = ("mce-sex", "MCE sex edits") if sex else ("mce-age", "MCE age edits")
    year = releases.year_in(member.base)
    return Identity(system, name, releases.fiscal_year(year) if year else None)


def _read_mce(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    member = parts["only"]
    rows = []
    for number, text in lines(member):
        if not text.strip():
            continue
        found = _EDIT.fullmatch(text.strip())
        if not found:
            expected = "a diagnosis code, a digit, and newborn, pediatric, maternity, adult, female or male"
            raise ImportRefusedError(Place(member.place, number), "is no line of an edit", text.strip(), expected)
        code = spelled(SYSTEMS["icd-10-cm"], found[1])
        if code is None:
            raise ImportRefusedError(Place(member.place, number, "1"), "is no code", found[1], "an ICD-10-CM code")
        rows.append(Row(code, number, _edit(found[3].lower(), text)))
    needs_rows(member, len(rows), "codes")
    return Content("Every diagnosis code that is limited to an age or a sex.", {"codes": len(rows)}, rows=rows)


def _edit(group: str, text: str) -> dict[str, str | int]:
    """Of an age edit the years that the file itself tells, else those of the definitions manual."""
    if group in {"female", "male"}:
        return {"sex": group}
    told = _AGE_TOLD.search(text.lower())
    first, last = AGES[group]
    if told:
        first = int(told[1])
        last = int(told[2]) if told[2] else (124 if "+" in told[0] else first)
    return {"group": group, "from_years": first, "to_years": last}


FORMATS: Final = (
    Format("place-of-service", "place of service codes", _identify_places, _read_places),
    Format("hcpcs-modifiers", "HCPCS Level II modifiers", _identify_modifiers, _read_modifiers),
    Format("mce", "MCE age or sex edits", _identify_mce, _read_mce),
)
