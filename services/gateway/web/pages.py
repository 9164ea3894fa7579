"""The pages for people: server-rendered, usable without a script."""

import contextlib
import uuid
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from services.chassis.errors import HTTP_STATUS, AppError, Kind
from services.gateway.domain import Code, Credential, OpenedCode, Quota, Resolved
from services.gateway.web.api import is_peek, parts_of, shown
from services.gateway.web.cookies import keep_session
from services.gateway.web.devices import is_crawler
from services.gateway.web.problems import COOKIE_ENDED, page_context
from services.gateway.web.render import render
from services.gateway.web.shapes import Page, code_context, editions_json, quota_headers

SYSTEMS: Final = ("icd-10-cm", "icd-10-pcs", "hcpcs", "cpt")
METERED: Final = "code_page"


async def resolve(request: Request, *, with_charges: bool = False) -> Resolved | None:
    """The caller with their quotas, asked once a request and kept in its state; None when accounts is away.

    A session that has ended is no error on a page: its cookie goes, and the visitor is a guest.
    """
    kept: Resolved | None = getattr(request.state, "resolved", None)
    if kept:
        return kept
    credential = shown(request)
    try:
        resolved = await parts_of(request).accounts.get_usage(credential, with_charges=with_charges)
    except AppError as refusal:
        if refusal.kind is Kind.UNAVAILABLE:
            return None
        if COOKIE_ENDED.get(refusal.reason) != "close_session":
            raise
        request.state.close_session = True
        resolved = await parts_of(request).accounts.get_usage(without_session(credential))
    await note_caller(request, resolved)
    request.state.resolved = resolved
    return resolved


def without_session(credential: Credential) -> Credential:
    """The same visitor, signed out."""
    return Credential(guest_cookie=credential.guest_cookie, address=credential.address)


async def note_caller(request: Request, resolved: Resolved) -> None:
    """Keeps what base.html needs, and renews a session whose account has another role since it was opened."""
    request.state.caller = resolved.caller
    request.state.issued_guest = resolved.issued_guest
    if resolved.caller.renew:
        with contextlib.suppress(AppError):  # accounts is away: the next page does it
            if session := await parts_of(request).accounts.renew_session(shown(request)):
                keep_session(request, session)


async def page(request: Request, name: str, status: int = 200, **context: Any) -> Response:  # noqa: ANN401 -- templates
    """A rendered page for the resolved caller, with the banner of code pages.

    A page that tells that a part is away does not wait for accounts again; `signed_out` is one whose session has ended.
    """
    away = status == HTTP_STATUS[Kind.UNAVAILABLE] or context.pop("signed_out", False)
    resolved = None if away else await resolve(request)
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
    given = request.query_params
    found = await parts.desk.look_up(system, asked, given.get("as_of", ""), given.get("state", ""))
    if found.code != asked:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/codes/{system}/{found.code}{query}", 308)
    try:
        opened = await _open(request, found)
    except AppError as refusal:
        if COOKIE_ENDED.get(refusal.reason) != "close_session":
            raise
        request.state.close_session = True
        opened = await parts.desk.open(without_session(shown(request)), found, uuid.uuid4().hex, peek=is_peek(request))
    quota: Quota | None = None
    if opened.spent:
        quota = opened.spent.quota
        await note_caller(request, Resolved(opened.spent.caller, (), opened.spent.issued_guest))
        if opened.spent.caller.kind == "user" and not is_peek(request):
            parts.seen.note(opened.spent.caller.account_id, found.system, found.code)
    common = {**page_context(request), "quota": quota}
    common["form_token"] = parts.cookies.form_token(request)
    title = f"{found.code} {found.display}"
    return HTMLResponse(
        render("code.html", **common, title=title, code=code_context(opened)), headers=quota_headers(quota)
    )


async def _open(request: Request, found: Code) -> OpenedCode:
    """The page as this caller gets it; a crawler gets the public part."""
    if is_crawler(request.headers.get("user-agent", "")):
        return OpenedCode(found, None, public=True)
    return await parts_of(request).desk.open(shown(request), found, uuid.uuid4().hex, peek=is_peek(request))


async def data(request: Request) -> Response:
    """What is loaded."""
    editions = editions_json(await parts_of(request).lookup.list_editions())["editions"]
    return await page(request, "data.html", title="The loaded editions", editions=editions)


async def own_form(request: Request) -> FormData:
    """The posted form; FORBIDDEN where it was made for somebody else."""
    form = await request.form()
    parts_of(request).cookies.check_form(request, text_of(form, "form_token"))
    return form


def text_of(form: FormData, key: str) -> str:
    """A field's text; empty where it is missing or a file."""
    value = form.get(key, "")
    return value if isinstance(value, str) else ""


ROUTES: Final = [
    Page("/codes/{system}/{code:path}", code_page, methods=["GET", "HEAD"]),
    Page("/", home),
    Page("/data", data),
]
