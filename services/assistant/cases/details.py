"""What the sentence around a code says of it, where no wording of the code set would: sides, depths, what is left."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from services.assistant.cases.patient import Patient
from services.assistant.cases.proposals import SUGGESTED, Proposal
from services.assistant.cases.rulebook import among
from services.assistant.domain.cases import Span
from services.assistant.domain.codes import CodeRef, KnownCode

_SIDES: Final = (
    ("right", re.compile(r"\b(?:right|rt|R(?= [a-z]))\b", re.IGNORECASE)),
    ("left", re.compile(r"\b(?:left|lt|L(?= [a-z]))\b", re.IGNORECASE)),
)
_BOTH: Final = re.compile(r"\b(?:both|bilateral\w*|bilat|OU|b/l)\b", re.IGNORECASE)
_NONDOMINANT: Final = re.compile(r"\bnon-?dominant\b", re.IGNORECASE)
_DOMINANT: Final = re.compile(r"(?<!non)(?<!non-)\bdominant\b", re.IGNORECASE)
_LEFT_HANDED: Final = re.compile(r"\bleft[- ]hand(?:ed|\s+dominant)\b", re.IGNORECASE)
_PARALYSIS: Final = re.compile(r"^(?:G81\.[019]|G83\.[123])0$")
_LEFT_BEHIND: Final = re.compile(
    r"\b(?:residual|deficits?|sequelae?|late effects?|persistent|left with|ongoing|resulting)\b", re.IGNORECASE
)
_ONE_SIDED: Final = re.compile(
    r"\b(?:left|right|one)[- ](?:sided?|side)? ?(?:hemi)?(?:weakness|paresis)\b", re.IGNORECASE
)
_BESIDE: Final = 12  # characters: "right hemiparesis"
_AWAKE: Final = re.compile(
    r"\b(?:without|no|denies|denied|negative for) (?:any )?(?:LOC|loss of consciousness)\b", re.IGNORECASE
)
_POLYP: Final = re.compile(r"polyp", re.IGNORECASE)
_HISTOLOGY: Final = re.compile(r"adenom|benign|villous|serrated", re.IGNORECASE)

# A foot ulcer of a diabetic has a code of its own for its site, side and depth (note at E11.621).
_DEEP: Final = re.compile(r"L97\.[1-5][0-2]9$")
_ULCER: Final = re.compile(r"\bulcer", re.IGNORECASE)
_SITES: Final = (
    ("4", re.compile(r"\b(?:heel|mid-?foot)\b", re.IGNORECASE)),
    ("3", re.compile(r"\b(?:ankle|malleol\w+)\b", re.IGNORECASE)),
    ("5", re.compile(r"\b(?:toes?|hallux|foot|plantar|metatars\w+|forefoot)\b", re.IGNORECASE)),
)
_DEPTHS: Final = (
    ("4", re.compile(r"\bnecrosis of (?:the )?bone\b|\bbone necrosis\b", re.IGNORECASE)),
    ("3", re.compile(r"\bnecrosis of (?:the )?muscle\b|\bmuscle necrosis\b", re.IGNORECASE)),
    ("6", re.compile(r"\bbone (?:involvement|exposed)\b|\b(?:exposed|to) (?:the )?bone\b", re.IGNORECASE)),
    ("5", re.compile(r"\bmuscle (?:involvement|exposed)\b|\bexposed muscle\b", re.IGNORECASE)),
    ("2", re.compile(r"\bfat(?:ty)? (?:layer|tissue)\b|\bsubcutaneous\b|\bfull[- ]thickness\b", re.IGNORECASE)),
    (
        "1",
        re.compile(
            r"\bbreakdown of (?:the )?skin\b|\blimited to (?:the )?skin\b|\bpartial[- ]thickness\b", re.IGNORECASE
        ),
    ),
)


def sentence(text: str, span: Span) -> str:
    """The sentence of a place."""
    begin = max(text.rfind(sign, 0, span.start) for sign in (". ", ";", "\n")) + 1
    ends = [at for sign in (". ", ";", "\n") if (at := text.find(sign, span.end)) >= 0]
    return text[begin : min(ends, default=len(text))]


def detailed(told: Sequence[Proposal], text: str, whom: Patient) -> list[Proposal]:
    """Each suggested code as its sentence has it."""
    return [_each(one, text, whom) if one.is_suggested else one for one in _left_behind(told, text)]


def sided(one: Proposal, own: KnownCode, text: str) -> Proposal:
    """From a header, the code of the side that stands elsewhere in its sentence (Guidelines I.B.13)."""
    rows: Sequence[Mapping[str, str]] = own.sections.get("hierarchy", {}).get("children", ())
    stages = own.sections.get("seventh", {}).get("characters", ())
    if own.billable or not one.spans or any("encounter" in row["meaning"] for row in stages):
        return one
    said = sentence(text, one.spans[0])
    side = "bilateral" if _BOTH.search(said) else " and ".join(_sides(said))
    fits = [row for row in rows if (side or "unspecified eye") in row["display"].lower()]
    if len(fits) != 1:
        return one
    return replace(one, ref=CodeRef("icd-10-cm", fits[0]["code"], fits[0]["display"]), billable=True)


def with_ulcers(told: Sequence[Proposal], text: str) -> list[Proposal]:
    """With the ulcer itself beside a diabetic foot ulcer, its site, side and depth as the sentence has them."""
    return [*told, *_ulcers(told, text)]


def _each(one: Proposal, text: str, whom: Patient) -> Proposal:
    for rule in _RULES:
        code, why = rule(one, text, whom) or ("", "")
        if code:
            return replace(one, ref=CodeRef("icd-10-cm", code), reason=f"{one.reason} {why}")
    return one


type Rule = Callable[[Proposal, str, Patient], tuple[str, str] | None]


def _dominance(one: Proposal, text: str, _: Patient) -> tuple[str, str] | None:
    """The side of a paralysis; the right one is dominant where the text does not say (Guidelines I.C.6.a)."""
    if not _PARALYSIS.match(one.ref.code):
        return None
    said, span = sentence(text, one.spans[0]), one.spans[0]
    near = (text[max(0, span.start - _BESIDE) : span.end], text[span.start : span.end + _BESIDE], said)
    sides = next((found for words in near if len(found := _sides(words)) == 1), [])
    if not sides:
        return None
    right = sides == ["right"]
    handed = bool(_LEFT_HANDED.search(text)) != right
    dominant = bool(_DOMINANT.search(said)) or (handed and not _NONDOMINANT.search(said))
    digit = (1 if right else 2) if dominant else (3 if right else 4)
    return one.ref.code[:-1] + str(digit), "Side and dominance by Guidelines I.C.6.a."


def _sides(words: str) -> list[str]:
    return [name for name, pattern in _SIDES if pattern.search(words)]


def _of_a_man(one: Proposal, _: str, whom: Patient) -> tuple[str, str] | None:
    """Category C50 tells women's and men's breasts apart."""
    code = one.ref.code
    if not (whom.male and not whom.female and code.startswith("C50.") and len(code) > len("C50.1") and code[5] == "1"):
        return None
    return f"{code[:5]}2{code[6:]}", "The text tells of a man."


def _polyp(one: Proposal, _: str, __: Patient) -> tuple[str, str] | None:
    """A polyp of the colon is K63.5 until its histology is known (Excludes1 at K63.5: adenomatous polyp of colon)."""
    words = " ".join(span.text for span in one.spans)
    if among(one.ref.code, ("D12.0", "D12.2", "D12.3", "D12.4", "D12.5", "D12.6")) and _POLYP.search(words):
        return None if _HISTOLOGY.search(words) else ("K63.5", "Its histology is not told.")
    return None


def _awake(one: Proposal, text: str, _: Patient) -> tuple[str, str] | None:
    """A concussion without loss of consciousness."""
    if one.ref.code in {"S06.0XA", "S06.0X9", "S06.0XAA", "S06.0X9A"} and _AWAKE.search(text):
        return "S06.0X0A", "The text tells of no loss of consciousness."
    return None


def _depth(one: Proposal, text: str, _: Patient) -> tuple[str, str] | None:
    """The depth of an ulcer of the leg, where the term that named its site did not hold it."""
    digit = next((digit for digit, pattern in _DEPTHS if pattern.search(sentence(text, one.spans[0]))), "")
    deep = _DEEP.match(one.ref.code) and digit
    return (one.ref.code[:-1] + digit, "Its depth stands in the sentence.") if deep else None


_RULES: Final[tuple[Rule, ...]] = (_dominance, _of_a_man, _polyp, _awake, _depth)


def _left_behind(told: Sequence[Proposal], text: str) -> Iterator[Proposal]:
    """A stroke of the past that has left something behind is told by it, not as history (Guidelines I.C.9.d)."""
    strokes = [one for one in told if one.is_suggested and one.ref.code in {"Z86.73", "I69.30"}]
    here = any(_LEFT_BEHIND.search(sentence(text, span)) for one in strokes for span in one.spans)
    for one in told:
        if here and one.is_suggested and one.ref.code == "Z86.73":
            yield replace(one, ref=CodeRef("icd-10-cm", "I69.30"))
        elif (
            here
            and one.is_suggested
            and one.ref.code in {"R53.1", "M62.81"}
            and _ONE_SIDED.search(sentence(text, one.spans[0]))
        ):
            yield replace(one, ref=CodeRef("icd-10-cm", "G81.90"))
        else:
            yield one


def _ulcers(told: Sequence[Proposal], text: str) -> Iterator[Proposal]:
    owner = next((one for one in told if one.is_suggested and one.ref.code in {"E11.621", "E10.621", "E13.621"}), None)
    if owner is None or any(one.is_suggested and among(one.ref.code, ("L97",)) for one in told):
        return
    span = next((one for one in owner.spans if _ULCER.search(one.text)), owner.spans[0])
    said = sentence(text, span)
    site = next((digit for digit, pattern in _SITES if pattern.search(said)), "")
    if site:
        side = {"right": "1", "left": "2"}.get(" and ".join(_sides(said)), "0")
        depth = next((digit for digit, pattern in _DEPTHS if pattern.search(said)), "9")
        why = f"\u201c{span.text}\u201d has a code of its own beside {owner.ref.code} (note there)."
        yield Proposal(CodeRef("icd-10-cm", f"L97.{site}{side}{depth}"), True, SUGGESTED, why, (span,), stated=True)
