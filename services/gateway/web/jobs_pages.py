"""The pages of CareerCenter."""

from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.chassis.errors import AppError, FieldError, invalid
from services.gateway.domain import Caller, Json
from services.gateway.web.api import parts_of
from services.gateway.web.job_posting import job_posting
from services.gateway.web.jobs_api import amount, with_names
from services.gateway.web.jobs_search import TEXTS as SEARCHED
from services.gateway.web.jobs_search import TICKED, filters_of, page_of, pages_of
from services.gateway.web.pages import own_form, page, resolve, text_of
from services.gateway.web.problems import problem_of
from services.gateway.web.shapes import Page

A_PAGE: Final = 20
SETTABLE: Final = ("received", "reviewed", "interview", "offered", "hired", "declined")
DECISIONS: Final = {"approve": True, "refuse": False}
TEXTS: Final = ("title", "employer", "description", "location", "state", "employment_type", "valid_through")


async def _caller(request: Request) -> Caller | None:
    """The signed-in caller; None for a guest."""
    resolved = await resolve(request)
    return resolved.caller if resolved and resolved.caller.kind == "user" else None


def _sign_in(request: Request) -> Response:
    return RedirectResponse(f"/login?next={request.url.path}", 303)


async def board(request: Request) -> Response:
    """Search, filters, a page of jobs."""
    problem: Json | None = None
    found: Json = {"total": 0, "jobs": []}
    said: Json = {key: request.query_params.get(key, "") for key in (*SEARCHED, *TICKED)}
    filters, number = said, 1
    try:
        filters, number = filters_of(said), page_of(request)
        found = await parts_of(request).careers.search(None, {**filters, "page": number, "limit": A_PAGE})
    except AppError as refusal:
        problem = problem_of(refusal)
    return await page(
        request,
        "careers.html",
        problem["status"] if problem else 200,
        title="Coding jobs",
        jobs=found["jobs"],
        total=found["total"],
        filters=filters,
        page=number,
        pages=pages_of(found["total"], A_PAGE),
        problem=problem,
    )


async def job(request: Request) -> Response:
    """One opening, and the way to apply."""
    return await _job(request)


async def _job(request: Request, refusal: AppError | None = None, letter: str = "") -> Response:
    caller = await _caller(request)
    found, mine = await parts_of(request).careers.get(caller, request.path_params["job_id"])
    problem = problem_of(refusal) if refusal else None
    public_url = request.app.state.settings.public_url.rstrip("/")
    return await page(
        request,
        "job.html",
        problem["status"] if problem else 200,
        title=f"{found['title']}, {found['employer']}",
        job=found,
        json_ld=job_posting(found, public_url) if found["status"] == "open" else None,
        address=f"{public_url}/careers/{found['id']}",
        application=mine,
        owner=caller is not None and caller.account_id == found["account_id"],
        problem=problem,
        values={"letter": letter},
    )


async def apply(request: Request) -> Response:
    """Takes an application."""
    form = await own_form(request)
    caller = await _caller(request)
    if caller is None:
        return _sign_in(request)
    letter = text_of(form, "letter")
    try:
        await parts_of(request).careers.apply(caller, request.path_params["job_id"], letter)
    except AppError as refusal:
        return await _job(request, refusal, letter)
    return RedirectResponse(f"/careers/{request.path_params['job_id']}", 303)


async def new_form(request: Request) -> Response:
    """The form of a new opening."""
    if await _caller(request) is None:
        return _sign_in(request)
    return await _form(request, {}, editing=False)


async def _form(request: Request, values: Json, *, editing: bool, refusal: AppError | None = None) -> Response:
    problem = problem_of(refusal) if refusal else None
    status = problem["status"] if problem else 200
    title = "Edit the opening" if editing else "Post a job"
    return await page(request, "job_form.html", status, title=title, job=values, editing=editing, problem=problem)


async def post(request: Request) -> Response:
    """Posts an opening."""
    form = await own_form(request)
    caller = await _caller(request)
    if caller is None:
        return _sign_in(request)
    values = _values(form)
    try:
        posted = await parts_of(request).careers.post(caller, values)
    except AppError as refusal:
        return await _form(request, values, editing=False, refusal=refusal)
    return RedirectResponse(f"/careers/{posted['id']}", 303)


async def edit_form(request: Request) -> Response:
    """The form of an opening of one's own."""
    caller = await _caller(request)
    if caller is None:
        return _sign_in(request)
    found, _ = await parts_of(request).careers.get(caller, request.path_params["job_id"])
    return await _form(request, found, editing=True)


async def edit(request: Request) -> Response:
    """Changes an opening, where nobody has since its form was made."""
    form = await own_form(request)
    caller = await _caller(request)
    if caller is None:
        return _sign_in(request)
    careers, job_id = parts_of(request).careers, request.path_params["job_id"]
    found, _ = await careers.get(caller, job_id)
    rev = text_of(form, "rev")
    values = {**found, **_values(form), "rev": int(rev) if rev.isdecimal() and len(rev) < 10 else found["rev"]}  # noqa: PLR2004
    try:
        await careers.update(caller, job_id, values)
    except AppError as refusal:
        return await _form(request, values, editing=True, refusal=refusal)
    return RedirectResponse(f"/careers/{job_id}", 303)


