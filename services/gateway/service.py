"""What the gateway does by composing services: code pages, questions and consults under the quota."""

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Protocol

import orjson

from services.chassis.errors import AppError, Kind, forbidden
from services.gateway.domain import (
    Ask,
    Caller,
    Code,
    Credential,
    Json,
    OpenedCode,
    Quota,
    ReadClaim,
    RowsAsked,
    SentCase,
    Spent,
)

AT_ONCE: Final = 3  # pieces of a batch that are on their way side by side
PIECE: Final = 200  # lines; lookup works them in some 20 ms, in one go


class Lookup(Protocol):
    """The reference data, as the gateway needs it."""

    async def get_code(self, system: str, code: str, as_of: str, state: str = "") -> Code:
        """One code; NOT_FOUND, INVALID."""
        ...

    async def list_rows(self, asked: RowsAsked) -> Json:
        """A page of a long table about a code; NOT_FOUND, INVALID."""
        ...


class Accounts(Protocol):
    """The quota, as the gateway needs it."""

    async def spend(
        self, credential: Credential, feature: str, resource: str, request_key: str, *, peek: bool
    ) -> Spent:
        """Charges, or with `peek` says what a charge would come to."""
        ...


class CodeDesk:
    """Opens code pages: looks up first, charges after, so that what does not exist costs nothing."""

    def __init__(self, lookup: Lookup, accounts: Accounts) -> None:
        self._lookup = lookup
        self._accounts = accounts

    async def look_up(self, system: str, code: str, as_of: str, state: str = "") -> Code:
        """The code itself, uncharged."""
        return await self._lookup.get_code(system, code, as_of, state)

    async def rows(
        self, credential: Credential, asked: RowsAsked, request_key: str, *, peek: bool
    ) -> tuple[Json, Spent]:
        """A page of a table that belongs to a code's page, and is opened with it; EXHAUSTED."""
        code = await self._lookup.get_code(asked.system, asked.code, asked.as_of)
        told = await self._lookup.list_rows(asked)
        free = peek or code.status == "no_data"
        spent = await self._accounts.spend(credential, "code_page", code.resource, request_key, peek=free)
        if not free:
            granted(spent)
        return told, spent

    async def open(self, credential: Credential, code: Code, request_key: str, *, peek: bool) -> OpenedCode:
        """Charges the page and says what of it is open. With accounts away the page stays up, locked."""
        free = peek or code.status == "no_data"
        try:
            spent = await self._accounts.spend(credential, "code_page", code.resource, request_key, peek=free)
        except AppError as refusal:
            if refusal.kind is not Kind.UNAVAILABLE:
                raise
            return OpenedCode(code, None)
        return OpenedCode(code, spent)


class Questions(Protocol):
    """The assistant's answers, as the gateway needs them."""

    def ask(self, owner: str, asked: Ask) -> AsyncIterator[tuple[str, Json]]:
        """Steps, then the answer."""
        ...


class QuestionDesk:
    """Answers questions under the quota: refused before the work where nothing is left, charged with the answer."""

    def __init__(self, questions: Questions, accounts: Accounts) -> None:
        self._questions = questions
        self._accounts = accounts

    async def ask(self, credential: Credential, asked: Ask) -> AsyncIterator[tuple[str, Json | Spent]]:
        """("spent", who asks and what is left), then steps, what is left once it is charged, and the answer; EXHAUSTED.

        The same question on the same day is charged once, and an abstention is not charged.
        """
        resource = f"question/{_digest(asked.question, asked.code, asked.as_of)}"
        spent = await self._accounts.spend(credential, "question", resource, resource, peek=True)
        granted(spent)
        yield "spent", spent
        if spent.issued_guest:
            credential = replace(credential, guest_cookie=spent.issued_guest)
        async for kind, told in self._questions.ask(spent.caller.owner, asked):
            if kind == "answer" and not told["abstained"]:
                spent = await self._accounts.spend(credential, "question", resource, resource, peek=False)
                granted(spent)
                yield "spent", spent
            yield kind, told


class Checks(Protocol):
    """The claim check, as the gateway needs it."""

    async def check_claim(self, claim: Json) -> bytes:
        """The answer as JSON; INVALID."""
        ...

    async def check_claims(self, claims: Sequence[Json]) -> list[Json]:
        """An answer for each."""
        ...

    async def explain_pair(self, asked: Json) -> bytes:
        """Why codes do not go together, as JSON; INVALID."""
        ...


