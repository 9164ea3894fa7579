"""The service lines of an 837's claim: procedure, modifiers, units, pointed diagnoses, place and date.

What follows a line about its drug (LIN, CTP) counts in other units than those that are paid, and is passed over.
"""

import math
import re
from collections.abc import Callable
from typing import Final

from services.gateway.claims.headers import Reading, day_of
from services.gateway.claims.segments import Segment
from services.gateway.domain import Json

_MINUTES: Final = "MJ"
_MOST_POINTERS: Final = 4
_UNITS: Final = re.compile(r"[0-9]{1,9}(\.[0-9]+)?")
_DATES: Final = {"D8": r"[0-9]{8}", "RD8": r"[0-9]{8}-[0-9]{8}", "DT": r"[0-9]{12}"}
# where a service segment has its procedure, its units and what they count, its pointers, its place of service
_SERVICES: Final = {"SV1": (1, 4, 3, 7, 5), "SV2": (2, 5, 4, 0, 0), "SV3": (1, 6, 0, 11, 3)}


def _numbered(at: Reading, segment: Segment) -> None:
    at.number = segment.at(1)


def _service(at: Reading, segment: Segment) -> None:
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


def _units(at: Reading, segment: Segment, units: int, measure: int) -> int:
    """Units of service; minutes of anesthesia are time and not units."""
    told = segment.at(units) or "1"
    if not _UNITS.fullmatch(told):
        at.refuse(segment.wrong(units, told, "units as a number"), line=True)
        return 1
    return 1 if measure and segment.at(measure) == _MINUTES else math.ceil(float(told))


def _pointed(at: Reading, segment: Segment, element: int) -> list[str]:
    pointers = [one for one in segment.at(element).split(":") if one]
    wrong = [one for one in pointers if not one.isdigit() or not 0 < int(one) <= len(at.diagnoses)]
    if wrong:
        at.wrong.append(segment.wrong(element, ":".join(wrong), f"1 to {len(at.diagnoses)}, a diagnosis of HI"))
    if len(pointers) > _MOST_POINTERS:
        at.wrong.append(segment.wrong(element, ":".join(pointers), f"at most {_MOST_POINTERS} pointers"))
    return [at.diagnoses[int(one) - 1] for one in pointers if one not in wrong]


def _dated(at: Reading, segment: Segment) -> None:
    """A service date of the line before, or the statement's dates of the claim."""
    if segment.at(1) not in {"472", "434"} or not at.inside:
        return
    shape = _DATES.get(segment.at(2))
    day = day_of(segment.at(3)[:8]) if shape and re.fullmatch(shape, segment.at(3)) else ""
    if not day:
        expected = "D8 with CCYYMMDD, or RD8 with two of them"
        at.refuse(segment.wrong(3, segment.at(3), expected), line=segment.at(1) == "472")
    elif at.lines and segment.at(1) == "472":
        at.lines[-1]["date"] = day
    else:
        at.day = at.day or day


TAKES: Final[dict[str, Callable[[Reading, Segment], None]]] = {
    "LX": _numbered,
    **dict.fromkeys(_SERVICES, _service),
    "DTP": _dated,
}
