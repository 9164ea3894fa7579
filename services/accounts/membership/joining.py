"""Making an account, and showing that its address is its owner's: the first one, and one that replaces it."""

from dataclasses import replace
from typing import Final

from services.accounts.credentials import addresses, attempts, guests, password_rules, tokens
from services.accounts.domain import Account, Credential, EmailChange
from services.accounts.facts import AccountRegistered, EmailChangeRequested, EmailVerified, VerificationRequested
from services.accounts.membership.desk import DAY, LONGEST_NAME, Desk, printable
from services.chassis import errors
from services.chassis.errors import AppError

VERIFY_LIVES: Final = 7 * DAY


class Joining(Desk):
    """Register, VerifyEmail, RequestVerification, ChangeEmail."""

    __slots__ = ()

    async def register(self, email: str, password: str, name: str, credential: Credential) -> Account:
        """Makes a free account; the pages a guest has seen go along, once. INVALID, CONFLICT, LIMITED."""
        address = addresses.parse(email)
        called = printable("name", name, LONGEST_NAME)
        password_rules.check(password, address)
        guest = guests.read(self.secret, credential.guest_cookie) if credential.guest_cookie else ""
        await self.count_network(attempts.REGISTER_NETWORK, credential, self.clock())
        if await self.accounts.find_by_key(address.key):
            raise _taken()
        kept = await self.passwords.hash(password)
        account = _new_account(address, called, kept, self.clock())
        if guest:
            await self.meter.carry(f"guest:{guest}", account, account.registered_at)
        if not await self.accounts.add(account, [AccountRegistered(account.id, account.registered_at)]):
            raise _taken()
        return account

    async def verify_email(self, token: str) -> Account:
        """Marks an address verified, or puts the new one in the old one's place. INVALID, GONE, CONFLICT."""
        link = tokens.read_link(token)
        account = await self.accounts.find(link.account_id)
        if account is None:
            raise tokens.forged_link()
        if link.proves(self.secret, tokens.changing(account)):
            return await self._take_over(account, link.until)
        if not link.proves(self.secret, tokens.verifying(account)):
            raise tokens.forged_link()
        at = self.clock()
        if account.verified:
            raise _link_used()
        if link.until <= at:
            raise _expired()
        if not await self.accounts.verify(account, at, [EmailVerified(account.id, account.verify_nonce, at)]):
            raise _link_used()
        return replace(account, verified=True)

    async def _take_over(self, account: Account, until: int) -> Account:
        at, change = self.clock(), account.change
        if until <= at or change is None:
            raise _expired()
        told = [EmailVerified(account.id, change.nonce, at)]
        if not await self.accounts.change_email(account, at, told):
            raise errors.conflict("ADDRESS_TAKEN", "Another account has this address by now.")
        return await self.get_account(account.id)

    async def request_verification(self, credential: Credential) -> None:
        """Sends the letter that verifies the address once more; links sent before hold as well. CONFLICT, LIMITED."""
        account, at = await self.signed_in(credential), self.clock()
        if account.verified:
            raise errors.conflict("VERIFIED_ALREADY", "Your address is confirmed already.")
        await self.count(attempts.VERIFY, account.id, at)
        await self.accounts.ask_verification(account.id, at + VERIFY_LIVES, [VerificationRequested(account.id, at)])

    async def change_email(self, credential: Credential, password: str, email: str) -> None:
        """Sends a letter to another address, which holds once its link is used, and a notice to the old one.

        Whether the address is free is told by nothing here: of one that is taken, the letter is not sent. INVALID,
        FORBIDDEN for a wrong password, CONFLICT for the address it has, LIMITED.
        """
        address = addresses.parse(email)
        account = await self.signed_in(credential)
        await self.check_password(account, password)
        if address.key == account.address_key:
            raise errors.conflict("SAME_ADDRESS", "This is the address of your account.")
        at = self.clock()
        await self.count(attempts.VERIFY, account.id, at)
        change = EmailChange(address.text, address.key, tokens.new_id(), at + VERIFY_LIVES)
        told = [EmailChangeRequested(account.id, change.nonce, at)]
        await self.accounts.ask_email_change(account.id, change, told)


def _new_account(address: addresses.Address, name: str, password_hash: str, at: int) -> Account:
    return Account(
        id=tokens.new_id(),
        email=address.text,
        address_key=address.key,
        name=name,
        password_hash=password_hash,
        registered_at=at,
        verify_nonce=tokens.new_id(),
        verify_until=at + VERIFY_LIVES,
    )


def _taken() -> AppError:
    return errors.conflict("ADDRESS_TAKEN", "An account with this address exists. Sign in, or reset the password.")


def _link_used() -> AppError:
    return errors.gone("LINK_USED", "This link was used before. Your address is verified.")


def _expired() -> AppError:
    return errors.gone("LINK_EXPIRED", "This link has expired. Ask for a new one on your account page.")
