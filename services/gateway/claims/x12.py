"""Claims of an X12 837 (005010X222 professional, X223 institutional, X224 dental, and their 4010 forerunners).

Of a claim are taken: its number, its lines with procedure, modifiers, units, pointed diagnoses, dates and place of
service; the patient's sex and age; the state of the service location or billing provider; whether Medicaid pays. Names,
addresses and identifiers of people are passed over and never leave this module.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from services.chassis.errors import FieldError
from services.gateway.claims.segments import Segment, TransactionSet, refusal, sets
from services.gateway.domain import Json, ReadClaim

_GUIDES: Final = {
    **dict.fromkeys(("X222", "X224", "X098", "X097"), "practitioner"),
    **dict.fromkeys(("X223", "X096"), "outpatient"),
}
_KNOWN: Final = frozenset(
    (
        *(
            "AMT",
            "BHT",
            "CAS",
            "CL1",
            "CLM",
            "CN1",
            "CR1",
            "CR2",
            "CR3",
            "CR5",
            "CR6",
            "CRC",
            "CTP",
            "CUR",
            "DMG",
            "DN1",
        ),
        *(
            "DN2",
            "DTP",
            "FRM",
            "HCP",
            "HI",
            "HL",
            "HSD",
            "IMM",
            "K3",
            "LIN",
            "LQ",
            "LX",
            "MEA",
            "MIA",
            "MOA",
            "N3",
            "N4",
        ),
        *(
            "NM1",
            "NTE",
            "OI",
            "PAT",
            "PER",
            "PRV",
            "PS1",
            "PWK",
            "QTY",
            "REF",
            "SBR",
            "SV1",
            "SV2",
            "SV3",
            "SV4",
            "SV5",
        ),
        *("SVD", "TOO", "N2", "PCT", "DSB"),
    )
)
_DIAGNOSES: Final = ("ABK", "ABF")
_OLD_DIAGNOSES: Final = ("BK", "BF")
_SUBSCRIBER, _PATIENT = "22", "23"
_BILLING, _SERVICE = "85", "77"
_MEDICAID: Final = "MC"
_MINUTES: Final = "MJ"
_SEXES: Final = {"F": "female", "M": "male"}
_MOST_POINTERS: Final = 4
_UNITS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]+)?")
_DATES: Final = {"D8": r"[0-9]{8}", "RD8": r"[0-9]{8}-[0-9]{8}", "DT": r"[0-9]{12}"}
# where a service segment has its procedure, its units and what they count, its pointers, its place of service
_SERVICES: Final = {"SV1": (1, 4, 3, 7, 5), "SV2": (2, 5, 4, 0, 0), "SV3": (1, 6, 0, 11, 3)}


@dataclass(slots=True)
class _Reading:
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


def read(text: str, asked: Json | None = None) -> tuple[list[ReadClaim], list[FieldError]]:
    """Claims, and what is wrong around them. INVALID where not one claim can be read.

    `asked` overrides what the file says of setting, program and state; its `as_of` stands where a line has no date.
    """
    found: list[ReadClaim] = []
    whole, wrong = sets(text)
    for one in whole:
        setting = next((setting for mark, setting in _GUIDES.items() if mark in one.guide), "")
        if not setting:
            begin = one.segments[0].number - 1 if one.segments else 0
            expected = f"an implementation guide that names {', '.join(_GUIDES)}"
            wrong.append(FieldError(f"segment {begin}, ST03", one.guide[:60], expected, begin))
            continue
        found += _claims(one, _Reading(setting, asked=asked or {}), wrong)
    if not found:
        raise refusal(
            *(sorted(wrong, key=_place) or [FieldError("file", "", "a claim (CLM) in a transaction set 837")])
        )
    return found, sorted(wrong, key=_place)


def _place(error: FieldError) -> int:
    return error.line or 0


def _claims(one: TransactionSet, at: _Reading, wrong: list[FieldError]) -> Iterator[ReadClaim]:
    for segment in one.segments:
        if segment.name not in _KNOWN:
            wrong.append(segment.wrong(0, segment.name, "a segment of an 837"))
        if at.inside and segment.name in {"CLM", "HL"}:
            yield _finished(at)
        if take := _TAKES.get(segment.name):
            take(at, segment)
    if at.inside:
        yield _finished(at)


def _level(at: _Reading, segment: Segment) -> None:
    if segment.at(3) in {_SUBSCRIBER, _PATIENT}:
        at.sex, at.born = "", ""
    if segment.at(3) == _SUBSCRIBER:
        at.program = ""


def _person(at: _Reading, segment: Segment) -> None:
    at.sex, at.born = _SEXES.get(segment.at(3), ""), _day(segment.at(2))
    if segment.at(2) and not at.born:
        at.refuse(segment.wrong(2, "", "a date CCYYMMDD"))


def _payer(at: _Reading, segment: Segment) -> None:
    if not at.inside:
        at.program = "medicaid" if segment.at(9) == _MEDICAID else ""


def _named(at: _Reading, segment: Segment) -> None:
    at.party = segment.at(1)


def _addressed(at: _Reading, segment: Segment) -> None:
    state = segment.at(2)
    if not re.fullmatch(r"[A-Z]{2}", state):
        return
    if at.party == _BILLING and not at.inside:
        at.billing_state = state
    elif at.party == _SERVICE and at.inside:
        at.state = state


def _claim(at: _Reading, segment: Segment) -> None:
    at.inside, at.name = True, segment.at(1)
    at.place, at.day, at.number, at.state = segment.at(5).partition(":")[0], "", "", at.billing_state
    at.diagnoses, at.lines, at.bad = [], [], set()
    if not at.name:
        at.refuse(segment.wrong(1, "", "the number of the claim"))


def _diagnosed(at: _Reading, segment: Segment) -> None:
    for number, element in enumerate(segment.elements, 1):
        kind, _, code = element.partition(":")
        code = code.partition(":")[0]
        if kind in _DIAGNOSES:
            at.diagnoses.append(code)
        elif kind in _OLD_DIAGNOSES:
            at.diagnoses.append("")  # keeps the numbers that lines point with
            at.refuse(segment.wrong(number, f"{kind}:{code}", "ABK or ABF: diagnoses of ICD-10-CM"))


def _numbered(at: _Reading, segment: Segment) -> None:
    at.number = segment.at(1)


def _service(at: _Reading, segment: Segment) -> None:
    if not at.inside:
        return
    code, units, measure, pointers, place = _SERVICES[segment.name]
    qualifier, *parts = segment.at(code).split(":")
    if not parts and segment.name == "SV2":
        return  # a revenue code alone
    pointed = _pointed(at, segment, pointers) if pointers else at.diagnoses
    there = segment.at(place).partition(":")[0] if place else ""
    at.lines.append(
        {
            "id": _own(at.number, at.lines),
            "code": parts[0] if parts else "",
            "units": 1,
            "modifiers": [one for one in parts[1:5] if one],
            "diagnoses": [one for one in pointed if one],
            "date": "",
            "place_of_service": "" if segment.name == "SV2" else there or at.place,
        }
    )
    if qualifier not in {"HC", "AD"}:
        at.refuse(segment.wrong(code, qualifier, "HC: a procedure of HCPCS"), line=True)
    at.lines[-1]["units"] = _units(at, segment, units, measure)


def _own(number: str, lines: list[Json]) -> str:
    """The line's number; where the file has none, or gives one twice, its place."""
    return number if number and all(line["id"] != number for line in lines) else str(len(lines) + 1)


