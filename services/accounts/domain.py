"""Accounts as values: who asks, what an account is, what a quota is.

Times are integer milliseconds since the Unix epoch, UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

ROLES: Final = ("user", "employer", "editor", "admin")


class Kind(StrEnum):
    """What sort of caller."""

    GUEST = "guest"
    USER = "user"
    API_KEY = "api_key"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a caller showed; all empty is a newcomer. `address` is the caller's IP address and is never stored."""

    session_token: str = field(default="", repr=False)
    guest_cookie: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    address: str = field(default="", repr=False)
    account_id: str = ""  # an account that a service of ours vouches for
    device: str = ""  # as coarse as "Firefox on Linux"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `owner` ("guest:<id>" or "account:<id>") is whose quota is charged; a guest has no account fields."""

    kind: Kind
    owner: str
    plan: str
    account_id: str = ""
    email: str = ""
    verified: bool = False
    role: str = ""
    name: str = ""
    scopes: frozenset[str] = frozenset()
    renew: bool = False  # the session shown was opened under another role, and is to have a new token

    def may(self, feature: str) -> bool:
        """Whether the credential reaches the feature; an API key without scopes reaches all."""
        return not self.scopes or feature in self.scopes


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in; its token is kept as a digest only, which is its key in the account. `seen_at` is within an hour."""

    opened_at: int
    expires_at: int
    seen_at: int = 0
    device: str = ""
    stays: bool = True


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key for programs; kept, like a session, under the digest of the secret. No scopes: all of them."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: int
    used_at: int = 0  # within an hour; 0: never


@dataclass(frozen=True, slots=True)
class Shown:
    """A session or key as it was found under its digest."""

    account_id: str
    digest: str
    entry: Session | ApiKey


@dataclass(frozen=True, slots=True)
class Known:
    """A principal, and the cookie to set where the caller came without a credential."""

    principal: Principal
    issued_guest_cookie: str = field(default="", repr=False)
    shown: Shown | None = None


@dataclass(frozen=True, slots=True)
class EmailChange:
    """An address that is to take the place of an account's, once its letter's link is used."""

    email: str
    address_key: str
    nonce: str = field(repr=False)
    until: int


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account. `address_key` is the address as it is compared, `email` as it was typed and is written to.

    Nonces and times `until` are what the links of letters are computed from; the links themselves are not kept.
    """

    id: str
    email: str
    address_key: str
    name: str
    password_hash: str = field(repr=False)
    registered_at: int
    verify_nonce: str = field(repr=False)
    verify_until: int
    verified: bool = False
    role: str = "user"
    plan: str = "free"
    reset_nonce: str = field(default="", repr=False)
    reset_until: int = 0
    change: EmailChange | None = None
    locked: bool = False
    erase_at: int = 0  # 0: it is not being closed
    orders: tuple[str, ...] = ()  # that set its plan, the oldest first
    sessions: Mapping[str, Session] = field(default_factory=dict)
    api_keys: Mapping[str, ApiKey] = field(default_factory=dict)
    renewing: frozenset[str] = frozenset()  # digests of sessions that were opened under another role

    @property
    def owner(self) -> str:
        """Whose quota is charged."""
        return f"account:{self.id}"

    @property
    def open(self) -> bool:
        """Whether its credentials hold: it is neither locked nor being closed."""
        return not self.locked and not self.erase_at

    def principal(self, kind: Kind = Kind.USER, scopes: tuple[str, ...] = ()) -> Principal:
        """The account as the one who asks."""
        return Principal(
            kind=kind,
            owner=self.owner,
            plan=self.plan,
            account_id=self.id,
            email=self.email,
            verified=self.verified,
            role=self.role,
            name=self.name,
            scopes=frozenset(scopes),
        )


@dataclass(frozen=True, slots=True)
class Attempts:
    """How often something was tried in an hour, and when last."""

    tried: int = 0
    last_at: int = 0


@dataclass(frozen=True, slots=True)
class SignIn:
    """A try to sign in."""

    at: int
    device: str
    outcome: str  # signed_in, wrong_password, locked


@dataclass(frozen=True, slots=True)
class NewPassword:
    """What a new password brings: no session but these, and what its letter proved."""

    password_hash: str = field(repr=False)
    sessions: Mapping[str, Session]
    verified: bool
    keeps_keys: bool = True


class Outcome(StrEnum):
    """How a charge was decided."""

    CHARGED = "charged"
    SEEN = "seen"
    EXHAUSTED = "exhausted"
    UNMETERED = "unmetered"
    AVAILABLE = "available"


@dataclass(frozen=True, slots=True)
class Quota:
    """One feature's state; `limit` and `remaining` are None where there is no limit, `renews_at` for a lifetime."""

    feature: str
    limit: int | None
    used: int
    remaining: int | None
    period: str
    renews_at: int | None
    registered_limit: int | None = None  # what an account has that a guest registers; None for who has one


@dataclass(frozen=True, slots=True)
class Spent:
    """The answer to a charge."""

    outcome: Outcome
    quota: Quota
    known: Known


@dataclass(frozen=True, slots=True)
class Charged:
    """What was charged to a quota, for its owner to read; `carried` came along from a guest and counts nothing."""

    feature: str
    resource: str
    at: int
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """Every quota of a principal, in the plan's order, and what was charged where that was asked for."""

    known: Known
    quotas: tuple[Quota, ...]
    charges: tuple[Charged, ...] = ()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An open session; `token` is told once. `reopened`: the account was about to be erased, and is kept."""

    token: str = field(repr=False)
    expires_at: int
    principal: Principal
    stays: bool = True
    reopened: bool = False


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as its account's owner sees it."""

    id: str
    session: Session
    current: bool


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new API key; `key` is told once."""

    id: str
    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Export:
    """All that is kept of an account, but secrets."""

    account: Account
    sessions: tuple[OpenSession, ...]
    api_keys: tuple[ApiKey, ...]
    sign_ins: tuple[SignIn, ...]
    usage: Usage


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What a letter needs at sending time; `link_path` is empty where its purpose has none."""

    address: str
    name: str
    link_path: str = field(repr=False)
    verified: bool
