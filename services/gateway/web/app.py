"""The web application: routes, error handlers, and the edge around them."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from services.chassis.boot import Settings
from services.chassis.errors import AppError
from services.gateway.store import LetterStore
from services.gateway.web import (
    account_api,
    account_pages,
    api,
    ask_api,
    ask_pages,
    case_pages,
    claim_pages,
    claims,
    editions,
    entry_pages,
    jobs_alerts,
    jobs_api,
    jobs_feeds,
    jobs_pages,
    list_pages,
    lists,
    mailbox,
    pages,
    problems,
    rows,
    search_pages,
    webhook,
)
from services.gateway.web.edge import Edge
from services.gateway.web.shapes import Page, Reply

STATIC: Final = Path(__file__).parent / "static"
# The framework's own spans carry addresses and query strings, which never ride in spans here; ours are the edge's.
UNTOLD: Final[TelemetryConfig] = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}
type Probe = Callable[[], Awaitable[dict[str, bool]]]


def application(settings: Settings, parts: api.Parts, letters: LetterStore | None, probe: Probe) -> ASGIApp:
    """The application; `letters` is the development mailbox, `probe` says which backends answer."""
    app = FastAPI(
        title="Coding Ahead",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        telemetry=UNTOLD,
    )
    app.state.settings, app.state.parts, app.state.mailbox, app.state.probe = settings, parts, letters, probe
    app.state.resolve = pages.resolve
    app.router.routes.extend(
        [
            *claims.ROUTES,
            *rows.ROUTES,
            *pages.ROUTES,
            *search_pages.ROUTES,
            *list_pages.ROUTES,
            *ask_pages.ROUTES,
            *case_pages.ROUTES,
            *claim_pages.ROUTES,
        ]
    )
    app.router.routes.extend([*jobs_feeds.ROUTES, *jobs_alerts.ROUTES, *jobs_pages.ROUTES])
    app.router.routes.extend([*entry_pages.ROUTES, *account_pages.ROUTES])
    app.include_router(rows.router)
    app.include_router(editions.router)
    app.include_router(api.router)
    app.include_router(account_api.router)
    app.include_router(webhook.router)
    app.include_router(ask_api.router)
    app.include_router(claims.router)
    app.include_router(jobs_api.router)
    app.include_router(jobs_api.mine)
    app.include_router(jobs_alerts.router)
    app.include_router(lists.router)
    app.router.routes.extend(
        [
            *mailbox.ROUTES,
            Page("/healthz", healthz),
            Page("/readyz", readyz),
            Mount("/static", StaticFiles(directory=STATIC)),
        ]
    )
    app.add_exception_handler(AppError, problems.on_refusal)
    app.add_exception_handler(HTTPException, problems.on_framework)
    app.add_exception_handler(RequestValidationError, problems.on_invalid)
    app.add_exception_handler(Exception, problems.on_bug)
    return Edge(app, parts.cookies, settings.public_url, development=settings.development)


async def healthz(_request: Request) -> Response:
    """This process lives."""
    return Reply({"status": "ok"})


async def readyz(request: Request) -> Response:
    """Every backend answers and every listener is open; 503 names what is missing."""
    probe: Probe = request.app.state.probe
    reached = await probe()
    ready = all(reached.values())
    return Reply({"status": "ready" if ready else "waiting", "parts": reached}, 200 if ready else 503)
