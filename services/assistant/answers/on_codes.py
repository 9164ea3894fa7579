"""What is said of a code: what it is, whether it can be reported, and what was asked of it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from services.assistant.answers import on_edits, on_fees, on_notes
from services.assistant.answers.dates import date_in
from services.assistant.answers.telling import (
    SYSTEM_NAMES,
    Told,
    answer,
    claim,
    described,
    fact,
    flat,
    missing,
    named,
    section,
)
from services.assistant.domain.answers import Claim
from services.assistant.domain.codes import KnownCode
from services.assistant.domain.questions import Focus, Understood

# Questions that the opposite of "it can be reported" answers with yes.
_ENDED: Final = re.compile(r"\b(?:delet|expir|terminat|discontinu|retired)", re.IGNORECASE)
_LACKING: Final = re.compile(r"\b(?:header|non-?billable|in-?valid)|\bnot\b", re.IGNORECASE)
_MOST: Final = 6
_SHOWN: Final = 8  # codes below a header
_PROCEDURES: Final = frozenset(("cpt", "hcpcs"))


def what(code: KnownCode) -> tuple[Claim, ...]:
    """What it is, in a sentence or two."""
    name = f"**{code.ref.code}** ({SYSTEM_NAMES[code.ref.system]})"
    if not code.ref.display:
        text = (
            f"{name} is listed in the loaded tables; no description of it is loaded here (CPT descriptors are the "
            "AMA's and come from the operator's licensed file)."
        )
        return (claim(code, text, "description"),)
    text = f"{name} is: {described(code.ref.display).rstrip('.')}."
    paragraphs = section(code, "common").get("paragraphs", [])
    if code.ref.system == "cpt" and paragraphs:
        return (claim(code, f"{text} {flat(paragraphs[0])}", "In common language"),)
    return (claim(code, text, "description"),)


def standing(code: KnownCode) -> Claim:
    """Whether it can be reported on the date, and which release says so."""
    day = code.as_of
    grounds = f"{code.status} {day} {code.edition}"
    if code.status == "deleted":
        text = f"No: {named(code)} is deleted and no longer valid on {day}."
    elif code.status == "not_yet_valid":
        text = f"No: {named(code)} is not valid yet on {day}."
    elif code.billable is None:
        text = f"{named(code)} is listed on {day} (source: {code.edition})."
    elif code.billable:
        text = f"Yes: {named(code)} is valid and can be reported on {day} (source: {code.edition})."
    else:
        text = (
            f"No: {named(code)} is a header and cannot be reported on {day}: {code.edition} divides it further. "
            "A claim needs a code below it."
        )
    return claim(code, text, "status", grounds)


def stands(code: KnownCode) -> Claim:
    """The same behind what the code is."""
    said = standing(code)
    text = said.text.replace(named(code), "it", 1)
    text = text.removeprefix("Yes: ").removeprefix("No: ")
    return Claim(text[0].upper() + text[1:], said.pieces)


def told(code: KnownCode, focus: Focus, understood: Understood) -> Told:
    """What is said to one point."""
    return _TELLERS[focus](code, understood)


def usual(code: KnownCode) -> Sequence[Focus]:
    """What is told where nothing is asked for but the code."""
    if code.ref.system == "icd-10-cm":
        return (Focus.NOTES, Focus.GUIDELINES) if code.billable else (Focus.CHILDREN, Focus.NOTES)
    return (Focus.WHAT, Focus.GUIDELINES, Focus.UNITS, Focus.ADD_ON, Focus.FEES, Focus.COVERAGE, Focus.HISTORY)


def holds(code: KnownCode, focus: Focus) -> bool:
    """Whether the code's page has something to one point, so that it is worth telling unasked."""
    body = section(code, "edits")
    tests: Mapping[Focus, bool] = {
        Focus.UNITS: (body.get("mue") or {}).get("value") is not None,
        Focus.ADD_ON: bool(body.get("add_on")),
        Focus.FEES: bool(section(code, "fees").get("years") or section(code, "fees").get("facts")),
        Focus.COVERAGE: bool(section(code, "coverage").get("facts")),
        Focus.HISTORY: bool(section(code, "history").get("events")),
        Focus.CHILDREN: bool(section(code, "hierarchy").get("children")),
    }
    return tests.get(focus, True)


def applies(code: KnownCode, focus: Focus) -> bool:
    """Whether a point is one that a code of this system can be asked about."""
    if focus in _OF_PROCEDURES:
        return code.ref.system in _PROCEDURES
    return focus not in _OF_DIAGNOSES or code.ref.system == "icd-10-cm"


def _billable(code: KnownCode, understood: Understood) -> Told:
    below = on_notes.children(code, understood)
    codes = tuple(row["code"] for row in section(code, "hierarchy").get("children", ()))[:_SHOWN]
    said = _turned(standing(code), code, understood.question.text)
    return Told(below.heading, (said, Claim("Below it", said.pieces, listed=codes)) if codes else (said,), below.rows)


_UNDECIDED: Final = (
    "No firm answer (no_data): {name} stands in {edition}, but no code set or fee schedule loaded here has it on "
    "{day}, so nothing here says that it is still reported."
)


def _turned(said: Claim, code: KnownCode, asked: str) -> Claim:
    """The same behind the yes or no that the question's own words ask for."""
    bare = said.text.removeprefix("Yes: ").removeprefix("No: ")
    if _ENDED.search(asked):
        if code.billable is None and not section(code, "fees").get("years"):
            return claim(code, _UNDECIDED.format(name=named(code), day=code.as_of, edition=code.edition), "status")
        ended = code.status == "deleted"
        word = "Yes: " if ended else "" if code.status == "not_yet_valid" else "Not deleted: "
        return replace(said, text=word + bare)
    return replace(said, text=bare) if _LACKING.search(asked) else said


