"""What a principal may still open: charging, looking, and carrying a guest's pages along, by the plans in force."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from services.accounts.credentials import tokens
from services.accounts.domain import Account, Kind, Opened, Outcome, Principal, Quota, Tally, entry_of
from services.accounts.quota import networks
from services.accounts.quota.known import KnownTallies
from services.accounts.quota.periods import Period
from services.accounts.quota.plans import COUNTED, Allowance, Plans
from services.accounts.quota.spending import Demand, QuotaStore, decide, expiry, spend

type Decision = tuple[Outcome, Quota]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a principal wants to open, from which network, by which request."""

    principal: Principal
    network: str
    feature: str
    resource: str
    request_key: str
    newcomer: bool = False  # the principal was made up for this request


@dataclass(frozen=True, slots=True)
class Meter:
    """Plans and tallies put together. `development`: guests on this very machine share no network's allowance."""

    quotas: QuotaStore
    plans: Plans
    secret: str
    development: bool = False
    known: KnownTallies = field(default_factory=KnownTallies)

    async def charge(self, asked: Asked, at: int) -> Decision:
        """Charges, unless it was charged before, the limit is reached, or the plan has none."""
        allowance = self._allowance(asked)
        if allowance.limit is None:
            return Outcome.UNMETERED, allowance.quota(0, at)
        network = self._network(asked, at)

        async def admit() -> bool:
            return network is None or (await spend(self.quotas, network))[0] is not Outcome.EXHAUSTED

        outcome, used = await spend(self.quotas, _demand(asked, allowance, at), admit, self.known)
        return _stated(outcome, allowance.quota(used, at))

    async def peek(self, asked: Asked, at: int) -> Decision:
        """Says how a charge would be decided (AVAILABLE for granted), and writes nothing."""
        allowance = self._allowance(asked)
        if allowance.limit is None:
            return Outcome.UNMETERED, allowance.quota(0, at)
        demand = _demand(asked, allowance, at)
        tally = await self.quotas.find(demand.tally_id)
        outcome = decide(demand, tally)
        if tally is None and await self._is_full(self._network(asked, at)):
            outcome = Outcome.EXHAUSTED
        if outcome is Outcome.CHARGED:
            outcome = Outcome.SEEN
        return _stated(outcome, allowance.state(tally, at))

    async def usage(self, principal: Principal, at: int) -> tuple[Quota, ...]:
        """Every quota, in the plan's order."""
        allowances = self.plans.of(principal.plan).values()
        metered = [a.tally_id(principal.owner, at) for a in allowances if a.limit is not None]
        tallies = await self.quotas.find_all(metered)
        return tuple(a.state(tallies.get(a.tally_id(principal.owner, at)), at) for a in allowances)

    def untouched(self, principal: Principal, at: int) -> tuple[Quota, ...]:
        """Every quota of one who was just now made up, without a read."""
        return tuple(a.quota(0, at) for a in self.plans.of(principal.plan).values())

    async def carry(self, guest: str, account: Account, at: int) -> None:
        """Copies what a guest has opened to an account about to be written, once a guest; it counts nothing there.

        The claim on the guest's tally is in the address's name, so that a registration whose answer was lost can be
        tried again with the same address, and with no other.
        """
        tally = await self.quotas.find(self.plans.allowance("guest", "code_page").tally_id(guest, at))
        if tally is None:
            return
        by = tokens.digest(account.address_key)
        if tally.carried_to != by and not await self.quotas.claim(tally.id, by):
            return
        ours = self.plans.allowance(account.plan, "code_page")
        copied = _rekeyed(ours.tally_id(account.owner, at), tuple(tally.seen.values()))
        await self.quotas.begin(copied, expiry(ours, account.owner, at))

    def _allowance(self, asked: Asked) -> Allowance:
        return self.plans.allowance(asked.principal.plan, asked.feature)

    def _network(self, asked: Asked, at: int) -> Demand | None:
        """What a guest's first charge of a feature costs the guest's network; None where it costs nothing."""
        limit = self.plans.guests_per_network
        exempt = self.development and networks.is_loopback(asked.network)
        if asked.principal.kind is not Kind.GUEST or limit is None or exempt:
            return None
        guest = asked.principal.owner
        allowance = Allowance(f"{asked.feature}_guests", limit, Period.DAY)
        return Demand(networks.owner_of(self.secret, asked.network, at), allowance, guest, guest, at, announced=False)

    async def _is_full(self, network: Demand | None) -> bool:
        if network is None:
            return False
        return decide(network, await self.quotas.find(network.tally_id)) is Outcome.EXHAUSTED


def _demand(asked: Asked, allowance: Allowance, at: int) -> Demand:
    what = asked.request_key if asked.feature in COUNTED else asked.resource
    return Demand(asked.principal.owner, allowance, what, asked.request_key, at, newcomer=asked.newcomer)


def _stated(outcome: Outcome, quota: Quota) -> Decision:
    """Nothing remains to one who is refused, even where it was the network that ran out."""
    return outcome, replace(quota, remaining=0) if outcome is Outcome.EXHAUSTED else quota


def _rekeyed(tally_id: str, seen: Sequence[Opened]) -> Tally:
    return Tally(tally_id, carried={entry_of(tally_id, opened.resource): opened for opened in seen})
