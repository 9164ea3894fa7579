"""The JSON doors of CareerCenter."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.chassis.errors import AppError, FieldError, Kind, forbidden, invalid, unauthenticated
from services.gateway.clients.accounts import AccountsClient
from services.gateway.domain import Caller, Json
from services.gateway.web.api import parts_of
from services.gateway.web.ask_api import who
from services.gateway.web.shapes import Reply

LONGEST: Final = 40_000  # what is longer than a text may be is refused by careers, with its own words
INSIDE: Final = ("account_id", "rev", "refusal")  # told to the opening's employer alone

router = APIRouter(prefix="/api/v1/jobs")
mine = APIRouter(prefix="/api/v1/me")

type Text = Annotated[str, Field(max_length=LONGEST)]
type PageNumber = Annotated[int, Query(ge=1, le=1_000_000)]
type Limit = Annotated[int, Query(ge=1, le=100)]


class Job(BaseModel):
    """An opening as an employer writes it."""

    title: Text = ""
    employer: Text = ""
    description: Text = ""
    location: Text = ""
    state: Text = ""
    remote: bool = False
    employment_type: Text = "FULL_TIME"
    credentials: list[Text] = Field(default=[], max_length=30)
    cpc_a_accepted: bool = False
    pay_min: Text | float | None = None
    pay_max: Text | float | None = None
    pay_period: Text | None = None
    valid_through: Text = ""
    rev: int | None = Field(default=None, ge=1, le=2**31)  # a change's: the one it was made from
    status: Text | None = None  # a change's: "closed" closes it

    def details(self, *, whole: bool = True) -> Json:
        """What was given, amounts as text; `whole` fills in what was not."""
        given = self.model_dump(exclude_unset=not whole, exclude={"rev", "status"})
        return {key: amount(value) if key in {"pay_min", "pay_max"} else value for key, value in given.items()}


class Letter(BaseModel):
    """An application."""

    letter: Text


class Status(BaseModel):
    """An application's new state."""

    status: Text


class Decision(BaseModel):
    """An editor's; `reason` is told to the employer of a refused opening."""

    approve: bool
    reason: Text = ""


def amount(value: str | float | None) -> str:
    """Dollars as text: 28.0 is 28."""
    if isinstance(value, float):
        return f"{value:.2f}".removesuffix(".00")
    return (value or "").strip()


@router.get("")
async def search(  # noqa: PLR0913 -- one parameter a filter
    request: Request,
    q: Annotated[str, Query(max_length=500)] = "",
    credential: str = "",
    state: str = "",
    employment_type: str = "",
    *,
    cpc_a: bool = False,
    remote: bool = False,
    page: PageNumber = 1,
    limit: Limit = 20,
    listed: Annotated[str, Query(alias="list", pattern="^(open|mine|waiting)$")] = "open",
) -> Response:
    """Open jobs, best first, then newest; `list=mine` an employer's own, `list=waiting` an editor's."""
    wanted = {
        "q": q,
        "credential": credential,
        "state": state,
        "employment_type": employment_type,
        "cpc_a": cpc_a,
        "remote": remote,
        "page": page,
        "limit": limit,
    }
    caller = None if listed == "open" else await person(request)
    found = await parts_of(request).careers.search(caller, wanted, listed)
    return Reply({"total": found["total"], "jobs": [public(job, caller) for job in found["jobs"]]})


@router.post("")
async def post(request: Request, job: Job) -> Response:
    """Posts; the first of a new employer waits for an editor."""
    caller = await person(request)
    return Reply(public(await parts_of(request).careers.post(caller, job.details()), caller), 201)


@router.get("/{job_id}")
async def get(request: Request, job_id: str) -> Response:
    """One opening; 410 once it is over."""
    known = await who(request)
    caller = known if known.kind == "user" else None
    job, mine = await parts_of(request).careers.get(caller, job_id)
    return Reply({**public(job, caller), **({"application": _own(mine)} if mine else {})})


