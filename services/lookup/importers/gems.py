"""Reads the General Equivalence Mappings between ICD-9-CM and ICD-10, last published for FY2018.

A line is a source code, a target code and five flags (GEMs technical documentation): approximate, no map,
combination, scenario, choice list. Of a combination, one code of each choice list of one scenario is taken together.
"""

import re
from typing import Final

from services.lookup.domain import SYSTEMS, Row, spelled
from services.lookup.importers import releases
from services.lookup.importers.files import Member
from services.lookup.importers.format import Around, Content, Format, Given, Identity, Parts, needs_rows
from services.lookup.importers.reading import lines
from services.lookup.importers.refusal import ImportRefusedError, Place

_LINE: Final = re.compile(r"([0-9A-Z]{3,7})\s+([0-9A-Za-z]{3,7})\s+([01])([01])([01])([0-9])([0-9])\s*")
_KINDS: Final = (
    ("i10gem", "gem-icd-10-cm-to-icd-9-cm", "GEM, ICD-10-CM to ICD-9-CM"),
    ("i9gem", "gem-icd-9-cm-to-icd-10-cm", "GEM, ICD-9-CM to ICD-10-CM"),
    ("pcsi9", "gem-icd-10-pcs-to-icd-9-cm", "GEM, ICD-10-PCS to ICD-9-CM procedures"),
    ("i9pcs", "gem-icd-9-cm-to-icd-10-pcs", "GEM, ICD-9-CM procedures to ICD-10-PCS"),
)
_ICD9_CATEGORY: Final = 3
_LAST: Final = 2018  # the fiscal year that the mappings were last published for: no newer ones will end them


def _identify(member: Member, _: Given) -> Identity | None:
    first = [line for line in member.beginning.splitlines() if line.strip()]
    if not first or not _LINE.fullmatch(first[0]):
        return None
    found = next((row for row in _KINDS if row[0] in member.base.replace("_", "")), None)
    if found is None:
        return None
    year = releases.year_in(member.base)
    version, begin, end = releases.fiscal_year(year) if year else ("", "", "")
    window = (version, begin, "" if year >= _LAST else end) if year else None
    return Identity(found[1], found[2], window)


def _read(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    member = parts["only"]
    kind = next(row for row in _KINDS if row[0] in member.base.replace("_", ""))[1]
    source, target = (side.removeprefix("gem-") for side in kind.split("-to-"))
    rows: list[Row] = []
    for number, line in lines(member):
        if not line.strip():
            continue
        found = _LINE.fullmatch(line)
        if not found:
            expected = "source code, target code and five flags"
            raise ImportRefusedError(Place(member.place, number), "is no line of a GEM", line, expected)
        nothing = found[4] == "1"
        body = {
            "target": "" if nothing else _written(target, found[2]),
            "approximate": found[3] == "1",
            "no_map": nothing,
            "combination": found[5] == "1",
            "scenario": int(found[6]),
            "choice_list": int(found[7]),
        }
        rows.append(Row(_written(source, found[1]), number, body))
    needs_rows(member, len(rows), "mappings")
    covers = "Which codes come nearest to each code in the other system; not kept up since FY2018."
    return Content(covers, {"mappings": len(rows), "codes": len({row.key for row in rows})}, rows=rows)


def _written(system: str, code: str) -> str:
    if system == "icd-9-cm":
        at = _ICD9_CATEGORY + code.startswith("E")
        return f"{code[:at]}.{code[at:]}" if len(code) > at else code
    return (spelled(SYSTEMS[system], code) or code) if system == "icd-10-cm" else code


FORMATS: Final = (Format("gem", "General Equivalence Mapping", _identify, _read),)
