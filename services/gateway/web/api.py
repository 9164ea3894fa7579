"""The JSON doors: /api/v1 and the probes."""

import uuid
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.gateway.clients.accounts import AccountsClient
from services.gateway.clients.assistant import AssistantClient
from services.gateway.clients.careers import CareersClient
from services.gateway.clients.lists import ListsClient
from services.gateway.clients.lookup import LookupClient
from services.gateway.domain import Credential, Search
from services.gateway.seen import Seen
from services.gateway.service import CaseDesk, CheckDesk, CodeDesk, ConsultDesk, QuestionDesk
from services.gateway.web.cookies import Cookies
from services.gateway.web.shapes import (
    Reply,
    code_json,
    editions_json,
    quota_headers,
    search_csv,
)

MOST: Final = 10_000  # what is more than a list may have is refused by lookup, with its own words
LONGEST_QUERY: Final = 10_000  # what is longer than a search may be is refused by lookup, with its own words
PREFETCH: Final = ("purpose", "sec-purpose", "x-moz", "x-purpose")


@dataclass(frozen=True, slots=True)
class Parts:
    """What the routes work with; one set a process, in `app.state.parts`."""

    lookup: LookupClient
    accounts: AccountsClient
    desk: CodeDesk
    assistant: AssistantClient
    questions: QuestionDesk
    checks: CheckDesk
    cases: CaseDesk
    consults: ConsultDesk
    careers: CareersClient
    lists: ListsClient
    cookies: Cookies
    seen: Seen


class SearchQuery(BaseModel):
    """A search: `within` a chapter, section or category; `facets`: tell what it can be narrowed to."""

    q: str = Field(default="", max_length=LONGEST_QUERY)
    system: str = ""
    limit: int = 20
    as_of: str = ""
    within: str = ""
    billable: bool = False
    facets: bool = False
    format: Literal["json", "csv"] = "json"


def parts_of(request: Request) -> Parts:
    """The process's parts."""
    parts: Parts = request.app.state.parts
    return parts


def shown(request: Request) -> Credential:
    """What the request shows of its caller."""
    return parts_of(request).cookies.credential(request)


def is_peek(request: Request) -> bool:
    """HEAD requests and prefetches cost nothing: nobody has read the page."""
    if request.method == "HEAD":
        return True
    return any("prefetch" in request.headers.get(name, "") for name in PREFETCH)


router = APIRouter(prefix="/api/v1")


@router.get("/codes/{system}/{code:path}")
@router.head("/codes/{system}/{code:path}", include_in_schema=False)
async def get_code(request: Request, system: str, code: str, as_of: str = "", state: str = "") -> Response:
    """One code, its sections, its edition, the quota state; with a state, what holds there."""
    parts = parts_of(request)
    found = await parts.desk.look_up(system, code, as_of, state)
    opened = await parts.desk.open(shown(request), found, uuid.uuid4().hex, peek=is_peek(request))
    if opened.spent and opened.spent.issued_guest:
        request.state.issued_guest = opened.spent.issued_guest
    return Reply(code_json(opened), headers=quota_headers(opened.spent.quota if opened.spent else None))


@router.get("/search")
async def search(request: Request, asked: Annotated[SearchQuery, Query()]) -> Response:
    """Hits over terms, best first."""
    wanted = (asked.q, asked.system, _told(asked.limit), asked.as_of, asked.within, asked.billable, asked.facets)
    found = await parts_of(request).lookup.search_codes(Search(*wanted))
    return Reply(found) if asked.format == "json" else search_csv(found)


@router.get("/suggest")
async def suggest(
    request: Request, q: Annotated[str, Query(max_length=LONGEST_QUERY)] = "", system: str = "", limit: int = 10
) -> Response:
    """Type-ahead, the same hit shape."""
    return Reply(await parts_of(request).lookup.suggest_codes(q, system, _told(limit)))


def _told(limit: int) -> int:
    """A limit as it is passed on, where 0 would be the usual one: refused there, like all that is out of range."""
    return limit if 0 < limit <= MOST else -1


@router.get("/browse/{system}")
async def browse_top(request: Request, system: str, as_of: str = "") -> Response:
    """The top of a system."""
    return Reply(await parts_of(request).lookup.browse_codes(system, "", as_of))


@router.get("/browse/{system}/{code}")
async def browse(request: Request, system: str, code: str, as_of: str = "") -> Response:
    """A code's parent and children."""
    return Reply(await parts_of(request).lookup.browse_codes(system, code, as_of))


@router.get("/editions")
async def editions(request: Request) -> Response:
    """What is loaded, from which file, valid when."""
    return Reply(editions_json(await parts_of(request).lookup.list_editions()))
