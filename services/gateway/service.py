"""What the gateway does by composing services: code pages, questions and consults under the quota."""

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Protocol

from services.chassis.errors import AppError, FieldError, Kind, forbidden
from services.gateway.domain import Ask, Caller, Code, Credential, Json, OpenedCode, Quota, SentCase, Spent

AT_ONCE: Final = 16  # claims of a batch that are on their way side by side
_LINE: Final = re.compile(r"lines\[([0-9]+)\]")


class Lookup(Protocol):
    """The reference data, as the gateway needs it."""

    async def get_code(self, system: str, code: str, as_of: str) -> Code:
        """One code; NOT_FOUND, INVALID."""
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

    async def look_up(self, system: str, code: str, as_of: str) -> Code:
        """The code itself, uncharged."""
        return await self._lookup.get_code(system, code, as_of)

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

    async def check_claim(self, claim: Json) -> Json:
        """The answer; INVALID."""
        ...


class CheckDesk:
    """Checks claims under the quota: one that cannot be read costs nothing, the same claim twice in a day one."""

    def __init__(self, checks: Checks, accounts: Accounts) -> None:
        self._checks = checks
        self._accounts = accounts

    async def check(self, credential: Credential, claim: Json) -> tuple[Json, Spent]:
        """The answer, and what is left; INVALID, EXHAUSTED."""
        answer = await self._checks.check_claim(claim)
        return answer, await self._spend(credential, repr(claim))

    async def check_batch(self, credential: Credential, claims: Sequence[Json]) -> tuple[list[Json], Spent]:
        """An answer for each claim, charged once; a line that cannot be read is told of, the others are checked."""
        spent = await self._spend(credential, repr(claims))
        answers: list[Json] = []
        for begin in range(0, len(claims), AT_ONCE):
            answers += await asyncio.gather(*(self._of_batch(claim) for claim in claims[begin : begin + AT_ONCE]))
        return answers, spent

    async def _spend(self, credential: Credential, told: str) -> Spent:
        resource = f"check/{_digest(told)}"
        spent = await self._accounts.spend(credential, "check", resource, resource, peek=False)
        granted(spent)
        return spent

    async def _of_batch(self, claim: Json) -> Json:
        """The answer; where some lines cannot be read, that of the others, with a finding for each of those."""
        try:
            return await self._checks.check_claim(claim)
        except AppError as refusal:
            if refusal.kind is not Kind.INVALID:
                raise
            return await self._of_the_others(claim, refusal)

    async def _of_the_others(self, claim: Json, refusal: AppError) -> Json:
        wrong = {int(found[1]) for one in refusal.errors if (found := _LINE.match(one.where))}
        others = [line for number, line in enumerate(claim["lines"]) if number not in wrong]
        findings = [_unread(one, claim) for one in refusal.errors]
        answer: Json = {"as_of": claim["as_of"], "setting": claim["setting"], "findings": [], "checked": []}
        if others and len(others) < len(claim["lines"]) and all(_LINE.match(one.where) for one in refusal.errors):
            answer = await self._checks.check_claim({**claim, "lines": others})
        return {**answer, "verdict": "problems", "findings": [*findings, *answer["findings"]]}


def _unread(error: FieldError, claim: Json) -> Json:
    found = _LINE.match(error.where)
    lines = [claim["lines"][int(found[1])]["id"]] if found else [line["id"] for line in claim["lines"]]
    where = error.where.rpartition(".")[2]
    return {
        "rule": "code-validity",
        "verdict": "applies",
        "severity": "error",
        "lines": lines,
        "message": f"{where} cannot be read: {error.value!r}.",
        "fix": f"Expected {error.expected}.",
        "source": {"edition": "", "file": "", "sha256": "", "row": 0},
    }


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


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
