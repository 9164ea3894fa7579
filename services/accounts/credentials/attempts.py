"""How often something may be tried: so many times an hour for an address or a network, then after waits that double.

Known and unknown addresses are counted alike, under a digest, so that the count tells nobody which is which; of a
network no address is kept.
"""

from dataclasses import dataclass
from typing import Final, Protocol

from services.accounts.credentials.signing import mac
from services.accounts.domain import Attempts
from services.chassis.errors import AppError, Kind

FIRST_WAIT: Final = 60_000  # milliseconds
LONGEST_WAIT: Final = 15 * 60_000
WINDOW: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Limit:
    """What is counted, how often it is free in an hour, and what a refusal says was tried too often."""

    name: str
    free: int
    told: str


SIGN_IN: Final = Limit("sign-in", 10, "Too many sign-ins were tried for this address.")
SIGN_IN_NETWORK: Final = Limit("sign-in-network", 100, "Too many sign-ins were tried from your network.")
REGISTER_NETWORK: Final = Limit("register-network", 30, "Too many accounts were asked for from your network.")
RESET: Final = Limit("reset", 5, "Too many letters were asked for.")
RESET_NETWORK: Final = Limit("reset-network", 20, "Too many letters were asked for from your network.")
VERIFY: Final = Limit("verify", 3, "Too many letters were asked for.")


class AttemptStore(Protocol):
    """Tries, by what was tried and hour."""

    async def find(self, attempts_id: str) -> Attempts:
        """How many were tried, and when the last."""

    async def note(self, attempts_id: str, at: int, expires_at: int) -> None:
        """Counts one more."""

    async def clear(self, attempts_id: str) -> None:
        """Forgets them."""


async def count(store: AttemptStore, counted: str, limit: Limit, at: int) -> None:
    """Counts one more try, or refuses it: LIMITED, with the seconds to wait. A refused try is not counted.

    What others counted between the look and the count is looked at again, so that a burst gets no further than one.
    """
    before = await store.find(counted)
    check(limit, before, at)
    await store.note(counted, at, expiry(at))
    if before.tried >= limit.free:
        return
    others = (await store.find(counted)).tried - 1
    if others >= limit.free:
        check(limit, Attempts(others, at), at)


def id_of(secret: str, limit: Limit, key: str, at: int) -> str:
    """Where the tries of an address or network in the hour of `at` are counted."""
    return f"{mac(secret, limit.name, key)[:32]}:{at // WINDOW}"


def expiry(at: int) -> int:
    """Until when the count is kept."""
    return (at // WINDOW + 2) * WINDOW


def check(limit: Limit, attempts: Attempts, at: int) -> None:
    """LIMITED, with the seconds to wait, where the next try comes too early."""
    wait = attempts.last_at + wait_after(limit, attempts.tried) - at
    if wait > 0:
        seconds = -(-wait // 1000)
        text = f"{limit.told} Try again in {seconds} seconds."
        raise AppError(Kind.LIMITED, "TOO_MANY_ATTEMPTS", text, retry_after=seconds)


def wait_after(limit: Limit, tried: int) -> int:
    """Milliseconds to wait after so many tries."""
    if tried < limit.free:
        return 0
    return min(FIRST_WAIT << min(tried - limit.free, 10), LONGEST_WAIT)
