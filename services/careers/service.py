"""The verbs: post, change, close, find, apply, move on, moderate."""

import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from services.careers.board import Board
from services.careers.domain import (
    CREDENTIALS,
    EMPLOYMENT,
    RUNNING,
    STATES,
    STATUSES,
    Application,
    ApplicationReceived,
    ApplicationUpdated,
    Caller,
    Details,
    Opening,
    OpeningClosed,
    OpeningPosted,
    Told,
    Wanted,
    letter_wrong,
    wrong,
)
from services.chassis.errors import AppError, FieldError, Kind, conflict, forbidden, gone, invalid, not_found
from services.chassis.errors import unauthenticated as unknown_caller

MOST: Final = 100
USUAL: Final = 20
LONGEST_QUERY: Final = 500


class OpeningStore(Protocol):
    """Where openings lie."""

    async def add(self, opening: Opening, said: Sequence[Told]) -> bool:
        """Keeps a new one; False where its id is taken."""
        ...

    async def find(self, opening_id: str) -> Opening | None:
        """One of them."""
        ...

    async def replace(self, opening: Opening, rev: int, said: Sequence[Told]) -> bool:
        """Writes it over the one of that rev; False where that is no longer there."""
        ...

    async def of(self, account_id: str) -> list[Opening]:
        """An employer's, the newest first."""
        ...

    async def waiting(self) -> list[Opening]:
        """Those that wait for an editor, the oldest first."""
        ...

    async def trusted(self, account_id: str) -> bool:
        """Whether an editor has let one of the employer's through."""
        ...

    async def trust(self, account_id: str) -> None:
        """Notes that one was let through."""
        ...


class ApplicationStore(Protocol):
    """Where applications lie."""

    async def add(self, application: Application, said: Sequence[Told]) -> bool:
        """Keeps a new one; False where the person has applied already."""
        ...

    async def find(self, application_id: str) -> Application | None:
        """One of them."""
        ...

    async def replace(self, application: Application, rev: int, said: Sequence[Told]) -> bool:
        """Writes it over the one of that rev."""
        ...

    async def to(self, opening_id: str) -> list[Application]:
        """An opening's, the newest first."""
        ...

    async def by(self, applicant_id: str) -> list[Application]:
        """A person's, the newest first."""
        ...


