"""Jobs in words, the same on pages, in feeds and in letters."""

from collections.abc import Mapping
from typing import Any

from services.gateway.us_states import STATES


def described(filters: Mapping[str, Any]) -> str:
    """A search as in "coder, CPC, remote, Wisconsin"; what asks for nothing is every job."""
    parts = [
        filters["q"],
        filters["credential"],
        "CPC-A welcome" if filters["cpc_a"] else "",
        "remote" if filters["remote"] else "",
        STATES.get(filters["state"], filters["state"]),
        filters["employment_type"].replace("_", " ").lower(),
    ]
    return ", ".join(part for part in parts if part) or "every job"


def place(job: Mapping[str, Any]) -> str:
    """Where the work is, as in "remote, Madison, WI"; empty where the employer did not say."""
    parts = ("remote" if job["remote"] else "", job["location"], job["state"])
    return ", ".join(part for part in parts if part)


def pay(job: Mapping[str, Any]) -> str:
    """What a job pays, in US dollars; empty where the employer did not say."""
    amounts = [_dollars(job[key]) for key in ("pay_min", "pay_max") if job.get(key)]
    if not amounts:
        return ""
    period = str(job.get("pay_period") or "").lower()
    article = "an" if period.startswith("h") else "a"
    return "–".join(dict.fromkeys(amounts)) + (f" {article} {period}" if period else "")  # noqa: RUF001 -- a range takes an en dash


def _dollars(amount: float | str) -> str:
    try:
        figure = float(amount)
    except ValueError:
        return str(amount)
    return f"${figure:,.0f}" if figure.is_integer() else f"${figure:,.2f}"
