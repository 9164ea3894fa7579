"""What is said of a diagnosis: its notes, what is below it, seventh characters, limits; and of two together."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, Final

from services.assistant.answers.telling import Told, answer, claim, fact, flat, missing, named, section
from services.assistant.cases import rulebook
from services.assistant.domain.answers import Claim
from services.assistant.domain.codes import KnownCode
from services.assistant.domain.questions import Understood

_MOST: Final = 6
_TEXTS: Final = 12
_CHILDREN: Final = 12
NOTES: Final[Mapping[str, tuple[str, str]]] = {
    "excludes1": ("Excludes1", "never with this code for the same condition"),
    "excludes2": ("Excludes2", "not part of this code; both may be reported when both are there"),
    "code_first": ("Code first", "goes before this code"),
    "use_additional": ("Use additional code", "goes after this code when it applies"),
    "code_also": ("Code also", "in either order"),
}
_CATEGORY: Final = 3  # characters
_SIGNS: Final = 20
_SEVENTH: Final = 6  # where it stands
_LIMITS: Final[Mapping[str, tuple[str, ...]]] = {
    "Age": ("age", "year", "newborn", "child", "adult", "old"),
    "Sex": ("sex", "gender", "male", "men", "man"),
    "Present on admission": ("poa", "present on admission", "exempt"),
}
_ASKED: Final = (
    ("excludes1", ("excludes1", "excludes 1", "exclud", "exclusion")),
    ("excludes2", ("excludes2", "excludes 2", "exclud", "exclusion")),
    ("code_first", ("code first", "first", "sequenc")),
    ("use_additional", ("additional",)),
    ("code_also", ("code also",)),
)


def notes(code: KnownCode, understood: Understood) -> Told:
    """The notes; those that were asked for by name are the answer."""
    body = section(code, "notes")
    text = understood.question.text.lower()
    wanted = [key for key, words in _ASKED if any(word in text for word in words)]
    inclusion = [claim(code, f"Inclusion term: {one}", "notes", item=True) for one in body.get("inclusion", ())[:_MOST]]
    by_key = {key: _rows(code, body, key) for key in NOTES}
    lead = [answer(row) for key in wanted for row in by_key[key]]
    rows = [row for key, found in by_key.items() if key not in wanted for row in found]
    if wanted and not lead:
        what = " or ".join(NOTES[key][0] for key in wanted)
        lead = [claim(code, f"No {what} note stands at {named(code)} or above it.", "notes")]
    return Told(f"Notes that hold for {code.ref.code}", tuple(lead), (*inclusion, *rows))


def _rows(code: KnownCode, body: Mapping[str, Any], key: str) -> list[Claim]:
    name, meaning = NOTES[key]
    by_place: dict[str, list[str]] = {}
    for row in body.get(key, ()):
        place = f"chapter {row['from']}" if row["from"].isdigit() else row["from"]
        by_place.setdefault(place, []).append(flat(row["text"]))
    return [
        claim(code, f"**{name}** at {place} ({meaning}): {_run_on(texts)}", f"notes at {place}", item=True)
        for place, texts in by_place.items()
    ]


def _run_on(texts: Sequence[str]) -> str:
    """The texts of a note in a row; what ends in a colon leads on to the next."""
    return "; ".join(texts[:_TEXTS]).replace(":;", ":")


def children(code: KnownCode, understood: Understood) -> Told:  # noqa: ARG001 -- every telling is called alike
    """What is below a code; for a code that is complete, that nothing is."""
    below = section(code, "hierarchy").get("children", ())
    rows = [
        claim(
            code,
            f"{row['code']}: {row['display']}{'' if row['billable'] else ' (divided further)'}",
            "hierarchy",
            item=True,
        )
        for row in below[:_CHILDREN]
    ]
    if not rows:
        return Told(f"Below {code.ref.code}", (claim(code, f"{named(code)} is not divided further.", "hierarchy"),))
    lead = claim(code, f"{named(code)} is divided into {len(below)} codes.", "hierarchy")
    return Told(f"Below {code.ref.code}", (lead,), tuple(rows))


def seventh(code: KnownCode, understood: Understood) -> Told:  # noqa: ARG001 -- every telling is called alike
    """The seventh characters of a code; of one that has its own, what it means."""
    body = section(code, "seventh")
    if not body.get("applies"):
        return Told("Seventh character", (claim(code, f"{named(code)} takes no seventh character.", "seventh"),))
    heading, where = "Seventh character", f"seventh characters at {body['from']}"
    bare = code.ref.code.replace(".", "")
    meaning = next((one["meaning"] for one in body.get("characters", ()) if one["character"] == bare[_SEVENTH:]), "")
    signs = "; ".join(f"{row['character']} {flat(row['meaning'])}" for row in body.get("characters", ())[:_SIGNS])
    placeholder = str(body.get("placeholder") or "")
    others = claim(code, f"Seventh characters: {signs}. {placeholder}".strip(), where)
    if meaning:
        said = f"{named(code)} has its seventh character: {bare[_SEVENTH:]}, {flat(meaning)}."
        return Told(heading, (claim(code, said, where),), (replace(others, item=True),))
    lead = claim(code, f"{named(code)} is not complete without its seventh character.", where)
    return Told(heading, (lead, others))


def limits(code: KnownCode, understood: Understood) -> Told:
    """Age, sex and the present-on-admission indicator, those that were asked for."""
    text = understood.question.text.lower()
    told = {one["label"]: one for one in section(code, "edits").get("facts", ()) if one["label"] in _LIMITS}
    wanted = [label for label in told if any(word in text for word in _LIMITS[label])] or list(told)
    rows = [
        fact(code, f"{named(code)}. {label}: {flat(told[label]['value'])}.", told[label]["source"]) for label in wanted
    ]
    heading = "Limits of age and sex, present on admission"
    if not rows:
        return Told(heading, (missing(code, "edits", "No age or sex edit is loaded."),))
    return Told(heading, tuple(answer(row) for row in rows))


def together(codes: Iterable[KnownCode]) -> tuple[Claim, ...]:
    """What the notes of two diagnoses say of each other (Guidelines I.A.12 to I.A.17)."""
    diagnoses = [code for code in codes if code.ref.system == "icd-10-cm"]
    said: list[Claim] = []
    for one, other in combinations(diagnoses, 2):
        found = [note for a, b in ((one, other), (other, one)) if (note := _about(a, b)) is not None]
        told = _held(one, other) or _sign(one, other) or _contrary(one, other) or _nothing(one, other)
        said += found or [told]
    return tuple(said)


def _held(one: KnownCode, other: KnownCode) -> Claim | None:
    """That one is a combination code which says what the other does; the rules are those of the coding of cases."""
    for part, whole in ((one, other), (other, one)):
        rule = rulebook.shipped().holding(part.ref.code, whole.ref.code)
        if rule:
            text = (
                f"No: {named(whole)} is a combination code that already says {named(part)}, which is not reported "
                f"beside it ({rule}), though no Excludes note names the pair."
            )
            return Claim(text, tuple(claim(code, text, "description").pieces[0] for code in (part, whole)))
    return None


def _sign(one: KnownCode, other: KnownCode) -> Claim | None:
    """That one is a sign of what the other names; the rules are those of the coding of cases."""
    for sign, cause in ((one, other), (other, one)):
        if rulebook.shipped().belongs(sign.ref.code, cause.ref.code):
            text = (
                f"No: {named(sign)} is as a rule a sign of {named(cause)} and is not coded beside it "
                "(Guidelines I.B.5); only where the record tells of it for another reason."
            )
            return Claim(text, tuple(claim(code, text, "description").pieces[0] for code in (sign, cause)))
    return None


def _contrary(one: KnownCode, other: KnownCode) -> Claim | None:
    """That a code says "without" what another of its category has; None where none does."""
    if one.ref.code[:_CATEGORY] != other.ref.code[:_CATEGORY]:
        return None
    for plain, rich in ((one, other), (other, one)):
        lacking = plain.ref.display.lower().partition("without ")[2]
        if lacking and "without" not in rich.ref.display.lower():
            text = (
                f"No: {named(plain)} says \u201cwithout {lacking}\u201d, which does not fit beside {named(rich)}, "
                "though no Excludes note names the pair."
            )
            return Claim(text, tuple(claim(code, text, "description").pieces[0] for code in (plain, rich)))
    return None


def _nothing(one: KnownCode, other: KnownCode) -> Claim:
    text = (
        f"Yes, as far as the notes go: no Excludes note of {named(one)} or {named(other)} names the other "
        "(verdict: does_not_apply). Both need support in the record."
    )
    pieces = tuple(claim(code, code.ref.display, "notes", text).pieces[0] for code in (one, other))
    return Claim(text, pieces)


def _about(one: KnownCode, other: KnownCode) -> Claim | None:
    """The note of one code that names the other, if there is one."""
    for key, (name, meaning) in NOTES.items():
        for row in section(one, "notes").get(key, ()):
            if any(_covers(said, other.ref.code) for said in row.get("codes", ())):
                verdict = _VERDICTS.get(key, "")
                text = (
                    f"{verdict}{named(one)} has {'an' if name[0] == 'E' else 'a'} {name} note at {row['from']} that "
                    f"names {other.ref.code} ({flat(row['text'])}): {meaning}."
                )
                return claim(one, text, f"notes at {row['from']}", f"{text} {other.ref.code}")
    return None


_VERDICTS: Final = {
    "excludes1": "No, not for the same condition (verdict: applies). ",
    "excludes2": "Yes, if both are there (verdict: does_not_apply). ",
    "code_first": "Yes, in this order. ",
    "use_additional": "Yes, in this order. ",
    "code_also": "Yes. ",
}


def _covers(said: str, code: str) -> bool:
    """Whether a code of a note stands for another: itself, one below it, or within its range."""
    first, _, last = said.partition("-")
    if last:
        return first <= code[: len(first)] and code[: len(last)] <= last
    return code.startswith(said)
