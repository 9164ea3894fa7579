"""The JSON doors of the assistant: questions, cases, consults, receipts, conversations."""

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response, StreamingResponse

from services.chassis.errors import AppError, unauthenticated
from services.gateway.domain import Ask, Caller, Consult, Json, Quota, SentCase, Spent
from services.gateway.web.api import parts_of, shown
from services.gateway.web.problems import problem_of
from services.gateway.web.shapes import Reply, quota_headers

LONGEST: Final = 400_000  # what is longer than a case may be is refused by the assistant, with its own words

router = APIRouter(prefix="/api/v1")


class Question(BaseModel):
    """A question."""

    question: str = Field(max_length=LONGEST)
    conversation_id: str | None = Field(default=None, max_length=100)
    as_of: str | None = Field(default=None, max_length=100)
    code: str = Field(default="", max_length=100)
    system: str = Field(default="", max_length=100)


class Case(BaseModel):
    """A pasted case."""

    text: str = Field(max_length=LONGEST)
    as_of: str = Field(default="", max_length=100)
    care_setting: str = Field(default="", max_length=100)


class NewConsult(BaseModel):
    """A case for a consult."""

    text: str = Field(max_length=LONGEST)
    subject: str = Field(default="", max_length=200)


@router.post("/ask")
async def ask(request: Request, body: Question) -> Response:
    """An answer, as JSON or as a stream of events: step, answer, problem."""
    asked = Ask(body.question, body.as_of or "", body.conversation_id or "", body.code, body.system)
    told = parts_of(request).questions.ask(shown(request), asked)
    _, spent = await anext(told)  # a refusal comes before any answer begins
    keep_guest(request, spent)
    if "text/event-stream" in request.headers.get("accept", ""):
        return StreamingResponse(_events(told), media_type="text/event-stream", headers=quota_headers(_quota(spent)))
    answer, charged = await last(told)
    return Reply(answer, headers=quota_headers(_quota(charged or spent)))


async def last(told: AsyncIterator[tuple[str, Any]]) -> tuple[Json, object]:
    """The answer, past the steps, and what is left after it; None for an answer that cost nothing."""
    answer: Json = {}
    charged = None
    async for kind, one in told:
        if kind == "answer":
            answer = one
        elif kind == "spent":
            charged = one
    return answer, charged


async def _events(told: AsyncIterator[tuple[str, Any]]) -> AsyncIterator[bytes]:
    """Server-sent events; a refusal that comes late is the last of them."""
    try:
        async for kind, one in told:
            if kind == "spent":  # the headers are gone already
                continue
            yield b"event: " + kind.encode() + b"\ndata: " + orjson.dumps(one) + b"\n\n"
    except AppError as refusal:
        yield b"event: problem\ndata: " + orjson.dumps(problem_of(refusal)) + b"\n\n"


def keep_guest(request: Request, spent: object) -> None:
    """A newcomer's cookie goes out with the answer."""
    if isinstance(spent, Spent) and spent.issued_guest:
        request.state.issued_guest = spent.issued_guest


def _quota(spent: object) -> Quota | None:
    return spent.quota if isinstance(spent, Spent) else None


@router.get("/receipts/{receipt_id}")
async def receipt(request: Request, receipt_id: str) -> Response:
    """What an answer of the caller's own rested on."""
    parts = parts_of(request)
    caller = await who(request, "question")
    return Reply(await parts.assistant.get_receipt(caller.owner, receipt_id))


@router.post("/receipts/{receipt_id}/replay")
async def replay(request: Request, receipt_id: str) -> Response:
    """Works a receipt's inputs once more and compares."""
    caller = await who(request, "question")
    return Reply(await parts_of(request).assistant.replay_receipt(caller.owner, receipt_id))


@router.post("/case2code")
async def case2code(request: Request, case: Case) -> Response:
    """Codes from a pasted case, each with the words it rests on."""
    answer, spent = await parts_of(request).cases.code(shown(request), case.text, case.as_of, case.care_setting)
    keep_guest(request, spent)
    return Reply(answer, headers=quota_headers(spent.quota))


@router.get("/conversations")
async def conversations(request: Request) -> Response:
    """The caller's conversations, the newest first."""
    caller = await who(request, "question")
    found = await parts_of(request).assistant.conversations(caller.owner)
    return Reply({"conversations": found["conversations"]})


@router.get("/conversations/{conversation_id}")
async def conversation(request: Request, conversation_id: str) -> Response:
    """One of them with its answers."""
    caller = await who(request, "question")
    found = await parts_of(request).assistant.conversations(caller.owner, conversation_id)
    return Reply({"id": conversation_id, "answers": found["answers"]})


@router.get("/consults")
async def consults(request: Request) -> Response:
    """The caller's consults and their states."""
    caller = await member(request)
    found = await parts_of(request).assistant.list_consults(caller.account_id)
    return Reply({"consults": [consult_json(one) for one in found]})


@router.post("/consults")
async def new_consult(request: Request, body: NewConsult) -> Response:
    """Takes a case; the answer comes by mail, and here."""
    caller = await member(request)
    parts = parts_of(request)
    consult_id = await parts.consults.submit(caller, form_case(body.subject, body.text))
    left = {quota.feature: quota for quota in (await parts.accounts.get_usage(shown(request))).quotas}
    return Reply({"id": consult_id, "status": "received"}, 201, headers=quota_headers(left.get("consult")))


@router.get("/consults/{consult_id}")
async def consult(request: Request, consult_id: str) -> Response:
    """A consult, with its answer once there is one."""
    caller = await member(request)
    return Reply(consult_whole(await parts_of(request).assistant.get_consult(caller.account_id, consult_id)))


def consult_whole(found: Consult) -> Json:
    """A consult with its case and its answer."""
    return {
        **consult_json(found),
        "text": found.text,
        "refusal": found.refusal,
        "answer": found.answer,
        "codes": list(found.case_codes),
    }


def consult_json(one: Consult) -> Json:
    """A consult's head."""
    return {
        "id": one.id,
        "subject": one.subject,
        "status": one.status,
        "received_at": one.received_at,
        "answered_at": one.answered_at,
    }


def form_case(subject: str, text: str) -> SentCase:
    """A case without a thread; the same one twice on a day is one."""
    today = datetime.now(UTC).date().isoformat()
    digest = hashlib.sha256(f"{today}\n{subject}\n{text}".encode()).hexdigest()[:32]
    return SentCase(f"form:{digest}", " ".join(subject.split())[:200], text)


async def who(request: Request, feature: str = "") -> Caller:
    """The caller, guests too; FORBIDDEN for an API key whose scopes do not reach the feature."""
    accounts = parts_of(request).accounts
    resolved = await accounts.resolve(shown(request))
    request.state.issued_guest = resolved.issued_guest
    if feature and resolved.caller.kind == "api_key":
        await accounts.spend(shown(request), feature, "scope", "scope", peek=True)
    return resolved.caller


async def member(request: Request) -> Caller:
    """The caller's account, for consults; UNAUTHENTICATED for a guest."""
    caller = await who(request, "consult")
    if caller.kind == "guest":
        raise unauthenticated("SIGN_IN", "Sign in first: consults belong to an account.")
    return caller
