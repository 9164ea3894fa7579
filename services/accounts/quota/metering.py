"""What a principal may still open: charging, looking, and carrying a guest's pages along, by the plans in force."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from services.accounts.credentials import tokens
from services.accounts.domain import Account, Charged, Kind, Outcome, Principal, Quota
from services.accounts.quota import networks
from services.accounts.quota.in_force import InForce
from services.accounts.quota.known import KnownTallies
from services.accounts.quota.periods import Period, name_of
from services.accounts.quota.plans import COUNTED, FEATURES, Allowance, Plans
from services.accounts.quota.spending import DAY, Demand, QuotaStore, decide, expiry, spend
from services.accounts.quota.tallies import Opened, Tally, entry_of

type Decision = tuple[Outcome, Quota]
type Used = tuple[tuple[Quota, ...], tuple[Charged, ...]]


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
    in_force: InForce
    secret: str
    development: bool = False
    known: KnownTallies = field(default_factory=KnownTallies)

    @property
    def plans(self) -> Plans:
        """The plans of now."""
        return self.in_force.plans

    async def charge(self, asked: Asked, at: int) -> Decision:
        """Charges, unless it was charged before, the limit is reached, or the plan has none."""
        allowance = self._allowance(asked)
        if allowance.limit is None or self.plans.is_free(asked.feature, asked.resource):
            return await self._unmetered(asked, allowance, at)
        network = self._network(asked.principal, asked.network, asked.feature, at)

        async def admit() -> bool:
            return network is None or (await spend(self.quotas, network))[0] is not Outcome.EXHAUSTED

        outcome, used = await spend(self.quotas, _demand(asked, allowance, at), admit, self.known)
        return _stated(outcome, self._told(asked.principal, allowance.quota(used, at)))

    async def peek(self, asked: Asked, at: int) -> Decision:
        """Says how a charge would be decided (AVAILABLE for granted), and writes nothing."""
        allowance = self._allowance(asked)
        if allowance.limit is None or self.plans.is_free(asked.feature, asked.resource):
            return await self._unmetered(asked, allowance, at)
        demand = _demand(asked, allowance, at)
        tally = await self.quotas.find(demand.tally_id)
        outcome = decide(demand, tally)
        if tally is None and await self._is_full(self._network(asked.principal, asked.network, asked.feature, at)):
            outcome = Outcome.EXHAUSTED
        if outcome is Outcome.CHARGED:
            outcome = Outcome.SEEN
        return _stated(outcome, self._told(asked.principal, allowance.state(tally, at)))

    async def _unmetered(self, asked: Asked, allowance: Allowance, at: int) -> Decision:
        """What costs nothing; of a free system's page the quota is told as it stands."""
        if allowance.limit is None:
            return Outcome.UNMETERED, allowance.quota(0, at)
        quotas, _ = await self.usage(asked.principal, asked.network, at)
        return Outcome.UNMETERED, next(quota for quota in quotas if quota.feature == asked.feature)

    async def usage(self, principal: Principal, network: str, at: int, *, newcomer: bool = False) -> Used:
        """Every quota, in the plan's order, and what was charged, the newest first.

        A guest whose network has used up its day's guests has nothing left, as a charge would tell. Of a newcomer, who
        was made up just now, no tally is looked for.
        """
        allowances = {a.feature: a for a in self.plans.of(principal.plan).values()}
        own = {a.feature: a.tally_id(principal.owner, at) for a in allowances.values() if a.limit is not None}
        shared = {feature: self._network(principal, network, feature, at) for feature in own}
        asked = [*(() if newcomer else own.values()), *(demand.tally_id for demand in shared.values() if demand)]
        tallies = await self.quotas.find_all(asked) if asked else {}
        quotas, charges = [], []
        for feature, allowance in allowances.items():
            tally, demand = tallies.get(own.get(feature, "")), shared.get(feature)
            quota = allowance.state(tally, at)
            if demand and not tally and decide(demand, tallies.get(demand.tally_id)) is Outcome.EXHAUSTED:
                quota = replace(quota, remaining=0)
            quotas.append(self._told(principal, quota))
            charges += _charges(feature, tally)
        return tuple(quotas), tuple(sorted(charges, key=lambda charge: -charge.at))

    async def forget(self, owner: str, at: int) -> None:
        """Deletes what an owner was charged in every period that may still lie there, whatever the plans were."""
        days = (at, at - DAY)
        months = (at, at - 31 * DAY)
        names = {"lifetime", *(name_of(Period.DAY, d) for d in days), *(name_of(Period.MONTH, m) for m in months)}
        for feature in FEATURES:
            for name in sorted(names):
                await self.quotas.delete(f"{owner}:{feature}:{name}")

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

    def _told(self, principal: Principal, quota: Quota) -> Quota:
        """A guest is told as well how many an account would have."""
        if principal.kind is not Kind.GUEST:
            return quota
        return replace(quota, registered_limit=self.plans.allowance("free", quota.feature).limit)

    def _allowance(self, asked: Asked) -> Allowance:
        return self.plans.allowance(asked.principal.plan, asked.feature)

    def _network(self, principal: Principal, network: str, feature: str, at: int) -> Demand | None:
        """What a guest's first charge of a feature costs the guest's network; None where it costs nothing."""
        limit = self.plans.guests_per_network
        exempt = self.development and networks.is_loopback(network)
        if principal.kind is not Kind.GUEST or limit is None or exempt:
            return None
        guest = principal.owner
        allowance = Allowance(f"{feature}_guests", limit, Period.DAY)
        return Demand(networks.owner_of(self.secret, network, at), allowance, guest, guest, at, announced=False)

    async def _is_full(self, network: Demand | None) -> bool:
        if network is None:
            return False
        return decide(network, await self.quotas.find(network.tally_id)) is Outcome.EXHAUSTED


def _demand(asked: Asked, allowance: Allowance, at: int) -> Demand:
    what = asked.request_key if asked.feature in COUNTED else asked.resource
    return Demand(asked.principal.owner, allowance, what, asked.request_key, at, newcomer=asked.newcomer)


def _charges(feature: str, tally: Tally | None) -> list[Charged]:
    if tally is None:
        return []
    carried = [Charged(feature, opened.resource, opened.at, carried=True) for opened in tally.carried.values()]
    return [*carried, *(Charged(feature, opened.resource, opened.at) for opened in tally.seen.values())]


def _stated(outcome: Outcome, quota: Quota) -> Decision:
    """Nothing remains to one who is refused, even where it was the network that ran out."""
    return outcome, replace(quota, remaining=0) if outcome is Outcome.EXHAUSTED else quota


def _rekeyed(tally_id: str, seen: Sequence[Opened]) -> Tally:
    return Tally(tally_id, carried={entry_of(tally_id, opened.resource): opened for opened in seen})
