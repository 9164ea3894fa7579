"""The verbs of saved lists."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Protocol

from services.chassis.errors import AppError, FieldError, Kind, invalid, not_found
from services.lookup.domain import Code, Status, day
from services.lookup.lists import changes
from services.lookup.lists.judging import Judge
from services.lookup.lists.saved import (
    MOST_CODES,
    MOST_LISTS,
    CodeList,
    Listed,
    Saved,
    named,
    noted,
)

_TRIES: Final = 5  # of a change that others come before
_ERRORS_TOLD: Final = 20
_AT_A_TIME: Final = 50  # codes judged before others have their turn


class Store(Protocol):
    """Where lists are kept."""

    async def of(self, account_id: str) -> list[CodeList]:
        """An account's lists, by name."""

    async def find(self, account_id: str, name: str) -> CodeList | None:
        """A list."""

    async def put(self, changed: CodeList, rev: int) -> bool:
        """Writes a list over the one of that rev, 0 for a new one; False where it has another."""

    async def remove(self, account_id: str, name: str, rev: int = 0) -> bool:
        """Deletes a list, 0: of whatever rev; False where it has another."""


class Codes(Protocol):
    """What a list knows of codes."""

    def get_code(self, system: str, code: str, as_of: str) -> Code:
        """A code on a day; NOT_FOUND, INVALID."""