@dataclass(frozen=True, slots=True)
class Careers:
    """The job board. `clock` tells Unix milliseconds, `today` the day."""

    openings: OpeningStore
    applications: ApplicationStore
    board: Board
    clock: Callable[[], int]
    today: Callable[[], str]

    async def post_opening(self, caller: Caller, details: Details, opening_id: str = "") -> Opening:
        """Posts; the first of a new employer waits for an editor."""
        _member(caller, "post jobs")
        self._check(details)
        if opening_id and not re.fullmatch(r"j[0-9a-f]{16}", opening_id):
            raise invalid(
                "BAD_ID", "An opening's id is j and 16 hexadecimal digits.", FieldError("id", opening_id[:40], "j…")
            )
        at = self.clock()
        at_once = caller.edits or await self.openings.trusted(caller.account_id)
        status = "open" if at_once else "waiting"
        opening = Opening(opening_id or f"j{secrets.token_hex(8)}", details, caller.account_id, status, at, at)
        said = OpeningPosted(opening.id, caller.account_id, not at_once, at)
        if not await self.openings.add(opening, [said]):
            raise conflict("OPENING_EXISTS", "There is an opening with this id.")
        self.board.put([opening])
        return opening

    def _check(self, details: Details) -> None:
        errors = wrong(details, self.today())
        if errors:
            message = "; ".join(dict.fromkeys(f"{one.where}: {one.expected}" for one in errors))
            raise AppError(Kind.INVALID, "INVALID_OPENING", message, tuple(errors))

    async def update_opening(self, caller: Caller, opening_id: str, details: Details, rev: int) -> Opening:
        """Changes one of the caller's own that is open or waits."""
        before = await self._own(caller, opening_id)
        if before.status not in {"open", "waiting", "expired"}:
            raise gone("OPENING_CLOSED", "A closed opening is not changed. Post it anew.")
        if rev != before.rev:
            raise _changed_meanwhile()
        self._check(details)
        status = "waiting" if before.status == "expired" and not await self._at_once(caller) else before.status
        after = replace(
            before,
            details=details,
            status="open" if status == "expired" else status,
            changed_at=self.clock(),
            rev=rev + 1,
        )
        if not await self.openings.replace(after, rev, []):
            raise _changed_meanwhile()
        self.board.put([after])
        return after

    async def _at_once(self, caller: Caller) -> bool:
        return caller.edits or await self.openings.trusted(caller.account_id)

    async def close_opening(self, caller: Caller, opening_id: str) -> None:
        """Closes one of the caller's own."""
        opening = await self._own(caller, opening_id)
        if opening.status in {"closed", "refused"}:
            return
        at = self.clock()
        said = OpeningClosed(opening.id, opening.account_id, "closed", at)
        await self._settle(opening, "closed", at, [said])

    async def _settle(self, opening: Opening, status: str, at: int, said: Sequence[Told]) -> Opening:
        after = replace(opening, status=status, changed_at=at, rev=opening.rev + 1)
        if not await self.openings.replace(after, opening.rev, said):
            raise _changed_meanwhile()
        self.board.put([after])
        return after

    async def _own(self, caller: Caller, opening_id: str) -> Opening:
        _member(caller, "change openings")
        opening = await self.openings.find(opening_id)
        if opening is None or (opening.account_id != caller.account_id and not caller.edits):
            raise _unknown_opening()
        return opening.on(self.today())

    async def get_opening(self, caller: Caller, opening_id: str) -> tuple[Opening, Application | None]:
        """An opening, with the caller's own application."""
        found = await self.openings.find(opening_id)
        if found is None:
            raise _unknown_opening()
        opening = found.on(self.today())
        inside = caller.edits or (caller.account_id != "" and caller.account_id == opening.account_id)
        mine = await self._applied(caller, opening_id)
        if opening.status == "waiting" and not inside:
            raise _unknown_opening()
        if opening.status != "open" and not inside and mine is None:
            raise gone("OPENING_GONE", f"This opening is {opening.status}. See the open ones.")
        return opening, mine

    async def _applied(self, caller: Caller, opening_id: str) -> Application | None:
        if not caller.account_id:
            return None
        return await self.applications.find(application_id(opening_id, caller.account_id))

    async def search_openings(self, caller: Caller, wanted: Wanted, listed: str) -> tuple[list[Opening], int]:
        """Open ones by words and filters; one's own, or those that wait, where asked for."""
        if listed == "mine":
            _signed_in(caller)
            found = [one.on(self.today()) for one in await self.openings.of(caller.account_id)]
            return found, len(found)
        if listed == "waiting":
            _editor(caller)
            found = [one for one in await self.openings.waiting() if one.on(self.today()).status == "waiting"]
            return found, len(found)
        _check_wanted(wanted)
        limit = min(wanted.limit, MOST) if wanted.limit > 0 else USUAL
        return self.board.find(replace(wanted, limit=limit, page=max(1, wanted.page)), self.today())

    async def apply(self, caller: Caller, opening_id: str, letter: str) -> Application:
        """Sends an application, once a person and opening."""
        _member(caller, "apply")
        opening, mine = await self.get_opening(caller, opening_id)
        if mine is not None:
            raise _applied_already()
        if opening.status != "open":
            raise gone("OPENING_GONE", f"This opening is {opening.status}.")
        if opening.account_id == caller.account_id:
            raise forbidden("OWN_OPENING", "This is your own opening.")
        errors = letter_wrong(letter)
        if errors:
            raise invalid("INVALID_LETTER", f"letter: {errors[0].expected}", *errors)
        at = self.clock()
        key = application_id(opening_id, caller.account_id)
        application = Application(key, opening_id, opening.account_id, caller.account_id, letter.strip(), at)
        said = ApplicationReceived(key, opening_id, opening.account_id, caller.account_id, at)
        if not await self.applications.add(application, [said]):
            raise _applied_already()
        return application

    async def list_applications(self, caller: Caller, opening_id: str) -> list[tuple[Application, Opening]]:
        """An opening's for its employer; without one, the caller's own."""
        _signed_in(caller)
        if opening_id:
            opening = await self._own(caller, opening_id)
            return [(one, opening) for one in await self.applications.to(opening_id)]
        mine = await self.applications.by(caller.account_id)
        found = [(one, await self.openings.find(one.opening_id)) for one in mine]
        return [(one, opening.on(self.today())) for one, opening in found if opening is not None]

    async def set_application_status(self, caller: Caller, key: str, status: str) -> tuple[Application, Opening]:
        """Moves an application on; the same state again changes nothing."""
        before = await self.applications.find(key)
        if before is None:
            raise not_found("UNKNOWN_APPLICATION", "There is no such application.")
        opening = await self._own(caller, before.opening_id)
        if status not in STATUSES:
            told = FieldError("status", status[:40], f"one of {', '.join(STATUSES)}")
            raise invalid("BAD_STATUS", "An application has no such state.", told)
        if status == before.status:
            return before, opening
        return await self._move(before, status), opening

    async def _move(self, before: Application, status: str) -> Application:
        after = replace(before, status=status, rev=before.rev + 1)
        said = ApplicationUpdated(
            before.id, before.opening_id, before.employer_id, before.applicant_id, status, after.rev, self.clock()
        )
        if not await self.applications.replace(after, before.rev, [said]):
            raise conflict("APPLICATION_CHANGED", "It has changed meanwhile. Read it again.")
        return after

    async def end_applications(self, opening_id: str) -> None:
        """After an opening was closed: whoever still waits is told. Safe to repeat."""
        for one in await self.applications.to(opening_id):
            if one.status in RUNNING:
                await self._move(one, "closed")

    async def moderate(self, caller: Caller, opening_id: str, *, approve: bool) -> Opening:
        """Lets a waiting opening through, and its employer's from then on, or refuses it."""
        _editor(caller)
        opening = await self._own(caller, opening_id)
        if opening.status != "waiting":
            raise conflict("NOT_WAITING", f"This opening is {opening.status}; nobody waits for a decision.")
        at = self.clock()
        if not approve:
            said: Told = OpeningClosed(opening.id, opening.account_id, "refused", at)
            return await self._settle(opening, "refused", at, [said])
        await self.openings.trust(opening.account_id)
        said = OpeningPosted(opening.id, opening.account_id, waiting=False, at=at)
        return await self._settle(opening, "open", at, [said])


