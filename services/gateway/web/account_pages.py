"""The pages of an account: what was used, how it is kept safe, its keys, and leaving."""

import asyncio
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.chassis.errors import AppError, FieldError, invalid
from services.gateway.domain import Json, Resolved
from services.gateway.web.account_api import KEPT
from services.gateway.web.api import parts_of, shown
from services.gateway.web.cookies import keep_session
from services.gateway.web.pages import own_form, page, resolve, text_of
from services.gateway.web.problems import problem_of
from services.gateway.web.shapes import Page, usage_json
from services.gateway.web.wording import FEATURE_NAMES

NOTICES: Final = {
    "kept": "Your account was about to be closed. You signed in, so it is kept.",
    "password": "Your password is changed. Every other session was signed out.",
    "ended": "Signed out there.",
    "email": "We wrote to the new address. It takes the old one's place once you press the button in that letter.",
    "sent": "The letter is on its way. Its link is good for seven days.",
    "revoked": "The key is revoked.",
}


async def account(request: Request) -> Response:
    """The caller's quotas, and what they were spent on."""
    resolved = await _member(request, with_charges=True)
    if not isinstance(resolved, Resolved):
        return resolved or await _away(request)
    usage = {**usage_json(resolved), "plan": resolved.caller.plan}
    spent = {name: [one for one in resolved.charges if one["feature"] == name] for name in FEATURE_NAMES}
    return await page(
        request, "account.html", title="Your account", usage=usage, spent=spent, notice=_notice(request), problem=None
    )


async def security(request: Request, problem: Json | None = None, values: Json | None = None) -> Response:
    """Password, address, sessions and the history of sign-ins."""
    resolved = await _member(request)
    if not isinstance(resolved, Resolved):
        return resolved or await _away(request)
    accounts, credential = parts_of(request).accounts, shown(request)
    sessions, sign_ins = await asyncio.gather(accounts.list_sessions(credential), accounts.list_sign_ins(credential))
    told = {"sessions": sessions, "sign_ins": sign_ins, "values": values or {}, "notice": _notice(request)}
    status = problem["status"] if problem else 200
    return await page(request, "account_security.html", status, title="Sign-in and safety", problem=problem, **told)


