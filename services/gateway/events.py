"""What the gateway does about facts: it writes letters."""

from typing import Any, Protocol

from codingahead.accounts.v1.events_pb2 import AccountRegistered
from codingahead.assistant.v1.events_pb2 import ConsultAnswered, ConsultRefused

from services.chassis.bus import Event, Handler
from services.gateway.domain import Consult, LetterFacts
from services.gateway.letters.write import REPLIED, Desk
from services.gateway.mail.outgoing import Sender


class Facts(Protocol):
    """Who a letter goes to, asked at sending time."""

    async def get_letter_facts(self, account_id: str, purpose: str) -> LetterFacts:
        """Address, name and link."""
        ...


class Consults(Protocol):
    """What a consult's letter says."""

    async def get_consult(self, account_id: str, consult_id: str) -> Consult:
        """A consult of the account's."""
        ...


class Letters:
    """Handlers that send letters."""

    def __init__(self, accounts: Facts, consults: Consults, desk: Desk, sender: Sender) -> None:
        self._accounts = accounts
        self._consults = consults
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
            Handler(
                "send_consult_letter",
                "codingahead.assistant.consult.answered.v1",
                ConsultAnswered,
                self.send_consult_letter,
            ),
            Handler(
                "send_refusal_letter",
                "codingahead.assistant.consult.refused.v1",
                ConsultRefused,
                self.send_consult_letter,
            ),
        ]

    async def send_welcome_letter(self, event: Event[AccountRegistered]) -> None:
        """Asks a new account to verify its address."""
        facts = await self._accounts.get_letter_facts(event.body.account_id, "welcome")
        letter = self._desk.write(
            "welcome", event.id, facts.address, {"name": facts.name, "link_path": facts.link_path}
        )
        await self._sender.send(letter)

    async def send_consult_letter(self, event: Event[ConsultAnswered] | Event[ConsultRefused]) -> None:
        """Answers a case in its thread, at the account's verified address only."""
        facts = await self._accounts.get_letter_facts(event.body.account_id, "consult")
        if not facts.verified:
            return
        consult = await self._consults.get_consult(event.body.account_id, event.body.consult_id)
        said = {
            "name": facts.name,
            "subject": consult.subject,
            "consult": consult,
            "link_path": f"/caseconsultant/{consult.id}",
        }
        headers = {"Auto-Submitted": REPLIED, **_thread(consult)}
        await self._sender.send(self._desk.write("consult", event.id, facts.address, said, headers))


def _thread(consult: Consult) -> dict[str, str]:
    """In-Reply-To and References of the mail it answers (RFC 5322, section 3.6.4); none for a form."""
    if not consult.references:
        return {}
    return {"In-Reply-To": consult.message_id, "References": " ".join(consult.references)}
