"""The letters of accounts: each asks for address and link at sending time, for the facts carry ids alone."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from codingahead.accounts.v1 import events_pb2 as pb

from services.chassis.bus import Event, Handler
from services.chassis.errors import AppError, Kind
from services.gateway.domain import Json, LetterFacts
from services.gateway.letters.write import Desk
from services.gateway.mail.outgoing import Sender

PREFIX: Final = "codingahead.accounts."


class Facts(Protocol):
    """Who a letter goes to, asked at sending time."""

    async def get_letter_facts(self, account_id: str, purpose: str) -> LetterFacts:
        """Address, name and link."""
        ...


type Said = Callable[[Any], Json]  # what a letter says beside name and link, from the fact


def _nothing(_: Any) -> Json:  # noqa: ANN401 -- any fact
    return {}


def _closing(fact: pb.AccountClosingRequested) -> Json:
    return {"erased_on": f"{datetime.fromtimestamp(fact.erase_at_ms / 1000, UTC):%Y-%m-%d}"}


def _plan(fact: pb.PlanChanged) -> Json:
    return {"plan": fact.plan}


# The handler's name, the fact, its message, the purpose its facts are asked for, the letter, and what it says.
LETTERS: Final[tuple[tuple[str, str, Any, str, str, Said], ...]] = (
    ("send_welcome_letter", "account.registered", pb.AccountRegistered, "welcome", "welcome", _nothing),
    (
        "send_verification_letter",
        "email.verification_requested",
        pb.EmailVerificationRequested,
        "verification",
        "verification",
        _nothing,
    ),
    (
        "send_new_address_letter",
        "email.change_requested",
        pb.EmailChangeRequested,
        "email_change",
        "new_address",
        _nothing,
    ),
    (
        "send_old_address_notice",
        "email.change_requested",
        pb.EmailChangeRequested,
        "notice",
        "old_address",
        _nothing,
    ),
    ("send_reset_letter", "password.reset_requested", pb.PasswordResetRequested, "reset", "reset", _nothing),
    ("send_password_notice", "password.changed", pb.PasswordChanged, "notice", "password_changed", _nothing),
    ("send_plan_letter", "plan.changed", pb.PlanChanged, "notice", "plan", _plan),
    ("send_closing_letter", "account.closing_requested", pb.AccountClosingRequested, "notice", "closing", _closing),
)
PATHS: Final = {"plan": "/account", "closing": "/login"}
LINKED: Final = frozenset({"welcome", "verification", "new_address", "reset"})  # pointless without their link


class AccountLetters:
    """Handlers that send them; an account that is gone is told nothing, nor is one that needs its link no more."""

    def __init__(self, accounts: Facts, desk: Desk, sender: Sender) -> None:
        self._accounts = accounts
        self._desk = desk
        self._sender = sender

    def handlers(self) -> list[Handler[Any]]:
        """One a letter."""
        return [
            Handler(name, f"{PREFIX}{fact}.v1", message, self._sending(purpose, letter, said))
            for name, fact, message, purpose, letter, said in LETTERS
        ]

    def _sending(self, purpose: str, letter: str, said: Said) -> Callable[[Event[Any]], Awaitable[None]]:
        async def send(event: Event[Any]) -> None:
            facts = await self._facts(event.body.account_id, purpose)
            if facts is None or (letter in LINKED and not facts.link_path):
                return
            if purpose == "notice" and not facts.verified:
                return  # the address may be somebody's who never registered
            path = facts.link_path or PATHS.get(letter, "/account/security")
            told = {"name": facts.name, "link_path": path, **said(event.body)}
            await self._sender.send(self._desk.write(letter, event.id, facts.address, told))

        return send

    async def _facts(self, account_id: str, purpose: str) -> LetterFacts | None:
        try:
            return await self._accounts.get_letter_facts(account_id, purpose)
        except AppError as refusal:
            if refusal.kind is not Kind.NOT_FOUND:
                raise
            return None
