"""Openings: post, change, close, find, moderate."""

import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.careers.board.board import Board
from services.careers.domain.applications import Application, application_id
from services.careers.domain.facts import OpeningClosed, OpeningPosted, Told
from services.careers.domain.openings import UP, Details, Filters, Opening, Page, twin
from services.careers.domain.people import Caller
from services.careers.domain.wrong import filters_wrong, reason_wrong, wrong
from services.careers.service.asking import editor, member, right, right_page, signed_in, unknown_opening
from services.careers.service.seams import ApplicationStore, OpeningStore
from services.chassis.errors import AppError, FieldError, conflict, gone, invalid

MOST_PLACES: Final = 10_000
OURS: Final = re.compile(r"j[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Openings:
    """The board. `clock` tells Unix milliseconds, `today` the day."""

    store: OpeningStore
    applications: ApplicationStore
    board: Board
    clock: Callable[[], int]
    today: Callable[[], str]

    async def post_opening(self, caller: Caller, details: Details, opening_id: str = "") -> Opening:
        """Posts; the first of a new employer waits for an editor."""
        member(caller, "post jobs")
        right("INVALID_OPENING", wrong(details, self.today()))
        if opening_id and not OURS.fullmatch(opening_id):
            told = FieldError("id", opening_id[:40], "j and 16 hexadecimal digits")
            raise invalid("BAD_ID", "An opening's id is j and 16 hexadecimal digits.", told)
        if opening_id and await self.store.find(opening_id):
            raise _exists()
        await self._make_room(caller.account_id, details, opening_id)
        at = self.clock()
        status = "open" if await self._at_once(caller) else "waiting"
        opening = Opening(opening_id or f"j{secrets.token_hex(8)}", details, caller.account_id, status, at, at)
        if not await self.store.add(opening, [_posted(opening)]):
            raise _exists()
        self.board.put([opening])
        return opening

    async def _at_once(self, caller: Caller) -> bool:
        return caller.edits or await self.store.trusted(caller.account_id)

    async def _make_room(self, account_id: str, details: Details, own_id: str) -> None:
        """CONFLICT where the employer has one up that says the same; one whose last day is over gives way."""
        other = await self.store.find_twin(twin(account_id, details))
        if other is None or other.id == own_id:
            return
        if other.on(self.today()).status != "expired":
            told = FieldError("title", other.id, "an opening that says something else, or that one changed or closed")
            raise conflict_with("DUPLICATE_OPENING", f"You have this opening up already: {other.id}.", told)
        await self._settle(replace(other, status="expired"), [])

    async def update_opening(self, caller: Caller, opening_id: str, details: Details, rev: int) -> Opening:
        """Changes one of the caller's own that is up, or puts up again one whose last day is over."""
        before = await self.own(caller, opening_id)
        if before.status not in {*UP, "expired"}:
            raise gone("OPENING_CLOSED", "A closed opening is not changed. Post it anew.")
        if rev != before.rev:
            raise changed_meanwhile()
        right("INVALID_OPENING", wrong(details, self.today()))
        await self._make_room(before.account_id, details, before.id)
        after = replace(before, details=details)
        if before.status != "expired":
            return await self._settle(after, [])
        after = replace(after, status="open" if await self._at_once(caller) else "waiting")
        return await self._settle(after, [_posted(replace(after, changed_at=self.clock(), rev=rev + 1))])

    async def close_opening(self, caller: Caller, opening_id: str) -> None:
        """Closes one of the caller's own."""
        opening = await self.own(caller, opening_id)
        if opening.status not in {"closed", "refused"}:
            await self._settle(replace(opening, status="closed"), [self._closed(opening, "closed")])

    def _closed(self, opening: Opening, status: str) -> OpeningClosed:
        return OpeningClosed(opening.id, opening.account_id, status, self.clock())

    async def _settle(self, opening: Opening, said: Sequence[Told]) -> Opening:
        """Writes a changed opening over the one it was made from."""
        after = replace(opening, changed_at=self.clock(), rev=opening.rev + 1)
        if not await self.store.replace(after, opening.rev, said):
            raise changed_meanwhile()
        self.board.put([after])
        return after

    async def own(self, caller: Caller, opening_id: str) -> Opening:
        """One of the caller's own, as it stands today; an editor's are all."""
        member(caller, "change openings")
        opening = await self.store.find(opening_id)
        if opening is None or (opening.account_id != caller.account_id and not caller.edits):
            raise unknown_opening()
        return opening.on(self.today())

    async def get_opening(self, caller: Caller, opening_id: str) -> tuple[Opening, Application | None]:
        """An opening, with the caller's own application."""
        found = await self.store.find(opening_id)
        if found is None:
            raise unknown_opening()
        opening = found.on(self.today())
        inside = caller.edits or (caller.account_id != "" and caller.account_id == opening.account_id)
        mine = await self._applied(caller, opening_id)
        if opening.status == "waiting" and not inside:
            raise unknown_opening()
        if opening.status != "open" and not inside and mine is None:
            raise gone("OPENING_GONE", f"This opening is {opening.status}. See the open ones.")
        return opening, mine

    async def _applied(self, caller: Caller, opening_id: str) -> Application | None:
        if not caller.account_id:
            return None
        return await self.applications.find(application_id(opening_id, caller.account_id))

    async def search_openings(
        self, caller: Caller, filters: Filters, page: Page, listed: str = "", *, newest_first: bool = False
    ) -> tuple[list[Opening], int]:
        """Open ones by words and filters; one's own, or those that wait, where asked for. And how many in all."""
        right_page(page)
        if listed == "mine":
            signed_in(caller)
            found, total = await self.store.of(caller.account_id, page)
            return [one.on(self.today()) for one in found], total
        if listed == "waiting":
            editor(caller)
            return await self.store.waiting(self.today(), page)
        right("BAD_FILTER", filters_wrong(filters))
        return self.board.find(filters, page, self.today(), newest_first=newest_first)

    def map_openings(self, page: Page) -> tuple[list[Opening], int]:
        """Open ones, the newest first, and how many there are."""
        right_page(page, MOST_PLACES)
        return self.board.find(Filters(), page, self.today(), newest_first=True)

    async def moderate(self, caller: Caller, opening_id: str, *, approve: bool, reason: str = "") -> Opening:
        """Lets a waiting opening through, and its employer's from then on, or refuses it with a reason."""
        editor(caller)
        opening = await self.own(caller, opening_id)
        if opening.status != "waiting":
            raise conflict("NOT_WAITING", f"This opening is {opening.status}; nobody waits for a decision.")
        if not approve:
            right("BAD_REASON", reason_wrong(reason))
            refused = replace(opening, status="refused", refusal=reason.strip())
            return await self._settle(refused, [self._closed(opening, "refused")])
        await self.store.trust(opening.account_id)
        opened = replace(opening, status="open")
        return await self._settle(opened, [_posted(replace(opened, changed_at=self.clock(), rev=opened.rev + 1))])

    async def give_up(self, opening: Opening) -> None:
        """Closes one whose employer's account is closed; its applicants keep the title and the employer."""
        bare = replace(opening.details, description="", location="", pay_min="", pay_max="", pay_period="")
        said = [self._closed(opening, "closed")] if opening.status in UP else []
        status = "closed" if opening.status in UP else opening.status
        await self._settle(replace(opening, details=bare, account_id="", status=status, refusal=""), said)


def _posted(opening: Opening) -> OpeningPosted:
    waiting = opening.status == "waiting"
    return OpeningPosted(opening.id, opening.account_id, waiting, opening.changed_at, opening.rev)


def conflict_with(reason: str, message: str, told: FieldError) -> AppError:
    """CONFLICT that names what stands in the way."""
    refusal = conflict(reason, message)
    refusal.errors = (told,)
    return refusal


def changed_meanwhile() -> AppError:
    """Somebody else was quicker."""
    return conflict("OPENING_CHANGED", "It has changed meanwhile. Read it again.")


def _exists() -> AppError:
    return conflict("OPENING_EXISTS", "There is an opening with this id, or it was posted twice at once.")
