"""What programs follow the board by: an Atom feed of any search, the sitemap, robots.txt."""

import hashlib
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.errors import AppError, FieldError, Kind
from services.gateway.domain import Json
from services.gateway.job_words import described, pay, place
from services.gateway.web.api import parts_of
from services.gateway.web.job_posting import description_html
from services.gateway.web.jobs_search import filters_of
from services.gateway.web.render import render
from services.gateway.web.shapes import Page
from services.gateway.web.wording import query

ENTRIES: Final = 50
PART: Final = 10_000  # addresses of a sitemap's part; the protocol's most are 50,000
TOLD: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
STANDING: Final = ("/", "/careers", "/case2code", "/claim-check", "/casepilot", "/caseconsultant", "/data", "/accuracy")
MINUTES: Final = 5  # that a copy may be kept


async def feed(request: Request) -> Response:
    """A search as an Atom feed (RFC 4287), the newest first."""
    filters = filters_of(request.query_params)
    found = await parts_of(request).careers.search(None, {**filters, "limit": ENTRIES}, newest_first=True)
    said = query(filters)
    context = {
        "base": _base(request),
        "said": f"?{said}" if said else "",
        "about": described(filters),
        "updated": _time(max((job["changed_at"] for job in found["jobs"]), default=0)),
        "entries": [_entry(job) for job in found["jobs"]],
    }
    return _kept(request, render("careers.atom", **context), "application/atom+xml")


def _entry(job: Json) -> Json:
    times = {"published": _time(job["posted_at"]), "updated": _time(job["changed_at"])}
    facts = (pay(job), place(job), ", ".join(job["credentials"]))
    return {**job, **times, "summary": " · ".join(fact for fact in facts if fact), "html": str(description_html(job))}


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def sitemap(request: Request) -> Response:
    """Every open job with its last change (sitemaps.org); over 10,000 of them, an index of parts."""
    part = request.query_params.get("part", "")
    number = _part(part)
    found = await parts_of(request).careers.places(max(1, number), PART)
    parts = max(1, -(-found["total"] // PART))
    if not 1 <= number <= parts:
        raise AppError(
            Kind.NOT_FOUND,
            "UNKNOWN_PART",
            f"The sitemap has the parts 1 to {parts}.",
            (FieldError("part", part[:40], f"a number from 1 to {parts}"),),
        )
    if not part and parts > 1:
        each = (f"/sitemap.xml?{urlencode({'part': n})}" for n in range(1, parts + 1))
        return _xml(request, "sitemapindex", [("sitemap", address, "") for address in each])
    pages = [("url", address, "") for address in STANDING] if part in {"", "1"} else []
    jobs = [("url", f"/careers/{one['id']}", _time(one["changed_at"])) for one in found["places"]]
    return _xml(request, "urlset", [*pages, *jobs])


def _part(said: str) -> int:
    """The part that is asked for, the first where none is; 0 for what is no number."""
    if not said:
        return 1
    return int(said) if said.isascii() and said.isdecimal() and len(said) < len(str(PART)) else 0


def _xml(request: Request, root: str, rows: list[tuple[str, str, str]]) -> Response:
    base = _base(request)
    lines = [
        Markup("<{0}><loc>{1}</loc>{2}</{0}>").format(
            kind, base + address, Markup("<lastmod>{}</lastmod>").format(changed) if changed else ""
        )
        for kind, address, changed in rows
    ]
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{TOLD}">\n{"\n".join(lines)}\n</{root}>\n'
    return _kept(request, body, "application/xml")


async def robots(request: Request) -> Response:
    """What crawlers may read: pages, and not what acts or is somebody's."""
    closed = ("/api/", "/dev/", "/account", "/careers/applications", "/careers/openings", "/careers/alerts", "/lists")
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), f"Sitemap: {_base(request)}/sitemap.xml"]
    return _kept(request, "\n".join(lines) + "\n", "text/plain")


def _base(request: Request) -> str:
    return str(request.app.state.settings.public_url).rstrip("/")


def _kept(request: Request, body: str, kind: str) -> Response:
    """The text with its tag; 304 without it where the caller has the same (RFC 9110, section 13)."""
    tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:24]}"'
    headers = {"ETag": tag, "Cache-Control": f"public, max-age={MINUTES * 60}"}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=f"{kind}; charset=utf-8")


ROUTES: Final = [
    Page("/careers.atom", feed),
    Page("/sitemap.xml", sitemap),
    Page("/robots.txt", robots),
]