async def close(request: Request) -> Response:
    """Closes an opening."""
    await own_form(request)
    caller = await _caller(request)
    if caller is None:
        return _sign_in(request)
    await parts_of(request).careers.close(caller, request.path_params["job_id"])
    return RedirectResponse(f"/careers/{request.path_params['job_id']}", 303)


async def applications(request: Request) -> Response:
    """An opening's applications for its employer, or the visitor's own."""
    caller = await _caller(request)
    if caller is None:
        return _sign_in(request)
    job_id = request.path_params.get("job_id", "")
    careers, number = parts_of(request).careers, page_of(request)
    if not job_id:
        own = await careers.applications(caller, "", number, A_PAGE)
        context = {"title": "Your applications", "job": None, "statuses": (), **_listed(own, number)}
        return await page(request, "applications.html", **context)
    found, _ = await careers.get(caller, job_id)
    listed = await with_names(request, caller, job_id, number, A_PAGE)
    context = {"title": "Applications", "job": found, "statuses": SETTABLE, **_listed(listed, number)}
    return await page(request, "applications.html", **context)


def _listed(found: Json, number: int) -> Json:
    """A list with its place among the pages."""
    return {**found, "page": number, "pages": pages_of(found["total"], A_PAGE)}


async def move(request: Request) -> Response:
    """Moves an application on."""
    form = await own_form(request)
    caller = await _caller(request)
    if caller is None:
        return _sign_in(request)
    job_id, application_id = request.path_params["job_id"], request.path_params["application_id"]
    await parts_of(request).careers.set_status(caller, job_id, application_id, text_of(form, "status"))
    return RedirectResponse(f"/careers/{job_id}/applications", 303)


async def openings(request: Request) -> Response:
    """The visitor's own openings, in every state."""
    caller = await _caller(request)
    if caller is None:
        return _sign_in(request)
    number = page_of(request)
    found = await parts_of(request).careers.search(caller, {"page": number, "limit": A_PAGE}, "mine")
    return await page(request, "own_openings.html", title="Your openings", **_listed(found, number))


async def moderation(request: Request) -> Response:
    """Waiting openings, for editors."""
    caller = await _caller(request)
    if caller is None:
        return _sign_in(request)
    return await _moderation(request, caller)


async def _moderation(request: Request, caller: Caller, refusal: AppError | None = None) -> Response:
    number = page_of(request)
    found = await parts_of(request).careers.search(caller, {"page": number, "limit": A_PAGE}, "waiting")
    problem = problem_of(refusal) if refusal else None
    context = {"title": "Waiting openings", "problem": problem, **_listed(found, number)}
    return await page(request, "moderation.html", problem["status"] if problem else 200, **context)


async def moderate(request: Request) -> Response:
    """An editor's decision."""
    form = await own_form(request)
    caller = await _caller(request)
    if caller is None:
        return _sign_in(request)
    careers, job_id, reason = parts_of(request).careers, request.path_params["job_id"], text_of(form, "reason")
    try:
        await careers.moderate(caller, job_id, approve=_decision(form), reason=reason.replace("\r\n", "\n"))
    except AppError as refusal:
        return await _moderation(request, caller, refusal)
    return RedirectResponse("/careers/moderation", 303)


def _decision(form: FormData) -> bool:
    """Whether to let it through; INVALID where the form says neither."""
    said = text_of(form, "decision")
    if said not in DECISIONS:
        told = FieldError("decision", said[:40], f"one of {', '.join(DECISIONS)}")
        raise invalid("BAD_DECISION", "Let it through, or refuse it.", told)
    return DECISIONS[said]


def _values(form: FormData) -> dict[str, Any]:
    return {
        **{key: text_of(form, key).replace("\r\n", "\n").strip() for key in TEXTS},
        "credentials": [one for one in form.getlist("credentials") if isinstance(one, str)],
        "remote": bool(text_of(form, "remote")),
        "cpc_a_accepted": bool(text_of(form, "cpc_a_accepted")),
        "pay_min": amount(text_of(form, "pay_min")),
        "pay_max": amount(text_of(form, "pay_max")),
        "pay_period": text_of(form, "pay_period") if text_of(form, "pay_min") or text_of(form, "pay_max") else "",
    }


ROUTES: Final = [
    Page("/careers", board),
    Page("/careers/new", new_form),
    Page("/careers/new", post, methods=["POST"]),
    Page("/careers/applications", applications),
    Page("/careers/openings", openings),
    Page("/careers/moderation", moderation),
    Page("/careers/moderation/{job_id}", moderate, methods=["POST"]),
    Page("/careers/{job_id}", job),
    Page("/careers/{job_id}/edit", edit_form),
    Page("/careers/{job_id}/edit", edit, methods=["POST"]),
    Page("/careers/{job_id}/close", close, methods=["POST"]),
    Page("/careers/{job_id}/applications", applications),
    Page("/careers/{job_id}/applications", apply, methods=["POST"]),
    Page("/careers/{job_id}/applications/{application_id}", move, methods=["POST"]),
]
