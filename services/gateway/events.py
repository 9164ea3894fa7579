"""What the gateway does about facts: it writes letters."""

from typing import Any, Protocol

from codingahead.accounts.v1.events_pb2 import AccountRegistered

from services.chassis.bus import Event, Handler
from services.gateway.domain import LetterFacts
from services.gateway.letters.write import Desk
from services.gateway.mail.outgoing import Sender


class Facts(Protocol):
    """Who a letter goes to, asked at sending time."""

    async def get_letter_facts(self, account_id: str, purpose: str) -> LetterFacts:
        """Address, name and link."""
        ...


class Letters:
    """Handlers that send letters."""

    def __init__(self, accounts: Facts, desk: Desk, sender: Sender) -> None:
        self._accounts = accounts
        self._desk = desk
        self._sender = sender

    def handlers(self) -> list[Handler[Any]]:
        """One a letter."""
        return [
            Handler(
                "send_welcome_letter",
                "codingahead.accounts.account.registered.v1",
                AccountRegistered,
                self.send_welcome_letter,
            ),
        ]

    async def send_welcome_letter(self, event: Event[AccountRegistered]) -> None:
        """Asks a new account to verify its address."""
        facts = await self._accounts.get_letter_facts(event.body.account_id, "welcome")
        letter = self._desk.write(
            "welcome", event.id, facts.address, {"name": facts.name, "link_path": facts.link_path}
        )
        await self._sender.send(letter)
