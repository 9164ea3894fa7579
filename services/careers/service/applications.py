"""Applications: apply, list, move on, end."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from services.careers.domain.applications import STATUSES, Application, application_id
from services.careers.domain.facts import ApplicationReceived, ApplicationUpdated
from services.careers.domain.openings import Opening, Page
from services.careers.domain.people import Caller
from services.careers.domain.wrong import letter_wrong
from services.careers.service.asking import member, right, right_page, signed_in
from services.careers.service.openings import Openings
from services.careers.service.seams import ApplicationStore
from services.chassis.errors import AppError, FieldError, conflict, forbidden, gone, invalid, not_found

AT_ONCE: Final = 100  # applications that end together are read so many at a time


@dataclass(frozen=True, slots=True)
class Applications:
    """Letters to openings. `clock` tells Unix milliseconds."""

    store: ApplicationStore
    openings: Openings
    clock: Callable[[], int]

    async def apply(self, caller: Caller, opening_id: str, letter: str) -> Application:
        """Sends an application, once a person and opening."""
        member(caller, "apply")
        opening, mine = await self.openings.get_opening(caller, opening_id)
        if mine is not None:
            raise _applied_already()
        if opening.status != "open":
            raise gone("OPENING_GONE", f"This opening is {opening.status}.")
        if opening.account_id == caller.account_id:
            raise forbidden("OWN_OPENING", "This is your own opening.")
        right("INVALID_LETTER", letter_wrong(letter))
        at = self.clock()
        key = application_id(opening_id, caller.account_id)
        application = Application(key, opening_id, opening.account_id, caller.account_id, letter.strip(), at)
        said = ApplicationReceived(key, opening_id, opening.account_id, caller.account_id, at)
        if not await self.store.add(application, [said]):
            raise _applied_already()
        return application

    async def list_applications(
        self, caller: Caller, opening_id: str, page: Page
    ) -> tuple[list[tuple[Application, Opening]], int]:
        """A page of an opening's for its employer, or of the caller's own; the newest first, and how many there are."""
        signed_in(caller)
        right_page(page)
        if opening_id:
            opening = await self.openings.own(caller, opening_id)
            found, total = await self.store.to(opening_id, page)
            return [(one, opening) for one in found], total
        mine, total = await self.store.by(caller.account_id, page)
        return [(one, await self._applied_for(one)) for one in mine], total

    async def _applied_for(self, application: Application) -> Opening:
        opening = await self.openings.store.find(application.opening_id)
        if opening is None:
            raise RuntimeError(f"{application.id} stands without its opening: openings are never deleted")
        return opening.on(self.openings.today())

    async def set_application_status(
        self, caller: Caller, key: str, status: str, opening_id: str = ""
    ) -> tuple[Application, Opening]:
        """Moves an application on; the same state again changes nothing."""
        before = await self.store.find(key)
        if before is None or opening_id not in {"", before.opening_id}:
            raise not_found("UNKNOWN_APPLICATION", "There is no such application.")
        opening = await self.openings.own(caller, before.opening_id)
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
        if not await self.store.replace(after, before.rev, [said]):
            raise conflict("APPLICATION_CHANGED", "It has changed meanwhile. Read it again.")
        return after

    async def end_applications(self, opening_id: str) -> None:
        """After an opening was closed: whoever still waits is told. Safe to repeat."""
        while running := await self.store.running(opening_id, AT_ONCE):
            for one in running:
                await self._move(one, "closed")


def _applied_already() -> AppError:
    return conflict("ALREADY_APPLIED", "You have applied for this opening already.")
