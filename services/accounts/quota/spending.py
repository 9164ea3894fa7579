"""The exact counting of a quota, under any concurrency and any number of replicas.

Read first, since "seen" is the common case, unless the tally was read a second ago; then one guarded write. Where the
guard did not hold, somebody else got further: read again. A repeat with the same request key finds its own key and is
answered as before.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from services.accounts.domain import Outcome
from services.accounts.facts import QuotaExhausted, QuotaSpent, Told
from services.accounts.quota.known import KnownTallies
from services.accounts.quota.plans import COUNTED, Allowance
from services.accounts.quota.tallies import Charge, Opened, Tally, entry_of

NEWEST: Final = 50  # keys a tally keeps of a feature whose every request is charged
DAY: Final = 86_400_000
GUEST_LIVES: Final = 400 * DAY  # no browser keeps a cookie longer (RFC 6265bis 5.5), so no guest comes back later

type Admit = Callable[[], Awaitable[bool]]


class QuotaStore(Protocol):
    """Tallies. Any method may raise UNAVAILABLE, and may then have written or not."""

    async def find(self, tally_id: str) -> Tally | None:
        """A tally, if anything was charged."""

    async def find_all(self, tally_ids: Sequence[str]) -> dict[str, Tally]:
        """Those of the tallies that are there, by id."""

    async def begin(self, tally: Tally, expires_at: int, told: Sequence[Told] = ()) -> bool:
        """Writes a new tally, kept until `expires_at` (0: for good); False where it is there already."""

    async def charge(self, charge: Charge) -> bool:
        """Writes one more charge; False where its guard did not hold."""

    async def claim(self, tally_id: str, by: str) -> bool:
        """Marks a tally as carried to `by`; False where it is not there or marked already."""

    async def delete(self, tally_id: str) -> None:
        """Deletes a tally that has told everything; one that is not there is no error."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What is to be charged: to whom, under which allowance (it has a limit), what, by which request, when."""

    owner: str
    allowance: Allowance
    resource: str
    key: str
    at: int
    announced: bool = True
    newcomer: bool = False  # an owner made up just now, of whom there can be no tally yet

    @property
    def tally_id(self) -> str:
        """The tally that counts it."""
        return self.allowance.tally_id(self.owner, self.at)

    @property
    def k(self) -> str:
        """Its entry there."""
        return entry_of(self.tally_id, self.resource)

    @property
    def limit(self) -> int:
        """How many there may be."""
        return self.allowance.limit or 0

    def opened(self) -> Opened:
        """As it is kept."""
        return Opened(self.key, self.resource, self.at)

    def told(self, used: int) -> tuple[Told, ...]:
        """The facts of a charge that takes `used` to this."""
        if not self.announced:
            return ()
        spent = QuotaSpent(self.k, self.owner, self.allowance.feature, self.resource, used, self.at)
        if used < self.limit:
            return (spent,)
        return spent, QuotaExhausted(self.tally_id, self.limit, self.owner, self.allowance.feature, self.at)


async def admitted() -> bool:
    """Where nothing but the owner's own limit counts."""
    return True


async def spend(
    store: QuotaStore, demand: Demand, admit: Admit = admitted, known: KnownTallies | None = None
) -> tuple[Outcome, int]:
    """Charges, unless it was charged before or the limit is reached: (CHARGED, SEEN or EXHAUSTED; used afterwards).

    `admit` is asked before an owner's first charge, perhaps several times, and may refuse it.
    """
    known = known or KnownTallies(0)
    held = known.holding(demand.tally_id, demand.k, demand.limit)
    if held:
        return decide(demand, held), held.used
    tally = known.young(demand.tally_id)
    if (tally is None or decide(demand, tally) is not Outcome.AVAILABLE) and not demand.newcomer:
        tally = await _read(store, demand, known)
    while True:
        decided = decide(demand, tally)
        if decided is not Outcome.AVAILABLE:
            return decided, tally.used if tally else 0
        if tally is None:
            if not await admit():
                return Outcome.EXHAUSTED, 0
            first = _first(demand)
            if await store.begin(*first):
                known.keep(first[0])
                return Outcome.CHARGED, 1
        elif await store.charge(charge := _next(demand, tally)):
            return Outcome.CHARGED, known.charged(tally, charge).used
        tally = await _read(store, demand, known)


async def _read(store: QuotaStore, demand: Demand, known: KnownTallies) -> Tally | None:
    tally = await store.find(demand.tally_id)
    if tally:
        known.keep(tally)
    return tally


def decide(demand: Demand, tally: Tally | None) -> Outcome:
    """What a tally says of a demand; AVAILABLE where it may be charged."""
    opened = tally.opened(demand.k) if tally else None
    if opened:
        return Outcome.CHARGED if opened.key == demand.key else Outcome.SEEN
    return Outcome.AVAILABLE if (tally.used if tally else 0) < demand.limit else Outcome.EXHAUSTED


def expiry(allowance: Allowance, owner: str, at: int) -> int:
    """Until when a tally is kept: a day beyond its period; a guest's as long as the cookie; an account's for good."""
    renews_at = allowance.quota(0, at).renews_at
    if renews_at is not None:
        return renews_at + DAY
    return at + GUEST_LIVES if owner.startswith("guest:") else 0


def _first(demand: Demand) -> tuple[Tally, int, tuple[Told, ...]]:
    tally = Tally(demand.tally_id, used=1, seen={demand.k: demand.opened()})
    return tally, expiry(demand.allowance, demand.owner, demand.at), demand.told(1)


def _next(demand: Demand, tally: Tally) -> Charge:
    return Charge(
        tally_id=tally.id,
        k=demand.k,
        opened=demand.opened(),
        limit=demand.limit,
        last=tally.used + 1 == demand.limit,
        forgotten=_forgotten(demand, tally),
        told=demand.told(tally.used + 1),
    )


def _forgotten(demand: Demand, tally: Tally) -> tuple[str, ...]:
    """The oldest entries beyond the newest; a hot document is written whole each time, so it must stay small."""
    if demand.allowance.feature not in COUNTED:
        return ()
    by_age = sorted(tally.seen, key=lambda k: tally.seen[k].at)
    return tuple(by_age[: max(0, len(by_age) + 1 - NEWEST)][:NEWEST])
