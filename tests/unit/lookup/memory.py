"""Lists kept in memory."""

from services.lookup.lists import CodeList


class MemoryLists:
    """The seam of saved lists."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeList] = {}

    async def of(self, account_id: str) -> list[CodeList]:
        return sorted((one for (owner, _), one in self._kept.items() if owner == account_id), key=lambda one: one.name)

    async def find(self, account_id: str, name: str) -> CodeList | None:
        return self._kept.get((account_id, name))

    async def put(self, changed: CodeList, rev: int) -> bool:
        key = (changed.account_id, changed.name)
        if (self._kept[key].rev if key in self._kept else 0) != rev:
            return False
        self._kept[key] = changed
        return True

    async def remove(self, account_id: str, name: str) -> None:
        self._kept.pop((account_id, name), None)
