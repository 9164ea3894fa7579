"""When a release holds, by what the agencies write on it."""

import re
from datetime import date, timedelta
from typing import Final

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH: Final = (
    "(?<![a-z])(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    "oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)(?![a-z])"
)
_OCTOBER: Final = 10
_YEAR: Final = re.compile(r"(?<![0-9])(20[0-9]{2})(?![0-9])")

type Window = tuple[str, str, str]  # version, first day, last day


def icd_release(year: int, text: str) -> Window:
    """An ICD-10 release: of 1 October, or of the month that its name tells, to the end of the fiscal year."""
    month = next((found[1][:3].lower() for found in [re.search(rf"(?i){_MONTH}", text.replace("_", " "))] if found), "")
    number = _MONTHS.index(month) + 1 if month else _OCTOBER
    if number >= _OCTOBER:
        named = re.search(rf"(?i){_MONTH}[ -]*(?:[0-9]{{1,2}},?[ -]+)?{year}(?![0-9])", text.replace("_", " "))
        return fiscal_year(year + bool(month and named))
    return f"FY{year} {date(year, number, 1):%B}", f"{year}-{number:02}-01", f"{year}-09-30"


def fiscal_year(year: int) -> Window:
    """A federal fiscal year: from 1 October before it to 30 September."""
    return f"FY{year}", f"{year - 1}-10-01", f"{year}-09-30"


def calendar_year(year: int) -> Window:
    """A calendar year."""
    return f"CY{year}", f"{year}-01-01", f"{year}-12-31"


def quarter(year: int, number: int) -> Window:
    """A quarter, 1 to 4."""
    begin = date(year, 3 * number - 2, 1)
    after = date(year + (number == 4), 3 * number % 12 + 1, 1)  # noqa: PLR2004 -- the last one
    return f"{year} Q{number}", begin.isoformat(), (after - timedelta(days=1)).isoformat()


def quarter_of(day: str) -> Window:
    """The quarter in which a day lies."""
    return quarter(int(day[:4]), (int(day[5:7]) + 2) // 3)


def year_in(text: str) -> int:
    """The first year of this century that a text names; 0 where it names none."""
    found = _YEAR.search(text.replace("_", " ")) or re.search(r"(?i)(?:fy|cy)[ _-]?([0-9]{2})(?![0-9])", text)
    return int(found[1]) + (2000 if len(found[1]) == 2 else 0) if found else 0  # noqa: PLR2004 -- two digits


def day_in(text: str) -> str:
    """The day that a text names in figures (04-01-2026, 2026-04-01, 4/1/2026, 20260401); empty where it names none."""
    for shape, order in _DAYS:
        if found := shape.search(text):
            year, month, number = (int(found[n]) for n in order)
            try:
                return date(year, month, number).isoformat()
            except ValueError:
                continue
    return ""


_DAYS: Final = (
    (re.compile(r"(?<![0-9])([0-9]{1,2})[-_./]([0-9]{1,2})[-_./](20[0-9]{2})(?![0-9])"), (3, 1, 2)),
    (re.compile(r"(?<![0-9])(20[0-9]{2})[-_./]([0-9]{2})[-_./]([0-9]{2})(?![0-9])"), (1, 2, 3)),
    (re.compile(r"(?<![0-9])(20[0-9]{2})(0[1-9]|1[0-2])([0-3][0-9])(?![0-9])"), (1, 2, 3)),
    (re.compile(r"(?<![0-9])(0[1-9]|1[0-2])([0-3][0-9])(20[0-9]{2})(?![0-9])"), (3, 1, 2)),
)


# A quarter, or a month of one, as a name tells it, and where year and number stand in it.
_QUARTERS: Final = (
    (re.compile(r"(?i)(20[0-9]{2})[ _-]*q(?:tr|uarter)?[ _-]*([1-4])(?![0-9])"), 1, 2),
    (re.compile(r"(?i)q(?:tr|uarter)?[ _-]*([1-4])[ _,-]*(20[0-9]{2})"), 2, 1),
    (re.compile(r"(?i)([1-4])(?:st|nd|rd|th)[ _-]*(?:quarter|qtr)[ _,-]*(20[0-9]{2})"), 2, 1),
)
_NAMED: Final = (
    (re.compile(rf"(?i)(20[0-9]{{2}})[ -]*{_MONTH}"), 1, 2),
    (re.compile(rf"(?i){_MONTH}[ .,-]*(?:[0-9]{{1,2}},?[ -]+)?(20[0-9]{{2}})"), 2, 1),
)


def quarter_in(text: str) -> Window | None:
    """The quarter that a name tells: 2026Q2, "2nd quarter 2026", Eff_04-01-2026, 2024-07-01, 2024_OCT, "April 2026"."""
    for shape, year, number in _QUARTERS:
        if found := shape.search(text):
            return quarter(int(found[year]), int(found[number]))
    if named := day_in(text):
        return quarter_of(named)
    return month_in(text)


def month_in(text: str) -> Window | None:
    """The quarter of the month that a name tells in letters."""
    for shape, year, month in _NAMED:
        if found := shape.search(text.replace("_", " ")):
            return quarter_of(f"{found[year]}-{_MONTHS.index(found[month][:3].lower()) + 1:02}-01")
    return None


def effective_in(text: str) -> Window | None:
    """The quarter of the day that a notice says a table is effective from."""
    for found in re.finditer(r"(?i)eff(?:ective|\b)[^0-9\n]{0,40}", text):
        if window := quarter_in(text[found.end() : found.end() + 30]):
            return window
    return None


def ncci_version(text: str) -> Window | None:
    """The quarter of an NCCI version: 32.2, written v322, is the third quarter of 1994 + 32."""
    found = re.search(r"(?i)v([0-9]{2})\.?([0-3])(?:r[0-9]+)?(?![0-9])", text)
    return quarter(1994 + int(found[1]), int(found[2]) + 1) if found else None
