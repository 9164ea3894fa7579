"""The verbs with memory stores, and what tests do with them again and again."""

import itertools

from services.accounts.credentials.passwords import Passwords
from services.accounts.domain import Account, Credential, SignedIn, Spent
from services.accounts.facts import Told
from services.accounts.membership.desk import Stores
from services.accounts.quota.in_force import InForce
from services.accounts.quota.metering import Meter
from services.accounts.quota.plans import Plans
from services.accounts.service import Accounts
from tests.unit.accounts.memory import MemoryAccountStore, MemoryAttemptStore, MemoryQuotaStore, MemorySignInStore

SECRET = "a secret of the tests"
PASSWORD = "correct horse battery staple 9"
NOON = 1_790_078_400_000  # 2026-09-22 12:00 UTC
HOUR = 3_600_000
DAY = 24 * HOUR
HOME = "203.0.113.7"


class Office:
    def __init__(self, plans: Plans, passwords: Passwords, *, development: bool = False) -> None:
        self.now = NOON
        self.people, self.quotas, self.attempts = MemoryAccountStore(), MemoryQuotaStore(), MemoryAttemptStore()
        self.sign_ins = MemorySignInStore()
        meter = Meter(self.quotas, InForce(plans), SECRET, development)
        stores = Stores(self.people, self.attempts, self.sign_ins)
        self.verbs = Accounts(stores, meter, passwords, SECRET, lambda: self.now)
        self._keys = (f"request {n}" for n in itertools.count())

    def under(self, plans: Plans) -> None:
        """Other plans, from now on."""
        self.verbs.meter.in_force.plans = plans

    @property
    def told(self) -> list[Told]:
        return [*self.people.told, *self.quotas.told]

    async def guest(self, address: str = HOME) -> Credential:
        """A caller with a fresh cookie."""
        known = await self.verbs.resolve(Credential(address=address))
        return Credential(guest_cookie=known.issued_guest_cookie, address=address)

    async def register(self, email: str = "ann@example.org", credential: Credential | None = None) -> Account:
        return await self.verbs.register(email, PASSWORD, "Ann", credential or Credential())

    async def sign_in(self, email: str = "ann@example.org") -> SignedIn:
        return await self.verbs.log_in(email, PASSWORD)

    async def member(self, email: str = "ann@example.org", credential: Credential | None = None) -> Credential:
        """A registered caller's session."""
        await self.register(email, credential)
        return Credential(session_token=(await self.sign_in(email)).token)

    async def open(self, credential: Credential, resource: str, *, key: str = "", peek: bool = False) -> Spent:
        """Spends a code page, with a fresh request key unless one is given."""
        return await self.verbs.spend(credential, "code_page", resource, key or next(self._keys), peek=peek)

    async def use(self, credential: Credential, feature: str, key: str = "") -> Spent:
        """Spends of a counted feature."""
        return await self.verbs.spend(credential, feature, "", key or next(self._keys))
