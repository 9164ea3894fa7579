"""The facts that accounts tells, each an event (see events.py). They carry ids; times are milliseconds UTC.

A fact's id is derived from what happened, so that a repeat is the same fact.
"""

import hashlib
from dataclasses import dataclass


def _id(letter: str, *parts: object) -> str:
    return letter + hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class AccountRegistered:
    """An account was made."""

    account_id: str
    at: int

    @property
    def id(self) -> str:
        """The same at every telling."""
        return f"registered_{self.account_id}"


@dataclass(frozen=True, slots=True)
class EmailVerified:
    """The address of an account was shown to be its owner's."""

    account_id: str
    nonce: str
    at: int

    @property
    def id(self) -> str:
        """An address changed and verified later is another fact."""
        return _id("verified_", self.account_id, self.nonce)


@dataclass(frozen=True, slots=True)
class VerificationRequested:
    """A further letter that verifies the address was asked for."""

    account_id: str
    at: int

    @property
    def id(self) -> str:
        """One a request."""
        return _id("verification_", self.account_id, self.at)


@dataclass(frozen=True, slots=True)
class EmailChangeRequested:
    """Another address was named for an account; it holds once its letter's link is used."""

    account_id: str
    nonce: str
    at: int

    @property
    def id(self) -> str:
        """One a request."""
        return _id("change_", self.account_id, self.nonce)


@dataclass(frozen=True, slots=True)
class PasswordResetRequested:
    """A letter that resets the password was asked for."""

    account_id: str
    at: int

    @property
    def id(self) -> str:
        """One a request."""
        return _id("reset_", self.account_id, self.at)


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """The password of an account was changed or reset."""

    account_id: str
    at: int

    @property
    def id(self) -> str:
        """One a change."""
        return _id("password_", self.account_id, self.at)


@dataclass(frozen=True, slots=True)
class PlanChanged:
    """An account is on another plan."""

    account_id: str
    plan: str
    order: str  # what asked for it, unique
    at: int

    @property
    def id(self) -> str:
        """One an order."""
        return _id("plan_", self.account_id, self.order)


@dataclass(frozen=True, slots=True)
class PlansPublished:
    """A changed plans file is in force."""

    digest: str
    revision: int
    at: int

    @property
    def id(self) -> str:
        """One a revision."""
        return f"plans_{self.revision}"


@dataclass(frozen=True, slots=True)
class ClosingRequested:
    """An account will be erased at `erase_at`, unless its owner signs in before."""

    account_id: str
    erase_at: int
    at: int

    @property
    def id(self) -> str:
        """One a request."""
        return _id("closing_", self.account_id, self.erase_at)


@dataclass(frozen=True, slots=True)
class AccountClosed:
    """An account was erased: whoever keeps something of it erases that too."""

    account_id: str
    at: int

    @property
    def id(self) -> str:
        """An account closes once."""
        return f"closed_{self.account_id}"


@dataclass(frozen=True, slots=True)
class QuotaSpent:
    """A resource was charged. `used` is what the charge saw, itself included; charges at once may see the same."""

    id: str
    owner: str
    feature: str
    resource: str
    used: int
    at: int


@dataclass(frozen=True, slots=True)
class QuotaExhausted:
    """The last one of a period was charged."""

    tally_id: str
    limit: int
    owner: str
    feature: str
    at: int

    @property
    def id(self) -> str:
        """One a period and limit: a limit raised later can be reached again."""
        return _id("x", self.tally_id, self.limit)


type Told = (
    AccountRegistered
    | EmailVerified
    | VerificationRequested
    | EmailChangeRequested
    | PasswordResetRequested
    | PasswordChanged
    | PlanChanged
    | PlansPublished
    | ClosingRequested
    | AccountClosed
    | QuotaSpent
    | QuotaExhausted
)
