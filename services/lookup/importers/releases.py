"""When a release holds, by what the agencies write on it."""

import re
from datetime import date, timedelta
from typing import Final

_MONTHS: Final = {"jan": 1, "apr": 4, "jul": 7, "oct": 10}
_YEAR: Final = re.compile(r"(?<![0-9])(20[0-9]{2})(?![0-9])")

type Window = tuple[str, str, str]  # version, first day, last day


def fiscal_year(year: int) -> Window:
    """A federal fiscal year: from 1 October before it to 30 September."""
    return f"FY{year}", f"{year - 1}-10-01", f"{year}-09-30"


def half_year(year: int) -> Window:
    """The update that NCHS and CMS issue on 1 April within a fiscal year."""
    return f"FY{year} April", f"{year}-04-01", f"{year}-09-30"


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


def quarter_in(text: str) -> Window | None:
    """The quarter that a name tells: "2026Q2", "Eff_04-01-2026", "2024-07-01", "2024_OCT", "April 2026"."""
    if found := re.search(r"(?i)(20[0-9]{2})[ _-]?q([1-4])", text):
        return quarter(int(found[1]), int(found[2]))
    if found := re.search(r"(?<![0-9])([0-9]{2})[-_]([0-9]{2})[-_](20[0-9]{2})(?![0-9])", text):
        return quarter_of(f"{found[3]}-{found[1]}-{found[2]}")
    if found := re.search(r"(?<![0-9])(20[0-9]{2})[-_]([0-9]{2})[-_]([0-9]{2})(?![0-9])", text):
        return quarter_of(f"{found[1]}-{found[2]}-{found[3]}")
    if found := re.search(r"(?i)(20[0-9]{2})[ _-]*(jan|apr|jul|oct)[a-z]*", text):
        return quarter_of(f"{found[1]}-{_MONTHS[found[2].lower()]:02}-01")
    if found := re.search(r"(?i)(jan|apr|jul|oct)[a-z]*[ _-]*(20[0-9]{2})", text):
        return quarter_of(f"{found[2]}-{_MONTHS[found[1].lower()]:02}-01")
    return None


def ncci_version(text: str) -> Window | None:
    """The quarter of an NCCI version: 32.2, written v322, is the third quarter of 1994 + 32."""
    found = re.search(r"(?i)v([0-9]{2})\.?([0-3])(?:r[0-9]+)?(?![0-9])", text)
    return quarter(1994 + int(found[1]), int(found[2]) + 1) if found else None
