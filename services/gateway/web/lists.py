"""Saved lists: their JSON doors and their pages."""

import csv
import io
from collections.abc import Iterator
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile
from starlette.requests import Request as PageRequest
from starlette.responses import RedirectResponse, Response

from services.chassis.errors import AppError, FieldError, invalid, unauthenticated
from services.gateway.domain import Json
from services.gateway.web.api import parts_of
from services.gateway.web.ask_api import who
from services.gateway.web.pages import own_form, page, text_of
from services.gateway.web.problems import problem_of
from services.gateway.web.shapes import Page, Reply, spreadsheet_safe

COLUMNS: Final = ("system", "code", "note")
MOST: Final = 2_000  # codes that are passed on; what a list may hold is refused by lookup, with its own words
USUAL: Final = "My codes"

router = APIRouter(prefix="/api/v1/me/lists")

type Text = Annotated[str, Field(max_length=2_000)]


class Item(BaseModel):
    """A code of a list."""

    system: Text
    code: Text
    note: Text = ""


class Items(BaseModel):
    """The codes of a list."""

    codes: list[Item] = Field(max_length=MOST)


class Note(BaseModel):
    """A note on a code."""

    note: Text = ""


@router.get("")
async def all_lists(request: Request) -> Response:
    """The caller's lists, by name, each with how many of its codes have changed."""
    return Reply({"lists": await parts_of(request).lists.all(await _account(request))})


@router.get("/{name}")
async def one_list(request: Request, name: str, format: str = "json") -> Response:  # noqa: A002 -- the parameter's name
    """A list with its codes as they are today."""
    found = await parts_of(request).lists.get(await _account(request), name)
    return _csv(found) if format == "csv" else Reply(found)


@router.put("/{name}")
async def put_list(request: Request, name: str, items: Items) -> Response:
    """Makes the list hold these codes, all of them or, where one is wrong, none."""
    account, codes = await _account(request), [(one.system, one.code, one.note) for one in items.codes]
    await parts_of(request).lists.bring(account, name, codes, whole=True)
    return Reply(await parts_of(request).lists.get(account, name))


@router.delete("/{name}")
async def delete_list(request: Request, name: str) -> Response:
    """Deletes a list."""
    await parts_of(request).lists.remove(await _account(request), name)
    return Response(status_code=204)


@router.put("/{name}/{system}/{code}")
async def put_code(request: Request, name: str, system: str, code: str, note: Note) -> Response:
    """Saves a code with its note."""
    return Reply(await parts_of(request).lists.save(await _account(request), name, system, code, note.note))


@router.delete("/{name}/{system}/{code}")
async def delete_code(request: Request, name: str, system: str, code: str) -> Response:
    """Takes a code out of a list."""
    await parts_of(request).lists.remove(await _account(request), name, system, code)
    return Response(status_code=204)


async def _account(request: PageRequest) -> str:
    caller = await who(request)
    if caller.kind == "guest":
        raise unauthenticated("SIGN_IN", "Sign in first: lists belong to an account.")
    return caller.account_id


def _csv(found: Json) -> Response:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow((*COLUMNS, "description", "changes"))
    for one in found["codes"]:
        cells = (one["system"], one["code"], one["note"], one["display"], " ".join(one["changes"]))
        writer.writerow([spreadsheet_safe(cell) for cell in cells])
    named = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found['name'])}.csv"}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=named)


def read(text: str) -> Iterator[tuple[str, str, str]]:
    """(system, code, note) of each line; the apostrophe that keeps a spreadsheet from running a cell is taken off."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    names = [name.strip().lower() for name in reader.fieldnames or ()]
    lacking = [name for name in COLUMNS[:2] if name not in names]
    if lacking:
        told = FieldError("line 1", ",".join(names)[:80], "the columns system,code,note")
        raise invalid("BAD_CSV", f"The heading lacks {' and '.join(lacking)}.", told)
    reader.fieldnames = names
    for row in reader:
        system, code, note = ((row.get(name) or "").strip() for name in COLUMNS)
        if system or code:
            yield system, code, note[1:] if note.startswith("'") and note[1:2] in {"=", "+", "-", "@"} else note


async def lists_page(request: PageRequest) -> Response:
    """The lists, and the way to make one."""
    account = await _signed_in(request)
    if not account:
        return RedirectResponse("/login?next=/lists", 303)
    return await _lists(request, account)


async def _lists(request: PageRequest, account: str, problem: Json | None = None) -> Response:
    found = await parts_of(request).lists.all(account)
    status = problem["status"] if problem else 200
    return await page(request, "lists.html", status, title="Your lists", lists=found, problem=problem)


async def list_page(request: PageRequest) -> Response:
    """A list, its notes, and what has changed."""
    account = await _signed_in(request)
    name = request.path_params["name"]
    if not account:
        return RedirectResponse(f"/login?next=/lists/{quote(name)}", 303)
    found = await parts_of(request).lists.get(account, name)
    return await page(request, "list.html", title=found["name"], found=found, problem=None)


async def save(request: PageRequest) -> Response:
    """Saves a code or its note from a page."""
    form, account = await own_form(request), await _account(request)
    name = text_of(form, "name").strip() or USUAL
    told: tuple[Any, ...] = (text_of(form, "system"), text_of(form, "code"), text_of(form, "note"))
    try:
        await parts_of(request).lists.save(account, name, *told)
    except AppError as refusal:
        return await _lists(request, account, problem_of(refusal))
    return RedirectResponse(f"/lists/{quote(name)}", 303)


async def bring(request: PageRequest) -> Response:
    """Imports a file."""
    form, account = await own_form(request), await _account(request)
    name, file = text_of(form, "name").strip() or USUAL, form.get("file")
    content = await file.read() if isinstance(file, UploadFile) else b""  # the edge bounds the whole form
    await form.close()
    try:
        await parts_of(request).lists.bring(account, name, list(read(_text(content)))[: MOST + 1])
    except AppError as refusal:
        return await _lists(request, account, problem_of(refusal))
    return RedirectResponse(f"/lists/{quote(name)}", 303)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        told = FieldError("file", f"byte {error.start}", "a CSV file in UTF-8")
        raise invalid("NOT_TEXT", "The file is no text in UTF-8.", told) from error


async def remove(request: PageRequest) -> Response:
    """Takes a code out, or deletes the list."""
    form, account = await own_form(request), await _account(request)
    name, code = request.path_params["name"], text_of(form, "code")
    await parts_of(request).lists.remove(account, name, text_of(form, "system"), code)
    return RedirectResponse(f"/lists/{quote(name)}" if code else "/lists", 303)


async def _signed_in(request: PageRequest) -> str:
    caller = await who(request)
    return "" if caller.kind == "guest" else caller.account_id


ROUTES: Final = [
    Page("/lists", lists_page),
    Page("/lists", save, methods=["POST"]),
    Page("/lists/import", bring, methods=["POST"]),
    Page("/lists/{name}", list_page),
    Page("/lists/{name}/remove", remove, methods=["POST"]),
]
