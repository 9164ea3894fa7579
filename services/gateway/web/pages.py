"""The pages for people: server-rendered, usable without a script."""

import uuid
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.chassis.errors import AppError, Kind
from services.gateway.domain import Credential, Quota, Resolved
from services.gateway.web.api import is_peek, keep_session, parts_of, shown
from services.gateway.web.problems import COOKIE_ENDED, page_context, problem_of
from services.gateway.web.render import render
from services.gateway.web.shapes import Page, code_context, editions_json, quota_headers, usage_json

SYSTEMS: Final = ("icd-10-cm", "icd-10-pcs", "hcpcs", "cpt")
METERED: Final = "code_page"


async def resolve(request: Request) -> Resolved | None:
    """The caller with their quotas, kept in the request's state; None when accounts is away.

    A session that has ended is no error on a page: its cookie goes, and the visitor is a guest.
    """
    credential = shown(request)
    try:
        resolved = await parts_of(request).accounts.get_usage(credential)
    except AppError as refusal:
        if refusal.kind is Kind.UNAVAILABLE:
            return None
        if COOKIE_ENDED.get(refusal.reason) != "close_session":
            raise
        request.state.close_session = True
        resolved = await parts_of(request).accounts.get_usage(without_session(credential))
    note_caller(request, resolved)
    return resolved


def without_session(credential: Credential) -> Credential:
    """The same visitor, signed out."""
    return Credential(guest_cookie=credential.guest_cookie, address=credential.address)


def note_caller(request: Request, resolved: Resolved) -> None:
    """Keeps what base.html needs."""
    request.state.caller = resolved.caller
    request.state.issued_guest = resolved.issued_guest


async def page(request: Request, name: str, status: int = 200, **context: Any) -> Response:  # noqa: ANN401 -- templates
    """A rendered page for the resolved caller, with the banner of code pages."""
    resolved = await resolve(request)
    quotas = {q.feature: q for q in resolved.quotas} if resolved else {}
    common = {**page_context(request), "quota": quotas.get(METERED)}
    common["form_token"] = parts_of(request).cookies.form_token(request)
    return HTMLResponse(render(name, **{**common, **context}), status)


async def home(request: Request) -> Response:
    """What the product is, and the way to search."""
    editions = editions_json(await parts_of(request).lookup.list_editions())["editions"]
    return await page(request, "home.html", title="Codes that are right on the date of service", editions=editions)


async def code_page(request: Request) -> Response:
    """One page a code; another spelling is sent to the canonical one and costs nothing."""
    parts = parts_of(request)
    system, asked = request.path_params["system"], request.path_params["code"]
    found = await parts.desk.look_up(system, asked, request.query_params.get("as_of", ""))
    if found.code != asked:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/codes/{system}/{found.code}{query}", 308)
    try:
        opened = await parts.desk.open(shown(request), found, uuid.uuid4().hex, peek=is_peek(request))
    except AppError as refusal:
        if COOKIE_ENDED.get(refusal.reason) != "close_session":
            raise
        request.state.close_session = True
        opened = await parts.desk.open(without_session(shown(request)), found, uuid.uuid4().hex, peek=is_peek(request))
    quota: Quota | None = None
    if opened.spent:
        quota = opened.spent.quota
        note_caller(request, Resolved(opened.spent.caller, (), opened.spent.issued_guest))
        if opened.spent.caller.kind == "user" and not is_peek(request):
            parts.seen.note(opened.spent.caller.account_id, found.system, found.code)
    common = {**page_context(request), "quota": quota}
    common["form_token"] = parts.cookies.form_token(request)
    title = f"{found.code} {found.display}"
    return HTMLResponse(
        render("code.html", **common, title=title, code=code_context(opened)), headers=quota_headers(quota)
    )


async def data(request: Request) -> Response:
    """What is loaded."""
    editions = editions_json(await parts_of(request).lookup.list_editions())["editions"]
    return await page(request, "data.html", title="The loaded editions", editions=editions)


