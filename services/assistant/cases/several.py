"""One mail, several cases: where each begins, by the headings that people give them."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

_HEADING: Final = re.compile(
    r"^[ \t#*]*(?:(?:second|next|another|other) (?:case|patient)"
    r"|(?:case|patient|pt\.?|chart|encounter)[ \t]*(?:#|no\.?|number)?[ \t]*"
    r"(?:\d{1,2}|[A-H]|one|two|three|four|five))[ \t]*(?:[:.)\u2013-][ \t]*|$)",
    re.IGNORECASE | re.MULTILINE,
)
_INPATIENT: Final = re.compile(
    r"\bcare setting:?\s*inpatient\b|\binpatient (?:stay|admission|encounter|record)\b"
    r"|\bdischarge (?:summary|diagnos[ei]s)\b",
    re.IGNORECASE,
)
_SERVICE: Final = re.compile(
    r"\b(?:date of service|service date|dos)\s*[:=]?\s*"
    r"(?:(20\d\d)-(\d\d)-(\d\d)|(\d{1,2})/(\d{1,2})/(20\d\d))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Part:
    """A case of a text: its heading, where it begins, its words."""

    title: str
    start: int
    text: str

    @property
    def setting(self) -> str:
        """Inpatient where the text says so, else outpatient."""
        return "inpatient" if _INPATIENT.search(self.text) else "outpatient"


def parts(text: str) -> list[Part]:
    """The cases of a text; what stands before the first heading is none. One, untitled, where none is named."""
    found = list(_HEADING.finditer(text))
    if len(found) < 2:  # noqa: PLR2004 -- one heading alone parts nothing
        return [Part("", 0, text)]
    ends = [*(one.start() for one in found[1:]), len(text)]
    told = [
        Part(one.group().strip(" \t#*:.)\u2013-"), one.end(), text[one.end() : end])
        for one, end in zip(found, ends, strict=True)
    ]
    return [part for part in told if re.search(r"\w", part.text)] or [Part("", 0, text)]


def service_date(text: str) -> str:
    """The one date of service that a text names as such, YYYY-MM-DD; empty where it names none, or several."""
    found = {_day(match) for match in _SERVICE.finditer(text)}
    return found.pop() if len(found) == 1 else ""


def _day(match: re.Match[str]) -> str:
    year, month, day = match.group(1, 2, 3) if match.group(1) else match.group(6, 4, 5)
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""