@router.patch("/{job_id}")
async def change(request: Request, job_id: str, job: Job) -> Response:
    """Changes what is given; with `rev`, only where nobody has changed it since. `status: closed` closes it."""
    caller = await person(request)
    careers = parts_of(request).careers
    if job.status not in {None, "closed"}:
        told = FieldError("body.status", str(job.status)[:40], "closed, or nothing")
        raise invalid("BAD_STATUS", "An opening's employer can set its status to closed, and to nothing else.", told)
    before, _ = await careers.get(caller, job_id)
    given = job.details(whole=False)
    if given or job.status is None:
        before = await careers.update(caller, job_id, {**before, **given, "rev": job.rev or before["rev"]})
    if job.status == "closed":
        await careers.close(caller, job_id)
        before, _ = await careers.get(caller, job_id)
    return Reply(public(before, caller))


@router.post("/{job_id}/close")
async def close(request: Request, job_id: str) -> Response:
    """Closes it, and tells the applicants."""
    await parts_of(request).careers.close(await person(request), job_id)
    return Response(status_code=204)


@router.post("/{job_id}/moderation")
async def moderate(request: Request, job_id: str, decision: Decision) -> Response:
    """An editor's decision."""
    caller = await person(request)
    careers = parts_of(request).careers
    job = await careers.moderate(caller, job_id, approve=decision.approve, reason=decision.reason)
    return Reply(public(job, caller))


@router.post("/{job_id}/applications")
async def apply(request: Request, job_id: str, body: Letter) -> Response:
    """Applies."""
    caller = await person(request)
    return Reply(_own(await parts_of(request).careers.apply(caller, job_id, body.letter)), 201)


@router.get("/{job_id}/applications")
async def applications(request: Request, job_id: str, page: PageNumber = 1, limit: Limit = 20) -> Response:
    """Who applied, for the employer; the newest first."""
    return Reply(await with_names(request, await person(request), job_id, page, limit))


@router.patch("/{job_id}/applications/{application_id}")
async def move(request: Request, job_id: str, application_id: str, body: Status) -> Response:
    """Moves an application on."""
    caller = await person(request)
    return Reply(_own(await parts_of(request).careers.set_status(caller, job_id, application_id, body.status)))


async def with_names(request: Request, caller: Caller, job_id: str, page: int = 1, limit: int = 20) -> Json:
    """A page of an opening's applications with the names and addresses that accounts knows."""
    parts = parts_of(request)
    found = await parts.careers.applications(caller, job_id, page, limit)
    listed = found["applications"]
    people = await asyncio.gather(*(_person_behind(parts.accounts, one["applicant_id"]) for one in listed))
    named = [
        {**_own(one), "letter": one["letter"], "name": who.name, "email": who.email}
        for one, who in zip(listed, people, strict=True)
    ]
    return {"total": found["total"], "applications": named}


async def _person_behind(accounts: AccountsClient, account_id: str) -> Caller:
    """Who applied; nameless where the account is gone."""
    try:
        return await accounts.get_account(account_id)
    except AppError as refusal:
        if refusal.kind is not Kind.NOT_FOUND:
            raise
        return Caller("user", f"account:{account_id}", account_id)


@mine.get("/applications")
async def own_applications(request: Request, page: PageNumber = 1, limit: Limit = 20) -> Response:
    """The caller's own applications, the newest first, each with its opening and where it stands."""
    caller = await person(request)
    found = await parts_of(request).careers.applications(caller, "", page, limit)
    shown = [{**_own(one), "letter": one["letter"], "job": public(one["job"], caller)} for one in found["applications"]]
    return Reply({"total": found["total"], "applications": shown})


async def person(request: Request) -> Caller:
    """The signed-in caller. An API key posts, applies and reads applications for nobody: no scope stands for it."""
    caller = await who(request)
    if caller.kind == "guest":
        raise unauthenticated("SIGN_IN", "Sign in first: openings and applications belong to an account.")
    if caller.kind != "user":
        raise forbidden("SIGN_IN_NEEDED", "An API key does not reach this. Sign in.")
    return caller


def public(job: Json, caller: Caller | None) -> Json:
    """An opening as this caller may see it."""
    own = caller is not None and caller.account_id and caller.account_id == job["account_id"]
    return job if own else {key: value for key, value in job.items() if key not in INSIDE}


def _own(application: Json) -> dict[str, Any]:
    return {key: application[key] for key in ("id", "status", "received_at")}
