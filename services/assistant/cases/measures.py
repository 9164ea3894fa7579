"""Codes that a measured value leads to: the body mass index of an adult (Guidelines I.B.14, category Z68)."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from services.assistant.cases.clauses import Clause
from services.assistant.cases.proposals import EXCLUDED, SUGGESTED, Proposal
from services.assistant.cases.rulebook import among
from services.assistant.domain.cases import Span
from services.assistant.domain.codes import CodeRef

_BMI: Final = re.compile(
    r"\b(?:BMI|body[- ]mass[- ]index)\b(?:\s*\(BMI\))?[^\d.;\n]{0,20}(\d{2}(?:[.,]\d{1,2})?)(?![\d.,]*\d)",
    re.IGNORECASE,
)
_AGE: Final = re.compile(r"\b(\d{1,3})[- ]?(?:years?|yrs?|y/?o|yo)\b", re.IGNORECASE)
_ADULT: Final = 20  # years: below, the index is told by percentiles (Z68.5-)
_FAR: Final = 400  # characters: a case tells of whom it speaks at its beginning
_LEAST, _ABOVE_FORTY = 20, 40
_FROM_FORTY: Final = (45, 50, 60, 70)
# Only what a provider has diagnosed gives the index a meaning.
_ASSOCIATED: Final = (
    "E66",
    "R63.4",
    "R63.5",
    "R63.6",
    "E40",
    "E41",
    "E43",
    "E44",
    "E45",
    "E46",
    "R64",
    "F50",
    "E88.81",
)
_ALONE: Final = (
    "The body mass index is told beside a diagnosis such as obesity, which the text does not name (Guidelines I.B.14)."
)


def with_body_mass_index(found: Sequence[Proposal], over: Sequence[Clause], text: str) -> list[Proposal]:
    """Z68 with the value's own code in the place of its header; left out where no diagnosis goes with it."""
    others = [one for one in found if not among(one.ref.code, ("Z68",))]
    age = _AGE.search(text[:_FAR])
    if age and int(age[1]) < _ADULT:
        return others
    values = [(clause, match) for clause in over if not clause.over for match in _BMI.finditer(clause.text)]
    if not values:
        return others
    clause, match = values[-1]
    start = clause.start + match.start()
    spans = (Span(start, start + len(match.group()), match.group()),)
    named = any(one.is_suggested and among(one.ref.code, _ASSOCIATED) for one in found)
    reason = f"\u201c{match.group()}\u201d is the body mass index (Guidelines I.B.14)." if named else _ALONE
    ref = CodeRef("icd-10-cm", _code(float(match[1].replace(",", "."))), "" if named else "Body mass index")
    return [*others, Proposal(ref, True, SUGGESTED if named else EXCLUDED, reason, spans)]


def _code(value: float) -> str:
    """The code of an adult's index."""
    if value < _LEAST:
        return "Z68.1"
    if value >= _ABOVE_FORTY:
        return f"Z68.4{1 + bisect_right(_FROM_FORTY, value)}"
    return f"Z68.{int(value)}"
