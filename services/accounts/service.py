"""The verbs of accounts. Each is named as its RPC; what it refuses is an AppError."""

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from services.accounts.credentials import addresses, attempts, callers, guests, password_rules, tokens
from services.accounts.domain import (
    ROLES,
    Account,
    ApiKey,
    Attempts,
    Credential,
    Kind,
    Known,
    LetterFacts,
    MadeKey,
    Session,
    SignedIn,
    Spent,
    Usage,
)
from services.accounts.facts import AccountRegistered, EmailVerified, Told
from services.accounts.quota.metering import Asked, Meter
from services.accounts.quota.plans import COUNTED, FEATURES
from services.chassis import errors
from services.chassis.errors import AppError, FieldError

DAY: Final = 86_400_000
SESSION_LIVES: Final = 30 * DAY
VERIFY_LIVES: Final = 7 * DAY
SESSIONS: Final = 20  # an account keeps; a further sign-in ends the oldest
API_KEYS: Final = 20  # an account may have
LONGEST: Final = 200  # characters of a resource or a request key
LONGEST_NAME: Final = 100
QUICK: Final = 0.3  # seconds; a database that took longer to fail is not asked again within one call
PURPOSES: Final = {"welcome": "/verify?token={}", "consult": "", "opening": "", "application": "", "lists": ""}


class AccountStore(Protocol):
    """Accounts, with their sessions and API keys. Any method may raise UNAVAILABLE."""

    async def known(self, account_id: str) -> Account | None:
        """An account by id, as it was at most a second ago."""
        ...

    async def find(self, account_id: str) -> Account | None:
        """An account by id."""

    async def find_by_key(self, address_key: str) -> Account | None:
        """An account by the key of its address."""

    async def add(self, account: Account, told: Sequence[Told]) -> bool:
        """Writes a new account; False where its address is taken."""

    async def verify(self, account: Account, at: int, told: Sequence[Told]) -> bool:
        """Marks the address verified; False where it is already, or has changed."""

    async def set_role(self, account_id: str, role: str) -> None:
        """Gives a role, where there is such an account."""

    async def open_session(self, account_id: str, digest: str, session: Session, ended: Sequence[str]) -> None:
        """Keeps a session, and ends those under the digests `ended`."""

    async def end_session(self, account_id: str, digest: str) -> None:
        """Ends a session; one that is gone is no error."""

    async def add_api_key(self, account_id: str, digest: str, key: ApiKey) -> None:
        """Keeps an API key."""

    async def remove_api_key(self, account_id: str, digest: str) -> None:
        """Forgets an API key; one that is gone is no error."""


class AttemptStore(Protocol):
    """Sign-ins tried, by address and hour (see credentials.attempts)."""

    async def find(self, attempts_id: str) -> Attempts:
        """How many were tried, and when the last."""

    async def note(self, attempts_id: str, at: int, expires_at: int) -> None:
        """Counts one more."""

    async def clear(self, attempts_id: str) -> None:
        """Forgets them."""


