"""What every verb works with, and what many of them do first."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final

from services.accounts.credentials import addresses, attempts, callers
from services.accounts.credentials.attempts import AttemptStore, Limit
from services.accounts.domain import Account, Credential, Kind, Known
from services.accounts.membership.stores import AccountStore, Passwords, SignInStore
from services.accounts.quota import networks
from services.accounts.quota.metering import Meter
from services.chassis import errors
from services.chassis.errors import AppError, FieldError

DAY: Final = 86_400_000
LONGEST: Final = 200  # characters of a resource or a request key
LONGEST_NAME: Final = 100
QUICK: Final = 0.3  # seconds; a database that took longer to fail is not asked again within one call
SEEN_EVERY: Final = 3_600_000  # milliseconds; how coarse "last used" is, so that a request costs no write


@dataclass(frozen=True, slots=True)
class Stores:
    """Where things lie."""

    accounts: AccountStore
    attempts: AttemptStore
    sign_ins: SignInStore


@dataclass(frozen=True, slots=True)
class Desk:
    """What the verbs are over. `clock` gives milliseconds; `grace` is for how many an account can still be kept.

    `floor` is how many seconds an answer takes at least whose time must not tell whether an account is there.
    """

    stores: Stores
    meter: Meter
    passwords: Passwords
    secret: str
    clock: Callable[[], int]
    grace: int = 14 * DAY
    floor: float = 0.0

    @property
    def accounts(self) -> AccountStore:
        """Accounts."""
        return self.stores.accounts

    async def resolve(self, credential: Credential) -> Known:
        """Who a credential is; that it was used is noted, at most once an hour. UNAUTHENTICATED."""
        at = self.clock()
        known = await once_more(lambda: callers.identify(self.accounts.known, self.secret, credential, at))
        if known.shown and _last_used(known) <= at - SEEN_EVERY:
            try:
                await self.accounts.saw(known.shown, at)
            except AppError:  # away for a moment: the next request notes it
                return known
        return known

    async def signed_in(self, credential: Credential) -> Account:
        """The account behind a session; neither a key nor a guest may change what an account is. FORBIDDEN."""
        principal = (await self.resolve(credential)).principal
        if principal.kind is not Kind.USER:
            raise errors.forbidden("SIGN_IN_NEEDED", "Sign in to do this.")
        return await self.get_account(principal.account_id)

    async def get_account(self, account_id: str) -> Account:
        """An account by id; NOT_FOUND."""
        account = await self.accounts.find(account_id)
        if account is None:
            raise errors.not_found("UNKNOWN_ACCOUNT", "There is no such account.")
        return account

    async def count(self, limit: Limit, key: str, at: int) -> str:
        """Counts one more try of an address or account, or refuses it: LIMITED. Answers where it is counted."""
        counted = attempts.id_of(self.secret, limit, key, at)
        await attempts.count(self.stores.attempts, counted, limit, at)
        return counted

    async def count_network(self, limit: Limit, credential: Credential, at: int) -> None:
        """The same for the caller's network; in development this machine has no limit, nor has who has no address."""
        if self._is_limited(credential):
            await self.count(limit, networks.network_of(credential.address), at)

    async def failing_in_network(self, limit: Limit, credential: Credential, at: int) -> str:
        """Where the caller's network counts what went wrong; empty where it has no limit. LIMITED."""
        if not self._is_limited(credential):
            return ""
        counted = attempts.id_of(self.secret, limit, networks.network_of(credential.address), at)
        attempts.check(limit, await self.stores.attempts.find(counted), at)
        return counted

    def _is_limited(self, credential: Credential) -> bool:
        exempt = self.meter.development and networks.is_loopback(credential.address)
        return bool(credential.address) and not exempt

    @contextlib.asynccontextmanager
    async def evenly(self) -> AsyncIterator[None]:
        """The block, and what is missing to the floor, however it ends."""
        until = time.monotonic() + self.floor
        try:
            yield
        finally:
            await asyncio.sleep(max(0.0, until - time.monotonic()))

    async def check_password(self, account: Account, password: str) -> None:
        """UNAUTHENTICATED where it is not the account's; the tries are counted with the sign-ins. LIMITED."""
        counted = await self.count(attempts.SIGN_IN, account.address_key, self.clock())
        if not await self.passwords.verify(account.password_hash, password):
            raise errors.forbidden("WRONG_PASSWORD", "That is not the password of this account.")
        await self.stores.attempts.clear(counted)


def _last_used(known: Known) -> int:
    entry = known.shown.entry if known.shown else None
    return getattr(entry, "seen_at", 0) or getattr(entry, "used_at", 0)


async def once_more[T](act: Callable[[], Awaitable[T]]) -> T:
    """Acts, and acts again where the database failed at once, as every kept connection does after its restart.

    Only for what may be repeated.
    """
    began = time.monotonic()
    try:
        return await act()
    except AppError as error:
        if error.kind is not errors.Kind.UNAVAILABLE or time.monotonic() - began > QUICK:
            raise
    return await act()


def key_of(email: str) -> str:
    """The key of an address; of what is none, a text that no account has."""
    try:
        return addresses.parse(email).key
    except AppError:
        return email[: addresses.LONGEST].casefold()


def printable(where: str, value: str, most: int, fewest: int = 0) -> str:
    """The value without outer spaces; INVALID where it is too short, too long, or would break a line."""
    stripped = value.strip(" ")
    if fewest <= len(stripped) <= most and stripped.isprintable():
        return stripped
    wrong = FieldError(where, stripped[:most], f"{fewest} to {most} printable characters")
    raise errors.invalid(f"INVALID_{where.upper()}", f"The {where.replace('_', ' ')} cannot be used.", wrong)


def unknown(where: str, value: str, known: Iterable[str]) -> AppError:
    """INVALID: a word that is none of those known."""
    wrong = FieldError(where, value[:LONGEST], ", ".join(known))
    return errors.invalid(f"UNKNOWN_{where.upper()}", f"There is no {where} {value[:LONGEST]!r}.", wrong)
