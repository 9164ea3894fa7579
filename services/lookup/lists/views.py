"""The codes an account looked at last: few, in the order they were looked at, and gone when it says so."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from services.lookup.lists.judging import Judge

KEPT: Final = 30


@dataclass(frozen=True, slots=True)
class View:
    """A code that was looked at; `at` in Unix milliseconds."""

    system: str
    code: str
    at: int


@dataclass(frozen=True, slots=True)
class Viewed:
    """The codes an account looked at, the newest first; `rev` counts the changes."""

    account_id: str
    views: tuple[View, ...] = ()
    rev: int = 0


class Store(Protocol):
    """Where they are kept."""

    async def find(self, account_id: str) -> Viewed | None:
        """An account's."""

    async def put(self, changed: Viewed, rev: int) -> bool:
        """Writes them over those of that rev, 0 for new ones; False where they have another."""

    async def remove(self, account_id: str) -> None:
        """Forgets them."""


class Views:
    """The verbs."""

    def __init__(self, store: Store, judge: Callable[[], Judge]) -> None:
        self._store = store
        self._judge = judge

    async def note_views(self, account_id: str, seen: Sequence[View]) -> None:
        """Keeps codes that were looked at, in that order; of two writers at once the later one's may be lost."""
        found = await self._store.find(account_id) or Viewed(account_id)
        newest = {(one.system, one.code): one for one in found.views[::-1]}
        for one in seen:
            newest.pop((one.system, one.code), None)
            newest[one.system, one.code] = one
        views = tuple(list(newest.values())[::-1][:KEPT])
        await self._store.put(Viewed(account_id, views, found.rev + 1), found.rev)

    async def list_views(self, account_id: str) -> list[tuple[View, str]]:
        """The codes with their descriptions of today, the newest first."""
        found = await self._store.find(account_id)
        judge = self._judge()
        return [(one, judge.entered(one.system, one.code, judge.today)[1]) for one in (found.views if found else ())]

    async def forget_views(self, account_id: str) -> None:
        """Forgets them all."""
        await self._store.remove(account_id)
