"""What can be said of a code: claims from its sections, each with the piece it rests on."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from services.assistant.domain import Claim, Focus, KnownCode, Piece, Source

SYSTEM_NAMES: Final = {"icd-10-cm": "ICD-10-CM", "icd-10-pcs": "ICD-10-PCS", "hcpcs": "HCPCS Level II", "cpt": "CPT"}
_MOST: Final = 6
_NOTES: Final = {
    "excludes1": ("Excludes1", "never with this code for the same condition"),
    "excludes2": ("Excludes2", "not part of this code; both may be reported when both are there"),
    "code_first": ("Code first", "goes before this code"),
    "use_additional": ("Use additional code", "goes after this code when it applies"),
    "code_also": ("Code also", "in either order"),
}

type Part = tuple[str, tuple[Claim, ...]]


def short(code: KnownCode) -> tuple[Claim, ...]:
    """The code in two sentences: what it is, and whether it can be reported on the date."""
    name = f"**{code.ref.code}** ({SYSTEM_NAMES[code.ref.system]})"
    what = f"{name} is: {code.ref.display}." if code.ref.display else f"{name}: no description of it is loaded here."
    claims = [_claim(code, what, "description")]
    paragraphs = _section(code, "common").get("paragraphs", [])
    if paragraphs and code.ref.system != "icd-10-cm":
        claims = [_claim(code, f"{what} {paragraphs[0]}", "In common language")]
    return (*claims, standing(code))


def standing(code: KnownCode) -> Claim:
    """Whether it can be reported on the date, and which release says so."""
    day = code.as_of
    if code.status == "deleted":
        text = f"It is no longer valid on {day}."
    elif code.status == "not_yet_valid":
        text = f"It is not valid yet on {day}."
    elif code.billable is None:
        text = f"It is listed on {day} (source: {code.edition})."
    elif code.billable:
        text = f"It is valid and can be reported on {day} (source: {code.edition})."
    else:
        text = (
            f"It is a header and cannot be reported: {code.edition} divides it further. A claim needs a code below it."
        )
    if code.stale:
        text += " That release is over by then, and the newest that is loaded here; check the agency's current one."
    return _claim(code, text, "status", f"{code.status} {day} {code.edition}")


def parts(code: KnownCode, focus: Iterable[Focus]) -> list[Part]:
    """The asked parts of a code's page; those that hold nothing are left out."""
    asked = [one for one in focus if one in _PARTS] or _usual(code)
    found = [(heading, tuple(said)) for one in asked for heading, said in [_PARTS[one](code)] if said]
    return list(dict(found).items())


def _usual(code: KnownCode) -> list[Focus]:
    if code.ref.system == "icd-10-cm":
        return [Focus.NOTES, Focus.CHILDREN, Focus.GUIDELINES]
    return [Focus.WHAT, Focus.GUIDELINES, Focus.EDITS, Focus.FEES]


def excluded_by(one: KnownCode, other: KnownCode) -> Claim | None:
    """The Excludes note of one code that names the other, if there is one (Guidelines I.A.12)."""
    for key in ("excludes1", "excludes2"):
        for row in _section(one, "notes").get(key, ()):
            if any(_covers(named, other.ref.code) for named in row.get("codes", ())):
                name, meaning = _NOTES[key]
                said = f"{name} at {row['from']}: {row['text']}"
                named = f"at {row['from']} that names {other.ref.code} ({_flat(row['text'])})"
                text = f"**{one.ref.code}** has an {name} note {named}: {meaning}."
                return _claim(one, text, f"notes at {row['from']}", f"{said} {other.ref.code} {one.ref.code}")
    return None


def _covers(named: str, code: str) -> bool:
    """Whether a code of a note stands for another: itself, one below it, or within its range."""
    first, _, last = named.partition("-")
    if last:
        return first <= code[: len(first)] and code[: len(last)] <= last
    return code.startswith(named)


def _what(code: KnownCode) -> Part:
    rows = [
        _claim(code, text, "Indications and procedure", item=True)
        for text in _section(code, "indications").get("paragraphs", ())
    ]
    facts = _section(code, "indications").get("facts", ())
    rows += [_fact(code, f"{fact['label']}: {fact['value']}", fact["source"]) for fact in facts]
    return "What is done, and for whom", tuple(rows[: _MOST + 2])


def _notes(code: KnownCode) -> Part:
    body = _section(code, "notes")
    said = [_claim(code, f"Inclusion term: {text}", "notes", item=True) for text in body.get("inclusion", ())[:_MOST]]
    for key, (name, meaning) in _NOTES.items():
        by_place: dict[str, list[str]] = {}
        for row in body.get(key, ()):
            by_place.setdefault(row["from"], []).append(_flat(row["text"]))
        for place, texts in by_place.items():
            text = f"**{name}** at {place} ({meaning}): {'; '.join(texts[:12])}".replace(":;", ":")
            said.append(_claim(code, text, f"notes at {place}", item=True))
    return f"Notes that hold for {code.ref.code}", tuple(said)


