"""The console: traces, streams, dead letters. For loopback; whoever reaches it may replay."""

import logging
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis.bus_admin import Admin
from services.chassis.errors import HTTP_STATUS, AppError, forbidden, not_found, unavailable
from services.ops.domain import Trace, Traces, waterfall
from services.ops.metrics import exposed
from services.ops.payload import read

log = logging.getLogger(__name__)

EXPOSITION: Final = "text/plain; version=0.0.4; charset=utf-8"
HEADERS: Final = [
    (b"content-security-policy", b"default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),  # under no-referrer a browser's own forms come as of origin "null"
    (b"cache-control", b"no-store"),
]
PROBED: Final = frozenset({"/healthz", "/readyz", "/metrics"})  # asked under any name; they change and tell nothing
PAGES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
)
PAGES.filters["time"] = lambda at: datetime.fromtimestamp(at / 1e9, UTC).strftime("%H:%M:%S.%f")[:-3]
STYLE: Final = Path(__file__).parent / "console.css"


class Guard:
    """Keeps other sites out: the console has no sign-in, so a page elsewhere must neither post to it nor name it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on what is our own."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *HEADERS]
            await send(message)

        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        if scope["path"] not in PROBED and _foreign(headers):
            refusal = forbidden("FOREIGN_ORIGIN", "The console answers its own pages on this machine alone.")
            await _problem(Request(scope), refusal)(scope, receive, sent)
            return
        await self._app(scope, receive, sent)


def _foreign(headers: dict[str, str]) -> bool:
    """A name that is not this machine's (a rebound one), or a form of another site."""
    host = headers.get("host", "")
    if urlsplit(f"//{host}").hostname not in {"127.0.0.1", "localhost", "::1"}:
        return True
    origin = headers.get("origin")
    return headers.get("sec-fetch-site") == "cross-site" or (origin is not None and urlsplit(origin).netloc != host)


def console(traces: Traces, admin: Admin) -> ASGIApp:  # noqa: C901 -- one small function a page
    """The application."""

    async def list_traces(request: Request) -> Response:
        text, failed = request.query_params.get("q", ""), "failed" in request.query_params
        return page("traces.html", traces=traces.newest(text, failed=failed), text=text, failed=failed)

    async def show_trace(request: Request) -> Response:
        trace = _found(traces, request)
        return page("trace.html", trace=trace, bars=waterfall(trace))

    async def trace_json(request: Request) -> Response:
        trace = _found(traces, request)
        spans = [{"service": bar.span.service, "name": bar.span.name, "depth": bar.depth} for bar in waterfall(trace)]
        return _json({"id": trace.id, "milliseconds": trace.milliseconds, "failed": trace.failed, "spans": spans})

    async def streams(_request: Request) -> Response:
        return page("streams.html", streams=await admin.streams())

    async def streams_json(_request: Request) -> Response:
        return _json({"streams": await admin.streams()})

    async def dead(_request: Request) -> Response:
        return page("dead.html", letters=await admin.dead())

    async def dead_letter(request: Request) -> Response:
        found = await admin.dead_message(request.path_params["seq"])
        return page("dead_letter.html", found=found, letter=found.letter, body=read(found.letter.subject, found.body))

    async def dead_letter_json(request: Request) -> Response:
        found = await admin.dead_message(request.path_params["seq"])
        body = read(found.letter.subject, found.body)
        return _json({**asdict(found.letter), "headers": dict(found.headers), "body": body})

    async def dead_json(_request: Request) -> Response:
        return _json({"dead": await admin.dead()})

    async def replay(request: Request) -> Response:
        letter = await admin.replay(request.path_params["seq"])
        if request.url.path.startswith("/api/"):
            return _json({"replayed": letter})
        return RedirectResponse("/dead", 303)

    async def style(_request: Request) -> Response:
        return Response(STYLE.read_bytes(), media_type="text/css")

    async def healthz(_request: Request) -> Response:
        return _json({"status": "ok"})

    async def readyz(_request: Request) -> Response:
        await admin.streams()
        return _json({"status": "ready"})

    async def metrics(_request: Request) -> Response:
        return Response(exposed(await admin.streams(), traces.spans), media_type=EXPOSITION)

    routes = [
        Route("/", list_traces),
        Route("/traces/{trace_id}", show_trace),
        Route("/streams", streams),
        Route("/dead", dead),
        Route("/dead/{seq:int}", dead_letter),
        Route("/dead/{seq:int}/replay", replay, methods=["POST"]),
        Route("/api/traces/{trace_id}", trace_json),
        Route("/api/streams", streams_json),
        Route("/api/dead", dead_json),
        Route("/api/dead/{seq:int}", dead_letter_json),
        Route("/api/dead/{seq:int}/replay", replay, methods=["POST"]),
        Route("/console.css", style),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    ]
    return Starlette(
        routes=routes, middleware=[Middleware(Guard)], exception_handlers={AppError: _refused, Exception: _away}
    )


def page(name: str, status: int = 200, **context: Any) -> Response:  # noqa: ANN401 -- templates
    """A page of the console."""
    return HTMLResponse(PAGES.get_template(name).render(context), status)


def _found(traces: Traces, request: Request) -> Trace:
    trace = traces.find(request.path_params["trace_id"])
    if trace is None:
        raise not_found("UNKNOWN_TRACE", "This trace is not here: it is older than what is kept, or was not sampled.")
    return trace


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, AppError)  # noqa: S101 -- registered for nothing else
    return _problem(request, error)


async def _away(request: Request, error: Exception) -> Response:
    """The bus does not answer, or it is a bug; the log says which."""
    log.error("a page failed", exc_info=error)
    return _problem(request, unavailable("BUS_AWAY", "NATS does not answer. Traces are shown all the same."))


def _problem(request: Request, refusal: AppError) -> Response:
    """The refusal as this caller reads it: a page for people, a problem for programs."""
    status = HTTP_STATUS[refusal.kind]
    if "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/"):
        return page("refused.html", status, refusal=refusal)
    members = {"status": status, "reason": refusal.reason, "detail": refusal.message}
    return Response(orjson.dumps(members), status, media_type="application/problem+json")


def _json(content: Any) -> Response:  # noqa: ANN401 -- dataclasses and plain values
    return Response(orjson.dumps(content), media_type="application/json")
