"""Accounts as values: who asks, what an account is, what a quota is.

Times are integer milliseconds since the Unix epoch, UTC.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from services.accounts.facts import Told

ROLES: Final = ("user", "employer", "editor", "admin")


class Kind(StrEnum):
    """What sort of caller."""

    GUEST = "guest"
    USER = "user"
    API_KEY = "api_key"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a caller showed; all empty is a newcomer. `address` is the caller's IP address and is never stored."""

    session_token: str = ""
    guest_cookie: str = ""
    api_key: str = ""
    address: str = ""
    account_id: str = ""  # an account that a service of ours vouches for


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

    def may(self, feature: str) -> bool:
        """Whether the credential reaches the feature; an API key without scopes reaches all."""
        return not self.scopes or feature in self.scopes


@dataclass(frozen=True, slots=True)
class Known:
    """A principal, and the cookie to set where the caller came without a credential."""

    principal: Principal
    issued_guest_cookie: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in; its token is kept as a digest only, which is its key in the account."""

    opened_at: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key for programs; kept, like a session, under the digest of the secret. No scopes: all of them."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: int


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account. `address_key` is the address as it is compared, `email` as it was typed and is written to.

    `verify_nonce` and `verify_until` are what the letter's link is computed from; the link itself is not kept.
    """

    id: str
    email: str
    address_key: str
    name: str
    password_hash: str
    registered_at: int
    verify_nonce: str
    verify_until: int
    verified: bool = False
    role: str = "user"
    plan: str = "free"
    sessions: Mapping[str, Session] = field(default_factory=dict)
    api_keys: Mapping[str, ApiKey] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """Whose quota is charged."""
        return f"account:{self.id}"

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
class Opened:
    """One charge, or a page carried along: by which request, what, when."""

    key: str
    resource: str
    at: int


@dataclass(frozen=True, slots=True)
class Tally:
    """What an owner was charged for a feature in a period. `carried` was seen as a guest and counts nothing."""

    id: str
    used: int = 0
    seen: Mapping[str, Opened] = field(default_factory=dict)
    carried: Mapping[str, Opened] = field(default_factory=dict)
    carried_to: str = ""

    def opened(self, k: str) -> Opened | None:
        """How `k` (see `entry_of`) came to be open, if it is."""
        return self.seen.get(k) or self.carried.get(k)


def entry_of(tally_id: str, resource: str) -> str:
    """The key of a resource in a tally's maps, and the id of the fact that it was charged: "r" and 32 hex digits.

    Plain letters and digits, because the embedded database pastes map keys into SQL.
    """
    return "r" + hashlib.sha256(f"{tally_id}\0{resource}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Charge:
    """One more charge on a tally, written only if `k` is not in it and `used` is still where it may be.

    The `last` one takes `used` from limit - 1 to the limit; any other leaves room below it. So exactly one write
    tells that the quota is used up, and the others need not know where `used` stands.
    """

    tally_id: str
    k: str
    opened: Opened
    limit: int
    last: bool
    forgotten: tuple[str, ...] = ()
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempts:
    """Sign-ins tried for an address in an hour."""

    tried: int = 0
    last_at: int = 0


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


@dataclass(frozen=True, slots=True)
class Spent:
    """The answer to a charge."""

    outcome: Outcome
    quota: Quota
    known: Known


@dataclass(frozen=True, slots=True)
class Usage:
    """Every quota of a principal, in the plan's order."""

    known: Known
    quotas: tuple[Quota, ...]


@dataclass(frozen=True, slots=True)
class SignedIn:
    """An open session; `token` is told once."""

    token: str
    expires_at: int
    principal: Principal


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A new API key; `key` is told once."""

    id: str
    key: str


@dataclass(frozen=True, slots=True)
class LetterFacts:
    """What a letter needs at sending time; `link_path` is empty where its purpose has none."""

    address: str
    name: str
    link_path: str
    verified: bool
