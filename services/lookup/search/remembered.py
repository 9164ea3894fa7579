"""What was worked out, kept for the next time: the newest answers by what was asked.

functools.lru_cache on a method would hold its object in a circle; what is let go here is gone at once.
"""

from collections.abc import Callable, Hashable


class Remembered[Asked: Hashable, Answer]:
    """At most so many answers; the one that was made first makes way."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[Asked, Answer] = {}

    def get(self, asked: Asked, make: Callable[[Asked], Answer]) -> Answer:
        """What is known, else what is made of what is asked."""
        if asked in self._known:
            return self._known[asked]
        answer = make(asked)
        while len(self._known) >= self._most:
            self._known.pop(next(iter(self._known)), None)
        self._known[asked] = answer
        return answer
