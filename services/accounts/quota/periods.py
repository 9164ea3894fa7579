"""Periods a limit holds for, cut at UTC midnight."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

DAY: Final = 86_400_000  # milliseconds


class Period(StrEnum):
    """How long a limit holds."""

    LIFETIME = "lifetime"
    DAY = "day"
    MONTH = "month"


def name_of(period: Period, at: int) -> str:
    """The period that `at` falls into: "lifetime", "2026-05-01" or "2026-05"."""
    return _around(period, at // DAY)[0]


def renewal(period: Period, at: int) -> int | None:
    """When the next period begins, in milliseconds; None for a lifetime."""
    return _around(period, at // DAY)[1]


@lru_cache(maxsize=1_000)
def _around(period: Period, day: int) -> tuple[str, int | None]:
    """The period that a day since 1970 lies in: its name, and when the next one begins."""
    if period is Period.LIFETIME:
        return "lifetime", None
    midnight = datetime.fromtimestamp(day * DAY / 1000, UTC)
    if period is Period.DAY:
        return f"{midnight:%Y-%m-%d}", (day + 1) * DAY
    following = (midnight.replace(day=1) + timedelta(days=32)).replace(day=1)
    return f"{midnight:%Y-%m}", int(following.timestamp() * 1000)
