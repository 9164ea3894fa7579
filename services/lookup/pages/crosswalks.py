"""What a code maps to in another system: the GEMs with their flags, HCPCS cross references, add-on relations."""

from typing import Any, Final

from services.lookup.domain import Edition, Row
from services.lookup.editions.library import Shelf
from services.lookup.pages import sources
from services.lookup.pages.bodies import Body

type Mapped = dict[str, Any]  # code, flags, scenario, choice_list, source

MAPPINGS: Final = frozenset(
    (
        ("icd-10-cm", "icd-9-cm"),
        ("icd-10-pcs", "icd-9-cm"),
        ("icd-9-cm", "icd-10-cm"),
        ("icd-9-cm", "icd-10-pcs"),
    )
)
_NEVER_ONE_TO_ONE: Final = (
    "A General Equivalence Mapping names the nearest codes, it does not say that two are the same; read the flags."
)


def grouped(code: str, shelf: Shelf) -> Body | None:
    """The clinical categories of a diagnosis (AHRQ CCSR); None where they are not loaded, or do not name it."""
    found = shelf.rows("icd-10-cm-ccsr", code)
    if found is None or not found[0]:
        return None
    row, edition = found[0][0], found[1]
    source = sources.row(edition, row.line)
    told = [f"{one['category']} {one.get('name', '')}".strip() for one in row.body["categories"]]
    facts = [{"label": "Clinical category (CCSR)", "value": "; ".join(told) or "none", "source": source}]
    facts += [
        {"label": f"Default category, {name}", "value": row.body[name], "source": source}
        for name in ("inpatient", "outpatient")
        if row.body.get(name)
    ]
    return {"facts": facts, "editions": [sources.edition(edition)]}


def diagnosis(code: str, shelf: Shelf, no_map: str) -> Body:
    """The section of a diagnosis: what it maps to, and its clinical categories."""
    maps = general("icd-10-cm", code, shelf) or {"no_data": no_map}
    groups = grouped(code, shelf)
    if groups is None:
        return maps
    return {**maps, "facts": groups["facts"], "editions": [*maps.get("editions", ()), *groups["editions"]]}


def translated(source: str, target: str, code: str, shelf: Shelf) -> tuple[list[Mapped], Edition | None]:
    """What a code maps to, in the order of the file, and the edition; no edition where the mapping is not loaded."""
    found = shelf.rows(f"gem-{source}-to-{target}", code)
    if found is None:
        return [], None
    rows, edition = found
    return [_mapped(row, edition) for row in rows], edition


def _mapped(row: Row, edition: Edition) -> Mapped:
    return {
        "code": row.body["target"] or None,
        "flags": [name.replace("_", " ") for name in ("approximate", "no_map", "combination") if row.body[name]],
        "scenario": row.body["scenario"],
        "choice_list": row.body["choice_list"],
        "source": sources.row(edition, row.line),
    }


def general(system: str, code: str, shelf: Shelf) -> Body | None:
    """The mappings of an ICD-10 code to ICD-9-CM; None where they are not loaded."""
    found, edition = translated(system, "icd-9-cm", code, shelf)
    if edition is None:
        return None
    body: dict[str, Any] = {"editions": [sources.edition(edition)]}
    if not found:
        return body | {"no_data": f"The mappings of {edition.version} do not name this code; later codes have none."}
    maps = [{"to": "ICD-9-CM", **one} for one in found]
    return body | {"paragraphs": [_NEVER_ONE_TO_ONE], "maps": maps}