class Passwords(Protocol):
    """A slow hash (see credentials.passwords)."""

    async def hash(self, password: str) -> str:
        """What to keep of a password."""

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; False, after the same time, where nothing is kept."""


@dataclass(frozen=True, slots=True)
class Accounts:
    """The verbs, over what they need. `clock` gives milliseconds."""

    accounts: AccountStore
    attempts: AttemptStore
    meter: Meter
    passwords: Passwords
    secret: str
    clock: Callable[[], int]

    async def register(self, email: str, password: str, name: str, credential: Credential) -> Account:
        """Makes a free account; the pages a guest has seen go along, once. INVALID, or CONFLICT for a taken address."""
        address = addresses.parse(email)
        called = _printable("name", name, LONGEST_NAME)
        password_rules.check(password, address)
        guest = guests.read(self.secret, credential.guest_cookie) if credential.guest_cookie else ""
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
        """Marks an address verified. INVALID for a forged token, GONE for a used or expired one."""
        link = tokens.read_link(token)
        account = await self.accounts.find(link.account_id)
        if account is None or not link.proves(self.secret, account):
            raise tokens.forged_link()
        at = self.clock()
        if account.verified:
            raise _link_used()
        if link.until <= at:
            raise errors.gone("LINK_EXPIRED", "This link has expired. Ask for a new one on your account page.")
        if not await self.accounts.verify(account, at, [EmailVerified(account.id, account.verify_nonce, at)]):
            raise _link_used()
        return replace(account, verified=True)

    async def log_in(self, email: str, password: str) -> SignedIn:
        """Opens a session. UNAUTHENTICATED, alike for an unknown address and a wrong password; LIMITED."""
        at, key = self.clock(), _key_of(email)
        counted = attempts.id_of(self.secret, key, at)
        attempts.check(await self.attempts.find(counted), at)
        await self.attempts.note(counted, at, attempts.expiry(at))
        account = await self.accounts.find_by_key(key)
        right = await self.passwords.verify(account.password_hash if account else None, password)
        if account is None or not right:
            raise errors.unauthenticated("WRONG_CREDENTIALS", "The address or the password is not right.")
        await self.attempts.clear(counted)
        return await self._open_session(account, at)

    async def _open_session(self, account: Account, at: int) -> SignedIn:
        token = tokens.issue(tokens.SESSION, account.id)
        session = Session(at, at + SESSION_LIVES)
        by_age = sorted(account.sessions, key=lambda digest: account.sessions[digest].opened_at)
        ended = by_age[: max(0, len(by_age) + 1 - SESSIONS)]
        await self.accounts.open_session(account.id, tokens.digest(token), session, ended)
        return SignedIn(token, session.expires_at, account.principal())

    async def log_out(self, credential: Credential) -> None:
        """Ends the session of the credential; ending one that is gone is no error."""
        account_id = tokens.account_of(tokens.SESSION, credential.session_token)
        if account_id:
            await self.accounts.end_session(account_id, tokens.digest(credential.session_token))

    async def resolve(self, credential: Credential) -> Known:
        """Who a credential is. UNAUTHENTICATED for a forged or ended one."""
        return await _once_more(lambda: callers.identify(self.accounts.known, self.secret, credential, self.clock()))

    async def spend(
        self, credential: Credential, feature: str, resource: str, request_key: str, *, peek: bool = False
    ) -> Spent:
        """Resolves and charges; a repeat with the same request key is answered as before. A peek writes nothing."""
        _check_asked(feature, resource, request_key, peek=peek)
        known = await self.resolve(credential)
        if not known.principal.may(feature):
            raise errors.forbidden("SCOPE_MISSING", f"This API key has no scope {feature}.")
        newcomer = bool(known.issued_guest_cookie)
        asked = Asked(known.principal, credential.address, feature, resource, request_key, newcomer)
        act, at = self.meter.peek if peek else self.meter.charge, self.clock()
        outcome, quota = await _once_more(lambda: act(asked, at))
        return Spent(outcome, quota, known)

    async def get_usage(self, credential: Credential) -> Usage:
        """Every quota of the credential's principal."""
        known, at = await self.resolve(credential), self.clock()
        if known.issued_guest_cookie:
            return Usage(known, self.meter.untouched(known.principal, at))
        return Usage(known, await self.meter.usage(known.principal, at))

    async def get_account(self, account_id: str) -> Account:
        """An account by id; NOT_FOUND."""
        account = await self.accounts.find(account_id)
        if account is None:
            raise errors.not_found("UNKNOWN_ACCOUNT", "There is no such account.")
        return account

    async def find_by_address(self, address: str) -> Account:
        """An account by mail address; NOT_FOUND."""
        account = await self.accounts.find_by_key(_key_of(address))
        if account is None:
            raise errors.not_found("UNKNOWN_ACCOUNT", "No account has this address.")
        return account

    async def get_letter_facts(self, account_id: str, purpose: str) -> LetterFacts:
        """What a letter needs at sending time; the same at every redelivery. INVALID for an unknown purpose."""
        if purpose not in PURPOSES:
            raise _unknown("purpose", purpose, PURPOSES)
        account = await self.get_account(account_id)
        path = "" if account.verified else PURPOSES[purpose]
        link = path.format(tokens.link(self.secret, account))
        return LetterFacts(account.email, account.name, link, account.verified)

    async def set_role(self, account_id: str, role: str) -> Account:
        """Gives an account a role. NOT_FOUND, INVALID."""
        if role not in ROLES:
            raise _unknown("role", role, ROLES)
        await self.accounts.set_role(account_id, role)
        return await self.get_account(account_id)

    async def create_api_key(self, credential: Credential, name: str, scopes: Sequence[str]) -> MadeKey:
        """Makes a key, shown this once; scopes are features, none means all. INVALID, CONFLICT for too many."""
        called = _printable("name", name, LONGEST_NAME, fewest=1)
        for scope in scopes:
            if scope not in FEATURES:
                raise _unknown("scope", scope, FEATURES)
        account = await self._signed_in(credential)
        if len(account.api_keys) >= API_KEYS:
            raise errors.conflict("TOO_MANY_API_KEYS", f"An account has at most {API_KEYS} keys. Revoke one first.")
        kept = ApiKey(tokens.new_id(), called, tuple(dict.fromkeys(scopes)), self.clock())
        key = tokens.issue(tokens.API_KEY, account.id)
        await self.accounts.add_api_key(account.id, tokens.digest(key), kept)
        return MadeKey(kept.id, key)

    async def list_api_keys(self, credential: Credential) -> tuple[ApiKey, ...]:
        """The account's keys, oldest first, without their secrets."""
        account = await self._signed_in(credential)
        return tuple(sorted(account.api_keys.values(), key=lambda key: (key.created_at, key.id)))

    async def revoke_api_key(self, credential: Credential, key_id: str) -> None:
        """Ends a key at once. NOT_FOUND where the account has no such key."""
        account = await self._signed_in(credential)
        digest = next((digest for digest, key in account.api_keys.items() if key.id == key_id), None)
        if digest is None:
            raise errors.not_found("UNKNOWN_API_KEY", "The account has no such key.")
        await self.accounts.remove_api_key(account.id, digest)

    async def _signed_in(self, credential: Credential) -> Account:
        """The account behind a session; a key may not make or end keys."""
        principal = (await self.resolve(credential)).principal
        if principal.kind is not Kind.USER:
            raise errors.forbidden("SIGN_IN_NEEDED", "Sign in to do this.")
        return await self.get_account(principal.account_id)


