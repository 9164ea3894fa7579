"""How often a sign-in may be tried: ten times an hour for an address, then after waits that double.

Known and unknown addresses are counted alike, under a digest, so that the count tells nobody which is which.
"""

from typing import Final

from services.accounts.credentials.signing import mac
from services.accounts.domain import Attempts
from services.chassis.errors import AppError, Kind

FREE: Final = 10
FIRST_WAIT: Final = 60_000  # milliseconds
LONGEST_WAIT: Final = 15 * 60_000
WINDOW: Final = 3_600_000


def id_of(secret: str, address_key: str, at: int) -> str:
    """Where the tries of an address in the hour of `at` are counted."""
    return f"{mac(secret, 'sign-in', address_key)[:32]}:{at // WINDOW}"


def expiry(at: int) -> int:
    """Until when the count is kept."""
    return (at // WINDOW + 2) * WINDOW


def check(attempts: Attempts, at: int) -> None:
    """LIMITED, with the seconds to wait, where the next try comes too early."""
    wait = attempts.last_at + wait_after(attempts.tried) - at
    if wait > 0:
        text = f"Too many sign-ins were tried for this address. Try again in {-(-wait // 1000)} seconds."
        raise AppError(Kind.LIMITED, "TOO_MANY_ATTEMPTS", text)


def wait_after(tried: int) -> int:
    """Milliseconds to wait after so many tries."""
    if tried < FREE:
        return 0
    return min(FIRST_WAIT << min(tried - FREE, 10), LONGEST_WAIT)
