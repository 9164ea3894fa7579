"""Medicare coverage of a code: the documents of the Medicare Coverage Database that name it, and its HCPCS coverage."""

from typing import Any, Final

from services.lookup.editions.library import Shelf
from services.lookup.pages import sources
from services.lookup.pages.bodies import Body

DATABASE: Final = "mcd"
_ADDRESS: Final = "https://www.cms.gov/medicare-coverage-database/view/"
_NO_STATE: Final = (
    "Whether the code is covered for a claim depends on the state it is billed in: a document speaks for the states "
    "of its contractors only."
)


def of(key: str, shelf: Shelf) -> Body | None:
    """The section; None where no coverage database that had begun is loaded. `key`: code:J1885, diagnosis:E11.9."""
    found = shelf.rows(DATABASE, key)
    if found is None:
        return None
    rows, edition = found
    documents: dict[str, dict[str, Any]] = {}
    for row in rows:
        shown = documents.setdefault(row.body["document"], _document(row.body["document"], shelf))
        if "covered" in row.body:
            shown.setdefault("says", []).append("covered" if row.body["covered"] else "not covered")
    if not documents:
        told = f"No document of {edition.version} names this code."
        if not edition.complete:
            told = f"No loaded document names this code, but the loaded export is not whole: {edition.covers}"
        return {"editions": [sources.edition(edition)], "no_data": told}
    return {
        "editions": [sources.edition(edition)],
        "documents": sorted(documents.values(), key=lambda one: str(one["document"])),
        "no_data": _NO_STATE,
    }


def _document(name: str, shelf: Shelf) -> dict[str, Any]:
    found = shelf.rows(DATABASE, f"document:{name}")
    said = dict(found[0][0].body) if found and found[0] else {}
    kind = "article" if name.startswith("A") else "lcd"
    address = f"{_ADDRESS}{kind}.aspx?{kind}id={name[1:]}"
    contractors = [one["name"] for one in said.get("contractors", ())]
    return {
        "document": name,
        "title": said.get("title"),
        "states": said.get("states", []),
        "contractors": sorted(set(contractors)),
        "address": address,
    }
