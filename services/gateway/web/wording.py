"""How pages write values: names of systems and features, links of codes, times, numbers, addresses."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from markupsafe import Markup, escape

SYSTEM_NAMES: Final = {"icd-10-cm": "ICD-10-CM", "icd-10-pcs": "ICD-10-PCS", "hcpcs": "HCPCS", "cpt": "CPT"}
# Tables that speak for a code which no code set describes.
TABLE_NAMES: Final = {
    "pfs": "Medicare Physician Fee Schedule",
    "cpt-ama": "CPT, the operator's licensed file",
    "ncci-add-on": "NCCI add-on code edits",
    "ncci-mue": "NCCI MUE,",
    "ncci-ptp": "NCCI PTP,",
}
FEATURE_NAMES: Final = {
    "code_page": "Code pages",
    "question": "CasePilot questions",
    "consult": "Consults",
    "case": "Pasted cases",
    "check": "Claim checks",
}
NUMBERS: Final = [
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
]
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
ACRONYMS: Final = frozenset({"cpt", "pdf", "id"})
# The shape of an ICD-10-CM code inside a sentence: three characters, then a dot and up to four.
IN_TEXT: Final = re.compile(r"\b[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?\b")
WHOLE: Final = {"icd-10-pcs": 7, "hcpcs": 5}  # characters of a code
HCPCS: Final = re.compile(r"[A-CE-V][0-9]{4}")  # D codes are the ADA's


def system_name(system: str) -> str:
    """A code system, or a table that speaks for a code, as people write it."""
    if system in SYSTEM_NAMES:
        return SYSTEM_NAMES[system]
    table = next((one for one in TABLE_NAMES if f"{system}-".startswith(f"{one}-")), "")
    told = system.removeprefix(table).replace("-", " ").strip()
    return f"{TABLE_NAMES[table]} {told}".strip() if table else system


def feature_name(feature: str) -> str:
    """What a quota counts."""
    return FEATURE_NAMES.get(feature, words(feature))


def registering(more: int | None) -> str:
    """What a guest gets by registering, as the plans have it: "five more"; "more" where there is no number to tell."""
    if more is None:
        return "more"
    return f"{NUMBERS[more] if more < len(NUMBERS) else format(more, ',')} more"


def address(code: str, system: str) -> str:
    """Where a code is shown: what only leads to codes ("4", "E08-E13", "0DT", "J0") has no page of its own."""
    place = "-" in code or (system == "icd-10-cm" and code.isdigit()) or len(code) < WHOLE.get(system, 0)
    return f"/{'browse' if place else 'codes'}/{system}/{code}"


def procedure_system(code: str) -> str:
    """The system of a procedure code, by its shape."""
    return "hcpcs" if HCPCS.fullmatch(code) else "cpt"


def linked(text: str, codes: Sequence[str], system: str = "icd-10-cm") -> Markup:
    """The text with each of these codes linked where it stands; one the text does not name follows at its end."""
    known, linked_codes = set(codes), set()

    def link(found: re.Match[str]) -> str:
        if found[0] not in known:
            return found[0]
        linked_codes.add(found[0])
        return _link(found[0], system)

    body = IN_TEXT.sub(link, str(escape(text)))
    rest = [_link(str(escape(code)), system) for code in codes if code not in linked_codes]
    return Markup(" ".join([body, *rest]))  # noqa: S704 -- every piece is escaped


def _link(code: str, system: str) -> str:
    return f'<a class="code" href="{escape(address(code, system))}">{code}</a>'


def when(at: int | str | None) -> Markup | str:
    """A time in Unix milliseconds as `<time>`, UTC to the minute; a text passes as it is."""
    if not isinstance(at, int):
        return at or ""
    moment = datetime.fromtimestamp(at / 1000, UTC)
    shown = f"{moment.day} {MONTHS[moment.month - 1]} {moment:%Y, %H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(moment.strftime("%Y-%m-%dT%H:%M:%SZ"), shown)


def day(at: int | str | None) -> str:
    """A time in Unix milliseconds as its day in UTC, YYYY-MM-DD; a text passes as it is."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d") if isinstance(at, int) else at or ""


def year_before(as_of: str) -> str:
    """The same day of the year before, YYYY-MM-DD; 29 February becomes the 28th."""
    earlier = f"{int(as_of[:4]) - 1:04}{as_of[4:]}"
    return earlier.replace("-02-29", "-02-28")


def counted(number: int, noun: str) -> str:
    """As in "1 page" and "5 pages"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def thousands(number: int) -> str:
    """As in "98,186"."""
    return f"{number:,}"


def words(name: str) -> str:
    """A field's name or constant as a phrase: "FULL_TIME" becomes "Full time"."""
    parts = [part.upper() if part in ACRONYMS else part for part in name.lower().replace("-", "_").split("_")]
    phrase = " ".join(parts)
    return phrase[:1].upper() + phrase[1:]


def query(parameters: Mapping[str, Any], **changed: Any) -> str:  # noqa: ANN401 -- anything a query can hold
    """A query string of what is set, with some of it changed."""
    merged = {**parameters, **changed}
    return urlencode({key: int(value) if value is True else value for key, value in merged.items() if value})


def page_of(address: str) -> str:
    """The page of a table whose address in the API is given: its rows for people."""
    return address.removeprefix("/api/v1")


def page_path(address: str) -> str:
    """That page without its query."""
    return page_of(address).partition("?")[0]


def page_query(address: str) -> list[tuple[str, str]]:
    """What its query sets."""
    return parse_qsl(address.partition("?")[2])


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    function.__name__: function
    for function in (
        address,
        counted,
        day,
        feature_name,
        linked,
        page_of,
        page_path,
        page_query,
        procedure_system,
        query,
        registering,
        system_name,
        thousands,
        when,
        words,
        year_before,
    )
}
