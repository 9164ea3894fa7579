"""The pages of Case2Code: search, browse, and how good the search is."""

from pathlib import Path
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.errors import AppError, invalid
from services.gateway.domain import Json, Search
from services.gateway.web.api import parts_of
from services.gateway.web.pages import SYSTEMS, page, resolve
from services.gateway.web.problems import problem_of
from services.gateway.web.shapes import Page

SHOWN: Final = 50
FIGURES: Final = Path(__file__).parents[1] / "content" / "accuracy.json"


async def case2code(request: Request) -> Response:
    """Search, as a page."""
    given = {name: request.query_params.get(name, "") for name in ("q", "system", "as_of", "within", "billable")}
    result, problem = None, None
    if given["q"].strip():
        try:
            result = await parts_of(request).lookup.search_codes(_search(given))
        except AppError as refusal:
            problem = problem_of(refusal)
    facets = result["facets"] if result else []
    views = [] if given["q"].strip() else await _looked_at(request)
    status = problem["status"] if problem else 200
    context = {"query": given["q"], "system": given["system"], "given": given, "facets": facets, "views": views}
    return await page(
        request, "search.html", status, title="Case2Code", result=result, problem=problem, systems=SYSTEMS, **context
    )


async def _looked_at(request: Request) -> list[Json]:
    """What a member looked at last; nothing for a guest, and where accounts is away."""
    resolved = await resolve(request)
    if resolved is None or resolved.caller.kind == "guest":
        return []
    return await parts_of(request).seen.of(resolved.caller.account_id)


def _search(given: Json) -> Search:
    billable = given["billable"] == "true"
    return Search(given["q"], given["system"], SHOWN, given["as_of"], given["within"], billable, with_facets=True)


async def browse(request: Request) -> Response:
    """The hierarchy of a system, with what stands before and after a place."""
    system, code = request.path_params["system"], request.path_params.get("code", "")
    as_of = request.query_params.get("as_of", "")
    place = await parts_of(request).lookup.browse_codes(system, code, as_of)
    beside = await _beside(request, place, as_of) if place["node"] else {}
    return await page(request, "browse.html", title=f"Browse {system} {code}".strip(), **place, **beside)


async def _beside(request: Request, place: Json, as_of: str) -> dict[str, Any]:
    above = place["parent"]["code"] if place["parent"] else ""
    siblings = (await parts_of(request).lookup.browse_codes(place["system"], above, as_of))["children"]
    at = next((n for n, one in enumerate(siblings) if one["code"] == place["node"]["code"]), None)
    if at is None:
        return {}
    return {"before": siblings[at - 1] if at else None, "after": siblings[at + 1] if at + 1 < len(siblings) else None}


async def compare(request: Request) -> Response:
    """Two codes side by side, or one code in two years."""
    given = {name: request.query_params.get(name, "").strip() for name in ("system", "a", "b", "as_of", "b_as_of")}
    sides: list[Any] = []
    problem = None
    if given["a"]:
        try:
            sides = [await _side(request, given, *one) for one in (("a", "as_of"), ("b", "b_as_of"))]
        except AppError as refusal:
            problem = problem_of(refusal)
    rows = _differences(*sides) if sides else []
    status = problem["status"] if problem else 200
    context = {"given": given, "sides": sides, "rows": rows, "problem": problem, "systems": SYSTEMS}
    return await page(request, "compare.html", status, title="Compare two codes", **context)


async def _side(request: Request, given: Json, name: str, date: str) -> Json:
    code = given[name] or given["a"]
    if not given["system"]:
        raise invalid("NO_SYSTEM", "Choose the code system of the two codes.")
    found = await parts_of(request).desk.look_up(given["system"], code, given[date] or given["as_of"])
    free = {one.key: orjson.loads(one.body) for one in found.sections if not one.gated}
    edition = f"{found.edition.name} {found.edition.version}" if found.edition else "no edition"
    return {"code": found, "free": free, "edition": edition}


def _differences(one: Json, other: Json) -> list[dict[str, Any]]:
    """What is told of both without registration, field by field, and whether it is the same."""
    told = [_fields(side) for side in (one, other)]
    names = dict.fromkeys(name for side in told for name in side)
    rows = [{"name": name, "a": told[0].get(name, ""), "b": told[1].get(name, "")} for name in names]
    return [{**row, "same": row["a"] == row["b"]} for row in rows]


def _fields(side: Json) -> dict[str, str]:
    code = side["code"]
    valid = {True: "yes", False: "no, a header", None: "not known"}[code.billable]
    fields = {"Description": code.display, "Status": code.status.replace("_", " "), "Valid on a claim": valid}
    for key, title in (("official", "Official text"), ("common", "In common words")):
        text = side["free"].get(key, {}).get("text", "")
        if text and text != code.display:
            fields[title] = text
    return {**fields, "Edition": side["edition"]}


async def accuracy(request: Request) -> Response:
    """How often search puts the right code first, as it was last measured."""
    measured = orjson.loads(FIGURES.read_bytes())
    return await page(request, "accuracy.html", title="How good is the search", measured=measured)


ROUTES: Final = [
    Page("/case2code", case2code),
    Page("/compare", compare),
    Page("/browse/{system}", browse),
    Page("/browse/{system}/{code}", browse),
    Page("/accuracy", accuracy),
]
