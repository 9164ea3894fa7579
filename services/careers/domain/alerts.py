"""Alerts: standing searches whose new openings are mailed, and the token by which a letter ends one."""

import hashlib
import hmac
from dataclasses import astuple, dataclass, replace
from typing import Final

from services.careers.domain.openings import Filters

MOST_ALERTS: Final = 20  # of one account
REMEMBERED: Final = 200  # openings that an alert knows it has told of, the newest
_MAC: Final = 16  # bytes


@dataclass(frozen=True, slots=True)
class Alert:
    """A standing search of an account's; `matched` are openings it has told of."""

    id: str
    account_id: str
    filters: Filters
    created_at: int  # Unix milliseconds
    matched: tuple[str, ...] = ()
    rev: int = 1

    def telling(self, opening_id: str) -> "Alert":
        """The alert after it has told of an opening."""
        return replace(self, matched=(*self.matched, opening_id)[-REMEMBERED:], rev=self.rev + 1)


def alert_id(account_id: str, filters: Filters) -> str:
    """The same for the same account and filters, whatever the order and case of the words."""
    words = " ".join(sorted(set(filters.query.casefold().split())))
    told = "\n".join(str(part) for part in (account_id, *astuple(replace(filters, query=words))))
    return "a" + hashlib.sha256(told.encode()).hexdigest()[:24]


def token_of(alert: Alert, secret: str) -> str:
    """Ends this alert for whoever holds it, and no later one with the same filters; needs no store to be read."""
    return f"{alert.id}.{alert.created_at}.{_mac(alert.id, str(alert.created_at), secret)}"


def read_token(token: str, secret: str) -> tuple[str, int] | None:
    """The alert and when it was made; None for what we have not signed."""
    key, _, rest = token.partition(".")
    at, _, mac = rest.partition(".")
    if not at.isdecimal() or not hmac.compare_digest(mac.encode(), _mac(key, at, secret).encode()):
        return None
    return key, int(at)


def _mac(key: str, at: str, secret: str) -> str:
    return hmac.digest(secret.encode(), f"unsubscribe:{key}:{at}".encode(), hashlib.sha256)[:_MAC].hex()
