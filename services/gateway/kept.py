"""Code pages that the gateway keeps: what lookup answered, for as long as the same editions answer.

Every answer names the generation of editions it rests on. A newer one, told by an event or by any answer, empties what
is kept; an answer of an older one, from a replica that has not followed yet, is passed on and not kept. Events are
heard live and can be missed while NATS is away, so that nothing is kept for longer than a few seconds either way.
"""

import time
from collections import OrderedDict
from datetime import UTC, datetime
from typing import Final

from services.gateway.domain import Code

KEPT_FOR: Final = 10.0  # seconds
LARGEST: Final = 32 << 20  # bytes of section bodies, all pages together

type Key = tuple[str, str, str, str]  # system, code, date and state as they were asked for


class KeptCodes:
    """The answers asked for last."""

    def __init__(self, largest: int = LARGEST) -> None:
        self._largest = largest
        self._codes: OrderedDict[Key, tuple[float, Code]] = OrderedDict()  # until when, and what
        self._size = 0
        self._generation = 0

    def find(self, key: Key) -> Code | None:
        """The answer, if it still holds: one to no date holds on its own day."""
        until, code = self._codes.get(key, (0.0, None))
        if code is None or until < time.monotonic() or (not key[2] and code.as_of != _today()):
            return None
        self._codes.move_to_end(key)
        return code

    def keep(self, key: Key, code: Code, generation: int) -> None:
        """Keeps an answer of a generation, unless a newer one is known."""
        self.saw(generation)
        if generation < self._generation:
            return
        self._drop(key)
        self._codes[key] = time.monotonic() + KEPT_FOR, code
        self._size += _size(code)
        while self._size > self._largest:
            self._drop(next(iter(self._codes)))

    def saw(self, generation: int) -> None:
        """Forgets everything where a generation is newer than those known so far."""
        if generation > self._generation:
            self._generation = generation
            self._codes.clear()
            self._size = 0

    def _drop(self, key: Key) -> None:
        _, code = self._codes.pop(key, (0.0, None))
        if code:
            self._size -= _size(code)


def _size(code: Code) -> int:
    return sum(len(section.body) for section in code.sections)


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
