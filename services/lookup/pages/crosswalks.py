"""What a code maps to in another system: the GEMs with their flags, HCPCS cross references, add-on relations."""

from typing import Any, Final

from services.lookup.editions.library import Shelf
from services.lookup.pages import sources
from services.lookup.pages.bodies import Body

_MAPS: Final = {
    "icd-10-cm": "gem-icd-10-cm-to-icd-9-cm",
    "icd-10-pcs": "gem-icd-10-pcs-to-icd-9-cm",
}
_NEVER_ONE_TO_ONE: Final = (
    "A General Equivalence Mapping names the nearest codes, it does not say that two are the same; read the flags."
)


def general(system: str, code: str, shelf: Shelf) -> Body | None:
    """The mappings of an ICD-10 code to ICD-9-CM; None where they are not loaded."""
    found = shelf.rows(_MAPS[system], code)
    if found is None:
        return None
    rows, edition = found
    body: dict[str, Any] = {"editions": [sources.edition(edition)]}
    if not rows:
        return body | {"no_data": f"The mappings of {edition.version} do not name this code; later codes have none."}
    maps = [
        {
            "to": "ICD-9-CM",
            "code": row.body["target"] or None,
            "flags": [name.replace("_", " ") for name in ("approximate", "no_map", "combination") if row.body[name]],
            "scenario": row.body["scenario"],
            "choice_list": row.body["choice_list"],
            "source": sources.row(edition, row.line),
        }
        for row in rows
    ]
    return body | {"paragraphs": [_NEVER_ONE_TO_ONE], "maps": maps}
