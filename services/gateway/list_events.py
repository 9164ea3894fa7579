"""The letter about codes in somebody's lists that have changed."""

from typing import Any, Final, Protocol

from codingahead.lookup.v1.events_pb2 import ListOutdated

from services.chassis.bus import Event, Handler
from services.chassis.errors import AppError, Kind
from services.gateway.domain import Json, LetterFacts
from services.gateway.letters.write import Desk
from services.gateway.mail.outgoing import Sender

SUBJECT: Final = "codingahead.lookup.list.outdated.v1"


class Facts(Protocol):
    """Who a letter goes to, asked at sending time."""

    async def get_letter_facts(self, account_id: str, purpose: str) -> LetterFacts:
        """Address, name and link."""
        ...


class News(Protocol):
    """What the letter says."""

    async def news(self, account_id: str, generation: int) -> list[Json]:
        """The codes that have changed."""
        ...


class ListLetters:
    """One letter an account and publishing: its Message-ID comes of the fact, whose id comes of both."""

    def __init__(self, accounts: Facts, lists: News, desk: Desk, sender: Sender) -> None:
        self._accounts = accounts
        self._lists = lists
        self._desk = desk
        self._sender = sender

    def handlers(self) -> list[Handler[Any]]:
        """One."""
        return [Handler("send_outdated_letter", SUBJECT, ListOutdated, self.send_outdated_letter)]

    async def send_outdated_letter(self, event: Event[ListOutdated]) -> None:
        """Tells an account of its codes, at its verified address only; an account that is gone is told nothing."""
        account_id, generation = event.body.account_id, event.body.generation
        try:
            facts = await self._accounts.get_letter_facts(account_id, "lists")
        except AppError as refusal:
            if refusal.kind is not Kind.NOT_FOUND:
                raise
            return
        items = await self._lists.news(account_id, generation)
        if not facts.verified or not items:
            return
        said = {"name": facts.name, "items": items, "link_path": "/lists"}
        await self._sender.send(self._desk.write("outdated", event.id, facts.address, said))