async def _once_more[T](act: Callable[[], Awaitable[T]]) -> T:
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


def _key_of(email: str) -> str:
    """The key of an address; of what is none, a text that no account has."""
    try:
        return addresses.parse(email).key
    except AppError:
        return email[: addresses.LONGEST].casefold()


def _check_asked(feature: str, resource: str, request_key: str, *, peek: bool) -> None:
    if feature not in FEATURES:
        raise _unknown("feature", feature, FEATURES)
    _printable("resource", resource, LONGEST, fewest=0 if feature in COUNTED else 1)
    _printable("request_key", request_key, LONGEST, fewest=0 if peek else 1)


def _printable(where: str, value: str, most: int, fewest: int = 0) -> str:
    """The value without outer spaces; INVALID where it is too short, too long, or would break a line."""
    stripped = value.strip(" ")
    if fewest <= len(stripped) <= most and stripped.isprintable():
        return stripped
    wrong = FieldError(where, stripped[:most], f"{fewest} to {most} printable characters")
    raise errors.invalid(f"INVALID_{where.upper()}", f"The {where.replace('_', ' ')} cannot be used.", wrong)


def _unknown(where: str, value: str, known: Iterable[str]) -> AppError:
    wrong = FieldError(where, value[:LONGEST], ", ".join(known))
    return errors.invalid(f"UNKNOWN_{where.upper()}", f"There is no {where} {value[:LONGEST]!r}.", wrong)


def _taken() -> AppError:
    return errors.conflict("ADDRESS_TAKEN", "An account with this address exists. Sign in, or reset the password.")


def _link_used() -> AppError:
    return errors.gone("LINK_USED", "This link was used before. Your address is verified.")
