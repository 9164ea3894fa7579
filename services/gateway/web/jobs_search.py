"""A search of jobs as an address or a form says it."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request

from services.chassis.errors import FieldError, invalid
from services.gateway.domain import Json

TEXTS: Final = ("q", "credential", "state", "employment_type")
TICKS: Final = {"": False, "0": False, "false": False, "off": False, "1": True, "true": True, "on": True}
TICKED: Final = ("cpc_a", "remote")
_LONGEST_NUMBER: Final = 7  # digits of a page


def filters_of(said: Mapping[str, Any]) -> Json:
    """The filters of a query or a form: q, credential, state, employment_type, cpc_a, remote. INVALID for a tick."""
    texts = {key: str(said.get(key, "")).strip() for key in TEXTS}
    return {**texts, **{key: _tick(key, str(said.get(key, ""))) for key in TICKED}}


def _tick(key: str, value: str) -> bool:
    if value.lower() not in TICKS:
        told = FieldError(key, value[:40], "1 or 0, true or false")
        raise invalid("BAD_FILTER", f"{key} is a yes or a no.", told)
    return TICKS[value.lower()]


def page_of(request: Request) -> int:
    """The page that is asked for, from 1; INVALID where it is no number."""
    value = request.query_params.get("page", "1")
    if not (value.isascii() and value.isdecimal() and len(value) <= _LONGEST_NUMBER and int(value)):
        raise invalid("BAD_PAGE", "A page is a number from 1 on.", FieldError("page", value[:40], "a number from 1 on"))
    return int(value)


def pages_of(total: int, limit: int) -> int:
    """How many pages there are; an empty list has one."""
    return max(1, -(-total // limit))
