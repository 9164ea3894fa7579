"""Tallies that are full, kept in the process: what such a tally holds open stays open, and is told without a read.

Only that is told from here. Whether something else may be opened is asked of the database, since a limit may have
been raised, or another replica may know of more.
"""

from collections import OrderedDict
from typing import Final

from services.accounts.domain import Tally

MOST: Final = 4_096


class FullTallies:
    """The `most` full tallies used last."""

    def __init__(self, most: int = MOST) -> None:
        self._tallies: OrderedDict[str, Tally] = OrderedDict()
        self._most = most

    def holding(self, tally_id: str, k: str, limit: int) -> Tally | None:
        """The tally, if it is known to be full at this limit and to hold `k`."""
        tally = self._tallies.get(tally_id)
        if tally is None or tally.used < limit or not tally.opened(k):
            return None
        self._tallies.move_to_end(tally_id)
        return tally

    def keep(self, tally: Tally, limit: int) -> None:
        """Remembers a tally, if it is full at this limit."""
        if tally.used < limit:
            return
        self._tallies[tally.id] = tally
        self._tallies.move_to_end(tally.id)
        if len(self._tallies) > self._most:
            self._tallies.popitem(last=False)
