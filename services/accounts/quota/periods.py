"""Periods a limit holds for, cut at UTC midnight."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Period(StrEnum):
    """How long a limit holds."""

    LIFETIME = "lifetime"
    DAY = "day"
    MONTH = "month"


def name_of(period: Period, at: int) -> str:
    """The period that `at` falls into: "lifetime", "2026-05-01" or "2026-05"."""
    if period is Period.LIFETIME:
        return "lifetime"
    begun = _begin(period, at)
    return f"{begun:%Y-%m-%d}" if period is Period.DAY else f"{begun:%Y-%m}"


def renewal(period: Period, at: int) -> int | None:
    """When the next period begins, in milliseconds; None for a lifetime."""
    if period is Period.LIFETIME:
        return None
    begun = _begin(period, at)
    following = begun + timedelta(days=1 if period is Period.DAY else 32)
    return int(_begin_of(period, following).timestamp() * 1000)


def _begin(period: Period, at: int) -> datetime:
    return _begin_of(period, datetime.fromtimestamp(at / 1000, UTC))


def _begin_of(period: Period, moment: datetime) -> datetime:
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if period is Period.DAY else midnight.replace(day=1)
