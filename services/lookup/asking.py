"""What is asked, read strictly: systems, codes, dates, limits; each refusal names the field and what was expected."""

from typing import Final

from services.chassis.errors import AppError, FieldError, Kind, invalid, not_found
from services.lookup.domain import SYSTEMS, Edition, System, day, spelled

LONGEST_CODE: Final = 8


def system_named(system: str) -> System:
    """A code system; NOT_FOUND."""
    known = SYSTEMS.get(system)
    if known is None:
        told = FieldError("system", system[:40], ", ".join(SYSTEMS))
        message = f"There is no code system {system[:40]!r}. Known are {', '.join(SYSTEMS)}."
        raise AppError(Kind.NOT_FOUND, "UNKNOWN_SYSTEM", message, (told,))
    return known


def code_spelled(system: System, code: str) -> str:
    """The canonical form; what has the length and characters of a code but not its shape is one that does not exist."""
    found = spelled(system, code)
    if found is not None:
        return found
    told = FieldError("code", code[:40], system.expected)
    plain = code.replace(".", "").replace("-", "")
    if len(code) > LONGEST_CODE or not (plain.isascii() and plain.isalnum()):
        message = f"{code[:40]!r} cannot be a code of {system.name}: expected {system.expected}."
        raise invalid("MALFORMED_CODE", message, told)
    message = f"{system.name} has no code {code!r}: expected {system.expected}."
    raise AppError(Kind.NOT_FOUND, "UNKNOWN_CODE", message, (told,))


def unknown_code(system: System, code: str, edition: Edition) -> AppError:
    """The refusal of a code that a complete edition does not have."""
    return not_found("UNKNOWN_CODE", f"{system.name} {edition.version} has no code {code}.")


def date_of(text: str, today: str) -> str:
    """A date of service, today where none is given; INVALID."""
    if not text:
        return today
    found = day(text)
    if found is None:
        told = FieldError("as_of", text[:40], "a day from 1900 to 2100 as YYYY-MM-DD")
        raise invalid("BAD_DATE", "as_of is a date of service, written YYYY-MM-DD.", told)
    return found


def state_named(text: str) -> str:
    """A state or territory by its two letters, upper case; empty where none is given; INVALID."""
    state = text.strip().upper()
    if state and not (len(state) == 2 and state.isascii() and state.isalpha()):  # noqa: PLR2004 -- letters
        told = FieldError("state", text[:40], "two letters of a state or territory, as in TX")
        raise invalid("BAD_STATE", "state is the state of the service, in two letters.", told)
    return state


def limit_of(asked: int, usual: int, most: int) -> int:
    """A number of hits, the usual one where 0 is given; INVALID."""
    if not 0 <= asked <= most:
        told = FieldError("limit", str(asked), f"a number from 1 to {most}")
        raise invalid("BAD_LIMIT", f"limit is a number from 1 to {most}.", told)
    return asked or usual
