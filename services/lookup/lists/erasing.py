"""What is done when an account is closed: nothing that it kept stays here."""

from typing import Protocol

from services.lookup.lists import verbs


class Kept(Protocol):
    """What is kept in a document an account."""

    async def remove(self, account_id: str) -> None:
        """Deletes it."""
        ...


class Erasing:
    """Erases; what is gone already is no error, so that it may be told twice."""

    def __init__(self, lists: verbs.Store, *kept: Kept) -> None:
        self._lists = lists
        self._kept = kept

    async def erase_account(self, account_id: str) -> None:
        """Deletes an account's lists, what it was told of them, and what it looked at."""
        for one in await self._lists.of(account_id):
            await self._lists.remove(account_id, one.name)
        for kept in self._kept:
            await kept.remove(account_id)
