"""The long tables about a code (PTP partners, coverage, localities), a page at a time: as JSON and as a page."""

import uuid
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from services.chassis.errors import AppError
from services.gateway.domain import Json, RowsAsked
from services.gateway.web.api import is_peek, parts_of, shown
from services.gateway.web.pages import page
from services.gateway.web.problems import problem_of
from services.gateway.web.shapes import Page, Reply, quota_headers

TITLES: Final = {"ptp": "PTP partners", "coverage": "Coverage documents", "localities": "Amounts by locality"}
LONGEST: Final = 10_000  # what is longer than it may be is refused by lookup, with its own words

router = APIRouter(prefix="/api/v1")


class RowsQuery(BaseModel):
    """Which rows of a table: `within` a setting (ptp) or a state (coverage, localities)."""

    as_of: str = ""
    q: str = Field(default="", max_length=LONGEST)
    within: str = Field(default="", max_length=100)
    state: str = Field(default="", max_length=100)
    setting: str = Field(default="", max_length=100)
    page: int = 1


@router.get("/codes/{system}/{code}/{table}")
async def rows(request: Request, system: str, code: str, table: str, asked: Annotated[RowsQuery, Query()]) -> Response:
    """A page of a table about a code; opened with the code's page, and charged as it."""
    within = asked.within or asked.state or asked.setting
    wanted = RowsAsked(system, code, table, asked.as_of, asked.q, within, _counted(asked.page))
    desk = parts_of(request).desk
    told, spent = await desk.rows(shown(request), wanted, uuid.uuid4().hex, peek=is_peek(request))
    if spent.issued_guest:
        request.state.issued_guest = spent.issued_guest
    return Reply(told, headers=quota_headers(spent.quota))


async def rows_page(request: Request) -> Response:
    """The same for people."""
    system, code, table = (request.path_params[name] for name in ("system", "code", "table"))
    given = {name: request.query_params.get(name, "") for name in ("q", "as_of", "within", "page")}
    told: Json | None = None
    problem: Json | None = None
    number = int(given["page"]) if given["page"].isdecimal() else (-1 if given["page"] else 1)
    asked = RowsAsked(system, code, table, given["as_of"], given["q"], given["within"], _counted(number))
    try:
        told, _ = await parts_of(request).desk.rows(shown(request), asked, uuid.uuid4().hex, peek=is_peek(request))
    except AppError as refusal:
        problem = problem_of(refusal)
    if told and told["code"] != code:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/codes/{system}/{told['code']}/{table}{query}", 308)
    context: dict[str, Any] = {"system": system, "code": code, "table": table, "given": given}
    title = TITLES.get(table, table)
    status = problem["status"] if problem else 200
    return await page(request, "rows.html", status, title=f"{title} of {code}", told=told, problem=problem, **context)


def _counted(number: int) -> int:
    """A page's number as it is passed on, where 0 would be the first: refused there, like all that is out of range."""
    return number if 0 < number < 1 << 31 else -1


ROUTES: Final = [Page("/codes/{system}/{code}/{table}", rows_page, methods=["GET", "HEAD"])]