def _units(at: _Reading, segment: Segment, units: int, measure: int) -> int:
    """Units of service; minutes of anesthesia are time and not units."""
    told = segment.at(units) or "1"
    if not _UNITS.fullmatch(told):
        at.refuse(segment.wrong(units, told, "units as a number"), line=True)
        return 1
    return 1 if measure and segment.at(measure) == _MINUTES else math.ceil(float(told))


def _pointed(at: _Reading, segment: Segment, element: int) -> list[str]:
    pointers = [one for one in segment.at(element).split(":") if one]
    wrong = [one for one in pointers if not one.isdigit() or not 0 < int(one) <= len(at.diagnoses)]
    if wrong:
        at.wrong.append(segment.wrong(element, ":".join(wrong), f"1 to {len(at.diagnoses)}, a diagnosis of HI"))
    if len(pointers) > _MOST_POINTERS:
        at.wrong.append(segment.wrong(element, ":".join(pointers), f"at most {_MOST_POINTERS} pointers"))
    return [at.diagnoses[int(one) - 1] for one in pointers if one not in wrong]


def _dated(at: _Reading, segment: Segment) -> None:
    """A service date of the line before, or the statement's dates of the claim."""
    if segment.at(1) not in {"472", "434"} or not at.inside:
        return
    shape = _DATES.get(segment.at(2))
    day = _day(segment.at(3)[:8]) if shape and re.fullmatch(shape, segment.at(3)) else ""
    if not day:
        expected = "D8 with CCYYMMDD, or RD8 with two of them"
        at.refuse(segment.wrong(3, segment.at(3), expected), line=segment.at(1) == "472")
    elif at.lines and segment.at(1) == "472":
        at.lines[-1]["date"] = day
    else:
        at.day = at.day or day


_TAKES: Final[dict[str, Callable[[_Reading, Segment], None]]] = {
    "HL": _level,
    "DMG": _person,
    "SBR": _payer,
    "NM1": _named,
    "N4": _addressed,
    "CLM": _claim,
    "HI": _diagnosed,
    "LX": _numbered,
    **dict.fromkeys(_SERVICES, _service),
    "DTP": _dated,
}


def _finished(at: _Reading) -> ReadClaim:
    """The claim; a line without a date of its own has that of the claim."""
    for line in at.lines:
        line["date"] = line["date"] or at.day or at.asked.get("as_of", "")
        if not line["date"] and line["id"] not in at.bad:
            at.bad.add(line["id"])
            at.wrong.append(FieldError(f"line {line['id']}, DTP", "", "a date of service (DTP 472)"))
    lines = [line for line in at.lines if line["id"] not in at.bad]
    day = min((line["date"] for line in lines), default=at.day)
    claim = {
        "as_of": day,
        "setting": at.setting,
        "program": at.program,
        "state": at.state,
        "lines": lines,
        "patient": {"sex": at.sex, "age_years": _age(at.born, day)},
        **{name: value for name, value in at.asked.items() if name != "as_of"},
    }
    found = ReadClaim(at.name, claim, tuple(at.wrong))
    at.inside, at.wrong = False, []
    return found


def _age(born: str, day: str) -> int | None:
    if not born or not day:
        return None
    one, other = date.fromisoformat(born), date.fromisoformat(day)
    return other.year - one.year - ((other.month, other.day) < (one.month, one.day))


def _day(text: str) -> str:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8])).isoformat() if len(text) == 8 else ""  # noqa: PLR2004
    except ValueError:
        return ""
