"""The rules that put codes together, and leave codes out and say why."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from services.assistant.cases.patient import Patient
from services.assistant.cases.proposals import SUGGESTED, Proposal
from services.assistant.cases.rulebook import Rulebook, Whole, among
from services.assistant.cases.stated import firsts, marked
from services.assistant.domain.cases import Span
from services.assistant.domain.codes import CodeRef, KnownCode

HEADER: Final = "It is a header"  # how the reason of a code that is divided further begins

type Known = Mapping[str, KnownCode]


def not_theirs(found: Iterable[Proposal], patient: Patient, rules: Rulebook) -> list[Proposal]:
    """Codes of another sex, of pregnancy or of the newborn go where the text tells of none."""
    male, female = patient.male and not patient.pregnant, patient.female or patient.pregnant
    wrong: list[tuple[bool, tuple[str, ...], str]] = [
        (male and not female, rules.of_women, "The code is for women, and the text tells of a man."),
        (female and not male, rules.of_men, "The code is for men, and the text tells of a woman."),
        (
            not patient.pregnant or patient.newborn,
            ("O",),
            "Chapter 15 is for pregnancy, of which the text does not tell (Guidelines I.C.15.a).",
        ),
        (
            not patient.baby,
            ("P",),
            "Chapter 16 is for newborns, of whom the text does not tell (Guidelines I.C.16.a).",
        ),
    ]
    return [
        _first_out(one, ((among(one.ref.code, codes), why) for holds, codes, why in wrong if holds)) for one in found
    ]


def _first_out(one: Proposal, against: Iterable[tuple[bool, str]]) -> Proposal:
    reason = next((why for holds, why in against if holds), "") if one.is_suggested else ""
    return one.out(reason) if reason else one


def with_wholes(found: Sequence[Proposal], rules: Rulebook) -> list[Proposal]:
    """Combination codes in the place of their parts."""
    told = list(found)
    for rule in rules.wholes:
        told = _combined(told, rule)
    return told


def _combined(found: list[Proposal], rule: Whole) -> list[Proposal]:
    parts = [[one for one in found if one.is_suggested and among(one.ref.code, codes)] for codes in _parts_of(rule)]
    if rule.said and parts[1:]:
        parts[1] = [one for one in parts[1] if any(rule.said in span.text.lower() for span in one.spans)]
    if not all(parts):
        return found
    taken = [one for group in parts for one in group]
    spans = tuple(dict.fromkeys(span for one in taken for span in one.spans))
    names = " and ".join(dict.fromkeys(one.ref.code for one in taken))
    whole = Proposal(
        CodeRef("icd-10-cm", rule.code), True, SUGGESTED, f"It stands for {names} together ({rule.rule}).", spans
    )
    whole = replace(whole, mentions=tuple(mention for one in taken for mention in one.mentions))
    left = {one.ref.code for one in taken if not among(one.ref.code, rule.keeps or ("-",))}
    why = f"{rule.code} says the same and more; a combination code stands for its parts ({rule.rule})."
    others = [one.out(why) if one.ref.code in left else one for one in found if one.ref.code != rule.code]
    return _placed(
        whole, others, min(others.index(one) for one in others if one.ref.code in {p.ref.code for p in taken})
    )


def _parts_of(rule: Whole) -> list[tuple[str, ...]]:
    return [rule.first, rule.second, *([rule.and_too] if rule.and_too else [])]


def _placed(one: Proposal, among_: list[Proposal], at: int) -> list[Proposal]:
    return [*among_[:at], one, *among_[at:]]


def ruled(found: Sequence[Proposal], known: Known, rules: Rulebook, setting: str) -> list[Proposal]:
    """Each code by the first rule that speaks against it; a rule sees what the rules before it have left."""
    told = list(found)
    office = () if setting == "inpatient" else (_led_to,)  # inpatients: only what belongs (Guidelines I.B.5, I.B.6)
    for rule in (_header, _before_surgery, _said_better, _excluded, _belonging, *office, _causeless, _healed):
        suggested = [one for one in told if one.is_suggested]
        told = [
            one.out(why) if one.is_suggested and (why := rule(one, suggested, known, rules)) else one for one in told
        ]
    return told


type Rule = Callable[[Proposal, Sequence[Proposal], Known, Rulebook], str]


def _header(one: Proposal, _others: Sequence[Proposal], known: Known, _rules: Rulebook) -> str:
    own = known.get(one.ref.code)
    if own is None or own.status != "active":
        return "The loaded edition does not have it in force on the date."
    if own.billable:
        return ""
    below = own.sections.get("hierarchy", {}).get("children", ())
    return f"{HEADER} with {len(below)} codes below it: a claim needs more detail, which the text has to give."


def _said_better(one: Proposal, others: Sequence[Proposal], _known: Known, rules: Rulebook) -> str:
    """Another code of the category rests on words that hold this one's, or this one says less of the same."""
    for other in others:
        if other.ref.code[:3] != one.ref.code[:3] or other.ref.code == one.ref.code:
            continue
        if one.stated or rules.both_follow(one.ref.code, other.ref.code):
            continue
        inside = all(any(a.start >= b.start and a.end <= b.end for b in other.spans) for a in one.spans)
        more = inside and _length(other.spans) > _length(one.spans)
        if more or (_is_vague(one) and not _is_vague(other)) or rules.names_none(one.ref.code):
            return (
                f"{other.ref.code} says the same and more; a combination code stands for its parts (Guidelines I.B.9)."
            )
    return ""


