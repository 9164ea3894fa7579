"""Job alerts: JSON, a page of one's own, and the one click in a letter that ends one."""

from typing import Any, Final

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import RedirectResponse, Response

from services.chassis.errors import AppError
from services.gateway.domain import Json
from services.gateway.job_words import described
from services.gateway.web.api import parts_of
from services.gateway.web.jobs_api import Text, person
from services.gateway.web.jobs_search import filters_of
from services.gateway.web.pages import own_form, page, resolve, text_of
from services.gateway.web.problems import problem_of
from services.gateway.web.shapes import Page, Reply

router = APIRouter(prefix="/api/v1/job-alerts")


class NewAlert(BaseModel):
    """What new jobs have to fit; nothing given: every job."""

    q: Text = ""
    credential: Text = ""
    state: Text = ""
    employment_type: Text = ""
    cpc_a: bool = False
    remote: bool = False


@router.post("")
async def create(request: Request, alert: NewAlert) -> Response:
    """Makes one for the caller's verified address."""
    caller = await person(request)
    return Reply(await parts_of(request).careers.create_alert(caller, alert.model_dump()), 201)


@router.get("")
async def own(request: Request) -> Response:
    """The caller's, the newest first."""
    caller = await person(request)
    return Reply({"alerts": await parts_of(request).careers.alerts(caller)})


@router.delete("/{alert_id}")
async def end(request: Request, alert_id: str) -> Response:
    """Ends one of the caller's."""
    await parts_of(request).careers.end_alert(await person(request), alert_id)
    return Response(status_code=204)


async def alerts_page(request: Request) -> Response:
    """The visitor's alerts."""
    return await _alerts(request)


async def _alerts(request: Request, refusal: AppError | None = None, asked: Json | None = None) -> Response:
    resolved = await resolve(request)
    if resolved is None or resolved.caller.kind != "user":
        return RedirectResponse("/login?next=/careers/alerts", 303)
    found = await parts_of(request).careers.alerts(resolved.caller)
    problem = problem_of(refusal) if refusal else None
    context: dict[str, Any] = {
        "alerts": [{**one, "said": described(one)} for one in found],
        "asked": described(asked) if asked else "",
        "problem": problem,
    }
    return await page(request, "job_alerts.html", problem["status"] if problem else 200, title="Job alerts", **context)


async def create_page(request: Request) -> Response:
    """Makes one of the search that the visitor looks at."""
    form = await own_form(request)
    resolved = await resolve(request)
    if resolved is None or resolved.caller.kind != "user":
        return RedirectResponse("/login?next=/careers", 303)
    filters = filters_of(form)
    try:
        await parts_of(request).careers.create_alert(resolved.caller, filters)
    except AppError as refusal:
        return await _alerts(request, refusal, filters)
    return RedirectResponse("/careers/alerts", 303)


async def end_page(request: Request) -> Response:
    """Ends one of the visitor's."""
    form = await own_form(request)
    resolved = await resolve(request)
    if resolved is None or resolved.caller.kind != "user":
        return RedirectResponse("/login?next=/careers/alerts", 303)
    try:
        await parts_of(request).careers.end_alert(resolved.caller, text_of(form, "alert"))
    except AppError as refusal:
        return await _alerts(request, refusal)
    return RedirectResponse("/careers/alerts", 303)


async def unsubscribe_form(request: Request) -> Response:
    """A button, and no more: scanners open links, and must end nothing by it."""
    token = request.query_params.get("token", "")
    return await page(request, "unsubscribe.html", title="End a job alert", token=token, state="ask", problem=None)


async def unsubscribe(request: Request) -> Response:
    """Ends the alert that the token names. Mail programs post here by themselves (RFC 8058): no cookie, no sign-in."""
    problem = None
    try:
        await parts_of(request).careers.end_alert_by(request.query_params.get("token", ""))
    except AppError as refusal:
        problem = problem_of(refusal)
    state = "failed" if problem else "done"
    status = problem["status"] if problem else 200
    context = {"title": "End a job alert", "token": "", "state": state, "problem": problem}
    return await page(request, "unsubscribe.html", status, **context)


ROUTES: Final = [
    Page("/careers/alerts", alerts_page),
    Page("/careers/alerts", create_page, methods=["POST"]),
    Page("/careers/alerts/end", end_page, methods=["POST"]),
    Page("/careers/alerts/unsubscribe", unsubscribe_form),
    Page("/careers/alerts/unsubscribe", unsubscribe, methods=["POST"]),
]
