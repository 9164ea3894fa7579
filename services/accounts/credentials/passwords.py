"""Argon2id, at most two hashes at once: each takes 64 MiB and all the cores it gets, so the rest queue."""

import asyncio
import contextlib
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from argon2 import Parameters, PasswordHasher, profiles
from argon2.exceptions import VerificationError

from services.accounts.credentials.password_rules import normalized

AT_ONCE: Final = 2
SECOND_PROFILE: Final = profiles.RFC_9106_LOW_MEMORY  # RFC 9106 section 4, the second recommended option
CHEAP: Final = profiles.CHEAPEST  # for tests


class Passwords:
    """Hashes and checks passwords off the event loop; a caller that gives up leaves the queue."""

    def __init__(self, parameters: Parameters, pool: ThreadPoolExecutor) -> None:
        self._hasher = PasswordHasher.from_parameters(parameters)
        self._pool = pool
        self._nobodys = self._hasher.hash(secrets.token_hex(16))

    async def hash(self, password: str) -> str:
        """The PHC string to keep."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._hasher.hash, normalized(password))

    async def verify(self, kept: str | None, password: str) -> bool:
        """Whether it is the password; with nothing kept, False after the same time, so that nobody learns which."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._verify, kept, normalized(password))

    def _verify(self, kept: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(kept or self._nobodys, password) and kept is not None
        except VerificationError:
            return False


@contextlib.contextmanager
def hashing(parameters: Parameters = SECOND_PROFILE) -> Iterator[Passwords]:
    """Passwords, while the block runs."""
    with ThreadPoolExecutor(AT_ONCE, "argon2") as pool:
        yield Passwords(parameters, pool)
