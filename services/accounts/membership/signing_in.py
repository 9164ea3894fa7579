"""Signing in and out, and what is open: sessions, and the tries to open one."""

from dataclasses import replace
from typing import Final

from services.accounts.credentials import attempts, callers, tokens
from services.accounts.domain import Account, Credential, OpenSession, Session, SignedIn, SignIn
from services.accounts.membership.desk import DAY, Desk, key_of
from services.chassis import errors

SESSION_LIVES: Final = 30 * DAY
BRIEF_SESSION_LIVES: Final = DAY // 2
SESSIONS: Final = 20  # an account keeps; a further sign-in ends the oldest
OUTLIVES: Final = 60_000  # ms that a session's old token holds beside its new one
HISTORY_LIVES: Final = 90 * DAY
UNSHOWN: Final = Credential()


class SigningIn(Desk):
    """LogIn, LogOut, RenewSession, ListSessions, EndSession, ListSignIns."""

    __slots__ = ()

    async def log_in(
        self, email: str, password: str, credential: Credential = UNSHOWN, *, stays: bool = True
    ) -> SignedIn:
        """Opens a session, ends the one shown, whosever it is, and keeps an account that was being closed.

        UNAUTHENTICATED, alike and after the same work for an unknown address and a wrong password; LIMITED;
        FORBIDDEN for a locked account, told to who knows its password alone.
        """
        at, key = self.clock(), key_of(email)
        network = await self.failing_in_network(attempts.SIGN_IN_NETWORK, credential, at)
        counted = await self.count(attempts.SIGN_IN, key, at)
        account = await self.accounts.find_by_key(key)
        right = await self.passwords.verify(account.password_hash if account else None, password)
        owner = account.id if account else attempts.id_of(self.secret, attempts.SIGN_IN, f"nobody {key}", 0)
        outcome = "wrong_password" if account is None or not right else "locked" if account.locked else "signed_in"
        await self.stores.sign_ins.note(owner, SignIn(at, credential.device, outcome), at + HISTORY_LIVES)
        if account is None or not right:
            if network:
                await self.stores.attempts.note(network, at, attempts.expiry(at))
            raise errors.unauthenticated("WRONG_CREDENTIALS", "The address or the password is not right.")
        if account.locked:
            raise errors.forbidden("ACCOUNT_LOCKED", callers.shut(account).message)
        await self.stores.attempts.clear(counted)
        if tokens.account_of(tokens.SESSION, credential.session_token) not in {None, account.id}:
            await self.log_out(credential)
        return await self._open(account, credential, at, stays=stays)

    async def _open(self, account: Account, credential: Credential, at: int, *, stays: bool) -> SignedIn:
        token, session = new_session(account.id, credential.device, at, stays=stays)
        shown = tokens.digest(credential.session_token)
        by_age = sorted(account.sessions, key=lambda digest: account.sessions[digest].opened_at)
        kept = [digest for digest in by_age if digest != shown]
        ended = [*kept[: max(0, len(kept) + 1 - SESSIONS)], *({shown} & set(by_age))]
        await self.accounts.open_session(account.id, tokens.digest(token), session, ended)
        return SignedIn(token, session.expires_at, account.principal(), stays, reopened=account.erase_at > 0)

    async def log_out(self, credential: Credential) -> None:
        """Ends the session of the credential; ending one that is gone is no error."""
        account_id = tokens.account_of(tokens.SESSION, credential.session_token)
        if account_id:
            await self.accounts.end_sessions(account_id, [tokens.digest(credential.session_token)])

    async def renew_session(self, credential: Credential) -> SignedIn:
        """Gives the session shown a new token, where its account's role has changed since it was opened.

        The old one holds for another minute: what is on its way with it arrives. Without a token where nothing changed.
        """
        known, at = await self.resolve(credential), self.clock()
        session = known.shown.entry if known.shown else None
        if known.shown is None or not isinstance(session, Session) or not known.principal.renew:
            return SignedIn("", 0, known.principal)
        token = tokens.issue(tokens.SESSION, known.shown.account_id)
        ending = replace(session, expires_at=min(session.expires_at, at + OUTLIVES), seen_at=at)
        renewed = (known.shown.digest, ending), (tokens.digest(token), replace(session, seen_at=at))
        if not await self.accounts.renew_session(known.shown.account_id, *renewed):
            return SignedIn("", 0, known.principal)
        return SignedIn(token, session.expires_at, known.principal, session.stays)

    async def list_sessions(self, credential: Credential) -> tuple[OpenSession, ...]:
        """The account's open sessions, the newest first."""
        return open_sessions(await self.signed_in(credential), credential, self.clock())

    async def end_session(self, credential: Credential, session_id: str) -> int:
        """Ends a session, or with an empty id all but the one that asks; answers how many. NOT_FOUND."""
        account = await self.signed_in(credential)
        shown = tokens.digest(credential.session_token)
        others = [digest for digest in account.sessions if digest != shown]
        named = [digest for digest in account.sessions if tokens.session_id(digest) == session_id]
        if session_id and not named:
            raise errors.not_found("UNKNOWN_SESSION", "You have no such session; it may have ended.")
        ended = named if session_id else others
        await self.accounts.end_sessions(account.id, ended)
        return len(ended)

    async def list_sign_ins(self, credential: Credential) -> tuple[SignIn, ...]:
        """Tries to sign in to the account, the newest first."""
        return await self.stores.sign_ins.find((await self.signed_in(credential)).id)


def new_session(account_id: str, device: str, at: int, *, stays: bool) -> tuple[str, Session]:
    """A session's token, and what is kept of it."""
    lives = SESSION_LIVES if stays else BRIEF_SESSION_LIVES
    return tokens.issue(tokens.SESSION, account_id), Session(at, at + lives, at, device, stays)


def open_sessions(account: Account, credential: Credential, at: int) -> tuple[OpenSession, ...]:
    """The sessions of an account that hold, the newest first."""
    shown = tokens.digest(credential.session_token)
    held = [(d, one) for d, one in account.sessions.items() if one.expires_at > at]
    held.sort(key=lambda pair: -pair[1].opened_at)
    return tuple(OpenSession(tokens.session_id(digest), one, digest == shown) for digest, one in held)
