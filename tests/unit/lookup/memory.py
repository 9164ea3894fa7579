"""What accounts keep, kept in memory."""

from services.lookup.lists.news import ListOutdated, News
from services.lookup.lists.saved import CodeList
from services.lookup.lists.views import Viewed


class MemoryLists:
    """The seam of saved lists."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeList] = {}

    async def of(self, account_id: str) -> list[CodeList]:
        return sorted((one for (owner, _), one in self._kept.items() if owner == account_id), key=lambda one: one.name)

    async def accounts(self) -> list[str]:
        return list(dict.fromkeys(owner for owner, _ in self._kept))

    async def find(self, account_id: str, name: str) -> CodeList | None:
        return self._kept.get((account_id, name))

    async def put(self, changed: CodeList, rev: int) -> bool:
        key = (changed.account_id, changed.name)
        if (self._kept[key].rev if key in self._kept else 0) != rev:
            return False
        self._kept[key] = changed
        return True

    async def remove(self, account_id: str, name: str, rev: int = 0) -> bool:
        found = self._kept.get((account_id, name))
        if found is None or rev not in {0, found.rev}:
            return False
        del self._kept[account_id, name]
        return True


class MemoryNews:
    """The seam of what accounts were told; `facts` are those that were written."""

    def __init__(self) -> None:
        self.facts: list[ListOutdated] = []
        self._kept: dict[str, News] = {}

    async def find(self, account_id: str) -> News | None:
        return self._kept.get(account_id)

    async def put(self, news: News, rev: int, fact: ListOutdated) -> bool:
        if (self._kept[news.account_id].rev if news.account_id in self._kept else 0) != rev:
            return False
        self._kept[news.account_id] = news
        self.facts.append(fact)
        return True

    async def remove(self, account_id: str) -> None:
        self._kept.pop(account_id, None)


class MemoryViews:
    """The seam of what accounts looked at."""

    def __init__(self) -> None:
        self._kept: dict[str, Viewed] = {}

    async def find(self, account_id: str) -> Viewed | None:
        return self._kept.get(account_id)

    async def put(self, changed: Viewed, rev: int) -> bool:
        key = changed.account_id
        if (self._kept[key].rev if key in self._kept else 0) != rev:
            return False
        self._kept[key] = changed
        return True

    async def remove(self, account_id: str) -> None:
        self._kept.pop(account_id, None)