def _what(code: KnownCode, understood: Understood) -> Told:  # noqa: ARG001 -- every telling is called alike
    body = section(code, "indications")
    rows = [claim(code, flat(text), "Indications and procedure", item=True) for text in body.get("paragraphs", ())]
    facts = [fact(code, f"{one['label']}: {flat(one['value'])}", one["source"]) for one in body.get("facts", ())]
    return Told("What is done, and for whom", (), (*rows[:_MOST], *facts[: _MOST - 2]))


def _guidelines(code: KnownCode, understood: Understood) -> Told:  # noqa: ARG001 -- every telling is called alike
    rules = section(code, "guidelines").get("rules", ())
    rows = [fact(code, flat(rule["text"]), rule["source"]) for rule in rules]
    return Told("How it is reported", tuple(answer(row) for row in rows[:1]), tuple(rows[1:_MOST]))


def _related(code: KnownCode, understood: Understood) -> Told:  # noqa: ARG001 -- every telling is called alike
    maps = section(code, "crosswalks").get("maps") or section(code, "related").get("maps") or ()
    if maps:
        rows = [fact(code, _mapped(row), row["source"]) for row in maps[: 2 * _MOST]]
        text = f"{named(code)} maps by the GEMs to {_targets(maps)}. A mapping names what is near, not what is equal."
        return Told("Mappings", (fact(code, text, maps[0]["source"], item=False),), tuple(rows))
    body = section(code, "related")
    rows = [
        claim(code, f"{row['code']} ({row['relation']}): {flat(row['text'])}", "related codes", item=True)
        for row in body.get("codes", ())
    ]
    rows += [fact(code, f"{row['label']}: {flat(row['value'])}", row["source"]) for row in body.get("facts", ())]
    if not rows:
        key = "crosswalks" if section(code, "crosswalks") else "related"
        return Told("Related codes", (missing(code, key, "No crosswalk names this code."),))
    return Told("Related codes", (claim(code, f"Related to {named(code)}:", "related codes"),), tuple(rows))


def _mapped(row: Mapping[str, Any]) -> str:
    flags = f" ({', '.join(row['flags'])})" if row.get("flags") else ""
    return f"{row['to']} {row['code'] or 'none'}{flags}"


def _targets(maps: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(dict.fromkeys(f"{row['to']} {row['code']}" for row in maps if row["code"])) or "no code"


_UNCHANGED: Final = "The loaded releases tell of no change of {name} from {begun} to {ended}."


def _year(understood: Understood) -> tuple[str, str]:
    """The first and last day of the year asked about: the fiscal year that begins on the date, or the calendar year."""
    year, fiscal = int(understood.question.as_of[:4]), understood.question.as_of.endswith("-10-01")
    return (f"{year}-10-01", f"{year + 1}-09-30") if fiscal else (f"{year}-01-01", f"{year}-12-31")


def _history(code: KnownCode, understood: Understood) -> Told:
    """The events of a year that was named; else the first one, and the others after it."""
    events = section(code, "history").get("events", ())
    rows = [fact(code, f"{row['date']}: {flat(row['text'])}", row["source"]) for row in events]
    if not rows:
        return Told("History", (missing(code, "history", "No release that tells of its history is loaded."),))
    begun, ended = _year(understood)
    then = [row for row, event in zip(rows, events, strict=True) if begun <= str(event["date"]) <= ended]
    if date_in(understood.question.text):
        text = _UNCHANGED.format(name=named(code), begun=begun, ended=ended)
        told = [replace(row, text=f"{named(code)}: {row.text}") for row in then]
        first = told or [claim(code, text, "history", f"{begun} {ended}")]
        return Told("History", tuple(answer(row) for row in first), tuple(row for row in rows if row not in then))
    first = events[0]
    oldest = "oldest loaded" in first["text"]
    text = (
        f"{named(code)} is in the oldest release loaded here, of {first['date']}; when it began is not known from it."
        if oldest
        else f"{named(code)}: {first['date']}, {flat(first['text'])}"
    )
    return Told("History", (fact(code, text, first["source"], item=False),), tuple(rows[1:]))


_OF_PROCEDURES: Final = frozenset((Focus.UNITS, Focus.ADD_ON, Focus.PAIRS, Focus.GLOBAL, Focus.MODIFIERS, Focus.FEES))
_OF_DIAGNOSES: Final = frozenset((Focus.NOTES, Focus.SEVENTH, Focus.LIMITS))
_TELLERS: Final[Mapping[Focus, Callable[[KnownCode, Understood], Told]]] = {
    Focus.WHAT: _what,
    Focus.BILLABLE: _billable,
    Focus.NOTES: on_notes.notes,
    Focus.UNITS: on_edits.units,
    Focus.ADD_ON: on_edits.add_on,
    Focus.PAIRS: on_edits.pairs,
    Focus.GLOBAL: on_fees.global_days,
    Focus.MODIFIERS: on_fees.modifiers,
    Focus.FEES: on_fees.fees,
    Focus.COVERAGE: on_fees.coverage,
    Focus.RELATED: _related,
    Focus.HISTORY: _history,
    Focus.LIMITS: on_notes.limits,
    Focus.SEVENTH: on_notes.seventh,
    Focus.CHILDREN: on_notes.children,
    Focus.GUIDELINES: _guidelines,
}
