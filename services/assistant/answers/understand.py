"""What a question is about: codes, modifiers, a date, what is wanted of them, a diagnosis in plain words."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from services.assistant import codes_in_text
from services.assistant.domain import Focus, Question, Understood

MODIFIERS: Final = frozenset(
    [
        "22",
        "23",
        "24",
        "25",
        "26",
        "27",
        "32",
        "33",
        "47",
        "50",
        "51",
        "52",
        "53",
        "54",
        "55",
        "56",
        "57",
        "58",
        "59",
        "62",
        "63",
        "66",
        "73",
        "74",
        "76",
        "77",
        "78",
        "79",
        "80",
        "81",
        "82",
        "90",
        "91",
        "92",
        "93",
        "95",
        "99",
        "AA",
        "AD",
        "AI",
        "AS",
        "CO",
        "CQ",
        "FS",
        "FT",
        "GA",
        "GC",
        "GE",
        "GQ",
        "GT",
        "GX",
        "GY",
        "GZ",
        "JW",
        "JZ",
        "KX",
        "LC",
        "LD",
        "LM",
        "LT",
        "PT",
        "Q5",
        "Q6",
        "QK",
        "QW",
        "QX",
        "QY",
        "QZ",
        "RC",
        "RI",
        "RT",
        "SG",
        "TC",
        "XE",
        "XP",
        "XS",
        "XU",
        "E1",
        "E2",
        "E3",
        "E4",
        "FA",
        "F1",
        "F2",
        "F3",
        "F4",
        "F5",
        "F6",
        "F7",
        "F8",
        "F9",
        "TA",
        "T1",
        "T2",
        "T3",
        "T4",
        "T5",
        "T6",
        "T7",
        "T8",
        "T9",
    ]
)
_NAMED: Final = re.compile(
    r"\bmod(?:ifier)?s?\.?\s*[:#-]?\s*((?:-?[0-9A-Z]{2}\b(?:\s*(?:,|/|and|or|vs\.?|versus|&)\s*)?)+)", re.IGNORECASE
)
_HUNG: Final = re.compile(r"(?<=[0-9A-Z])-([0-9]{2}|[A-Z][0-9A-Z])\b")
_LONE: Final = re.compile(r"\b(LT|RT|TC|XE|XS|XP|XU|GA|GX|GY|GZ|AS|FS|KX|QW|JW|JZ)\b")
_DAY: Final = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b|\b(\d{1,2})/(\d{1,2})/(\d{4})\b")
_FOCUS: Final[Mapping[Focus, str]] = {
    Focus.BILLABLE: r"billable|reportable|valid|specific enough|since when|non-?billable|header|active|deleted"
    r"|still (?:in use|valid)",
    Focus.NOTES: r"exclud\w*|excludes ?[12]|includes?|inclusion|code first|use additional|notes?\b|instructional",
    Focus.MODIFIERS: r"modifiers?",
    Focus.EDITS: r"ncci|cci|ptp|mue|units?|bundl\w*|add-?on|primary (?:code|procedure)s?|pair|same claim|edits?",
    Focus.FEES: r"fees?|rvus?|pay\w*|reimburs\w*|global (?:days|period)|how much|price|status indicator|cost",
    Focus.COVERAGE: r"cover\w*|lcd|ncd|medical necessity|medically necessary",
    Focus.RELATED: r"related|crosswalk\w*|counterpart|alternative|similar|family|diagnos[ei]s codes? for",
    Focus.HISTORY: r"history|chang\w*|when (?:did|was)|introduced|new in|effective|since",
    Focus.GUIDELINES: r"guid\w*|rules?|how (?:do|to|is|should)|when (?:to|do|should|is|can)|report\w*|document\w*",
    Focus.CHILDREN: r"subdivi\w*|child(?:ren)?|more specific|seventh|7th"
    r"|which codes? (?:are )?(?:under|below)|laterality|specific codes?",
}
_TOGETHER: Final = re.compile(
    r"together|same (?:day|claim|time|visit|encounter|session)|along with|both|bundl\w*|\bwith\b|and", re.IGNORECASE
)
# "What is the code for …", "ICD-10 for …", "how do I code …", "which diagnosis code fits …", "… icd 10 code".
_CUE: Final = re.compile(
    r"\b(?:icd(?:[- ]?10)?(?:[- ]?cm)?|dx|diagnos[ei]s|codes?)\b(?:\s+codes?)?"
    r"(?:\s+(?:is|are|do|should|would|can|i|we|use|used|report|reported|fits?|best|correct|right|to|you))*\s+(?:for|of|fits|when|if|describes?)\s+(?P<a>.+)"
    r"|\bhow\s+(?:do|should|would|can|to)\s*(?:i|we|you)?\s*(?:code|report|bill)\s+(?P<b>.+)"
    r"|\b(?:code|report)\s+(?P<c>[a-z].+)"
    r"|^(?P<d>.+?)\s+(?:icd(?:[- ]?10)?(?:[- ]?cm)?)(?:\s+codes?)?\s*\??$",
    re.IGNORECASE,
)
_TAIL: Final = re.compile(
    r"\s+(?:in|under|according to|per|as of|on|for|from)\s+"
    r"(?:icd\S*|medicare|(?:fy|cy)?\s?\d{4}|\d{1,2}/\S+|the guidelines)\b.*$",
    re.IGNORECASE,
)
_LEAD: Final = re.compile(
    r"^(?:an?|the|my|this|patients?|someone|somebody|people|who|has|have|having|with|is|diagnosed)\s+", re.IGNORECASE
)


def understand(question: Question) -> Understood:
    """Reads a question; nothing is looked up here."""
    text = " ".join(question.text.split())
    modifiers = _modifiers(text)
    codes = [code for code in codes_in_text.typed(_DAY.sub(" ", _HUNG.sub(" ", text))) if code not in modifiers]
    if question.code and question.code.upper() not in codes:
        codes.insert(0, question.code.upper())
    return Understood(
        question=question,
        codes=tuple(codes[:6]),
        modifiers=tuple(modifiers),
        focus=tuple(focus for focus, words in _FOCUS.items() if re.search(rf"\b(?:{words})\b", text, re.IGNORECASE)),
        diagnosis="" if codes or modifiers else _diagnosis(text),
        together=len(codes) > 1 and bool(_TOGETHER.search(text)),
    )


def date_in(text: str) -> str:
    """The one day a question names, YYYY-MM-DD; empty where it names none, several, or one that is no day."""
    found = [_day(match) for match in _DAY.finditer(text)]
    return found[0] if len(found) == 1 else ""


def _day(match: re.Match[str]) -> str:
    year, month, day = match.group(1, 2, 3) if match.group(1) else match.group(6, 4, 5)
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


def _modifiers(text: str) -> list[str]:
    named = [word for match in _NAMED.finditer(text) for word in re.findall(r"[0-9A-Za-z]{2}\b", match.group(1))]
    hung = [match.group(1) for match in _HUNG.finditer(text)]
    lone = _LONE.findall(text)
    found = [word.upper() for word in (*named, *hung, *lone)]
    return list(dict.fromkeys(word for word in found if word in MODIFIERS))


def _diagnosis(text: str) -> str:
    cue = _CUE.search(text)
    if cue is None:
        return ""
    phrase = next(group for group in cue.group("a", "b", "c", "d") if group)
    phrase = _TAIL.sub("", phrase.rstrip(" ?.!"))
    while (shorter := _LEAD.sub("", phrase)) != phrase:
        phrase = shorter
    return phrase
