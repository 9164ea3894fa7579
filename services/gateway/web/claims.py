"""The claim check's doors for programs: JSON, CSV, X12, and why codes do not go together; nothing of it is kept."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Final

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, BeforeValidator, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.chassis.errors import FieldError
from services.gateway.claims import rows, x12
from services.gateway.domain import Json, ReadClaim
from services.gateway.web.api import parts_of, shown
from services.gateway.web.ask_api import keep_guest
from services.gateway.web.shapes import Page, Reply, quota_headers
from services.gateway.web.streaming import Streamed, ahead

router = APIRouter(prefix="/api/v1")
CSV: Final = "text/csv"
X12: Final = "application/edi-x12"
ASKED: Final = ("as_of", "setting", "program", "state")
_TOO_MANY: Final = 1_001  # lines: one more than a claim may have, so that the refusal can say it
_LONG: Final = 100
_MOST: Final = 10**15  # what is beyond it is as wrong

type Text = Annotated[str, Field(max_length=_LONG)]
type Name = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int) else value)]
type Count = Annotated[int, BeforeValidator(lambda value: _held(value) if isinstance(value, int) else value)]


def _held(value: int) -> int:
    """A number as the check takes it: one that is far too large is told of by the check, in its own words."""
    return max(-_MOST, min(_MOST, value))


class ClaimLine(BaseModel):
    """A line."""

    id: Name
    code: Text
    units: Count = 1
    modifiers: list[Text] = Field(default_factory=list, max_length=_LONG)
    diagnoses: list[Text] = Field(default_factory=list, max_length=_LONG)
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
    return await (_check_rows if kind == CSV else _check_x12)(request)


def _claim(body: bytes) -> Json:
    try:
        return NewClaim.model_validate_json(body).model_dump()
    except ValidationError as error:
        told = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False, include_context=False)]
        raise RequestValidationError(told) from error


def asked_of(request: Request) -> Json:
    """What the address says of all claims of a file."""
    return {name: request.query_params.get(name, "")[:_LONG] for name in ASKED}


async def _check_rows(request: Request) -> Response:
    """The rows, each with what was found; they go out while further ones come in."""
    reading, chunks = rows.Reading(asked_of(request)), ahead(request.stream())
    first = [one async for one in _begun(reading, chunks)]
    spent = await parts_of(request).checks.open_batch(shown(request), uuid.uuid4().hex)
    keep_guest(request, spent)

    async def claims() -> AsyncIterator[ReadClaim]:
        for one in first:
            yield one
        async for one in rows.claims(reading, chunks):
            yield one

    answered = parts_of(request).checks.check_all(claims())
    return Streamed(_written(answered), "text/csv; charset=utf-8", quota_headers(spent.quota))


async def _begun(reading: rows.Reading, chunks: AsyncIterator[bytes]) -> AsyncIterator[ReadClaim]:
    """The claims up to and with the piece that completes the heading: a wrong one is refused before any answer."""
    while not reading.begun:
        chunk = await anext(chunks, b"")
        for one in reading.feed(chunk, last=not chunk):
            yield one


async def _written(answered: AsyncIterator[tuple[ReadClaim, Json | None]]) -> AsyncIterator[bytes]:
    yield rows.written([[*rows.COLUMNS, *rows.ADDED]])
    async for claim, answer in answered:
        yield rows.written(rows.annotated(claim, answer))


async def _check_x12(request: Request) -> Response:
    text = (await request.body()).decode("utf-8-sig", errors="replace")
    asked = {name: value for name, value in asked_of(request).items() if value}
    claims, wrong = x12.read(text, asked)
    spent = await parts_of(request).checks.open_batch(shown(request), uuid.uuid4().hex)
    keep_guest(request, spent)

    async def read() -> AsyncIterator[ReadClaim]:
        for one in claims:
            yield one

    answered = parts_of(request).checks.check_all(read())
    return Streamed(_told(answered, wrong), "application/json", quota_headers(spent.quota))


async def _told(
    answered: AsyncIterator[tuple[ReadClaim, Json | None]], wrong: list[FieldError]
) -> AsyncIterator[bytes]:
    """{claims: [{claim, …}], errors?}: an answer a claim, and what is wrong around them."""
    lead = b'{"claims":['
    async for claim, answer in answered:
        yield lead + orjson.dumps({"claim": claim.name, **merged(claim, answer)})
        lead = b","
    errors = b',"errors":' + orjson.dumps([field_error(one) for one in wrong]) if wrong else b""
    yield b"]" + errors + b"}"


def merged(claim: ReadClaim, answer: Json | None) -> Json:
    """The answer with what could not even be read of the claim."""
    empty = {"as_of": claim.claim["as_of"], "setting": claim.claim["setting"], "findings": [], "checked": []}
    told = answer or {**empty, "verdict": "problems"}
    if not claim.wrong:
        return told
    errors = [*map(field_error, claim.wrong), *told.get("errors", ())]
    return {**told, "verdict": "problems", "errors": errors}


def field_error(error: FieldError) -> Json:
    """A field that cannot be read, in the public shape."""
    return {key: value for key, value in asdict(error).items() if value is not None}


@router.get("/claims/explain")
async def explain(
    request: Request, codes: Annotated[str, Query(max_length=400)] = "", as_of: str = "", setting: str = ""
) -> Response:
    """Why codes do not go together: the rules that reject them, and every row of the pair table for two of them."""
    asked = {**asked_of(request), "as_of": as_of, "setting": setting, "codes": split(codes)}
    answer, spent = await parts_of(request).checks.explain(shown(request), asked)
    keep_guest(request, spent)
    return Reply(answer, headers=quota_headers(spent.quota))


def split(codes: str) -> list[str]:
    """Codes as people write them: parted by commas, spaces, semicolons or plus signs."""
    for mark in ",;+":
        codes = codes.replace(mark, " ")
    return codes.split()


# Stands before the framework's own route, which is there for the schema: its wrappers would cost each claim a fifth.
ROUTES: Final = [Page("/api/v1/claims/check", check, methods=["POST"])]
