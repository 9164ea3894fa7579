"""Renders the pages: one Jinja environment a process, autoescaped, each template compiled at its first use."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import orjson
from jinja2 import Environment, FileSystemLoader, Undefined
from jinja2.ext import Extension
from markupsafe import Markup

from services.gateway.job_words import pay
from services.gateway.us_states import STATES
from services.gateway.web import wording

HERE: Final = Path(__file__).parent


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
    pages.filters |= {**wording.FILTERS, "pay": pay}
    pages.globals |= {
        "STATES": tuple(STATES.items()),
        "Sources": Sources,
        "asset": {path.name: _asset(path) for path in sorted((HERE / "static").iterdir())},
        "procedure_system": wording.procedure_system,
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
