"""Session tokens, API keys and letter links.

A session token ("cs_<account>_<secret>") and an API key ("ca_<account>_<secret>") name their account, so that one
read finds it; the account holds only the digest of the whole. A link's token is computed from what the account
holds, the same at every redelivery of its letter, and is kept nowhere.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import Final

from services.accounts.credentials.signing import mac, same
from services.accounts.domain import Account
from services.chassis.errors import AppError, invalid

SESSION: Final = "cs"
API_KEY: Final = "ca"
_BEARER: Final = re.compile(r"(c[sa])_([0-9a-f]{32})_[A-Za-z0-9_-]{43}")
_LINK: Final = re.compile(r"([0-9a-f]{32})\.(\d{1,15})\.([0-9a-f]{64})")


def new_id() -> str:
    """A fresh id of an account, key or nonce: 32 hex digits."""
    return secrets.token_hex(16)


def issue(sort: str, account_id: str) -> str:
    """A new session token or API key."""
    return f"{sort}_{account_id}_{secrets.token_urlsafe(32)}"


def digest(token: str) -> str:
    """Under which an account keeps a token: "s" and 64 hex digits. 256 random bits need no slow hash."""
    return "s" + hashlib.sha256(token.encode()).hexdigest()


def account_of(sort: str, token: str) -> str | None:
    """The account a token claims to be of; None where it has not the form."""
    form = _BEARER.fullmatch(token)
    return form[2] if form and form[1] == sort else None


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a link is for: the digest of one purpose never fits another's."""

    name: str
    nonce: str = field(repr=False)
    until: int


def verifying(account: Account) -> Purpose:
    """Of the link that verifies the address an account was made with."""
    return Purpose("verify-email", account.verify_nonce, account.verify_until)


def changing(account: Account) -> Purpose | None:
    """Of the link that puts the new address in the old one's place; None where none was named."""
    change = account.change
    return Purpose("change-email", change.nonce, change.until) if change else None


def resetting(account: Account) -> Purpose | None:
    """Of the link that resets the password; None where none was asked for, or it was used."""
    return Purpose("reset-password", account.reset_nonce, account.reset_until) if account.reset_nonce else None


@dataclass(frozen=True, slots=True)
class Link:
    """What a link's token says; nothing of it is believed before `proves`."""

    account_id: str
    until: int
    mac: str = field(repr=False)

    def proves(self, secret: str, purpose: Purpose | None) -> bool:
        """Whether it is the token of this account's letter."""
        if purpose is None:
            return False
        return same(self.mac, _link_mac(secret, self.account_id, purpose, self.until))


def link(secret: str, account_id: str, purpose: Purpose) -> str:
    """The token of a letter's link."""
    return f"{account_id}.{purpose.until}.{_link_mac(secret, account_id, purpose, purpose.until)}"


def read_link(token: str) -> Link:
    """A link's token, taken apart; INVALID where it has not the form."""
    form = _LINK.fullmatch(token)
    if form is None:
        raise forged_link()
    return Link(form[1], int(form[2]), form[3])


def forged_link() -> AppError:
    """The refusal of a link that was not sent, or came here in part."""
    return invalid("FORGED_LINK", "This link was not sent by this service, or is not complete. Copy the whole of it.")


def session_id(digest: str) -> str:
    """By what a session is named: a part of its digest, from which nobody finds the token."""
    return digest[1:17]


def _link_mac(secret: str, account_id: str, purpose: Purpose, until: int) -> str:
    return mac(secret, purpose.name, account_id, purpose.nonce, str(until))
