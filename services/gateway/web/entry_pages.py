"""The ways in and out: registering, signing in and out, confirming an address, a password forgotten."""

from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.chassis.errors import AppError, FieldError, invalid
from services.gateway.web.api import parts_of, shown
from services.gateway.web.cookies import keep_session
from services.gateway.web.pages import own_form, page, text_of
from services.gateway.web.problems import problem_of
from services.gateway.web.shapes import Page


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
        keep_session(request, await accounts.log_in(shown(request), email, password, stays=False))
    except AppError as refusal:
        return await _form(request, "register.html", "Register", refusal, form)
    return RedirectResponse(_next(form), 303)


async def login_form(request: Request) -> Response:
    """The form to sign in."""
    return await _form(request, "login.html", "Sign in")


async def log_in(request: Request) -> Response:
    """Signs in, for as long as the browser is open or for thirty days."""
    form = await own_form(request)
    stays = text_of(form, "stay") == "1"
    try:
        session = await parts_of(request).accounts.log_in(
            shown(request), text_of(form, "email"), text_of(form, "password"), stays=stays
        )
    except AppError as refusal:
        return await _form(request, "login.html", "Sign in", refusal, form)
    keep_session(request, session)
    return RedirectResponse("/account?kept=1" if session.reopened else _next(form), 303)


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
    """Marks the address verified, or puts the new one in the old one's place."""
    form = await own_form(request)
    problem = None
    try:
        await parts_of(request).accounts.verify_email(text_of(form, "token"))
    except AppError as refusal:
        problem = problem_of(refusal)
    state, status = ("failed", problem["status"]) if problem else ("done", 200)
    told = {"title": "Verify your address", "token": "", "state": state, "problem": problem}
    return await page(request, "verify.html", status, **told)


async def reset_form(request: Request) -> Response:
    """Without a token, where to send the letter; with one, the password to be."""
    token = request.query_params.get("token", "")
    return await _reset(request, "choose" if token else "ask", token)


async def reset(request: Request) -> Response:
    """Sends the letter, or sets the password by its token."""
    form = await own_form(request)
    token, email = text_of(form, "token"), text_of(form, "email")
    accounts = parts_of(request).accounts
    try:
        if not token:
            await accounts.request_password_reset(shown(request), email)
            return await _reset(request, "sent", email=email)
        _check_twice(form)
        await accounts.reset_password(token, text_of(form, "password"))
    except AppError as refusal:
        return await _reset(request, "choose" if token else "ask", token, refusal, email)
    return await _reset(request, "done")


def _check_twice(form: FormData) -> None:
    if text_of(form, "password") != text_of(form, "again"):
        wrong = FieldError("again", "", "the same password once more")
        raise invalid("PASSWORDS_DIFFER", "The two passwords are not the same.", wrong)


async def _reset(
    request: Request, state: str, token: str = "", refusal: AppError | None = None, email: str = ""
) -> Response:
    problem = problem_of(refusal) if refusal else None
    told: dict[str, Any] = {"state": state, "token": token, "email": email, "problem": problem}
    return await page(request, "reset.html", problem["status"] if problem else 200, title="A new password", **told)


async def _form(
    request: Request, name: str, title: str, refusal: AppError | None = None, form: FormData | None = None
) -> Response:
    problem = problem_of(refusal) if refusal else None
    keys = ("email", "name", "stay")
    values = {key: text_of(form, key) if form else "" for key in keys}
    onward = _next(form) if form else request.query_params.get("next", "/")
    status = problem["status"] if problem else 200
    return await page(request, name, status, title=title, problem=problem, values=values, next=onward)


def _next(form: FormData) -> str:
    """Where to go on: a path of ours, never another host."""
    path = text_of(form, "next")
    plain = path.isprintable() and "\\" not in path
    return path if plain and path.startswith("/") and not path.startswith("//") else "/"


ROUTES: Final = [
    Page("/register", register_form),
    Page("/register", register, methods=["POST"]),
    Page("/login", login_form),
    Page("/login", log_in, methods=["POST"]),
    Page("/logout", log_out, methods=["POST"]),
    Page("/verify", verify_form),
    Page("/verify", verify, methods=["POST"]),
    Page("/reset", reset_form),
    Page("/reset", reset, methods=["POST"]),
]
