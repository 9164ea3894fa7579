"""Saved lists and the codes looked at last: their JSON doors."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.requests import Request as PageRequest
from starlette.responses import Response

from services.chassis.errors import unauthenticated
from services.gateway.web import list_csv
from services.gateway.web.api import parts_of
from services.gateway.web.ask_api import who
from services.gateway.web.shapes import Reply

MOST: Final = 2_000  # codes that are passed on; what a list may hold is refused by lookup, with its own words

router = APIRouter(prefix="/api/v1/me")

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


class Name(BaseModel):
    """What a list is called, or the list that a code goes to."""

    name: Text


class Noted(BaseModel):
    """Changes that were seen: of a code, or without one of the whole list; `generation` as the list told it."""

    system: Text = ""
    code: Text = ""
    generation: int = Field(default=0, ge=0, le=2**53)


@router.get("/lists")
async def all_lists(request: Request) -> Response:
    """The caller's lists, by name, each with how many of its codes have changed."""
    return Reply({"lists": await parts_of(request).lists.all(await account_of(request))})


@router.get("/lists/{name}")
async def one_list(
    request: Request,
    name: str,
    as_of: str = "",
    format: Literal["json", "csv"] = "json",  # noqa: A002 -- the parameter's name
) -> Response:
    """A list with its codes as they are on a day, and what has changed since they were saved or noted."""
    found = await parts_of(request).lists.get(await account_of(request), name, as_of)
    return list_csv.written(found) if format == "csv" else Reply(found)


@router.put("/lists/{name}")
async def put_list(request: Request, name: str, items: Items) -> Response:
    """Makes the list hold these codes, all of them or, where one is wrong, none."""
    account, codes = await account_of(request), [(one.system, one.code, one.note) for one in items.codes]
    await parts_of(request).lists.bring(account, name, codes, whole=True)
    return Reply(await parts_of(request).lists.get(account, name))


@router.patch("/lists/{name}")
async def rename_list(request: Request, name: str, to: Name) -> Response:
    """Gives a list another name."""
    await parts_of(request).lists.rename(await account_of(request), name, to.name)
    return Response(status_code=204)


@router.delete("/lists/{name}")
async def delete_list(request: Request, name: str) -> Response:
    """Deletes a list."""
    await parts_of(request).lists.remove(await account_of(request), name)
    return Response(status_code=204)


@router.post("/lists/{name}/noted")
async def note_changes(request: Request, name: str, seen: Noted) -> Response:
    """Takes changes as noted: from now on the code is held against what it is now."""
    told = (seen.system, seen.code, seen.generation)
    return Reply({"noted": await parts_of(request).lists.note(await account_of(request), name, *told)})


@router.put("/lists/{name}/{system}/{code}")
async def put_code(request: Request, name: str, system: str, code: str, note: Note) -> Response:
    """Saves a code with its note."""
    return Reply(await parts_of(request).lists.save(await account_of(request), name, system, code, note.note))


@router.post("/lists/{name}/{system}/{code}/move")
async def move_code(request: Request, name: str, system: str, code: str, to: Name) -> Response:
    """Takes a code with its note to another list, which is made."""
    await parts_of(request).lists.move(await account_of(request), name, to.name, system, code)
    return Response(status_code=204)


@router.delete("/lists/{name}/{system}/{code}")
async def delete_code(request: Request, name: str, system: str, code: str) -> Response:
    """Takes a code out of a list."""
    await parts_of(request).lists.remove(await account_of(request), name, system, code)
    return Response(status_code=204)


@router.get("/views")
async def views(request: Request) -> Response:
    """The codes whose pages the caller looked at last, at most thirty, the newest first."""
    return Reply({"views": await parts_of(request).seen.of(await account_of(request))})


@router.delete("/views")
async def forget_views(request: Request) -> Response:
    """Forgets them."""
    account = await account_of(request)
    parts_of(request).seen.forget(account)
    await parts_of(request).lists.forget_views(account)
    return Response(status_code=204)


async def account_of(request: PageRequest) -> str:
    """The caller's account; UNAUTHENTICATED for a guest, FORBIDDEN for a key without the scope of code pages."""
    caller = await who(request, "code_page")
    if caller.kind == "guest":
        raise unauthenticated("SIGN_IN", "Sign in first: lists belong to an account.")
    return caller.account_id
