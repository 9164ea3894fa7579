"""Renders the pages: one Jinja environment a process, autoescaped, each template compiled at its first use."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

import orjson
from jinja2 import Environment, FileSystemLoader, Undefined
from jinja2.ext import Extension
from markupsafe import Markup, escape

from services.gateway.job_words import pay
from services.gateway.us_states import STATES

HERE: Final = Path(__file__).parent
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


def render(name: str, **context: Any) -> str:  # noqa: ANN401 -- what a template needs is said in its first lines
    """The page `name` as HTML; every string of the context is text unless it is Markup."""
    return _pages().get_template(name).render(context)


@cache
def _pages() -> Environment:
    return environment(Undefined)


def environment(undefined: type[Undefined]) -> Environment:
    """The pages' environment. Served pages leave out what a context lacks; tests pass StrictUndefined."""
    pages = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        extensions=[Unindented],
        autoescape=True,
        auto_reload=False,
        cache_size=-1,
        trim_blocks=True,
        undefined=undefined,
    )
    pages.filters |= {
        "address": address,
        "counted": counted,
        "day": day,
        "feature_name": feature_name,
        "linked": linked,
        "page_of": page_of,
        "page_path": page_path,
        "page_query": page_query,
        "pay": pay,
        "procedure_system": procedure_system,
        "query": query,
        "registering": registering,
        "system_name": system_name,
        "thousands": thousands,
        "when": when,
        "words": words,
        "year_before": year_before,
    }
    pages.globals |= {
        "STATES": tuple(STATES.items()),
        "Sources": Sources,
        "asset": {path.name: _asset(path) for path in sorted((HERE / "static").iterdir())},
        "procedure_system": procedure_system,
        "section_html": section_html,
        "sheet_html": sheet_html,
        "glance_html": glance_html,
        "stale_names": stale_names,
    }
    return pages


class Unindented(Extension):
    """Drops the indentation of template sources: it is for their readers and would cost every answer its bytes."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002 -- Jinja's
        """The source with each line starting at its first sign; line numbers stay."""
        return re.sub(r"(?m)^[ \t]+", "", source)


class Sources:
    """The sources a section names, numbered as they come up."""

    def __init__(self) -> None:
        self.named: dict[str, int] = {}

    def __call__(self, source: str) -> int:
        """The source's number: the same source keeps its own."""
        return self.named.setdefault(source, len(self.named) + 1)


def section_html(key: str, body: object, system: str, code: str) -> Markup:
    """A section's body as HTML; the same bytes are rendered once, for they are the whole of what it is made of."""
    if isinstance(body, bytes):
        return _section_html(key, body, system, code)
    return _macro("body", key, body, system, code)


@lru_cache(maxsize=20_000)
def _section_html(key: str, body: bytes, system: str, code: str) -> Markup:
    return _macro("body", key, orjson.loads(body), system, code)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A code's sheet, the same as another if what decides it is; section bodies are compared as bytes."""

    decides: tuple[object, ...]
    code: Mapping[str, Any] = field(compare=False)


def sheet_html(code: Mapping[str, Any], gate: str) -> Markup:
    """What a page says of its code, with the gate before its locked sections; a page that is open whole is kept."""
    sections, edition = code["sections"], code["edition"] or {}
    if any(one["locked"] or not isinstance(one["body"], bytes) for one in sections):
        return _sheet(code, gate)
    head = tuple(code[name] for name in ("system", "code", "display", "status", "billable", "as_of"))
    answered = tuple(edition.get(name) for name in ("version", "effective_to", "stale"))
    return _kept_sheet(_Sheet((*head, *answered, *((one["key"], one["body"]) for one in sections)), code))


@lru_cache(maxsize=500)
def _kept_sheet(sheet: _Sheet) -> Markup:
    return _sheet(sheet.code, "")


def _sheet(code: Mapping[str, Any], gate: str) -> Markup:
    made = getattr(_pages().get_template("code_sheet.html").module, "sheet")(code, gate)  # noqa: B009 -- a template's macro
    return Markup(made)  # noqa: S704 -- a template's own output


def glance_html(sections: Sequence[Mapping[str, Any]]) -> Markup:
    """The few facts that stand at the top of a page, from what is open of its sections."""
    if all(isinstance(one.get("body", b""), bytes) for one in sections):
        return _glance_html(tuple((one["key"], one.get("body")) for one in sections))
    return Markup(_macro("glance", sections).strip())  # noqa: S704 -- a template's own output


@lru_cache(maxsize=4_000)
def _glance_html(bodies: tuple[tuple[str, bytes | None], ...]) -> Markup:
    shut = [{"key": key, "locked": True} for key, body in bodies if body is None]
    shown = [{"key": key, "locked": False, "body": orjson.loads(body)} for key, body in bodies if body is not None]
    return Markup(_macro("glance", [*shown, *shut]).strip())  # noqa: S704 -- a template's own output


def stale_names(sections: Sequence[Mapping[str, Any]]) -> list[str]:
    """The editions that open sections rest on though they ended before the date, each once."""
    found: dict[str, None] = {}
    for one in sections:
        found |= dict.fromkeys(_stale_in(one["body"]) if isinstance(one.get("body"), bytes) else ())
    return list(found)


@lru_cache(maxsize=20_000)
def _stale_in(body: bytes) -> tuple[str, ...]:
    if b'"stale":true' not in body:
        return ()
    editions = orjson.loads(body).get("editions", ())
    return tuple(f"{one['name']} {one['version']} (to {one['effective_to']})" for one in editions if one["stale"])


def _macro(name: str, *arguments: object) -> Markup:
    return Markup(getattr(_pages().get_template("sections.html").module, name)(*arguments))  # noqa: S704 -- as above


def _asset(path: Path) -> str:
    """A static file's address; it changes with the content, so that caches may keep it for ever."""
    return f"/static/{path.name}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:8]}"


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