def _length(spans: Sequence[Span]) -> int:
    return max((span.end - span.start for span in spans), default=0)


def _is_vague(one: Proposal) -> bool:
    return (
        "unspecified" in one.ref.display.lower()
        or one.ref.code.endswith("9")
        or "without complications" in one.ref.display
    )


def _excluded(one: Proposal, others: Sequence[Proposal], known: Known, _rules: Rulebook) -> str:
    """Of two codes that Excludes1 keeps apart, the one that says less goes; of two alike, the one that has the note."""
    for other in others:
        here = _excludes1(known.get(one.ref.code), other.ref.code)
        there = _excludes1(known.get(other.ref.code), one.ref.code)
        if (
            other is not one
            and (here or there)
            and _strength(one, named=bool(there)) < _strength(other, named=bool(here))
        ):
            beside = f"{other.ref.code} for the same condition"
            return f"Excludes1 at {here or there} forbids it beside {beside} (Guidelines I.A.12.a)."
    return ""


def _strength(one: Proposal, *, named: bool) -> tuple[bool, bool, bool, float, str]:
    """What is present stands above what is told as history."""
    return not one.ref.code.startswith("Z8"), not _is_vague(one), named, one.worth, one.ref.code


def _excludes1(holder: KnownCode | None, code: str) -> str:
    notes = holder.sections.get("notes", {}).get("excludes1", ()) if holder else ()
    return next((str(row["from"]) for row in notes if any(_names(named, code) for named in row.get("codes", ()))), "")


def _names(named: str, code: str) -> bool:
    """Whether a note's code, or range of codes, holds a code."""
    first, dash, last = named.partition("-")
    return first <= code and (code < last or code.startswith(last)) if dash and last else code.startswith(first)


def _belonging(one: Proposal, others: Sequence[Proposal], _known: Known, rules: Rulebook) -> str:
    for rule in rules.belongings:
        if among(one.ref.code, rule.signs):
            cause = next(
                (other.ref.code for other in others if among(other.ref.code, rule.to) and other is not one), ""
            )
            if cause:
                return f"It belongs to {cause}, and is not coded beside it (Guidelines I.B.5)."
    return ""


def _led_to(one: Proposal, others: Sequence[Proposal], _known: Known, rules: Rulebook) -> str:
    """A sign that the record tells of on the way to its diagnosis."""
    if not among(one.ref.code, rules.symptoms) or "assessed" in _sections(one):
        return ""
    named = [other.ref.code for other in others if "assessed" in _sections(other)]
    cause = next((code for code in named if code[0] not in "RVWXYZ" and not among(code, rules.symptoms)), "")
    return f"The record ends in a diagnosis, {cause}; what led to it is not coded (Guidelines IV.D)." if cause else ""


