"""The date of service that a question names: a day, or the first day of a month, quarter or year of it.

A calendar year stands for its first of July, when one edition of every source was in force, or for its last day where
fees are asked for; a fiscal year begins on 1 October before it. A date of birth is none.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november"),
    "december",
)
_MONTH: Final = r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
_NAME: Final = _MONTH + r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
_YEAR: Final = r"((?:19|20)\d{2})"
MIDDLE: Final = "-07-01"  # of a calendar year
LAST: Final = "-12-31"  # the fee schedule's year: the newest of its releases then speaks
_BIRTH: Final = re.compile(r"(?:\bdob|d\.o\.b\.|\bborn|birth)\W*(?:\w+\W+){0,3}$", re.IGNORECASE)

type Read = Callable[[re.Match[str]], str]


def _iso(year: str, month: int, day: str) -> str:
    try:
        return date(int(year), month, int(day)).isoformat()
    except ValueError:
        return ""


def _month(name: str) -> int:
    return next(number for number, month in enumerate(_MONTHS, 1) if month.startswith(name[:3].lower()))


_DAYS: Final[Sequence[tuple[str, Read]]] = (
    (rf"\b{_YEAR}-(\d{{2}})-(\d{{2}})\b", lambda found: _iso(found[1], int(found[2]), found[3])),
    (rf"\b(\d{{1,2}})/(\d{{1,2}})/{_YEAR}\b", lambda found: _iso(found[3], int(found[1]), found[2])),
    (rf"\b{_NAME}\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_YEAR}\b", lambda f: _iso(f[3], _month(f[1]), f[2])),
    (rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+{_NAME},?\s+{_YEAR}\b", lambda f: _iso(f[3], _month(f[2]), f[1])),
)
_SPANS: Final[Sequence[tuple[str, Read]]] = (
    (rf"\b(?:fy|fiscal year)\s?{_YEAR}\b", lambda found: f"{int(found[1]) - 1}-10-01"),
    (rf"\bq([1-4])\s+(?:of\s+)?{_YEAR}\b", lambda found: f"{found[2]}-{3 * int(found[1]) - 2:02}-01"),
    (rf"\b{_YEAR}\s?q([1-4])\b", lambda found: f"{found[1]}-{3 * int(found[2]) - 2:02}-01"),
    (rf"\b{_NAME}\s+(?:of\s+)?{_YEAR}\b", lambda found: f"{found[2]}-{_month(found[1]):02}-01"),
    (
        rf"\b(?:in|for|during|about|of|by|cy|year|until)\s+(?:calendar year\s+|cy\s?)?{_YEAR}\b",
        lambda f: f"{f[1]}{MIDDLE}",
    ),
)
_ANY: Final = re.compile("|".join(re.sub(r"\((?!\?)", "(?:", shape) for shape, _ in _DAYS), re.IGNORECASE)


def date_in(text: str) -> str:
    """The one date of service a question names, YYYY-MM-DD; empty where it names none, or several."""
    for shapes in (_DAYS, _SPANS):
        found = {day for shape, read in shapes for day in _read(text, shape, read)}
        if found:
            return found.pop() if len(found) == 1 else ""
    return ""


def without_dates(text: str) -> str:
    """The text without its days, whose figures are no codes."""
    return _ANY.sub(" ", text)


def _read(text: str, shape: str, read: Read) -> list[str]:
    places = re.finditer(shape, text, re.IGNORECASE)
    return [day for place in places if not _BIRTH.search(text[: place.start()]) and (day := read(place))]
