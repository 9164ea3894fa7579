"""Tallies: what was charged to whom, and one more charge. Times are integer milliseconds UTC."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.accounts.facts import Told


@dataclass(frozen=True, slots=True)
class Opened:
    """One charge, or a page carried along: by which request, what, when."""

    key: str
    resource: str
    at: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What an owner was charged for a feature in a period. `carried` was seen as a guest and counts nothing."""

    id: str
    used: int = 0
    seen: Mapping[str, Opened] = field(default_factory=dict)
    carried: Mapping[str, Opened] = field(default_factory=dict)
    carried_to: str = ""

    def opened(self, k: str) -> Opened | None:
        """How `k` (see `entry_of`) came to be open, if it is."""
        return self.seen.get(k) or self.carried.get(k)


def entry_of(tally_id: str, resource: str) -> str:
    """The key of a resource in a tally's maps, and the id of the fact that it was charged: "r" and 32 hex digits.

    Plain letters and digits, because the embedded database pastes map keys into SQL.
    """
    return "r" + hashlib.sha256(f"{tally_id}\0{resource}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Charge:
    """One more charge on a tally, written only if `k` is not in it and `used` is still where it may be.

    The `last` one takes `used` from limit - 1 to the limit; any other leaves room below it. So exactly one write
    tells that the quota is used up, and the others need not know where `used` stands.
    """

    tally_id: str
    k: str
    opened: Opened
    limit: int
    last: bool
    forgotten: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()