def _children(code: KnownCode) -> Part:
    below = _section(code, "hierarchy").get("children", ())
    said = [
        _claim(
            code,
            f"{row['code']}: {row['display']}{'' if row['billable'] else ' (divided further)'}",
            "hierarchy",
            item=True,
        )
        for row in below[:12]
    ]
    seventh = _section(code, "seventh")
    if seventh.get("applies"):
        signs = "; ".join(f"{row['character']} {row['meaning']}" for row in seventh.get("characters", ())[:8])
        said.append(
            _claim(
                code,
                f"A seventh character completes it: {signs}.",
                f"seventh characters at {seventh['from']}",
                item=True,
            )
        )
    return f"Below {code.ref.code}", tuple(said)


def _guidelines(code: KnownCode) -> Part:
    rules = _section(code, "guidelines").get("rules", ())
    return "How it is reported", tuple(_fact(code, rule["text"], rule["source"]) for rule in rules[:_MOST])


def _modifiers(code: KnownCode) -> Part:
    use = {"no": "does not apply", "yes": "applies", "sometimes": "applies where the record supports it"}
    rows = _section(code, "modifiers").get("modifiers", ())
    said = [
        _fact(code, f"**{row['modifier']}** {use.get(row['use'], row['use'])}. {row['text']}", row["source"])
        for row in rows
    ]
    return "Modifiers", tuple(said)


def _edits(code: KnownCode) -> Part:
    body = _section(code, "edits")
    said = [_fact(code, f"{row['label']}: {row['value']}", row["source"]) for row in body.get("facts", ())]
    mue = body.get("mue")
    if mue and mue["value"] is not None:
        limit = f"{mue['value']} a day, adjudication indicator (MAI) {mue['mai']}"
        text = f"Medically unlikely edit (MUE): {limit}, {mue['setting']}, {mue['edition']}."
        said.append(_fact(code, text, mue["source"]))
    for row in body.get("add_on", ()):
        until = f" to {row['effective_to']}" if row.get("effective_to") else ""
        text = f"Add-on code of type {row['type']} from {row['effective_from']}{until}. {row.get('note', '')}".strip()
        said.append(_fact(code, text, row["source"]))
    said += [_fact(code, _told(row), row["source"]) for row in body.get("ptp", {}).get("facts", ())[:4]]
    return "Edits and limits", tuple(said)


def _told(row: Mapping[str, Any]) -> str:
    """A fact as our own pages tell it, or a labelled one of a table."""
    return str(row["text"]) if "text" in row else f"{row['label']}: {row['value']}"


def _fees(code: KnownCode) -> Part:
    said = []
    for row in _section(code, "fees").get("years", ())[:2]:
        text = (
            f"{row['edition']}: status {row['status']} ({_flat(row['status_text'])}); global {row['global_days']}; "
            f"work RVU {row['work_rvu']}, total {row['nonfacility_total']} outside and {row['facility_total']} inside "
            "a facility."
        )
        said.append(_fact(code, text, row["source"]))
    return "Fee schedule", tuple(said)


def _coverage(code: KnownCode) -> Part:
    body = _section(code, "coverage")
    said = [_claim(code, text, "Medicare coverage", item=True) for text in body.get("paragraphs", ())]
    said += [_fact(code, f"{row['label']}: {row['value']}", row["source"]) for row in body.get("facts", ())]
    return "Medicare coverage", tuple(said)


def _related(code: KnownCode) -> Part:
    rows = _section(code, "related").get("codes", ())
    said = [
        _claim(code, f"{row['code']} ({row['relation']}): {row['text']}", "related codes", item=True) for row in rows
    ]
    return "Related codes", tuple(said)


def _history(code: KnownCode) -> Part:
    rows = _section(code, "history").get("events", ())
    return "History", tuple(_fact(code, f"{row['date']}: {row['text']}", row["source"]) for row in rows)


_PARTS: Final[Mapping[Focus, Callable[[KnownCode], Part]]] = {
    Focus.WHAT: _what,
    Focus.NOTES: _notes,
    Focus.CHILDREN: _children,
    Focus.GUIDELINES: _guidelines,
    Focus.MODIFIERS: _modifiers,
    Focus.EDITS: _edits,
    Focus.FEES: _fees,
    Focus.COVERAGE: _coverage,
    Focus.RELATED: _related,
    Focus.HISTORY: _history,
}


def _section(code: KnownCode, key: str) -> dict[str, Any]:
    body = code.sections.get(key)
    return body if isinstance(body, dict) else {}


def _claim(code: KnownCode, text: str, where: str, grounds: str = "", *, item: bool = False) -> Claim:
    """A claim from the code's own page."""
    page = f"/codes/{code.ref.system}/{code.ref.code}"
    source = Source(f"{SYSTEM_NAMES[code.ref.system]} {code.ref.code}", code.edition, where, page)
    return Claim(text, (Piece(grounds or text, source),), item)


def _fact(code: KnownCode, text: str, source: str) -> Claim:
    """A claim whose source the page names itself."""
    page = f"/codes/{code.ref.system}/{code.ref.code}"
    return Claim(text, (Piece(text, Source(source, "", f"on the page of {code.ref.code}", page)),), item=True)


def _flat(text: str) -> str:
    return " ".join(text.split())
