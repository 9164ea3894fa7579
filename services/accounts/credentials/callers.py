"""Who a credential is: an account we vouch for, a session, an API key, a guest's cookie, in this order.

Nothing at all is a new guest.
"""

from collections.abc import Awaitable, Callable

from services.accounts.credentials import guests, tokens
from services.accounts.domain import Account, Credential, Kind, Known, Principal
from services.chassis.errors import unauthenticated

type Find = Callable[[str], Awaitable[Account | None]]  # an account by id


async def identify(find: Find, secret: str, credential: Credential, at: int) -> Known:
    """Who it is at a time; UNAUTHENTICATED for what is forged or ended. A guest is known without a read."""
    if credential.account_id:
        return Known(await _vouched(find, credential.account_id))
    if credential.session_token:
        return Known(await _by_session(find, credential.session_token, at))
    if credential.api_key:
        return Known(await _by_key(find, credential.api_key))
    if credential.guest_cookie:
        return Known(_guest(guests.read(secret, credential.guest_cookie)))
    guest, cookie = guests.issue(secret)
    return Known(_guest(guest), cookie)


async def _vouched(find: Find, account_id: str) -> Principal:
    account = await find(account_id)
    if account is None:
        raise unauthenticated("UNKNOWN_ACCOUNT", "There is no such account.")
    return account.principal()


async def _by_session(find: Find, token: str, at: int) -> Principal:
    account = await _account(find, tokens.SESSION, token)
    session = account.sessions.get(tokens.digest(token)) if account else None
    if account is None or session is None or session.expires_at <= at:
        raise unauthenticated("SESSION_ENDED", "You are signed out. Sign in again.")
    return account.principal()


async def _by_key(find: Find, key: str) -> Principal:
    account = await _account(find, tokens.API_KEY, key)
    kept = account.api_keys.get(tokens.digest(key)) if account else None
    if account is None or kept is None:
        raise unauthenticated("UNKNOWN_API_KEY", "This API key is not known. Make one on your account page.")
    return account.principal(Kind.API_KEY, kept.scopes)


async def _account(find: Find, sort: str, token: str) -> Account | None:
    account_id = tokens.account_of(sort, token)
    return await find(account_id) if account_id else None


def _guest(guest: str) -> Principal:
    return Principal(Kind.GUEST, owner=f"guest:{guest}", plan="guest")
