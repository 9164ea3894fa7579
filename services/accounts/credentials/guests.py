"""The guest cookie: `id.mac`. Guests cost no database write until something is charged."""

import re
import secrets
from typing import Final

from services.accounts.credentials.signing import mac, same
from services.chassis.errors import unauthenticated

_FORM: Final = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{64})")


def issue(secret: str) -> tuple[str, str]:
    """A new guest: (id, cookie)."""
    guest = secrets.token_hex(16)
    return guest, cookie_of(secret, guest)


def cookie_of(secret: str, guest: str) -> str:
    """The cookie that says this guest."""
    return f"{guest}.{mac(secret, 'guest', guest)}"


def read(secret: str, cookie: str) -> str:
    """The guest's id; UNAUTHENTICATED where the cookie was not issued here."""
    form = _FORM.fullmatch(cookie)
    if form is None or not same(form[2], mac(secret, "guest", form[1])):
        raise unauthenticated("FORGED_COOKIE", "The guest cookie was not issued by this service. Delete it and reload.")
    return form[1]
