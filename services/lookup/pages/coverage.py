"""Medicare coverage of a code: the documents of the Medicare Coverage Database that name it, by state and contractor.

Local documents speak for the states of their contractors only: without a state there is no verdict, and the section
says so. `coverage` is "covered" or "not covered" only where an article's list of diagnosis codes says it.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from services.lookup.domain import Edition, Row, System
from services.lookup.editions.bundle import Bundle
from services.lookup.editions.library import Shelf
from services.lookup.pages import sources
from services.lookup.pages.bodies import Body
from services.lookup.pages.tables import SHOWN, Table, address

DATABASE: Final = "mcd"
DETERMINATIONS: Final = "mcd-ncd"
KEYS: Final = {"icd-10-cm": "diagnosis", "icd-10-pcs": "procedure"}  # of every other system: code
_OF_DETERMINATION: Final = ("effective_from", "effective_to", "description", "indication")
_ADDRESS: Final = "https://www.cms.gov/medicare-coverage-database/view/"
_DOCUMENT: Final = "document:"
_EVERYWHERE: Final = ""  # for which national documents speak
_NO_STATE: Final = (
    "Whether the code is covered for a claim depends on the state it is billed in: a document speaks for the states "
    "of its contractors only. Choose a state."
)


def of(system: str, code: str, shelf: Shelf) -> Body | None:
    """The section; None where no coverage database that had begun is loaded."""
    found = shelf.rows(DATABASE, _key(system, code))
    if found is None:
        return None
    rows, edition = found
    names = _names(rows)
    body: dict[str, Any] = {"editions": [sources.edition(edition)], "state": shelf.state or None, "as_of": shelf.as_of}
    if not names:
        return body | {"no_data": _nothing(edition)}
    speaking = _speaking_in(shelf.state, shelf) if shelf.state else names
    there = [name for name in names if name in speaking]
    shown = [_document(name, names[name], shelf) for name in there[:SHOWN]]
    if not shelf.state:
        body |= {"no_data": _NO_STATE}
    else:
        body |= {"in_state": len(there)}
    if not there:
        body |= {"no_data": f"No loaded document that names this code speaks for {shelf.state}."}
    body |= {"total": len(names), "documents": shown, "states": states(shelf)}
    body |= {"all": address(system, code, "coverage", as_of=shelf.as_of, within=shelf.state)}
    return body


def table(system: System, code: str, shelf: Shelf, within: str) -> Table:
    """Every document that names the code; `within` a state."""
    found = shelf.rows(DATABASE, _key(system.id, code))
    if found is None:
        return Table((), within=within, no_data="No coverage database that covers this date is loaded.")
    rows, edition = found
    names, state = _names(rows), within.upper()
    chosen = _speaking_in(state, shelf) if state else names
    told = [_document(name, of_it, shelf) for name, of_it in names.items() if name in chosen]
    choices = [one for one in states(shelf) if not _of_state(one, shelf).isdisjoint(names)]
    no_data = "" if names else _nothing(edition)
    return Table(told, edition, None, state, choices, no_data, lambda one: {**one, **_texts(one["document"], shelf)})


def states(shelf: Shelf) -> list[str]:
    """The states that contractors of the loaded database speak for."""
    found = shelf.rows(DATABASE, "states")
    return list(found[0][0].body["states"]) if found and found[0] else []


def _key(system: str, code: str) -> str:
    return f"{KEYS.get(system, 'code')}:{code}"


def _nothing(edition: Edition) -> str:
    if edition.complete:
        return f"No document of {edition.version} names this code."
    return f"No loaded document names this code, but the loaded export is not whole: {edition.covers}"


def _names(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The rows of each document, by its name."""
    names: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: str(row.body["document"])):
        names.setdefault(row.body["document"], []).append(row)
    return names


def _speaking_in(state: str, shelf: Shelf) -> frozenset[str]:
    """The documents that speak for a state: those of its contractors, and the national ones."""
    return _of_state(state, shelf) | _of_state(_EVERYWHERE, shelf)


def _of_state(state: str, shelf: Shelf) -> frozenset[str]:
    found = shelf.speaking(DATABASE)
    return _by_state(found[0]).get(state, frozenset()) if found else frozenset()


@lru_cache(maxsize=4)
def _by_state(bundle: Bundle) -> Mapping[str, frozenset[str]]:
    """The documents of an edition by state, read at once: of a common code hundreds are asked for."""
    states: dict[str, set[str]] = {}
    for row in bundle.rows.under(_DOCUMENT) if bundle.rows else ():
        for state in row.body["states"] if row.body["kind"] != "ncd" else (_EVERYWHERE,):
            states.setdefault(state, set()).add(row.key.removeprefix(_DOCUMENT))
    return {state: frozenset(names) for state, names in states.items()}


def _document(name: str, told: Iterable[Row], shelf: Shelf) -> dict[str, Any]:
    found = shelf.rows(DATABASE, f"{_DOCUMENT}{name}")
    said = dict(found[0][0].body) if found and found[0] else {}
    kind = {"A": "article", "L": "lcd", "N": "ncd"}[name[0]]
    contractors = said.get("contractors", ())
    if shelf.state:
        contractors = [one for one in contractors if shelf.state in one["states"]]
    document: dict[str, Any] = {
        "document": name,
        "kind": kind,
        "title": said.get("title"),
        "effective_from": said.get("effective_from"),
        "effective_to": said.get("effective_to"),
        "states": said.get("states", []),
        "contractors": sorted({one["name"] for one in contractors}),
        "address": f"{_ADDRESS}{kind}.aspx?{kind}id={name[1:]}",
        "groups": [_group(name, row, shelf) for row in told],
    }
    for key in ("related", "ncds", "bill_types", "revenue_codes", "modifiers", "other_coding", "summary"):
        if said.get(key):
            document[key] = said[key]
    if "ncds" in document:
        document["ncds"] = [_determination(one, shelf) for one in document["ncds"]]
    says = dict.fromkeys("covered" if row.body["covered"] else "not covered" for row in told if "covered" in row.body)
    return document | ({"says": list(says)} if says else {})


def _determination(one: Body, shelf: Shelf) -> dict[str, Any]:
    """A national determination that a document names: its title, dates and texts where their export is loaded."""
    found = shelf.rows(DETERMINATIONS, one["id"])
    at = f"{_ADDRESS}ncd.aspx?ncdid={one['id']}"
    if found is None or not found[0]:
        return {**one, "address": at}
    said = found[0][0].body
    more = {
        name: said[name] for name in ("effective_from", "effective_to", "description", "indication") if name in said
    }
    return {**one, "name": f"NCD {said['section']}: {said['title']}", **more, "address": at}


def _texts(name: str, shelf: Shelf) -> dict[str, Any]:
    """What the document says, section by section, where the export holds it."""
    found = shelf.rows(DATABASE, f"text:{name}")
    return {"texts": dict(found[0][0].body)} if found and found[0] else {}


def _group(name: str, row: Row, shelf: Shelf) -> dict[str, Any]:
    """The group of codes that a row is of, with what the document says of the group."""
    kind = row.body.get("kind", "code")
    found = shelf.rows(DATABASE, f"group:{name}:{kind}:{row.body['group']}")
    told: dict[str, Any] = {"group": row.body["group"], "line": row.line}
    if found and found[0]:
        told["text"] = found[0][0].body["text"]
    return told