async def keys(
    request: Request, problem: Json | None = None, values: Json | None = None, made: Json | None = None
) -> Response:
    """API keys; a new one is shown once."""
    resolved = await _member(request)
    if not isinstance(resolved, Resolved):
        return resolved or await _away(request)
    listed = await parts_of(request).accounts.list_api_keys(shown(request))
    told = {"keys": listed, "made": made, "features": FEATURE_NAMES, "values": values or {}}
    status = problem["status"] if problem else 200
    answer = await page(
        request, "account_keys.html", status, title="API keys", problem=problem, notice=_notice(request), **told
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


async def leave(request: Request, problem: Json | None = None) -> Response:
    """What is taken along, what is erased, what stays."""
    resolved = await _member(request)
    if not isinstance(resolved, Resolved):
        return resolved or await _away(request)
    status = problem["status"] if problem else 200
    return await page(
        request, "account_close.html", status, title="Close your account", kept=KEPT, closed=None, problem=problem
    )


async def change_password(request: Request) -> Response:
    """Sets the password."""
    form = await own_form(request)
    try:
        if text_of(form, "new_password") != text_of(form, "again"):
            wrong = FieldError("again", "", "the same password once more")
            raise invalid("PASSWORDS_DIFFER", "The two passwords are not the same.", wrong)
        session = await parts_of(request).accounts.change_password(
            shown(request), text_of(form, "password"), text_of(form, "new_password")
        )
    except AppError as refusal:
        return await security(request, _of_new_password(refusal))
    keep_session(request, session)
    return RedirectResponse("/account/security?done=password", 303)


async def change_email(request: Request) -> Response:
    """Writes to another address."""
    form = await own_form(request)
    try:
        await parts_of(request).accounts.change_email(
            shown(request), text_of(form, "email_password"), text_of(form, "email")
        )
    except AppError as refusal:
        return await security(request, problem_of(refusal), {"email": text_of(form, "email")})
    return RedirectResponse("/account/security?done=email", 303)


async def request_verification(request: Request) -> Response:
    """Sends the letter once more."""
    await own_form(request)
    try:
        await parts_of(request).accounts.request_verification(shown(request))
    except AppError as refusal:
        return await security(request, problem_of(refusal))
    return RedirectResponse("/account?done=sent", 303)


async def end_session(request: Request) -> Response:
    """Ends a session, or all others."""
    form = await own_form(request)
    try:
        await parts_of(request).accounts.end_session(shown(request), text_of(form, "id"))
    except AppError as refusal:
        return await security(request, problem_of(refusal))
    return RedirectResponse("/account/security?done=ended", 303)


async def make_key(request: Request) -> Response:
    """Makes a key, shown this once: the page that shows it is the answer, and is kept nowhere."""
    form = await own_form(request)
    scopes = [feature for feature in FEATURE_NAMES if text_of(form, f"scope_{feature}") == "1"]
    try:
        made = await parts_of(request).accounts.create_api_key(shown(request), text_of(form, "name"), scopes)
    except AppError as refusal:
        return await keys(request, problem_of(refusal), {"name": text_of(form, "name"), "scopes": scopes})
    return await keys(request, made=made)


async def revoke_key(request: Request) -> Response:
    """Ends a key."""
    form = await own_form(request)
    try:
        await parts_of(request).accounts.revoke_api_key(shown(request), text_of(form, "id"))
    except AppError as refusal:
        return await keys(request, problem_of(refusal))
    return RedirectResponse("/account/keys?done=revoked", 303)


async def close(request: Request) -> Response:
    """Closes the account, where that was ticked."""
    form = await own_form(request)
    try:
        if text_of(form, "sure") != "1":
            raise invalid("NOT_CONFIRMED", "Nothing was closed.", FieldError("sure", "", "the box ticked"))
        erase_at = await parts_of(request).accounts.close_account(shown(request))
    except AppError as refusal:
        return await leave(request, problem_of(refusal))
    request.state.close_session = True
    return await page(
        request,
        "account_close.html",
        title="Your account is closed",
        signed_out=True,
        kept=KEPT,
        closed=erase_at,
        problem=None,
    )


async def _member(request: Request, *, with_charges: bool = False) -> Resolved | Response | None:
    """Who is signed in; a way to sign in for a guest; None while accounts is away."""
    resolved = await resolve(request, with_charges=with_charges)
    if resolved and resolved.caller.kind == "guest":
        return RedirectResponse(f"/login?next={request.url.path}", 303)
    return resolved


async def _away(request: Request) -> Response:
    return await page(request, "account.html", 503, title="Your account", usage=None, notice="")


def _notice(request: Request) -> str:
    query = request.query_params
    return NOTICES.get("kept" if query.get("kept") else query.get("done", ""), "")


def _of_new_password(refusal: AppError) -> Json:
    """The problem, at the field that the form has for the password to be."""
    problem = problem_of(refusal)
    for error in problem.get("errors", ()):
        error["where"] = "again" if error["where"] == "again" else "new_password"
    return problem


ROUTES: Final = [
    Page("/account", account),
    Page("/account/security", security),
    Page("/account/password", change_password, methods=["POST"]),
    Page("/account/email", change_email, methods=["POST"]),
    Page("/account/verification", request_verification, methods=["POST"]),
    Page("/account/sessions/end", end_session, methods=["POST"]),
    Page("/account/keys", keys),
    Page("/account/keys", make_key, methods=["POST"]),
    Page("/account/keys/revoke", revoke_key, methods=["POST"]),
    Page("/account/close", leave),
    Page("/account/close", close, methods=["POST"]),
]