class CheckDesk:
    """Checks claims under the quota: one that cannot be read costs nothing, the same claim twice in a day one."""

    def __init__(self, checks: Checks, accounts: Accounts) -> None:
        self._checks = checks
        self._accounts = accounts

    async def check(self, credential: Credential, claim: Json) -> tuple[bytes, Spent]:
        """The answer as JSON, and what is left; INVALID, EXHAUSTED."""
        answer = await self._checks.check_claim(claim)
        return answer, await self._spend(credential, _written(claim))

    async def explain(self, credential: Credential, asked: Json) -> tuple[bytes, Spent]:
        """Why codes do not go together, as JSON, and what is left; INVALID, EXHAUSTED."""
        answer = await self._checks.explain_pair(asked)
        return answer, await self._spend(credential, _written(asked))

    async def open_batch(self, credential: Credential, batch: str) -> Spent:
        """Charges a batch of claims once, however long it is; `batch` names it. EXHAUSTED."""
        return await self._spend(credential, batch)

    async def check_all(self, claims: AsyncIterator[ReadClaim]) -> AsyncIterator[tuple[ReadClaim, Json | None]]:
        """Each claim with its answer, in their order; without one where no line of it could be read.

        Some hundred lines go at once, a few such pieces side by side: memory does not grow with the batch.
        """
        on_the_way: deque[asyncio.Task[list[tuple[ReadClaim, Json | None]]]] = deque()
        try:
            async for piece in _pieces(claims):
                on_the_way.append(asyncio.create_task(self._piece(piece)))
                if len(on_the_way) >= AT_ONCE:
                    for one in await on_the_way.popleft():
                        yield one
            while on_the_way:
                for one in await on_the_way.popleft():
                    yield one
        finally:
            for task in on_the_way:
                task.cancel()

    async def _piece(self, piece: Sequence[ReadClaim]) -> list[tuple[ReadClaim, Json | None]]:
        readable = [one for one in piece if one.claim["lines"]]
        answers = iter(await self._checks.check_claims([one.claim for one in readable]))
        return [(one, next(answers) if one.claim["lines"] else None) for one in piece]

    async def _spend(self, credential: Credential, told: str) -> Spent:
        resource = f"check/{_digest(told)}"
        spent = await self._accounts.spend(credential, "check", resource, resource, peek=False)
        granted(spent)
        return spent


async def _pieces(claims: AsyncIterator[ReadClaim]) -> AsyncIterator[list[ReadClaim]]:
    """Claims together until they have some hundred lines."""
    piece: list[ReadClaim] = []
    lines = 0
    async for one in claims:
        piece.append(one)
        lines += len(one.claim["lines"])
        if lines >= PIECE or len(piece) >= PIECE:
            yield piece
            piece, lines = [], 0
    if piece:
        yield piece


class Cases(Protocol):
    """The assistant's coding, as the gateway needs it."""

    async def code_case(self, text: str, as_of: str, care_setting: str) -> Json:
        """The codes of a case; INVALID."""
        ...


class CaseDesk:
    """Codes cases under the quota: refused before the work where nothing is left, charged with the answer."""

    def __init__(self, cases: Cases, accounts: Accounts) -> None:
        self._cases = cases
        self._accounts = accounts

    async def code(self, credential: Credential, text: str, as_of: str, care_setting: str) -> tuple[Json, Spent]:
        """The answer, and what is left; the same case again costs nothing. INVALID, EXHAUSTED."""
        resource = f"case/{_digest(as_of, care_setting, text)}"
        spent = await self._accounts.spend(credential, "case", resource, resource, peek=True)
        granted(spent)
        if spent.issued_guest:
            credential = replace(credential, guest_cookie=spent.issued_guest)
        answer = await self._cases.code_case(text, as_of, care_setting)
        charged = await self._accounts.spend(credential, "case", resource, resource, peek=False)
        granted(charged)
        return answer, replace(charged, issued_guest=spent.issued_guest)


class Consults(Protocol):
    """The assistant's consults, as the gateway needs them."""

    async def submit_consult(self, account_id: str, case: SentCase) -> str:
        """Stores a case; answers the consult's id."""
        ...


class Vouched(Protocol):
    """The quota of an account that the gateway vouches for."""

    async def spend_for(self, account_id: str, feature: str, resource: str, request_key: str) -> Spent:
        """Charges."""
        ...


class ConsultDesk:
    """Takes cases, by mail or by form: the account has to be verified, and a Message-ID is charged once."""

    def __init__(self, consults: Consults, accounts: Vouched) -> None:
        self._consults = consults
        self._accounts = accounts

    async def submit(self, caller: Caller, case: SentCase) -> str:
        """Stores the case; answers the consult's id. FORBIDDEN, EXHAUSTED, INVALID."""
        if not caller.verified:
            raise forbidden("UNVERIFIED", "Confirm your address with the link in the welcome letter first.")
        resource = f"consult/{_digest(case.message_id)}"
        granted(await self._accounts.spend_for(caller.account_id, "consult", resource, resource))
        return await self._consults.submit_consult(caller.account_id, case)


@dataclass(eq=False)
class ExhaustedError(AppError):
    """A quota that is used up; the answer carries its state."""

    quota: Quota | None = None


NOUNS: Final = {
    "question": "CasePilot questions",
    "consult": "consults",
    "case": "pasted cases",
    "check": "claim checks",
}
PERIODS: Final = {"lifetime": "in all", "day": "for today (UTC)", "month": "for this month (UTC)"}


def granted(spent: Spent) -> None:
    """EXHAUSTED where it is not; the sentence says what to do next."""
    if spent.granted:
        return
    quota, guest = spent.quota, spent.caller.kind == "guest"
    noun = NOUNS.get(quota.feature, "code pages")
    used = f"All {quota.limit:,} {noun} {PERIODS[quota.period]} are used."
    if not quota.limit:
        used = f"{'Guests have' if guest else 'Your plan has'} no {noun}."
    onward = "Register, free, at /register." if guest else "A larger plan has more: /account shows yours."
    if quota.renews_at and quota.limit:
        onward = f"They renew at {datetime.fromtimestamp(quota.renews_at / 1000, UTC):%Y-%m-%d %H:%M} UTC. {onward}"
    raise ExhaustedError(Kind.EXHAUSTED, "QUOTA_EXHAUSTED", f"{used} {onward}", quota=quota)


def _written(asked: Json) -> str:
    """One text for what is asked alike."""
    return orjson.dumps(asked).decode()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
