"""What laying out editions has freed goes back to the system; glibc would keep it, a hundred megabytes and more."""

import ctypes
from collections.abc import Callable
from typing import Final

_trim: Final[Callable[[int], int] | None] = getattr(ctypes.CDLL(None), "malloc_trim", None)  # other libraries have none


def give_back() -> None:
    """Takes some ten milliseconds; for after large arrays were made or let go."""
    if _trim:
        _trim(0)
