"""Claims of an X12 837 (005010X222 professional, 005010X223 institutional), read strictly.

Of a claim are taken: its number, lines with procedure, modifiers, units, pointed diagnoses, dates, place of service,
and the patient's sex and age. Names, addresses and identifiers of people are passed over and never leave this module.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from services.chassis.errors import AppError, FieldError, invalid
from services.gateway.domain import Json

_ISA: Final = 106  # characters of the interchange header, its terminator included
_SETTINGS: Final = {"222": "practitioner", "223": "outpatient"}
_DIAGNOSES: Final = {"ABK", "ABF", "BK", "BF"}
_SUBSCRIBER, _PATIENT = "22", "23"

type Segment = list[str]


@dataclass(slots=True)
class _Reading:
    """Where the reader stands."""

    setting: str = "practitioner"
    sex: str = ""
    born: str = ""
    claim: Json | None = None
    diagnoses: list[str] = field(default_factory=list)
    place: str = ""
    day: str = ""


def read(text: str) -> list[tuple[str, Json]]:
    """Claims with their numbers. INVALID names the segment that is wrong."""
    return list(_claims(list(_segments(text.strip("\ufeff \r\n")))))


def _segments(text: str) -> Iterator[Segment]:
    if not text.startswith("ISA") or len(text) < _ISA:
        raise _bad(1, text[:40], "an interchange that begins with an ISA segment of 106 characters")
    element, terminator = text[3], text[_ISA - 1]
    if terminator.isalnum() or element.isalnum():
        raise _bad(1, text[:40], "an ISA segment of 106 characters with its delimiters")
    component = text[_ISA - 2]
    for part in text.split(terminator):
        segment = part.strip("\r\n").split(element)
        if segment[0]:
            yield [segment[0], *(one.replace(component, ":") if segment[0] != "ISA" else one for one in segment[1:])]


def _claims(segments: list[Segment]) -> Iterator[tuple[str, Json]]:
    _check_envelope(segments)
    at = _Reading()
    for number, segment in enumerate(segments, 1):
        if segment[0] in {"CLM", "HL", "SE"} and at.claim is not None:
            yield _finished(at)
        _take(at, segment, number)


def _check_envelope(segments: list[Segment]) -> None:
    """The counts of the trailers: a file that was cut, or put together wrongly, is not half read."""
    begun, groups, sets = 0, 0, 0
    for number, segment in enumerate(segments, 1):
        name, first = segment[0], _at(segment, 1)
        if name == "GS":
            groups, sets = groups + 1, 0
        elif name == "ST":
            begun, sets = number, sets + 1
            if first != "837":
                raise _bad(number, "*".join(segment[:3]), "a transaction set 837")
        expected = {"SE": number - begun + 1, "GE": sets, "IEA": groups}.get(name)
        if expected is not None and first.lstrip("0") != str(expected):
            raise _bad(number, "*".join(segment), f"{name}01 = {expected}, what there are")
    if segments[-1][0] != "IEA":
        raise _bad(len(segments), segments[-1][0], "an IEA segment at the end: the file is cut short")


def _take(at: _Reading, segment: Segment, number: int) -> None:
    match segment[0]:
        case "ST":
            at.setting = next((s for mark, s in _SETTINGS.items() if f"X{mark}" in _at(segment, 3)), at.setting)
        case "HL" if _at(segment, 3) in {_SUBSCRIBER, _PATIENT}:
            at.sex, at.born = "", ""
        case "DMG":
            at.sex = {"F": "female", "M": "male"}.get(_at(segment, 3), "")
            at.born = _day(_at(segment, 2))
        case "CLM":
            at.claim = {"id": _at(segment, 1), "lines": []}
            at.place, at.diagnoses, at.day = _at(segment, 5).split(":")[0], [], ""
        case "HI":
            coded = [one.split(":") for one in segment[1:]]
            at.diagnoses += [parts[1] for parts in coded if parts[0] in _DIAGNOSES and len(parts) > 1]
        case "SV1" | "SV2" if at.claim is not None:
            at.claim["lines"].append(_line(at, segment, number))
        case "DTP" if _at(segment, 1) in {"472", "434"}:
            _date(at, segment)


def _line(at: _Reading, segment: Segment, number: int) -> Json:
    professional = segment[0] == "SV1"
    code = (_at(segment, 1) if professional else _at(segment, 2)).split(":")
    units = _at(segment, 4) if professional else _at(segment, 5)
    if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]+)?", units or "1"):
        raise _bad(number, "*".join(segment), "units as a number")
    pointed = [one for one in _at(segment, 7).split(":") if one.isdigit()] if professional else []
    named = [at.diagnoses[int(one) - 1] for one in pointed if 0 < int(one) <= len(at.diagnoses)]
    return {
        "id": str(len(at.claim["lines"]) + 1) if at.claim else "1",
        "code": code[1] if len(code) > 1 else "",
        "units": round(float(units or "1")),
        "modifiers": [one for one in code[2:6] if one],
        "diagnoses": named if professional else at.diagnoses[:12],
        "date": "",
        "place_of_service": (_at(segment, 5) or at.place) if professional else "",
    }


def _date(at: _Reading, segment: Segment) -> None:
    """A service date of the line before, or of the claim."""
    day = _day(_at(segment, 3).split("-")[0])
    if at.claim and at.claim["lines"] and _at(segment, 1) == "472":
        at.claim["lines"][-1]["date"] = day
    at.day = at.day or day


def _finished(at: _Reading) -> tuple[str, Json]:
    claim = at.claim or {}
    at.claim = None
    lines = [line for line in claim["lines"] if line["code"]]
    day = next((line["date"] for line in lines if line["date"]), at.day)
    return claim["id"], {
        "as_of": day,
        "setting": at.setting,
        "program": "",
        "state": "",
        "lines": lines,
        "patient": {"sex": at.sex, "age_years": _age(at.born, day)},
    }


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


def _at(segment: Segment, number: int) -> str:
    return segment[number] if number < len(segment) else ""


def _bad(number: int, value: str, expected: str) -> AppError:
    """Elements of a claim may be patient data: of those only the segment's name is told."""
    told = value if value.startswith(("ISA", "SE", "GE", "IEA", "ST")) else value.split("*", maxsplit=1)[0]
    return invalid("BAD_X12", "The 837 cannot be read.", FieldError(f"segment {number}", told[:60], expected))
