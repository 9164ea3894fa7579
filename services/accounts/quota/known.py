"""Tallies that were read or written a moment ago, kept in the process: what they hold open is told without a read.

What is open stays open: a tally's entries of a period are never taken back. Whether something else may be opened is
decided by the database, since a limit may have been raised, or another replica may know of more: what is known here
only spares the reading before a guarded write. A tally that is full at the limit asked for cannot change and is kept;
any other may have grown at another replica, so it is known for a second after it was read.
"""

import time
from collections import OrderedDict
from dataclasses import replace
from typing import Final

from services.accounts.quota.tallies import Charge, Tally

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

    def young(self, tally_id: str) -> Tally | None:
        """The tally as it was at most a second ago, with every charge of this process since."""
        until, tally = self._tallies.get(tally_id, (0.0, None))
        return tally if until > time.monotonic() else None

    def charged(self, before: Tally, charge: Charge) -> Tally:
        """The tally after a charge that was decided by `before`: others of this process may be known by now, too."""
        until, known = self._tallies.get(before.id, (0.0, before))
        newest = known if known.used > before.used else before
        if newest.opened(charge.k):
            return newest  # it was read after the charge was written
        seen = {k: opened for k, opened in newest.seen.items() if k not in charge.forgotten}
        grown = replace(newest, used=newest.used + 1, seen={**seen, charge.k: charge.opened})
        if before.id in self._tallies:
            self._tallies[before.id] = until, grown
        return grown

    def keep(self, tally: Tally) -> None:
        """Remembers a tally; one that was read before a write that is known already is not taken for the newer."""
        _, known = self._tallies.get(tally.id, (0.0, tally))
        if known.used > tally.used:
            return
        self._tallies[tally.id] = time.monotonic() + KNOWN_FOR, tally
        self._tallies.move_to_end(tally.id)
        if len(self._tallies) > self._most:
            self._tallies.popitem(last=False)
