"""The page of an ICD-10-CM code: its notes with those above it, its seventh characters, its place, its rules."""

from collections.abc import Sequence
from typing import Any, Final

from services.lookup.domain import Edition, Entry, Level, Row, Section, Status
from services.lookup.editions.facts import Facts, Named, Read, read
from services.lookup.editions.library import Shelf
from services.lookup.pages import coverage, crosswalks, guidelines, history, plain_words, sources
from services.lookup.pages.bodies import Body, page

TITLES: Final = {
    "official": "Official description",
    "common": "In common language",
    "notes": "Notes",
    "seventh": "Seventh characters",
    "hierarchy": "Hierarchy",
    "guidelines": "Guidelines",
    "edits": "Edits",
    "coverage": "Medicare coverage",
    "crosswalks": "Crosswalks",
    "history": "History",
}
_CODED: Final = ("excludes1", "excludes2", "code_first", "use_additional", "code_also")
_SEVENTH: Final = 7
_NO_COVERAGE: Final = "No national or local coverage table with diagnosis codes is loaded."
_NO_MAP: Final = "No map from ICD-10-CM to another code system is loaded."
_NO_EDITS: Final = "Age, sex and other edits of the Medicare Code Editor are not loaded."
_MOST_SIBLINGS: Final = 60
_NOT_THEN: Final = {
    Status.DELETED: "no, it was deleted before this date",
    Status.NOT_YET_VALID: "no, it comes with a later release",
    Status.NO_DATA: "not known for this date",
}


def of(
    entry: Entry, facts: Facts, edition: Edition, shelf: Shelf, status: Status = Status.ACTIVE
) -> tuple[Section, ...]:
    """The page of an entry of the tabular list; `status`: that of the code on the date."""
    above = facts.above(entry)
    line = [(entry, read(entry)), *above]
    below = facts.children(entry.code) if entry.children else ()
    seventh = _seventh(entry, line, below)
    header = not entry.billable
    return page(
        TITLES,
        {
            "official": {"text": entry.display},
            "common": {"paragraphs": plain_words.paragraphs(entry.display, header=header)},
            "notes": _notes(line),
            "seventh": seventh,
            "hierarchy": _hierarchy(entry, [one for one, _ in reversed(above)], below, facts),
            "guidelines": {"rules": guidelines.about(entry.code[:3], header=header, seventh=seventh["applies"])},
            "edits": _edits(entry, edition, shelf, status),
            "coverage": coverage.of("icd-10-cm", entry.code, shelf) or {"no_data": _NO_COVERAGE},
            "crosswalks": crosswalks.diagnosis(entry.code, shelf, _NO_MAP),
            "history": history.diagnosis(entry.code, shelf),
        },
    )


def _notes(line: Sequence[tuple[Entry, Read]]) -> Body:
    """Notes of the entry, then of what stands above it, the nearest first; each says where it stands."""
    own = line[0][1]
    coded = {key: [{"from": one.code, **row} for one, read in line for row in read.get(key, ())] for key in _CODED}
    includes = [{"from": one.code, "text": text} for one, read in line for text in read.get("includes", ())]
    general = [{"from": one.code, "text": text} for one, read in line for text in read.get("general", ())]
    body: dict[str, Any] = {"inclusion": own.get("inclusion", []), "includes": includes, **coded}
    borrowed = next((read["notes_of"] for _, read in line if read.get("notes_of")), None)
    if borrowed:
        body["text"] = f"The order file of this release has no notes: these are of the tabular list {borrowed}."
    return body | ({"general": general} if general else {})


def _seventh(entry: Entry, line: Sequence[tuple[Entry, Read]], below: Sequence[Entry]) -> dict[str, Any]:
    """The seventh characters that complete the code, or that are in it."""
    named = next(((one, read["seventh"]) for one, read in line if read.get("seventh")), None)
    if named is None or entry.level in {Level.CHAPTER, Level.BLOCK}:
        return {"applies": False}
    extended = [one for one in below if one.level is Level.EXTENDED]
    bare = len(entry.code.replace(".", ""))
    fills = extended and bare < _SEVENTH - 1
    placeholder = f"X fills the places before the seventh character: {extended[0].code}." if fills else None
    codes = [{"code": one.code, "display": one.display} for one in extended]
    return {
        "applies": True,
        "position": _SEVENTH,
        "from": named[0].code,
        "characters": named[1],
        "placeholder": placeholder,
        "codes": codes,
    }


def _hierarchy(entry: Entry, above: Sequence[Entry], below: Sequence[Entry], facts: Facts) -> Body:
    beside = [one for one in facts.named_below(entry.parent, _MOST_SIBLINGS + 1) if one.code != entry.code]
    return {
        "ancestors": [_node(one) for one in above],
        "children": [_node(one) for one in below],
        "siblings": [_node(one) for one in beside[:_MOST_SIBLINGS]],
    }


def _node(entry: Entry | Named) -> dict[str, Any]:
    return {"code": entry.code, "display": entry.display, "billable": bool(entry.billable)}


def _edits(entry: Entry, edition: Edition, shelf: Shelf, status: Status) -> Body:
    valid = "yes, it has all its characters" if entry.billable else f"no, it is divided into {entry.children} further"
    valid = _NOT_THEN.get(status, valid)
    facts = [{"label": "Valid on a claim", "value": valid, "source": f"{edition.file}, {entry.code}"}]
    editions: list[Body] = []
    for system, label, tell in (
        ("mce-age", "Age", _age),
        ("mce-sex", "Sex", _sex),
        ("icd-10-cm-poa-exempt", "Present on admission", _exempt),
    ):
        found = shelf.rows(system, entry.code)
        if found is None:
            continue
        rows, spoke = found
        editions.append(sources.edition(spoke))
        facts.append({"label": label, "value": tell(rows), "source": sources.row(spoke, rows[0].line if rows else 0)})
    lacking = not shelf.speaking("mce-age") and not shelf.speaking("mce-sex")
    return {"facts": facts, "editions": editions} | ({"no_data": _NO_EDITS} if lacking else {})


def _age(rows: Sequence[Row]) -> str:
    told = [f"{row.body['group']}: {row.body['from_years']} to {row.body['to_years']} years" for row in rows]
    return "; ".join(told) or "no limit of age"


def _sex(rows: Sequence[Row]) -> str:
    return ", ".join(f"{row.body['sex']} only" for row in rows) or "no limit to a sex"


def _exempt(rows: Sequence[Row]) -> str:
    return "exempt from the indicator" if rows else "the indicator is reported"


def without_data() -> tuple[Section, ...]:
    """The page of a code on a date before every loaded release."""
    nothing = {"no_data": "No release that covers this date is loaded."}
    return page(TITLES, dict.fromkeys(TITLES, nothing))
