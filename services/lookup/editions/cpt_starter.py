"""Reads the starter content for CPT codes: pages in our own words with dated CMS facts, one TOML file a code.

A file has `code`, `display`, `billable`, `facts_to` (last day its facts are known for), `search_terms`, one table a
section of the page, and one of `effective_from` (the code is new on that day) or `known_from` (the code is older,
and the file says nothing of earlier days). An entry's facts are the sections' bodies in JSON.
"""

import hashlib
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from services.lookup.domain import SYSTEMS, Edition, Entry, Level, Term, day, spelled

FOLDER: Final = Path(__file__).parents[1] / "content" / "cpt"
_TYPES: Final[dict[str, type]] = {
    "code": str,
    "display": str,
    "billable": bool,
    "facts_to": str,
    "search_terms": list,
    "official": dict,
    "common": dict,
}
_DATES: Final = ("effective_from", "known_from", "facts_to")


def fingerprint(folder: Path = FOLDER) -> str:
    """sha256 over names and bytes of the files, in the order of their names: another text is another edition."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.toml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def read(folder: Path = FOLDER) -> tuple[Edition, list[Entry]]:
    """The edition and its entries; ValueError names the file and the key that is wrong."""
    sha256 = fingerprint(folder)
    pages = [_page(path) for path in sorted(folder.glob("*.toml"))]
    if not pages:
        raise ValueError(f"{folder}: expected a TOML file for each code, found none")
    edition = Edition(
        id=edition_id(sha256),
        system="cpt",
        version=f"starter content, facts to {max(page['facts_to'] for page in pages)}",
        effective_from=min(_begin(page) for page in pages),
        effective_to=max(page["facts_to"] for page in pages),
        file="cpt-starter",
        sha256=sha256,
        rows=len(pages),
        covers=(
            f"{len(pages)} CPT codes in our own words with dated facts from CMS files; "
            "no official descriptor, and nothing about other codes."
        ),
        complete=False,
        row_dated=True,
    )
    return edition, [_entry(ordinal, page) for ordinal, page in enumerate(pages)]


def edition_id(sha256: str) -> str:
    """The edition's id, which its text decides."""
    return f"cpt-starter-{sha256[:8]}"


def terms(entry: Entry) -> Iterator[Term]:
    """What a page is found by."""
    yield Term(entry.code, "description", entry.display)
    for text in orjson.loads(entry.facts)["search_terms"]:
        yield Term(entry.code, "common", text)


def _begin(page: dict[str, Any]) -> str:
    return str(page.get("effective_from") or page["known_from"])


def _page(path: Path) -> dict[str, Any]:
    try:
        page = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path.name}: {error}") from error
    for key, kind in _TYPES.items():
        if not isinstance(page.get(key), kind):
            raise ValueError(f"{path.name}: expected the key {key} with a {kind.__name__}")  # noqa: TRY004 -- the file's fault
    if spelled(SYSTEMS["cpt"], page["code"]) != path.stem:
        raise ValueError(f"{path.name}: expected the code {path.stem}, found {page['code']!r}")
    if ("effective_from" in page) == ("known_from" in page):
        raise ValueError(f"{path.name}: expected one of effective_from and known_from")
    for key in _DATES:
        if key in page and day(str(page[key])) != page[key]:
            raise ValueError(f"{path.name}: {key}: expected a day YYYY-MM-DD in quotes, found {page[key]!r}")
    return page


def _entry(ordinal: int, page: dict[str, Any]) -> Entry:
    facts = {key: value for key, value in page.items() if isinstance(value, dict) or key == "search_terms"}
    return Entry(
        code=page["code"],
        parent="",
        level=Level.CODE,
        display=page["display"],
        billable=page["billable"],
        ordinal=ordinal,
        since=page.get("effective_from", ""),
        known_from=page.get("known_from", ""),
        facts=orjson.dumps(facts).decode(),
    )
