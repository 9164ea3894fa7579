"""What an 837 says of a claim before its lines: who pays, the patient's sex and age, the state, the diagnoses.

Levels (HL) come from the outside in: billing provider, subscriber, patient; what is said at one holds for the claims
below it, until the next of its kind.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from services.chassis.errors import FieldError
from services.gateway.claims.segments import Segment
from services.gateway.domain import Json

_DIAGNOSES: Final = ("ABK", "ABF")
_OLD_DIAGNOSES: Final = ("BK", "BF")
_BILLING, _SERVICE = "85", "77"
_MEDICAID: Final = "MC"
_SEXES: Final = {"F": "female", "M": "male"}


@dataclass(slots=True)
class Reading:
    """Where the reader stands in a set, and the claim that is open."""

    setting: str
    asked: Json = field(default_factory=dict)
    sex: str = ""
    born: str = ""
    program: str = ""
    party: str = ""
    billing_state: str = ""
    state: str = ""
    name: str = ""
    inside: bool = False
    place: str = ""
    day: str = ""
    number: str = ""
    diagnoses: list[str] = field(default_factory=list)
    lines: list[Json] = field(default_factory=list)
    wrong: list[FieldError] = field(default_factory=list)
    bad: set[str] = field(default_factory=set)

    def refuse(self, error: FieldError, *, line: bool = False) -> None:
        """Notes what is wrong; `line`: the line that was read last is left out of the check."""
        self.wrong.append(error)
        if line and self.lines:
            self.bad.add(self.lines[-1]["id"])


def _level(at: Reading, segment: Segment) -> None:
    match segment.at(3):
        case "20":  # a billing provider: what was the last one's is nothing of it
            at.billing_state, at.program, at.sex, at.born = "", "", "", ""
        case "22":  # a subscriber, who may be the patient
            at.program, at.sex, at.born = "", "", ""
        case "23":  # a patient who is somebody else
            at.sex, at.born = "", ""


def _person(at: Reading, segment: Segment) -> None:
    """Sex and birth of the patient; inside a claim they are another subscriber's."""
    if at.inside:
        return
    at.sex, at.born = _SEXES.get(segment.at(3), ""), day_of(segment.at(2))
    if segment.at(2) and not at.born:
        at.refuse(segment.wrong(2, "", "a date CCYYMMDD"))


def _payer(at: Reading, segment: Segment) -> None:
    if not at.inside:
        at.program = "medicaid" if segment.at(9) == _MEDICAID else ""


def _named(at: Reading, segment: Segment) -> None:
    at.party = segment.at(1)


def _addressed(at: Reading, segment: Segment) -> None:
    state = segment.at(2)
    if not re.fullmatch(r"[A-Z]{2}", state):
        return
    if at.party == _BILLING and not at.inside:
        at.billing_state = state
    elif at.party == _SERVICE and at.inside and not at.lines:
        at.state = state


def _claim(at: Reading, segment: Segment) -> None:
    at.inside, at.name = True, segment.at(1)
    at.place, at.day, at.number, at.state = segment.at(5).partition(":")[0], "", "", at.billing_state
    at.diagnoses, at.lines, at.bad = [], [], set()
    if not at.name:
        at.refuse(segment.wrong(1, "", "the number of the claim"))


def _diagnosed(at: Reading, segment: Segment) -> None:
    for number, element in enumerate(segment.elements, 1):
        kind, code, *_ = (*element.split(":"), "")
        if kind in _DIAGNOSES:
            at.diagnoses.append(code)
        elif kind in _OLD_DIAGNOSES:
            at.diagnoses.append("")  # keeps the numbers that lines point with
            at.refuse(segment.wrong(number, f"{kind}:{code}", "ABK or ABF: diagnoses of ICD-10-CM"))


def day_of(text: str) -> str:
    """CCYYMMDD as YYYY-MM-DD; empty where that is no day."""
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])).isoformat() if len(text) == 8 else ""  # noqa: PLR2004
    except ValueError:
        return ""


TAKES: Final[dict[str, Callable[[Reading, Segment], None]]] = {
    "HL": _level,
    "DMG": _person,
    "SBR": _payer,
    "NM1": _named,
    "N4": _addressed,
    "CLM": _claim,
    "HI": _diagnosed,
}
