"""Leaving: everything to take along, and an account that is erased after a time in which it can be kept."""

from typing import Final

from services.accounts.domain import Account, Credential, Export, Usage
from services.accounts.facts import AccountClosed, ClosingRequested
from services.accounts.membership.desk import DAY, Desk
from services.accounts.membership.keys import by_age
from services.accounts.membership.signing_in import open_sessions

AT_ONCE: Final = 50
REMEMBERED: Final = 90 * DAY  # how long the bare id of an erased account stays, so that late facts find it gone


class Closing(Desk):
    """ExportAccount, CloseAccount, and the erasing of those whose time has come."""

    __slots__ = ()

    async def export_account(self, credential: Credential) -> Export:
        """All that is kept of the account, but secrets."""
        account, at = await self.signed_in(credential), self.clock()
        known = await self.resolve(credential)
        quotas, charges = await self.meter.usage(known.principal, credential.address, at)
        return Export(
            account,
            open_sessions(account, credential, at),
            by_age(account.api_keys.values()),
            await self.stores.sign_ins.find(account.id),
            Usage(known, quotas, charges),
        )

    async def close_account(self, credential: Credential) -> int:
        """Ends all sessions; the account is erased at the time this answers, unless its owner signs in before."""
        account, at = await self.signed_in(credential), self.clock()
        erase_at = at + self.grace
        await self.accounts.close(account.id, erase_at, [ClosingRequested(account.id, erase_at, at)])
        return erase_at

    async def erase_due(self, at: int) -> int:
        """Erases some of the accounts whose time has come; answers how many."""
        due = await self.accounts.due(at, AT_ONCE)
        erased = [await self._erase(account, at) for account in due]
        return sum(erased)

    async def _erase(self, account: Account, at: int) -> bool:
        """What hangs on it first: a crash in between leaves the account due, and all of this is done again."""
        await self.meter.forget(account.owner, at)
        await self.stores.sign_ins.forget(account.id)
        return await self.accounts.erase(account, at, at + REMEMBERED, [AccountClosed(account.id, at)])
