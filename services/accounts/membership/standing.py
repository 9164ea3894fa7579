"""Where an account stands: its role, its plan, whether it is locked, and what its letters say. For operators and
services.
"""

from typing import Final

from services.accounts.credentials import tokens
from services.accounts.domain import ROLES, Account, LetterFacts
from services.accounts.facts import PlanChanged
from services.accounts.membership.desk import LONGEST, Desk, key_of, printable, unknown
from services.accounts.membership.letters import PURPOSES, letter_facts
from services.accounts.quota.in_force import InForce
from services.chassis import errors
from services.chassis.errors import FieldError

MOST_LISTED: Final = 1_000


class Standing(Desk):
    """FindByAddress, GetLetterFacts, ListAccounts, SetRole, SetPlan, ListPlans, Lock."""

    __slots__ = ()

    async def find_by_address(self, address: str) -> Account:
        """An account by mail address; NOT_FOUND."""
        account = await self.accounts.find_by_key(key_of(address))
        if account is None:
            raise errors.not_found("UNKNOWN_ACCOUNT", "No account has this address.")
        return account

    async def get_letter_facts(self, account_id: str, purpose: str) -> LetterFacts:
        """What a letter needs at sending time. INVALID for an unknown purpose, NOT_FOUND."""
        if purpose not in PURPOSES:
            raise unknown("purpose", purpose, PURPOSES)
        account = await self.get_account(account_id)
        taken = purpose == "email_change" and account.change is not None
        if taken and account.change and await self.accounts.find_by_key(account.change.address_key):
            raise errors.not_found("ADDRESS_TAKEN", "The address is another account's: nothing is sent to it.")
        return letter_facts(self.secret, account, purpose)

    async def list_accounts(self, role: str, plan: str, limit: int) -> list[Account]:
        """Accounts of a role or plan (empty: of any), the newest first. INVALID."""
        if role and role not in ROLES:
            raise unknown("role", role, ROLES)
        if not 0 <= limit <= MOST_LISTED:
            wrong = FieldError("limit", str(limit), f"1 to {MOST_LISTED}")
            raise errors.invalid("INVALID_LIMIT", f"At most {MOST_LISTED} accounts are listed.", wrong)
        wanted = {name: value for name, value in (("role", role), ("plan", plan)) if value}
        return await self.accounts.newest(wanted, limit or MOST_LISTED)

    async def set_role(self, account_id: str, role: str) -> Account:
        """Gives an account a role, at once; open sessions, which have it too, are to be renewed. NOT_FOUND, INVALID."""
        if role not in ROLES:
            raise unknown("role", role, ROLES)
        account = await self.get_account(account_id)
        if account.role != role:
            await self.accounts.set_role(account, role)
        return await self.get_account(account_id)

    async def set_plan(self, account_id: str, plan: str, order: str) -> tuple[Account, bool]:
        """Puts an account on a plan, once an order, and whether that changed anything. NOT_FOUND, INVALID."""
        plans = [name for name in self.meter.plans.allowances if name != "guest"]
        if plan not in plans:
            raise unknown("plan", plan, plans)
        named = printable("order", order, LONGEST) or tokens.new_id()
        account, at = await self.get_account(account_id), self.clock()
        told = [PlanChanged(account.id, plan, named, at)] if plan != account.plan else []
        changed = await self.accounts.set_plan(account, plan, tokens.digest(named)[:33], told)
        return await self.get_account(account_id), changed and bool(told)

    def list_plans(self) -> InForce:
        """The plans in force, and what is wrong with the file where it was refused."""
        return self.meter.in_force

    async def lock(self, account_id: str, *, locked: bool) -> Account:
        """Ends an account's sessions and keys and refuses its sign-ins, or lifts that. NOT_FOUND."""
        await self.accounts.set_locked(account_id, locked=locked)
        return await self.get_account(account_id)