def application_id(opening_id: str, account_id: str) -> str:
    """The same for the same person and opening."""
    return "p" + hashlib.sha256(f"{opening_id}\n{account_id}".encode()).hexdigest()[:24]


def _check_wanted(wanted: Wanted) -> None:
    if len(wanted.query) > LONGEST_QUERY:
        told = FieldError("q", f"{len(wanted.query)} characters", f"at most {LONGEST_QUERY} characters")
        raise invalid("QUERY_TOO_LONG", f"A search has at most {LONGEST_QUERY} characters.", told)
    known = (
        ("credential", wanted.credential, CREDENTIALS),
        ("state", wanted.state, tuple(sorted(STATES))),
        ("employment_type", wanted.employment_type, EMPLOYMENT),
    )
    for where, value, values in known:
        if value and value not in values:
            told = FieldError(where, value[:40], f"one of {', '.join(values)}")
            raise invalid("BAD_FILTER", f"There is no {where.replace('_', ' ')} {value[:40]!r}.", told)


def _signed_in(caller: Caller) -> None:
    if not caller.account_id:
        raise unknown_caller("SIGN_IN", "Sign in first.")


def _member(caller: Caller, what: str) -> None:
    _signed_in(caller)
    if not caller.verified:
        raise forbidden("UNVERIFIED", f"Confirm your address with the link in the welcome letter first, then {what}.")


def _editor(caller: Caller) -> None:
    _signed_in(caller)
    if not caller.edits:
        raise forbidden("EDITORS_ONLY", "Only an editor decides on waiting openings.")


def _unknown_opening() -> AppError:
    return not_found("UNKNOWN_OPENING", "There is no such opening.")


def _changed_meanwhile() -> AppError:
    return conflict("OPENING_CHANGED", "It has changed meanwhile. Read it again.")


def _applied_already() -> AppError:
    return conflict("ALREADY_APPLIED", "You have applied for this opening already.")
