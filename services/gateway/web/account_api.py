"""The JSON doors of accounts: registering, sessions, passwords, keys, and all that is the caller's own."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from services.chassis.errors import FieldError, forbidden, invalid
from services.gateway.domain import Json
from services.gateway.web.api import parts_of, shown
from services.gateway.web.ask_api import consult_whole, member
from services.gateway.web.cookies import keep_session
from services.gateway.web.shapes import Reply, principal_json, quota_json, usage_json

KEPT: Final = (
    "the number of the account and the day it was erased, for 90 days, so that nothing late is written for it",
    "events that carry this number alone, for up to 7 days",
    "what the operator's backups hold, until they are overwritten",
)
AT_ONCE: Final = 8  # conversations and lists that are fetched side by side

router = APIRouter(prefix="/api/v1")


class NewAccount(BaseModel):
    """A registration."""

    email: str = Field(max_length=1_000)
    password: str = Field(max_length=1_000)
    name: str = Field(default="", max_length=200)


class SignIn(BaseModel):
    """An address and its password; `stay_signed_in` for thirty days, else for twelve hours."""

    email: str = Field(max_length=1_000)
    password: str = Field(max_length=1_000)
    stay_signed_in: bool = True


class NewKey(BaseModel):
    """An API key to be made; no scopes means all."""

    name: str = Field(default="key", max_length=200)
    scopes: list[str] = Field(default=[], max_length=20)


class LinkToken(BaseModel):
    """The token of a letter's link."""

    token: str = Field(max_length=2_000)


class PasswordReset(BaseModel):
    """Either an address to send a letter to, or the token of that letter's link and the password to be."""

    email: str = Field(default="", max_length=1_000)
    token: str = Field(default="", max_length=2_000)
    password: str = Field(default="", max_length=1_000)


class NewPassword(BaseModel):
    """The password as it is, and as it is to be."""

    password: str = Field(max_length=1_000)
    new_password: str = Field(max_length=1_000)


class NewEmail(BaseModel):
    """The address to be, and the password."""

    email: str = Field(max_length=1_000)
    password: str = Field(max_length=1_000)


@router.post("/accounts")
async def register(request: Request, new: NewAccount) -> Response:
    """Makes a free account; the guest's page goes along."""
    account_id = await parts_of(request).accounts.register(shown(request), new.email, new.password, new.name)
    return Reply({"id": account_id, "email": new.email, "verified": False}, 201)


@router.post("/accounts/verify")
async def verify(request: Request, link: LinkToken) -> Response:
    """Marks the address verified, or puts the new one in the old one's place."""
    await parts_of(request).accounts.verify_email(link.token)
    return Reply({"verified": True})


@router.post("/sessions")
async def log_in(request: Request, sign_in: SignIn) -> Response:
    """Opens a session: a cookie for browsers, the token for programs."""
    session = await parts_of(request).accounts.log_in(
        shown(request), sign_in.email, sign_in.password, stays=sign_in.stay_signed_in
    )
    keep_session(request, session)
    body = {"token": session.token, "expires_at": session.expires_at}
    reopened = {"reopened": True} if session.reopened else {}
    principal = principal_json(session.caller) if session.caller else None
    return Reply({**body, "principal": principal, **reopened}, 201)


@router.delete("/sessions/current")
async def log_out(request: Request) -> Response:
    """Ends the session."""
    await parts_of(request).accounts.log_out(shown(request))
    request.state.close_session = True
    return Response(status_code=204)


@router.post("/password-resets")
async def reset_password(request: Request, asked: PasswordReset) -> Response:
    """With an address: 202, and a letter where an account has it. With a letter's token and a password: sets it."""
    accounts = parts_of(request).accounts
    if asked.token:
        await accounts.reset_password(asked.token, asked.password)
        return Reply({"reset": True})
    if not asked.email:
        wrong = FieldError("email", "", "an address; or the token of the letter, with a password")
        raise invalid("INVALID_REQUEST", "Name the address of the account, or the token of the letter.", wrong)
    await accounts.request_password_reset(shown(request), asked.email)
    return Reply({"requested": True}, 202)


@router.get("/me")
async def me(request: Request) -> Response:
    """Who is asking."""
    resolved = await parts_of(request).accounts.resolve(shown(request))
    request.state.issued_guest = resolved.issued_guest
    return Reply({"principal": principal_json(resolved.caller)})


@router.delete("/me")
async def close_account(request: Request) -> Response:
    """Signs out everywhere; the account is erased later, unless its owner signs in before."""
    erase_at = await parts_of(request).accounts.close_account(shown(request))
    request.state.close_session = True
    return Reply({"erased_at": erase_at, "undo": "Sign in before then.", "kept": list(KEPT)}, 202)


