"""What the verbs need of the stores."""

from collections.abc import AsyncIterator, Sequence
from typing import Protocol

from services.careers.domain.alerts import Alert
from services.careers.domain.applications import Application
from services.careers.domain.facts import Told
from services.careers.domain.openings import Opening, Page


class OpeningStore(Protocol):
    """Where openings lie, and which employers an editor has let through."""

    async def add(self, opening: Opening, said: Sequence[Told]) -> bool:
        """Keeps a new one; False where its id or its twin is there."""
        ...

    async def find(self, opening_id: str) -> Opening | None:
        """One of them."""
        ...

    async def find_twin(self, twin: str) -> Opening | None:
        """The one that says the same and is up."""
        ...

    async def replace(self, opening: Opening, rev: int, said: Sequence[Told]) -> bool:
        """Writes it over the one of that rev; False where that is no longer there, or a twin is."""
        ...

    async def of(self, account_id: str, page: Page) -> tuple[list[Opening], int]:
        """A page of an employer's, the newest first, and how many there are."""
        ...

    async def waiting(self, since_day: str, page: Page) -> tuple[list[Opening], int]:
        """A page of those that wait for an editor and are not over, the oldest first, and how many there are."""
        ...

    async def trusted(self, account_id: str) -> bool:
        """Whether an editor has let one of the employer's through."""
        ...

    async def trust(self, account_id: str) -> None:
        """Notes that one was let through."""
        ...

    async def distrust(self, account_id: str) -> None:
        """Forgets it."""
        ...


class ApplicationStore(Protocol):
    """Where applications lie."""

    async def add(self, application: Application, said: Sequence[Told]) -> bool:
        """Keeps a new one; False where the person has applied already."""
        ...

    async def find(self, application_id: str) -> Application | None:
        """One of them."""
        ...

    async def replace(self, application: Application, rev: int, said: Sequence[Told]) -> bool:
        """Writes it over the one of that rev."""
        ...

    async def erase(self, application_id: str) -> bool:
        """Deletes it; False while a fact of it is still to be told."""
        ...

    async def to(self, opening_id: str, page: Page) -> tuple[list[Application], int]:
        """A page of an opening's, the newest first, and how many there are."""
        ...

    async def by(self, applicant_id: str, page: Page) -> tuple[list[Application], int]:
        """A page of a person's, the newest first, and how many there are."""
        ...

    async def running(self, opening_id: str, most: int) -> list[Application]:
        """Some of an opening's that have not come to an end."""
        ...


class AlertStore(Protocol):
    """Where alerts lie."""

    async def add(self, alert: Alert) -> bool:
        """Keeps a new one; False where there is one like it."""
        ...

    async def find(self, alert_id: str) -> Alert | None:
        """One of them."""
        ...

    async def replace(self, alert: Alert, rev: int, said: Sequence[Told]) -> bool:
        """Writes it over the one of that rev; False where that is no longer there."""
        ...

    async def delete(self, alert_id: str, created_at: int) -> None:
        """Deletes the one made then, where it is there."""
        ...

    async def of(self, account_id: str) -> list[Alert]:
        """An account's, the newest first."""
        ...

    def every(self) -> AsyncIterator[Alert]:
        """All of them, in no order."""
        ...
