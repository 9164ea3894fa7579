"""Changing a password, and getting in without one, by a letter."""

from typing import Final

from services.accounts.credentials import addresses, attempts, password_rules, tokens
from services.accounts.domain import Account, Credential, NewPassword, SignedIn
from services.accounts.facts import EmailVerified, PasswordChanged, PasswordResetRequested, Told
from services.accounts.membership.desk import Desk
from services.accounts.membership.signing_in import new_session
from services.chassis import errors
from services.chassis.errors import AppError

RESET_LIVES: Final = 3_600_000  # milliseconds
NOBODY: Final = "0" * 32


class PasswordChanges(Desk):
    """RequestPasswordReset, ResetPassword, ChangePassword."""

    __slots__ = ()

    async def request_password_reset(self, email: str, credential: Credential) -> None:
        """Sends a letter with a link, where an account has the address. INVALID, LIMITED.

        The answer is the same where none has, and so is its time: an account that nobody has is written to alike.
        """
        key, at = addresses.parse(email).key, self.clock()
        await self.count_network(attempts.RESET_NETWORK, credential, at)
        await self.count(attempts.RESET, key, at)
        async with self.evenly():
            account = await self.accounts.find_by_key(key)
            holds = account is not None and account.reset_nonce and account.reset_until > at
            nonce = account.reset_nonce if account and holds else tokens.new_id()
            owner = account.id if account else NOBODY
            await self.accounts.ask_reset(owner, nonce, at + RESET_LIVES, [PasswordResetRequested(owner, at)])

    async def reset_password(self, token: str, password: str) -> Account:
        """Sets the password by a letter's link, once; all sessions end, and the address is shown to be its owner's.

        An account whose address nobody had shown before loses its keys too: who made them may be somebody else.
        INVALID, GONE.
        """
        link = tokens.read_link(token)
        account = await self.accounts.find(link.account_id)
        if account is None:
            raise tokens.forged_link()
        if not link.proves(self.secret, tokens.resetting(account)):
            raise _over()
        at = self.clock()
        if link.until <= at:
            raise _over()
        check_password_of(account, password)
        new = NewPassword(await self.passwords.hash(password), {}, verified=True, keeps_keys=account.verified)
        told: list[Told] = [PasswordChanged(account.id, at)]
        if not account.verified:
            told.append(EmailVerified(account.id, account.verify_nonce, at))
        if not await self.accounts.set_password(account, new, told):
            raise _over()
        await self.stores.attempts.clear(attempts.id_of(self.secret, attempts.SIGN_IN, account.address_key, at))
        return account

    async def change_password(self, credential: Credential, password: str, new_password: str) -> SignedIn:
        """Sets the password, ends every session and opens one in the place of that shown.

        INVALID, FORBIDDEN for a wrong password, LIMITED, CONFLICT where it was changed at the same time.
        """
        account = await self.signed_in(credential)
        await self.check_password(account, password)
        check_password_of(account, new_password)
        before, at = account.sessions.get(tokens.digest(credential.session_token)), self.clock()
        stays = before.stays if before else False
        device = credential.device or (before.device if before else "")
        token, session = new_session(account.id, device, at, stays=stays)
        kept = await self.passwords.hash(new_password)
        new = NewPassword(kept, {tokens.digest(token): session}, verified=account.verified)
        if not await self.accounts.set_password(account, new, [PasswordChanged(account.id, at)]):
            raise errors.conflict("PASSWORD_CHANGED", "The password was changed at the same time. Sign in again.")
        return SignedIn(token, session.expires_at, account.principal(), stays)


def check_password_of(account: Account, password: str) -> None:
    """INVALID where an account's password may not be this."""
    password_rules.check(password, addresses.Address(account.email, account.address_key))


def _over() -> AppError:
    return errors.gone("LINK_OVER", "This link was used, has expired, or a newer one was sent. Ask for a new letter.")