@router.get("/me/usage")
async def usage(request: Request) -> Response:
    """Every quota: used, left, when it renews, and what was charged."""
    resolved = await parts_of(request).accounts.get_usage(shown(request), with_charges=True)
    request.state.issued_guest = resolved.issued_guest
    return Reply({**usage_json(resolved), "charges": list(resolved.charges)})


@router.post("/me/verification")
async def request_verification(request: Request) -> Response:
    """Sends the letter that verifies the address once more."""
    await parts_of(request).accounts.request_verification(shown(request))
    return Reply({"requested": True}, 202)


@router.post("/me/email")
async def change_email(request: Request, new: NewEmail) -> Response:
    """Sends a letter to another address, which holds once its link is used."""
    await parts_of(request).accounts.change_email(shown(request), new.password, new.email)
    return Reply({"requested": True}, 202)


@router.post("/me/password")
async def change_password(request: Request, new: NewPassword) -> Response:
    """Sets the password, ends every session, and answers the one that takes this one's place."""
    session = await parts_of(request).accounts.change_password(shown(request), new.password, new.new_password)
    keep_session(request, session)
    return Reply({"token": session.token, "expires_at": session.expires_at})


@router.get("/me/sessions")
async def list_sessions(request: Request) -> Response:
    """Open sessions, the newest first."""
    return Reply({"sessions": await parts_of(request).accounts.list_sessions(shown(request))})


@router.delete("/me/sessions")
async def end_other_sessions(request: Request) -> Response:
    """Ends all but the one that asks."""
    return Reply({"ended": await parts_of(request).accounts.end_session(shown(request))})


@router.delete("/me/sessions/{session_id}")
async def end_session(request: Request, session_id: str) -> Response:
    """Ends a session at once."""
    await parts_of(request).accounts.end_session(shown(request), session_id)
    return Response(status_code=204)


@router.get("/me/sign-ins")
async def list_sign_ins(request: Request) -> Response:
    """Tries to sign in, the newest first, of the last ninety days."""
    return Reply({"sign_ins": await parts_of(request).accounts.list_sign_ins(shown(request))})


@router.post("/me/api-keys")
async def create_api_key(request: Request, new: NewKey) -> Response:
    """Makes an API key; it is shown this once."""
    return Reply(await parts_of(request).accounts.create_api_key(shown(request), new.name, new.scopes), 201)


@router.get("/me/api-keys")
async def list_api_keys(request: Request) -> Response:
    """The account's keys, without their secrets."""
    return Reply({"keys": await parts_of(request).accounts.list_api_keys(shown(request))})


@router.delete("/me/api-keys/{key_id}")
async def revoke_api_key(request: Request, key_id: str) -> Response:
    """Ends a key at once."""
    await parts_of(request).accounts.revoke_api_key(shown(request), key_id)
    return Response(status_code=204)


@router.get("/me/export")
async def export(request: Request) -> Response:
    """Everything that every service keeps of the account; for its session alone, for a key may be somebody's else."""
    parts, caller = parts_of(request), await member(request)
    if caller.kind != "user":
        raise forbidden("SIGN_IN_NEEDED", "Sign in to export an account.")
    kept = await parts.accounts.export_account(shown(request))
    consults, board, conversations, lists, viewed = await asyncio.gather(
        parts.assistant.list_consults(caller.account_id),
        parts.careers.everything_of(caller),
        _conversations(request, caller.owner),
        _lists(request, caller.account_id),
        parts.seen.of(caller.account_id),
    )
    told = {
        "principal": principal_json(caller),
        **kept,
        "quotas": [quota_json(quota) for quota in kept["quotas"]],
        "conversations": conversations,
        "consults": [consult_whole(one) for one in consults],
        **board,
        "lists": lists,
        "viewed": viewed,
    }
    return Reply(told, headers={"content-disposition": 'attachment; filename="coding-ahead-export.json"'})


async def _conversations(request: Request, owner: str) -> list[Json]:
    talk = parts_of(request).assistant.conversations

    async def whole(one: Json) -> Json:
        return {**one, "answers": (await talk(owner, one["id"]))["answers"]}

    return await _few_at_once([whole(one) for one in (await talk(owner))["conversations"]])


async def _lists(request: Request, account_id: str) -> list[Json]:
    lists = parts_of(request).lists
    return await _few_at_once([lists.get(account_id, one["name"]) for one in await lists.all(account_id)])


async def _few_at_once(asked: Sequence[Awaitable[Json]]) -> list[Json]:
    found: list[Json] = []
    for begin in range(0, len(asked), AT_ONCE):
        found += await asyncio.gather(*asked[begin : begin + AT_ONCE])
    return found