class Lists:
    """The verbs. `judge` makes one that judges by the editions of the moment."""

    def __init__(self, store: Store, codes: Codes, judge: Callable[[], Judge], now: Callable[[], int]) -> None:
        self._store = store
        self._codes = codes
        self._judge = judge
        self._now = now

    async def list_lists(self, account_id: str) -> list[tuple[CodeList, int]]:
        """The lists with how many of their codes have changed."""
        judge = self._judge()
        found = []
        for one in await self._store.of(account_id):
            changed = sum(bool(listed.changes) for listed in await _listed(judge, one.codes, ""))
            found.append((one, changed))
        return found

    async def get_list(self, account_id: str, name: str, as_of: str = "") -> tuple[CodeList, list[Listed], int]:
        """A list with its codes as they are on a day, today where it is empty, and the generation that says so.

        NOT_FOUND; INVALID for a day that is none.
        """
        if as_of and day(as_of) is None:
            told = FieldError("as_of", as_of[:40], "a day from 1900 to 2100 as YYYY-MM-DD")
            raise invalid("BAD_DATE", "as_of is a date of service, written YYYY-MM-DD.", told)
        found = await self._found(account_id, name)
        judge = self._judge()
        return found, await _listed(judge, found.codes, as_of), judge.generation

    async def save_code(self, account_id: str, name: str, system: str, code: str, note: str) -> Listed:
        """Saves a code or its new note; NOT_FOUND, INVALID, EXHAUSTED."""
        saved = self._saved(system, code, noted(note))
        await self._change(account_id, named(name), [saved])
        return _one_listed(self._judge(), saved, "")

    async def import_list(
        self, account_id: str, name: str, codes: Sequence[tuple[str, str, str]], *, whole: bool = False
    ) -> tuple[int, int]:
        """Saves (system, code, note) of each, all of them or none: how many are new, and how many were there.

        `whole`: what else is in the list is taken out.

        INVALID with the lines that are wrong, the first twenty of them; EXHAUSTED.
        """
        saved: dict[str, Saved] = {}
        wrong: list[FieldError] = []
        for number, (system, code, note) in enumerate(codes, 1):
            try:
                one = self._saved(system, code, noted(note))
                saved[one.key] = one
            except AppError as refused:
                expected = refused.errors[0].expected if refused.errors else refused.message
                wrong.append(FieldError(f"line {number}", f"{system} {code}".strip()[:40], expected))
            if number % _AT_A_TIME == 0:
                await asyncio.sleep(0)
        if wrong:
            message = f"{len(wrong)} of {len(codes)} lines cannot be saved; none was."
            raise invalid("BAD_LINES", message, *wrong[:_ERRORS_TOLD])
        if not saved and not whole:
            raise invalid("NO_LINES", "The file has no codes.", FieldError("file", "no lines", "a code a line"))
        return await self._change(account_id, named(name), list(saved.values()), whole=whole)

    async def remove_code(self, account_id: str, name: str, system: str, code: str) -> None:
        """Takes a code out of a list; without a code, deletes the list."""
        if not code:
            await self._store.remove(account_id, named(name))
            return

        def without(found: CodeList) -> tuple[Saved, ...]:
            return tuple(one for one in found.codes if (one.system, one.code) != (system, code.upper()))

        await self._rewrite(account_id, named(name), without)

    async def note_changes(self, account_id: str, name: str, system: str, code: str, generation: int) -> int:
        """Takes the changes of a code, or without one of the whole list, as noted; how many codes had any.

        CONFLICT where editions came after the generation that the changes were read under; 0 stands for any. NOT_FOUND.
        """
        found = await self._found(account_id, name)
        judge = self._judge()
        if generation not in {0, judge.generation}:
            raise AppError(Kind.CONFLICT, "NEWER_EDITIONS", "Editions came in meanwhile; look at the changes again.")
        wanted = {one.key for one in found.codes if not code or (one.system, one.code) == (system, code.upper())}
        codes = [one for one in found.codes if one.key in wanted]
        outdated = {one.saved.key: one.now for one in await _listed(judge, codes, "") if one.changes}

        def anew(now: CodeList) -> tuple[Saved, ...]:
            return tuple(replace(one, stood=outdated.get(one.key, one.stood)) for one in now.codes)

        if outdated:
            await self._rewrite(account_id, found.name, anew)
        return len(outdated)

    async def rename_list(self, account_id: str, name: str, to: str) -> None:
        """Gives a list another name. NOT_FOUND; CONFLICT where another list has it."""
        found, new = await self._found(account_id, name), named(to)
        if new == found.name:
            return
        if not await self._store.put(replace(found, name=new, rev=1, changed_at=self._now()), 0):
            raise AppError(Kind.CONFLICT, "LIST_EXISTS", f"You have a list {new!r} already.")
        if not await self._store.remove(account_id, found.name, found.rev):
            await self._store.remove(account_id, new, 1)
            raise _busy(name)

    async def move_code(self, account_id: str, name: str, to: str, system: str, code: str) -> None:
        """Takes a code, its note and what it was judged by, to another list. NOT_FOUND, EXHAUSTED."""
        found, new = await self._found(account_id, name), named(to)
        moved = [one for one in found.codes if (one.system, one.code) == (system, code.upper())]
        if not moved:
            raise not_found("UNKNOWN_CODE", f"The list {found.name!r} does not have {code[:40]!r}.")
        if new == found.name:
            return
        await self._change(account_id, new, moved)
        await self.remove_code(account_id, found.name, system, code)

    async def _found(self, account_id: str, name: str) -> CodeList:
        found = await self._store.find(account_id, named(name))
        if found is None:
            raise not_found("UNKNOWN_LIST", f"You have no list {name[:60]!r}.")
        return found

    async def _rewrite(self, account_id: str, name: str, to: Callable[[CodeList], tuple[Saved, ...]]) -> None:
        for _ in range(_TRIES):
            found = await self._store.find(account_id, name)
            codes = to(found) if found else ()
            if found is None or codes == found.codes:
                return
            if await self._store.put(replace(found, codes=codes, changed_at=self._now(), rev=found.rev + 1), found.rev):
                return
        raise _busy(name)

    async def _change(
        self, account_id: str, name: str, saved: Sequence[Saved], *, whole: bool = False
    ) -> tuple[int, int]:
        """What is there already keeps what it was judged by: a new note does not take changes as noted."""
        for _ in range(_TRIES):
            found = await self._store.find(account_id, name)
            if found is None and len(await self._store.of(account_id)) >= MOST_LISTS:
                raise AppError(Kind.EXHAUSTED, "TOO_MANY_LISTS", f"An account has at most {MOST_LISTS} lists.")
            before = found or CodeList(account_id, name)
            kept = {one.key: one for one in before.codes}
            new = sum(one.key not in kept for one in saved)
            written = {one.key: replace(kept.get(one.key, one), note=one.note) for one in saved}
            kept = written if whole else kept | written
            if len(kept) > MOST_CODES:
                raise AppError(Kind.EXHAUSTED, "LIST_FULL", f"A list has at most {MOST_CODES:,} codes.")
            after = replace(before, codes=tuple(kept.values()), changed_at=self._now(), rev=before.rev + 1)
            if await self._store.put(after, before.rev):
                return new, len(saved) - new
        raise _busy(name)

    def _saved(self, system: str, code: str, note: str) -> Saved:
        found = self._codes.get_code(system, code, "")
        if found.status is Status.NO_DATA and not found.display and system != "cpt":
            raise not_found("UNKNOWN_CODE", f"No loaded edition has the code {code[:40]!r}.")
        return Saved(system, found.code, note, self._now(), self._judge().of(system, found.code))


async def _listed(judge: Judge, codes: Sequence[Saved], as_of: str) -> list[Listed]:
    listed = []
    for number, one in enumerate(codes, 1):
        listed.append(_one_listed(judge, one, as_of))
        if number % _AT_A_TIME == 0:
            await asyncio.sleep(0)
    return listed


def _one_listed(judge: Judge, saved: Saved, as_of: str) -> Listed:
    now = judge.of(saved.system, saved.code, saved.stood)
    status, display, billable, edition, _ = judge.entered(saved.system, saved.code, as_of or judge.today)
    shown = display or now.display or saved.stood.display
    changed = changes.between(saved.code, saved.stood, now, judge)
    return Listed(saved, now, status, shown, billable, edition, changed)


def _busy(name: str) -> AppError:
    return AppError(Kind.CONFLICT, "LIST_CHANGED", f"The list {name[:60]!r} is being changed elsewhere; try again.")
