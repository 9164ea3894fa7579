"""Refusals as the web shows them: RFC 9457 problems for programs, a page for people."""

import contextlib
import logging
from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from services.chassis import telemetry
from services.chassis.errors import HTTP_STATUS, AppError, FieldError, Kind
from services.gateway.web.render import render
from services.gateway.web.shapes import quota_headers, quota_json

log = logging.getLogger(__name__)

FRAMEWORK_REASON: Final = {
    404: ("UNKNOWN_PATH", "There is nothing at this address."),
    413: ("BODY_TOO_LARGE", "The body is over 1 MB."),
    405: ("METHOD_NOT_ALLOWED", "This address does not take that method."),
    415: ("UNSUPPORTED_MEDIA_TYPE", "This address takes application/json only."),
}
COOKIE_ENDED: Final = {"FORGED_COOKIE": "forget_cookies", "SESSION_ENDED": "close_session"}
_SECRET_FIELDS: Final = frozenset({"password", "token", "key"})
_LONGEST_ECHO: Final = 80


def wants_page(request: Request) -> bool:
    """Whether the answer is for a person: programs' paths always get problems."""
    path = request.url.path
    programs = path.startswith(("/api/", "/dev/letters", "/fhir", "/mcp", "/healthz", "/readyz"))
    accepted = request.headers.get("accept", "*/*")
    return not programs and ("text/html" in accepted or "*/*" in accepted)


def problem(status: int, reason: str, detail: str, errors: tuple[FieldError, ...] = ()) -> dict[str, Any]:
    """A problem's members; `type` names the reason, `trace_id` the trace to report."""
    members: dict[str, Any] = {
        "type": f"urn:codingahead:problem:{reason.lower().replace('_', '-')}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "reason": reason,
        "trace_id": telemetry.trace_id(),
    }
    if errors:
        members["errors"] = [{k: v for k, v in asdict(e).items() if v is not None} for e in errors]
    return members


def problem_of(refusal: AppError) -> dict[str, Any]:
    """An AppError as a problem's members."""
    return problem(HTTP_STATUS[refusal.kind], refusal.reason, refusal.message, refusal.errors)


async def answer(request: Request, members: dict[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    """The problem as this caller reads it."""
    if members["status"] == HTTP_STATUS[Kind.UNAVAILABLE]:
        headers = {"Retry-After": "2", **(headers or {})}
    if wants_page(request):
        page = render("error.html", **{**page_context(request), **await _whose(request, members["status"])}, **members)
        return Response(page, members["status"], headers, "text/html")
    return JSONResponse(members, members["status"], headers, "application/problem+json")


async def _whose(request: Request, status: int) -> dict[str, Any]:
    """Caller, banner and form token, as on every page; none of them while a part is away."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return {}
    with contextlib.suppress(AppError):
        resolved = await request.app.state.resolve(request)
        token = request.app.state.parts.cookies.form_token(request)
        quotas = {quota.feature: quota for quota in resolved.quotas} if resolved else {}
        return {"caller": resolved and resolved.caller, "quota": quotas.get("code_page"), "form_token": token}
    return {}


def page_context(request: Request) -> dict[str, Any]:
    """What base.html needs where nobody has resolved the caller yet."""
    query = request.url.query
    return {
        "caller": getattr(request.state, "caller", None),
        "quota": None,
        "form_token": getattr(request.state, "form_token", ""),
        "path": request.url.path + (f"?{query}" if query else ""),
        "development": request.app.state.settings.development,
    }


async def on_refusal(request: Request, error: Exception) -> Response:
    """AppError."""
    if not isinstance(error, AppError):
        return await on_bug(request, error)
    if error.reason in COOKIE_ENDED:
        setattr(request.state, COOKIE_ENDED[error.reason], True)
    quota = getattr(error, "quota", None)  # of a refusal because it is used up
    members = {**problem_of(error), **({"quota": quota_json(quota)} if quota else {})}
    later = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return await answer(request, members, {**quota_headers(quota), **later})


async def on_framework(request: Request, error: Exception) -> Response:
    """Unknown paths and methods."""
    if not isinstance(error, HTTPException):
        return await on_bug(request, error)
    reason, detail = FRAMEWORK_REASON.get(error.status_code, ("REFUSED", str(error.detail)))
    return await answer(request, problem(error.status_code, reason, detail), error.headers)


async def on_invalid(request: Request, error: Exception) -> Response:
    """A body or query that does not fit: 400 with each field named; secrets are not echoed."""
    if not isinstance(error, RequestValidationError):
        return await on_bug(request, error)
    in_body = any(one["loc"][0] == "body" for one in error.errors())
    if in_body and request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        # A foreign form cannot send application/json without asking first; anything else is refused.
        return await on_framework(request, HTTPException(415))
    wrong = tuple(_field_error(e) for e in error.errors())
    reason = "BAD_JSON" if any(e["type"] == "json_invalid" for e in error.errors()) else "INVALID_REQUEST"
    detail = "; ".join(f"{e.where}: {e.expected}" for e in wrong)
    return await answer(request, problem(400, reason, detail, wrong))


def _field_error(error: Mapping[str, Any]) -> FieldError:
    where = ".".join(str(part) for part in error["loc"])
    secret = _SECRET_FIELDS & {str(part) for part in error["loc"]}
    plain = isinstance(error.get("input"), str | int | float | bool)
    value = str(error["input"])[:_LONGEST_ECHO] if plain and not secret else ""
    # JSON can spell half a surrogate pair, which no answer can carry
    return FieldError(where, value.encode(errors="replace").decode(), error["msg"])


async def on_bug(request: Request, error: Exception) -> Response:
    """Anything else: logged, and shown as its trace id alone."""
    log.error("%s failed", request.scope.get("route") or "a request", exc_info=error)
    detail = f"Something went wrong on our side. Name this trace when you report it: {telemetry.trace_id()}"
    return await answer(request, problem(500, "INTERNAL", detail))
