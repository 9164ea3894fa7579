"""Tallies that were read or written a moment ago, kept in the process: what they hold open is told without a read.

Only that is told from here, and what is open stays open: a tally's entries of a period are never taken back. Whether
something else may be opened is asked of the database, since a limit may have been raised, or another replica may know
of more. A tally that is full at the limit asked for cannot change and is kept; of any other the count that is told may
have grown at another replica, so it is kept for a second.
"""

import time
from collections import OrderedDict
from typing import Final

from services.accounts.quota.tallies import Tally

MOST: Final = 4_096
KNOWN_FOR: Final = 1.0  # seconds


class KnownTallies:
    """The `most` tallies used last."""

    def __init__(self, most: int = MOST) -> None:
        self._tallies: OrderedDict[str, tuple[float, Tally]] = OrderedDict()  # until when, and what
        self._most = most

    def holding(self, tally_id: str, k: str, limit: int) -> Tally | None:
        """The tally, if it is known to hold `k`, and is full at this limit or young."""
        until, tally = self._tallies.get(tally_id, (0.0, None))
        if tally is None or not tally.opened(k) or (tally.used < limit and until < time.monotonic()):
            return None
        self._tallies.move_to_end(tally_id)
        return tally

    def keep(self, tally: Tally) -> None:
        """Remembers a tally; one that was read before a write that is known already is not taken for the newer."""
        _, known = self._tallies.get(tally.id, (0.0, tally))
        if known.used > tally.used:
            return
        self._tallies[tally.id] = time.monotonic() + KNOWN_FOR, tally
        self._tallies.move_to_end(tally.id)
        if len(self._tallies) > self._most:
            self._tallies.popitem(last=False)
