"""Who a credential is: an account we vouch for, a session, an API key, a guest's cookie, in this order.

Nothing at all is a new guest.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from services.accounts.credentials import guests, tokens
from services.accounts.domain import Account, Credential, Kind, Known, Principal, Shown
from services.chassis.errors import AppError, unauthenticated

type Find = Callable[[str], Awaitable[Account | None]]  # an account by id


async def identify(find: Find, secret: str, credential: Credential, at: int) -> Known:
    """Who it is at a time; UNAUTHENTICATED for what is forged or ended. A guest is known without a read."""
    if credential.account_id:
        return Known(await _vouched(find, credential.account_id))
    if credential.session_token:
        return await _by_session(find, credential.session_token, at)
    if credential.api_key:
        return await _by_key(find, credential.api_key)
    if credential.guest_cookie:
        return Known(_guest(guests.read(secret, credential.guest_cookie)))
    guest, cookie = guests.issue(secret)
    return Known(_guest(guest), cookie)


async def _vouched(find: Find, account_id: str) -> Principal:
    account = await find(account_id)
    if account is None:
        raise unauthenticated("UNKNOWN_ACCOUNT", "There is no such account.")
    if not account.open:
        raise shut(account)
    return account.principal()


async def _by_session(find: Find, token: str, at: int) -> Known:
    account, digest = await _account(find, tokens.SESSION, token), tokens.digest(token)
    session = account.sessions.get(digest) if account else None
    if account is None or session is None or session.expires_at <= at or not account.open:
        raise unauthenticated("SESSION_ENDED", "You are signed out. Sign in again.")
    principal = replace(account.principal(), renew=True) if digest in account.renewing else account.principal()
    return Known(principal, shown=Shown(account.id, digest, session))


async def _by_key(find: Find, key: str) -> Known:
    account, digest = await _account(find, tokens.API_KEY, key), tokens.digest(key)
    kept = account.api_keys.get(digest) if account else None
    if account is None or kept is None or not account.open:
        raise unauthenticated("UNKNOWN_API_KEY", "This API key is not known. Make one on your account page.")
    return Known(account.principal(Kind.API_KEY, kept.scopes), shown=Shown(account.id, digest, kept))


def shut(account: Account) -> AppError:
    """The refusal of an account that is locked or being closed."""
    if account.locked:
        return unauthenticated("ACCOUNT_LOCKED", "This account was locked by the operator. Write to them to open it.")
    return unauthenticated("ACCOUNT_CLOSING", "This account is being closed. Sign in on the web to keep it.")


async def _account(find: Find, sort: str, token: str) -> Account | None:
    account_id = tokens.account_of(sort, token)
    return await find(account_id) if account_id else None


def _guest(guest: str) -> Principal:
    return Principal(Kind.GUEST, owner=f"guest:{guest}", plan="guest")