async def register_form(request: Request) -> Response:
    """The form to register."""
    return await _form(request, "register.html", "Register")


async def register(request: Request) -> Response:
    """Registers, and signs in at once: the letter verifies the address, not the visitor."""
    form = await own_form(request)
    email, password = text_of(form, "email"), text_of(form, "password")
    accounts = parts_of(request).accounts
    try:
        await accounts.register(shown(request), email, password, text_of(form, "name"))
        keep_session(request, await accounts.log_in(shown(request), email, password))
    except AppError as refusal:
        return await _form(request, "register.html", "Register", refusal, form)
    return RedirectResponse(_next(form), 303)


async def login_form(request: Request) -> Response:
    """The form to sign in."""
    return await _form(request, "login.html", "Sign in")


async def log_in(request: Request) -> Response:
    """Signs in."""
    form = await own_form(request)
    try:
        session = await parts_of(request).accounts.log_in(
            shown(request), text_of(form, "email"), text_of(form, "password")
        )
    except AppError as refusal:
        return await _form(request, "login.html", "Sign in", refusal, form)
    keep_session(request, session)
    return RedirectResponse(_next(form), 303)


async def log_out(request: Request) -> Response:
    """Signs out."""
    await own_form(request)
    await parts_of(request).accounts.log_out(shown(request))
    request.state.close_session = True
    return RedirectResponse("/", 303)


async def verify_form(request: Request) -> Response:
    """A button, and no more: scanners open links, and must not verify by it."""
    token = request.query_params.get("token", "")
    return await page(request, "verify.html", title="Verify your address", token=token, state="ask", problem=None)


async def verify(request: Request) -> Response:
    """Marks the address verified."""
    form = await own_form(request)
    problem = None
    try:
        await parts_of(request).accounts.verify_email(text_of(form, "token"))
    except AppError as refusal:
        problem = problem_of(refusal)
    return await page(
        request,
        "verify.html",
        problem["status"] if problem else 200,
        title="Verify your address",
        token="",
        state="failed" if problem else "done",
        problem=problem,
    )


async def account(request: Request) -> Response:
    """The caller's quotas."""
    resolved = await resolve(request)
    if resolved and resolved.caller.kind == "guest":
        return RedirectResponse("/login?next=/account", 303)
    usage = usage_json(resolved) if resolved else None
    return await page(request, "account.html", 200 if usage else 503, title="Your account", usage=usage)


async def _form(
    request: Request, name: str, title: str, refusal: AppError | None = None, form: FormData | None = None
) -> Response:
    problem = problem_of(refusal) if refusal else None
    values = {key: text_of(form, key) for key in ("email", "name")} if form else {"email": "", "name": ""}
    onward = _next(form) if form else request.query_params.get("next", "/")
    status = problem["status"] if problem else 200
    return await page(request, name, status, title=title, problem=problem, values=values, next=onward)


async def own_form(request: Request) -> FormData:
    """The posted form; FORBIDDEN where it was made for somebody else."""
    form = await request.form()
    parts_of(request).cookies.check_form(request, text_of(form, "form_token"))
    return form


def text_of(form: FormData, key: str) -> str:
    """A field's text; empty where it is missing or a file."""
    value = form.get(key, "")
    return value if isinstance(value, str) else ""


def _next(form: FormData) -> str:
    """Where to go on: a path of ours, never another host."""
    path = text_of(form, "next")
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


ROUTES: Final = [
    Page("/codes/{system}/{code:path}", code_page, methods=["GET", "HEAD"]),
    Page("/", home),
    Page("/data", data),
    Page("/register", register_form),
    Page("/register", register, methods=["POST"]),
    Page("/login", login_form),
    Page("/login", log_in, methods=["POST"]),
    Page("/logout", log_out, methods=["POST"]),
    Page("/verify", verify_form),
    Page("/verify", verify, methods=["POST"]),
    Page("/account", account),
]