def _sections(one: Proposal) -> set[str]:
    return {mention.clause.section for mention in one.mentions}


def _before_surgery(one: Proposal, others: Sequence[Proposal], _known: Known, _rules: Rulebook) -> str:
    """The diagnosis after an operation stands for the one before it (Guidelines IV.N)."""
    if _sections(one) != {"before"}:
        return ""
    after = next((other.ref.code for other in others if "assessed" in _sections(other) and other is not one), "")
    return f"{after} is the diagnosis after the operation, which is coded (Guidelines IV.N)." if after else ""


def _healed(one: Proposal, others: Sequence[Proposal], _known: Known, _rules: Rulebook) -> str:
    """Aftercare of an injury is told by the injury's seventh character (Guidelines I.C.21.c.7)."""
    injury = next((other.ref.code for other in others if other.ref.code[0] in "ST"), "")
    if one.stated and injury and one.ref.code in marked("aftercare"):
        return f"{injury} tells of the aftercare by its seventh character (Guidelines I.C.21.c.7)."
    if one.stated and one.ref.code in marked("alone") and len(others) > 1:
        return "Something else is what the visit is for (Guidelines IV.A)."
    return ""


def _causeless(one: Proposal, others: Sequence[Proposal], _known: Known, _rules: Rulebook) -> str:
    """An external cause tells how an injury or another condition came about (Guidelines I.C.20.a)."""
    if among(one.ref.code, ("Z3A",)) and not any(among(other.ref.code, ("O", "Z34")) for other in others):
        return "Weeks of gestation are told beside a code of pregnancy, and none is coded (Guidelines I.C.21.c.11)."
    injured = any(other.ref.code[0] in "ST" for other in others)
    if one.ref.code[0] in "VWXY" and not injured:
        return "An external cause is told beside the injury it led to, and no injury is coded (Guidelines I.C.20.a)."
    return ""


def in_sequence(found: Sequence[Proposal], known: Known) -> list[Proposal]:
    """What the visit is for first (Guidelines II, IV.G); what has to be coded first before what says so (I.A.13)."""
    told = sorted(found, key=_purpose)
    for one in found:
        rows = known[one.ref.code].sections.get("notes", {}).get("code_first", ()) if one.ref.code in known else ()
        codes = [code for row in rows for code in row.get("codes", ())]
        firsts = [
            other
            for other in told
            if other.is_suggested and other.ref.code != one.ref.code and any(_names(c, other.ref.code) for c in codes)
        ]
        for first in firsts:
            here = next(at for at, other in enumerate(told) if other.ref.code == one.ref.code)
            there = told.index(first)
            if there > here:
                told.insert(here, told.pop(there))
            told = [_told_of(other, first.ref.code) if other.ref.code == one.ref.code else other for other in told]
    return told


def _purpose(one: Proposal) -> tuple[int, int]:
    """The reason for the visit, chapter 15 (I.C.15.a.1), sepsis (I.C.1.d.4), what is assessed; states, causes last."""
    assessed = [mention.clause.start for mention in one.mentions if mention.clause.section == "assessed"]
    place = min(assessed or [span.start for span in one.spans], default=0)
    code = one.ref.code
    if (one.stated and code in firsts()) or among(code, ("Z38", "Z34", "O09")):
        return 0, place
    kinds = (
        among(code, ("O",)),
        among(code, ("A40", "A41")),
        bool(assessed),
        code[0] not in "ZVWXY",
        code[0] == "Z",
        True,
    )
    return 1 + kinds.index(True), place


def _told_of(one: Proposal, first: str) -> Proposal:
    note = f" {first} comes first: a note at the code says so (Guidelines I.A.13)."
    return one if note in one.reason else replace(one, reason=one.reason + note)
