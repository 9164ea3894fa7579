"""Who may ask for what, and pages of lists."""

from collections.abc import Sequence

from services.careers.domain.openings import Page
from services.careers.domain.people import Caller
from services.careers.domain.wrong import MOST, page_wrong
from services.chassis.errors import AppError, FieldError, forbidden, invalid, not_found, unauthenticated


def signed_in(caller: Caller) -> None:
    """UNAUTHENTICATED for a guest."""
    if not caller.account_id:
        raise unauthenticated("SIGN_IN", "Sign in first.")


def member(caller: Caller, what: str) -> None:
    """FORBIDDEN for an account whose address is not verified; `what` it would then do."""
    signed_in(caller)
    if not caller.verified:
        raise forbidden("UNVERIFIED", f"Confirm your address with the link in the welcome letter first, then {what}.")


def editor(caller: Caller) -> None:
    """FORBIDDEN for all but editors."""
    signed_in(caller)
    if not caller.edits:
        raise forbidden("EDITORS_ONLY", "Only an editor decides on waiting openings.")


def right(reason: str, errors: Sequence[FieldError]) -> None:
    """INVALID, with every field named, where anything is wrong."""
    fields = list(dict.fromkeys(one.where for one in errors))
    if len(fields) == 1:
        raise invalid(reason, f"{fields[0]}: expected {errors[0].expected}.", *errors)
    if fields:
        raise invalid(reason, f"{len(fields)} fields are wrong: {', '.join(fields)}.", *errors)


def right_page(page: Page, most: int = MOST) -> None:
    """INVALID for a page that cannot be."""
    right("BAD_PAGE", page_wrong(page, most))


def unknown_opening() -> AppError:
    """No such opening, or none of the caller's."""
    return not_found("UNKNOWN_OPENING", "There is no such opening.")
