"""Saved lists and the codes looked at last, as pages."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import quote

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.chassis.errors import AppError
from services.gateway.domain import Json
from services.gateway.web import list_csv
from services.gateway.web.api import parts_of
from services.gateway.web.ask_api import who
from services.gateway.web.lists import MOST, account_of
from services.gateway.web.pages import own_form, page, text_of
from services.gateway.web.problems import problem_of
from services.gateway.web.shapes import Page

USUAL: Final = "My codes"


async def lists_page(request: Request) -> Response:
    """The lists, the way to make one, and what was looked at last."""
    account = await _signed_in(request)
    if not account:
        return RedirectResponse("/login?next=/lists", 303)
    return await _lists(request, account)


async def _lists(request: Request, account: str, problem: Json | None = None) -> Response:
    found = await parts_of(request).lists.all(account)
    context = {"lists": found, "views": await parts_of(request).seen.of(account), "problem": problem}
    return await page(request, "lists.html", problem["status"] if problem else 200, title="Your lists", **context)


async def list_page(request: Request) -> Response:
    """A list, its notes, and what has changed."""
    account = await _signed_in(request)
    name = request.path_params["name"]
    if not account:
        return RedirectResponse(f"/login?next=/lists/{quote(name)}", 303)
    return await _list(request, account, name)


async def _list(request: Request, account: str, name: str, problem: Json | None = None) -> Response:
    lists = parts_of(request).lists
    as_of = request.query_params.get("as_of", "")
    try:
        found = await lists.get(account, name, as_of)
    except AppError as refusal:
        if refusal.reason != "BAD_DATE":
            raise
        problem, found = problem_of(refusal), await lists.get(account, name)
    others = [one["name"] for one in await lists.all(account) if one["name"] != found["name"]]
    context = {"found": found, "others": others, "problem": problem}
    return await page(request, "list.html", problem["status"] if problem else 200, title=found["name"], **context)


async def save(request: Request) -> Response:
    """Saves a code or its note from a page."""
    form, account = await own_form(request), await account_of(request)
    name = text_of(form, "name").strip() or USUAL
    told: tuple[Any, ...] = (text_of(form, "system"), text_of(form, "code"), text_of(form, "note"))
    try:
        await parts_of(request).lists.save(account, name, *told)
    except AppError as refusal:
        return await _lists(request, account, problem_of(refusal))
    return _to(name)


async def bring(request: Request) -> Response:
    """Imports a file; a refusal names the lines of the file."""
    form, account = await own_form(request), await account_of(request)
    name, file = text_of(form, "name").strip() or USUAL, form.get("file")
    content = await file.read() if isinstance(file, UploadFile) else b""  # the edge bounds the whole form
    await form.close()
    lines: list[list_csv.Line] = []
    try:
        lines = list_csv.read(list_csv.decoded(content))
        await parts_of(request).lists.bring(account, name, [one.cells for one in lines[: MOST + 1]])
    except AppError as refusal:
        return await _lists(request, account, problem_of(list_csv.placed(refusal, lines)))
    return _to(name)


async def remove(request: Request) -> Response:
    """Takes a code out, or deletes the list."""
    form, account = await own_form(request), await account_of(request)
    name, code = request.path_params["name"], text_of(form, "code")
    await parts_of(request).lists.remove(account, name, text_of(form, "system"), code)
    return _to(name) if code else RedirectResponse("/lists", 303)


async def note(request: Request) -> Response:
    """Takes changes as noted."""

    async def noted(account: str, name: str, form: FormData) -> str:
        generation = text_of(form, "generation")
        told = (text_of(form, "system"), text_of(form, "code"), int(generation) if generation.isdecimal() else 0)
        await parts_of(request).lists.note(account, name, *told)
        return name

    return await _done(request, noted)


async def rename(request: Request) -> Response:
    """Gives the list another name."""

    async def renamed(account: str, name: str, form: FormData) -> str:
        to = " ".join(text_of(form, "to").split())
        await parts_of(request).lists.rename(account, name, to)
        return to

    return await _done(request, renamed)


async def move(request: Request) -> Response:
    """Takes a code to another list, and shows that."""

    async def moved(account: str, name: str, form: FormData) -> str:
        to = " ".join(text_of(form, "to").split())
        await parts_of(request).lists.move(account, name, to, text_of(form, "system"), text_of(form, "code"))
        return to

    return await _done(request, moved)


async def _done(request: Request, act: Callable[[str, str, FormData], Awaitable[str]]) -> Response:
    """Does it and goes to the list that it names; a refusal is told on the list's own page."""
    form, account, name = await own_form(request), await account_of(request), request.path_params["name"]
    try:
        return _to(await act(account, name, form))
    except AppError as refusal:
        return await _list(request, account, name, problem_of(refusal))


async def forget(request: Request) -> Response:
    """Forgets what was looked at."""
    await own_form(request)
    account = await account_of(request)
    parts_of(request).seen.forget(account)
    await parts_of(request).lists.forget_views(account)
    return RedirectResponse("/lists", 303)


def _to(name: str) -> Response:
    return RedirectResponse(f"/lists/{quote(name)}", 303)


async def _signed_in(request: Request) -> str:
    caller = await who(request)
    return "" if caller.kind == "guest" else caller.account_id


ROUTES: Final = [
    Page("/lists", lists_page),
    Page("/lists", save, methods=["POST"]),
    Page("/lists/import", bring, methods=["POST"]),
    Page("/lists/forget", forget, methods=["POST"]),
    Page("/lists/{name}", list_page),
    Page("/lists/{name}/remove", remove, methods=["POST"]),
    Page("/lists/{name}/noted", note, methods=["POST"]),
    Page("/lists/{name}/rename", rename, methods=["POST"]),
    Page("/lists/{name}/move", move, methods=["POST"]),
]
