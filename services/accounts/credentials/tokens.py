"""Session tokens, API keys and letter links.

A session token ("cs_<account>_<secret>") and an API key ("ca_<account>_<secret>") name their account, so that one
read finds it; the account holds only the digest of the whole. A link's token is computed from what the account
holds, the same at every redelivery of its letter, and is kept nowhere.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
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
class Link:
    """What a link's token says; nothing of it is believed before `proves`."""

    account_id: str
    until: int
    mac: str

    def proves(self, secret: str, account: Account) -> bool:
        """Whether it is the token of this account's letter."""
        return same(self.mac, _link_mac(secret, account.id, account.verify_nonce, self.until))


def link(secret: str, account: Account) -> str:
    """The token of the link that verifies an account's address."""
    shown = _link_mac(secret, account.id, account.verify_nonce, account.verify_until)
    return f"{account.id}.{account.verify_until}.{shown}"


def read_link(token: str) -> Link:
    """A link's token, taken apart; INVALID where it has not the form."""
    form = _LINK.fullmatch(token)
    if form is None:
        raise forged_link()
    return Link(form[1], int(form[2]), form[3])


def forged_link() -> AppError:
    """The refusal of a link that was not sent, or came here in part."""
    return invalid("FORGED_LINK", "This link was not sent by this service, or is not complete. Copy the whole of it.")


def _link_mac(secret: str, account_id: str, nonce: str, until: int) -> str:
    return mac(secret, "verify-email", account_id, nonce, str(until))
