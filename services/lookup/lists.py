"""Saved lists of codes: named, with notes, and with what has changed since a code was saved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from services.chassis.errors import AppError, FieldError, Kind, invalid, not_found
from services.lookup.domain import Code, Status

LONGEST_NAME: Final = 60
LONGEST_NOTE: Final = 1_000
MOST_LISTS: Final = 100
MOST_CODES: Final = 1_000
_TRIES: Final = 5  # of a change that others come before
_ERRORS_TOLD: Final = 20
_STATUS: Final = {
    Status.DELETED: "deleted",
    Status.NOT_YET_VALID: "not yet valid",
    Status.NO_DATA: "not in any edition",
}


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved code, with what it was when it was saved."""

    system: str
    code: str
    note: str
    saved_at: int
    display: str
    status: str
    billable: bool | None

    @property
    def key(self) -> str:
        """What it is called within its list."""
        return f"{self.system} {self.code}"


@dataclass(frozen=True, slots=True)
class Listed:
    """A saved code as it is today: its description, and what has changed."""

    saved: Saved
    display: str
    changes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list; `rev` counts its changes."""

    account_id: str
    name: str
    codes: tuple[Saved, ...] = ()
    changed_at: int = 0
    rev: int = 0


class Store(Protocol):
    """Where lists are kept."""

    async def of(self, account_id: str) -> list[CodeList]:
        """An account's lists, by name."""

    async def find(self, account_id: str, name: str) -> CodeList | None:
        """A list."""

    async def put(self, changed: CodeList, rev: int) -> bool:
        """Writes a list over the one of that rev, 0 for a new one; False where it has another."""

    async def remove(self, account_id: str, name: str) -> None:
        """Deletes a list."""


class Codes(Protocol):
    """What a list knows of codes."""

    def get_code(self, system: str, code: str, as_of: str) -> Code:
        """A code on a day; NOT_FOUND, INVALID."""


class Lists:
    """The verbs."""

    def __init__(self, store: Store, codes: Codes, now: Callable[[], int]) -> None:
        self._store = store
        self._codes = codes
        self._now = now

    async def list_lists(self, account_id: str) -> list[tuple[CodeList, int]]:
        """The lists with how many of their codes have changed."""
        return [
            (one, sum(bool(self._today(code).changes) for code in one.codes))
            for one in await self._store.of(account_id)
        ]

    async def get_list(self, account_id: str, name: str) -> tuple[CodeList, list[Listed]]:
        """A list with its codes as they are today; NOT_FOUND."""
        found = await self._store.find(account_id, _named(name))
        if found is None:
            raise not_found("UNKNOWN_LIST", f"You have no list {name[:60]!r}.")
        return found, [self._today(one) for one in found.codes]

    async def save_code(self, account_id: str, name: str, system: str, code: str, note: str) -> Listed:
        """Saves a code or its new note; NOT_FOUND, INVALID, EXHAUSTED."""
        saved = self._saved(system, code, _noted(note))
        await self._change(account_id, _named(name), [saved])
        return self._today(saved)

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
                one = self._saved(system, code, _noted(note))
                saved[one.key] = one
            except AppError as refused:
                expected = refused.errors[0].expected if refused.errors else refused.message
                wrong.append(FieldError(f"line {number}", f"{system} {code}".strip()[:40], expected))
        if wrong:
            message = f"{len(wrong)} of {len(codes)} lines cannot be saved; none was."
            raise invalid("BAD_LINES", message, *wrong[:_ERRORS_TOLD])
        if not saved and not whole:
            raise invalid("NO_LINES", "The file has no codes.", FieldError("file", "no lines", "a code a line"))
        return await self._change(account_id, _named(name), list(saved.values()), whole=whole)

    async def remove_code(self, account_id: str, name: str, system: str, code: str) -> None:
        """Takes a code out of a list; without a code, deletes the list."""
        if not code:
            await self._store.remove(account_id, _named(name))
            return
        for _ in range(_TRIES):
            found = await self._store.find(account_id, _named(name))
            left = (
                tuple(one for one in found.codes if (one.system, one.code) != (system, code.upper())) if found else ()
            )
            if found is None or len(left) == len(found.codes):
                return
            if await self._store.put(replace(found, codes=left, changed_at=self._now(), rev=found.rev + 1), found.rev):
                return
        raise _busy(name)

    async def _change(
        self, account_id: str, name: str, saved: Sequence[Saved], *, whole: bool = False
    ) -> tuple[int, int]:
        for _ in range(_TRIES):
            found = await self._store.find(account_id, name)
            if found is None and len(await self._store.of(account_id)) >= MOST_LISTS:
                raise AppError(Kind.EXHAUSTED, "TOO_MANY_LISTS", f"An account has at most {MOST_LISTS} lists.")
            before = found or CodeList(account_id, name)
            kept = {one.key: one for one in before.codes}
            new = sum(one.key not in kept for one in saved)
            dated = {one.key: replace(one, saved_at=kept.get(one.key, one).saved_at) for one in saved}
            kept = dated if whole else kept | dated
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
        return Saved(system, found.code, note, self._now(), found.display, found.status.value, found.billable)

    def _today(self, saved: Saved) -> Listed:
        """What is true of a saved code today."""
        try:
            now = self._codes.get_code(saved.system, saved.code, "")
        except AppError as refused:
            return Listed(saved, saved.display, (refused.message,))
        return Listed(saved, now.display or saved.display, tuple(_changes(saved, now)))


def _changes(saved: Saved, now: Code) -> list[str]:
    edition = f" ({now.edition.title} {now.edition.version})" if now.edition else ""
    told = []
    if now.status.value != saved.status:
        told.append(f"It is {_STATUS.get(now.status, now.status.value)} on {now.as_of}{edition}.")
    if now.display and saved.display and now.display != saved.display:
        told.append(f"Its description was {saved.display!r}{edition}.")
    if None not in {now.billable, saved.billable} and now.billable != saved.billable:
        told.append(f"It is {'now' if now.billable else 'no longer'} valid on a claim{edition}.")
    return told


def _named(name: str) -> str:
    """A list's name, without spaces around it; INVALID."""
    named = " ".join(name.split())
    if 0 < len(named) <= LONGEST_NAME and named.isprintable() and "/" not in named:
        return named
    told = FieldError("name", name[:LONGEST_NAME], f"1 to {LONGEST_NAME} characters without a slash")
    raise invalid("BAD_NAME", f"A list's name has 1 to {LONGEST_NAME} characters, and no slash.", told)


def _noted(note: str) -> str:
    if len(note) > LONGEST_NOTE:
        told = FieldError("note", f"{len(note)} characters", f"at most {LONGEST_NOTE} characters")
        raise invalid("NOTE_TOO_LONG", f"A note has at most {LONGEST_NOTE} characters.", told)
    return note.strip()


def _busy(name: str) -> AppError:
    return AppError(Kind.CONFLICT, "LIST_CHANGED", f"The list {name[:60]!r} is being changed elsewhere; try again.")
