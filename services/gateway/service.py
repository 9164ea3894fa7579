"""What the gateway does by composing services: code pages, questions and consults under the quota."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Protocol

from services.chassis.errors import AppError, Kind, forbidden
from services.gateway.domain import Ask, Caller, Code, Credential, Json, OpenedCode, SentCase, Spent


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
        """("spent", who asks and what is left), then steps, then the answer; EXHAUSTED.

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
            yield kind, told


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


def granted(spent: Spent) -> None:
    """EXHAUSTED where it is not."""
    if not spent.granted:
        quota = spent.quota
        message = (
            f"All {quota.limit} {quota.feature}s of this {quota.period} are used. An account or a larger plan has more."
        )
        raise AppError(Kind.EXHAUSTED, "QUOTA_EXHAUSTED", message)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
