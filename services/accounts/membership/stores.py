"""What the verbs ask of stores. Any method may raise UNAVAILABLE."""

from collections.abc import Sequence
from typing import Protocol

from services.accounts.domain import (
    Account,
    ApiKey,
    EmailChange,
    NewPassword,
    Session,
    Shown,
    SignIn,
)
from services.accounts.facts import Told


class AccountStore(Protocol):
    """Accounts, with their sessions and API keys. A write to an account that is not there does nothing."""

    async def known(self, account_id: str) -> Account | None:
        """An account by id, as it was at most a second ago."""
        ...

    async def find(self, account_id: str) -> Account | None:
        """An account by id."""

    async def find_by_key(self, address_key: str) -> Account | None:
        """An account by the key of its address."""

    async def newest(self, wanted: dict[str, str], limit: int) -> list[Account]:
        """Accounts of a role or plan, the newest first."""
        ...

    async def due(self, now: int, limit: int) -> list[Account]:
        """Accounts whose time to be erased has come."""
        ...

    async def add(self, account: Account, told: Sequence[Told]) -> bool:
        """Writes a new account; False where its address is taken."""

    async def verify(self, account: Account, at: int, told: Sequence[Told]) -> bool:
        """Marks the address verified; False where it is already, or has changed."""

    async def ask_verification(self, account_id: str, until: int, told: Sequence[Told]) -> None:
        """Lets the link that verifies the address hold until then."""

    async def ask_email_change(self, account_id: str, change: EmailChange, told: Sequence[Told]) -> None:
        """Keeps the address that is to be."""

    async def change_email(self, account: Account, at: int, told: Sequence[Told]) -> bool:
        """Puts the new address in the old one's place; False where it is taken, or another was named since."""

    async def ask_reset(self, account_id: str, nonce: str, until: int, told: Sequence[Told]) -> None:
        """Keeps what the link that resets the password is computed from."""

    async def set_password(self, account: Account, new: NewPassword, told: Sequence[Told]) -> bool:
        """Sets it, with the sessions that remain; False where it was set or a link was asked for since."""

    async def set_role(self, account: Account, role: str) -> None:
        """Gives a role, and marks the sessions that were opened under another, to be renewed."""

    async def renew_session(self, account_id: str, old: tuple[str, Session], new: tuple[str, Session]) -> bool:
        """Keeps a session under a new digest, what is left of it under the old; False where it was renewed before."""

    async def set_plan(self, account: Account, plan: str, order: str, told: Sequence[Told]) -> bool:
        """Gives a plan; False where the order was carried out before."""

    async def set_locked(self, account_id: str, *, locked: bool) -> None:
        """Locks an account and ends its sessions and keys, or lifts that."""

    async def open_session(self, account_id: str, digest: str, session: Session, ended: Sequence[str]) -> None:
        """Keeps a session, ends those under the digests `ended`, and keeps an account that was being closed."""

    async def end_sessions(self, account_id: str, digests: Sequence[str]) -> None:
        """Ends sessions; one that is gone is no error."""

    async def add_api_key(self, account_id: str, digest: str, key: ApiKey) -> None:
        """Keeps an API key."""

    async def remove_api_key(self, account_id: str, digest: str) -> None:
        """Forgets an API key; one that is gone is no error."""

    async def saw(self, shown: Shown, at: int) -> None:
        """Notes when a session or key was used, where it is still as it was shown."""

    async def close(self, account_id: str, erase_at: int, told: Sequence[Told]) -> None:
        """Ends the sessions; the account is due then."""

    async def erase(self, account: Account, at: int, forget_at: int, told: Sequence[Told]) -> bool:
        """Leaves nothing but the id and the day; False where the account is no longer due, or has facts to tell."""


class SignInStore(Protocol):
    """Tries to sign in, by account, or by a digest of an address that no account has."""

    async def find(self, owner: str) -> tuple[SignIn, ...]:
        """The tries, the newest first."""
        ...

    async def note(self, owner: str, sign_in: SignIn, expires_at: int) -> None:
        """Keeps one more, and the newest alone."""

    async def forget(self, owner: str) -> None:
        """Deletes them."""


class Passwords(Protocol):
    """A slow hash (see credentials.passwords)."""

    async def hash(self, password: str) -> str:
        """What to keep of a password."""

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; False, after the same time, where nothing is kept."""
