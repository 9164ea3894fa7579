"""What the verbs need of others: where receipts and consults lie, the guides, the editions."""

from collections.abc import Sequence
from typing import Protocol

from services.assistant.domain.answers import Receipt
from services.assistant.domain.consults import Consult
from services.assistant.domain.evidence import Passage
from services.assistant.domain.facts import Told


class ReceiptStore(Protocol):
    """Where receipts lie."""

    async def add(self, receipt: Receipt, said: Sequence[Told]) -> None:
        """Keeps a receipt; one that lies there already stays."""
        ...

    async def find(self, owner: str, receipt_id: str) -> Receipt | None:
        """A receipt of the owner's own."""
        ...

    async def resting_on(self, edition_id: str) -> int:
        """How many receipts name an edition."""
        ...

    async def of(self, owner: str) -> list[Receipt]:
        """The owner's questions, the newest first."""
        ...

    async def thread(self, owner: str, conversation_id: str, most: int) -> list[Receipt]:
        """The newest questions of one of the owner's conversations, the newest first."""
        ...

    async def erase(self, owner: str) -> None:
        """Deletes all that is the owner's."""
        ...


class ConsultStore(Protocol):
    """Where consults lie."""

    async def add(self, consult: Consult, said: Sequence[Told]) -> None:
        """Keeps a consult with its fact; one that lies there already stays."""
        ...

    async def find(self, consult_id: str) -> Consult | None:
        """A consult."""
        ...

    async def of(self, account_id: str) -> list[Consult]:
        """The account's, the newest first."""
        ...

    async def in_thread(self, account_id: str, thread: str, since: int, limit: int) -> int:
        """How many of the account's consults of a thread came in since a time (Unix milliseconds), up to `limit`."""
        ...

    async def close(self, consult: Consult, said: Sequence[Told]) -> None:
        """Writes an answer or a refusal with its fact, where the consult is still open."""
        ...

    async def erase(self, account_id: str) -> None:
        """Deletes all that is the account's."""
        ...


class Library(Protocol):
    """The guides."""

    def guide(self, guide_id: str) -> list[Passage]:
        """A guide's sections; none for an unknown id."""
        ...


class Editions(Protocol):
    """What is loaded."""

    async def editions(self) -> tuple[str, ...]:
        """Their ids."""
        ...
