"""The claim check: its door for JSON, CSV and X12, and its page. Nothing of a claim is stored or logged."""

import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request as PageRequest
from starlette.responses import Response

from services.chassis.errors import AppError, FieldError, invalid
from services.gateway.claims import rows, x12
from services.gateway.domain import Json, Resolved
from services.gateway.web.api import parts_of, shown
from services.gateway.web.ask_api import keep_guest
from services.gateway.web.pages import note_caller, own_form, page, text_of
from services.gateway.web.problems import COOKIE_ENDED, problem_of
from services.gateway.web.shapes import Page, Reply, quota_headers

router = APIRouter(prefix="/api/v1")
EXAMPLE: Final = "99213 25 E11.42\n11042 E11.621 L97.511\n97597 E11.621"
CSV: Final = "text/csv"
X12: Final = "application/edi-x12"
_TOO_MANY: Final = 1_001  # lines: one more than a claim may have, so that the refusal can say it
_LONG: Final = 100
_UNITS: Final = re.compile(r"x([0-9]{1,9})", re.IGNORECASE)

type Text = Annotated[str, Field(max_length=_LONG)]
type Name = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]


class ClaimLine(BaseModel):
    """A line."""

    id: Name
    code: Text
    units: int = Field(default=1, ge=-(2**31), le=2**31)
    modifiers: list[Text] = Field(default=[], max_length=_LONG)
    diagnoses: list[Text] = Field(default=[], max_length=_LONG)
    date: Text | None = None
    place_of_service: Text | None = None


class Patient(BaseModel):
    """What age and sex edits need."""

    sex: Text | None = None
    age_years: int | None = Field(default=None, ge=-(2**31), le=2**31 - 1)


class NewClaim(BaseModel):
    """A claim."""

    as_of: Text = ""
    setting: Text = ""
    program: Text = ""
    state: Text = ""
    lines: list[ClaimLine] = Field(max_length=_TOO_MANY)
    patient: Patient | None = None


@router.post("/claims/check", openapi_extra={"requestBody": {"content": {"application/json": {}, CSV: {}, X12: {}}}})
async def check(request: Request) -> Response:
    """Every rule over a whole claim, as JSON; or over a batch of claims, as CSV or X12 837, which counts once."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        claim = _claim(await request.body())
        answer, spent = await parts_of(request).checks.check(shown(request), claim)
        keep_guest(request, spent)
        return Reply(answer, headers=quota_headers(spent.quota))
    if kind not in {CSV, X12}:
        raise HTTPException(415)
    text = (await request.body()).decode("utf-8-sig", errors="replace")
    return await (_check_rows if kind == CSV else _check_x12)(request, text)


def _claim(body: bytes) -> Json:
    try:
        return NewClaim.model_validate_json(body).model_dump()
    except ValidationError as error:
        told = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False, include_context=False)]
        raise RequestValidationError(told) from error


async def _check_rows(request: Request, text: str) -> Response:
    query = request.query_params
    asked = {"as_of": query.get("as_of", ""), "setting": query.get("setting", ""), "program": "", "state": ""}
    batch = [(found, rows.claim_of(found, asked)) for _, found in rows.claims(rows.read(text))]
    answers, spent = await parts_of(request).checks.check_batch(shown(request), [claim for _, claim in batch])
    keep_guest(request, spent)
    told = [[*rows.COLUMNS, *rows.ADDED]]
    for (found, _), answer in zip(batch, answers, strict=True):
        told += rows.annotated(found, answer)
    return Response(rows.written(told), media_type="text/csv; charset=utf-8", headers=quota_headers(spent.quota))


async def _check_x12(request: Request, text: str) -> Response:
    batch = x12.read(text)
    answers, spent = await parts_of(request).checks.check_batch(shown(request), [claim for _, claim in batch])
    keep_guest(request, spent)
    told = [{"claim": name, **answer} for (name, _), answer in zip(batch, answers, strict=True)]
    return Reply({"claims": told}, headers=quota_headers(spent.quota))


async def claim_check(request: PageRequest) -> Response:
    """The empty form, with an example to try."""
    return await _page(request, {"rows": "", "as_of": "", "setting": "practitioner"})


async def check_form(request: PageRequest) -> Response:
    """The claim of the form, checked."""
    form = await own_form(request)
    names = ("rows", "as_of", "setting", "sex", "age")
    values = {name: text_of(form, name) for name in names}
    try:
        answer, spent = await parts_of(request).checks.check(shown(request), read_form(values))
    except AppError as refusal:
        if COOKIE_ENDED.get(refusal.reason):
            raise
        return await _page(request, values, problem=problem_of(refusal))
    note_caller(request, Resolved(spent.caller, (), spent.issued_guest))
    return await _page(request, values, answer=answer)


async def _page(request: PageRequest, values: Json, **told: Any) -> Response:  # noqa: ANN401 -- an answer or a problem
    problem = told.get("problem")
    status = problem["status"] if problem else 200
    context = {"values": values, "example": EXAMPLE, "answer": None, "problem": None, **told}
    return await page(request, "claim_check.html", status, title="Claim check", **context)


def read_form(values: Json) -> Json:
    """A claim of rows as people type them: a procedure, then modifiers, units as x2, diagnoses, in any order."""
    lines = [row for row in values["rows"].splitlines() if row.strip()]
    age = values.get("age", "").strip()
    if age and not age.isdigit():
        raise invalid("BAD_CLAIM", "The age is not a number.", FieldError("age", age[:40], "years, as a whole number"))
    return {
        "as_of": values.get("as_of", ""),
        "setting": values.get("setting", ""),
        "program": "",
        "state": "",
        "lines": [_row(str(number), row) for number, row in enumerate(lines, 1)],
        "patient": {"sex": values.get("sex", ""), "age_years": int(age[:4]) if age else None},
    }


def _row(number: str, row: str) -> Json:
    code, *rest = re.split(r"[\s,;|]+", row.strip().upper())
    line: Json = {"id": number, "code": code, "units": 1, "modifiers": [], "diagnoses": []}
    line |= {"date": "", "place_of_service": ""}
    for one in rest:
        if units := _UNITS.fullmatch(one):
            line["units"] = int(units[1])
        elif re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", one):
            line["date"] = one
        elif len(one) == 2:  # noqa: PLR2004 -- a modifier's length
            line["modifiers"].append(one)
        elif one:
            line["diagnoses"].append(one)
    return line


ROUTES: Final = [
    Page("/claim-check", claim_check),
    Page("/claim-check", check_form, methods=["POST"]),
]
