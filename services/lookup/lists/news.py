"""What an account is told of after a publishing: the codes of its lists that are no longer as they were, once.

A document an account keeps which editions were told of last. A code is held against those, or, where it was saved or
its changes were noted later, against what it was judged by then. So a change is told once, whatever is delivered twice.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from services.chassis.errors import unavailable
from services.lookup.lists import changes
from services.lookup.lists.judging import Judge
from services.lookup.lists.saved import Change, CodeList, Saved, Standing

LETTERS: Final = 8  # publishings whose news are kept for letters that are still to be written
MOST: Final = 200  # codes that one letter names
_TRIES: Final = 5
_AT_A_TIME: Final = 50  # codes judged before others have their turn


@dataclass(frozen=True, slots=True)
class ListOutdated:
    """A fact: codes in the lists of an account have changed with a generation of editions."""

    account_id: str
    generation: int
    at: int

    @property
    def id(self) -> str:
        """The same for the same account and generation."""
        return f"list_outdated_{self.account_id}_{self.generation}"


@dataclass(frozen=True, slots=True)
class Item:
    """A code that has changed; no notes and no names of lists, which are the account's own."""

    system: str
    code: str
    display: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class News:
    """What an account was told: under which generation and editions, on which day, and what its last letters say."""

    account_id: str
    generation: int = 0
    day: str = ""
    editions: tuple[str, ...] = ()
    letters: dict[int, tuple[Item, ...]] = field(default_factory=dict)
    rev: int = 0


class Store(Protocol):
    """Where news are kept."""

    async def find(self, account_id: str) -> News | None:
        """What the account was told."""

    async def put(self, news: News, rev: int, fact: ListOutdated) -> bool:
        """Writes it with its fact over the one of that rev, 0 for a new one; False where it has another."""


class Accounts(Protocol):
    """The lists there are."""

    async def accounts(self) -> list[str]:
        """Every account that has lists."""

    async def of(self, account_id: str) -> list[CodeList]:
        """An account's lists."""


class Newsroom:
    """Holds the lists against the editions of a publishing."""

    def __init__(
        self,
        lists: Accounts,
        store: Store,
        judge: Callable[[tuple[str, ...] | None, str], Judge],
        now: Callable[[], int],
    ) -> None:
        self._lists = lists
        self._store = store
        self._judge = judge
        self._now = now

    async def tell_of(self, generation: int) -> None:
        """Tells every account whose codes have changed; UNAVAILABLE where this replica does not serve it yet.

        An earlier generation than the one that is served is told of with that one.
        """
        served = self._judge(None, "").generation
        if served < generation:
            raise unavailable("EDITIONS_LATER", f"Generation {generation} is not served here yet.")
        if served > generation:
            return
        for account_id in await self._lists.accounts():
            await self._tell(account_id, generation)

    async def _tell(self, account_id: str, generation: int) -> None:
        for _ in range(_TRIES):
            told = await self._store.find(account_id) or News(account_id)
            if told.generation >= generation:
                return
            judge = self._judge(None, "")
            items = await self._outdated(await self._lists.of(account_id), told, judge)
            if not items:
                return
            kept = dict(sorted({**told.letters, generation: items[:MOST]}.items())[-LETTERS:])
            after = News(account_id, generation, judge.today, judge.editions(), kept, told.rev + 1)
            if await self._store.put(after, told.rev, ListOutdated(account_id, generation, self._now())):
                return
        raise unavailable("NEWS_BUSY", "The account is being told of elsewhere.")

    async def _outdated(self, lists: list[CodeList], told: News, judge: Judge) -> tuple[Item, ...]:
        """The codes that have changed, each once, however many lists have it."""
        then = self._judge(told.editions, told.day) if told.editions else None
        found: dict[str, Item] = {}
        for number, one in enumerate(code for kept in lists for code in kept.codes):
            if number % _AT_A_TIME == 0:
                await asyncio.sleep(0)
            before = _before(one, told, then)
            now = judge.of(one.system, one.code, before)
            new = changes.between(one.code, before, now, judge)
            if new:
                found.setdefault(one.key, _item(one, now, new))
        return tuple(found.values())

    async def get_news(self, account_id: str, generation: int) -> tuple[Item, ...]:
        """What the letter of a publishing says; nothing where it was long ago, or the account has no lists."""
        told = await self._store.find(account_id)
        return told.letters.get(generation, ()) if told else ()


def _before(saved: Saved, told: News, then: Judge | None) -> Standing:
    """What a code is held against; where an edition of the last telling is gone, what it was judged by stands in."""
    stood = saved.stood
    if then is None or stood.generation >= told.generation:
        return stood
    heard = then.of(saved.system, saved.code, stood)
    figures = {one.table: one for one in (*(stood.figures or ()), *(heard.figures or ()))}
    known = heard if heard.edition else stood
    return replace(known, figures=None if stood.figures is None else tuple(figures.values()))


def _item(saved: Saved, now: Standing, new: tuple[Change, ...]) -> Item:
    licensed = saved.system == "cpt"  # the publisher's descriptors stay on the operator's pages
    display = "" if licensed else now.display or saved.stood.display
    return Item(saved.system, saved.code, display, tuple(one.text for one in new))
