"""Editions about to be built: which members make one, and which of its parts came with an earlier import."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.lookup.domain import Edition, Part
from services.lookup.importers.files import Member
from services.lookup.importers.format import Format, Identity
from services.lookup.importers.releases import Window

type Kept = Callable[[Part], Member]  # the file of a part as it was kept


@dataclass(slots=True)
class Draft:
    """An edition about to be built: what it is, how it is read, and its parts with the files they come from."""

    format: Format
    identity: Identity
    window: Window
    parts: dict[str, Member] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same edition."""
        return self.identity.system, self.window[1]

    @property
    def id(self) -> str:
        """The same parts make the same edition."""
        told = "\n".join(f"{part.name} {part.sha256} {part.member}" for part in self.sources())
        return f"{self.identity.system}-{self.window[1]}-{hashlib.sha256(told.encode()).hexdigest()[:8]}"

    def sources(self) -> tuple[Part, ...]:
        """Its parts as its edition names them, by name."""
        return tuple(_source(name, self.parts[name]) for name in sorted(self.parts))

    def take(self, name: str, member: Member, read_by: Format) -> Member | None:
        """Adds a part, and returns the member that is passed over where there is one of that name already.

        The first form of a part speaks, but a text before a workbook: an archive may hold the same table as both.
        """
        first = self.parts.setdefault(name, member)
        if first is member:
            return None
        if first.is_workbook and not member.is_workbook and first.sha256 == member.sha256:
            self.parts[name], self.format = member, read_by
            return first
        return member

    def join(self, before: Sequence[Edition], kept: Kept) -> None:
        """Adds the parts of what is published already, where this import does not bring them anew."""
        there = next((one for one in before if (one.system, one.effective_from) == self.key), None)
        for part in there.parts if there else ():
            if part.name not in self.parts and "all" not in self.parts:
                self.parts[part.name] = kept(part)
        if self.format.exports:
            for one in _near(before, self, self.format.exports.within):
                self._fill({part.name: part for part in one.parts}, kept)
                if one.effective_from > self.window[1]:
                    self.window = (one.version, one.effective_from, one.effective_to)

    def absorb(self, older: "Draft") -> None:
        """Adds the exports of an older draft that this one lacks."""
        self._fill(older.parts, lambda member: member)

    def _fill[T](self, parts: dict[str, T], member: Callable[[T], Member]) -> None:
        exports = self.format.exports
        there = {exports.of(name) for name in self.parts} if exports else set()
        for name, one in parts.items():
            if exports and exports.of(name) not in there:
                self.parts[name] = member(one)


def together(drafts: Iterable[Draft]) -> list[Draft]:
    """The drafts, those of a system whose exports appear days apart as one, with the newest one's window."""
    made: list[Draft] = []
    for draft in sorted(drafts, key=lambda one: one.window[1], reverse=True):
        exports = draft.format.exports
        newer = next((one for one in made if exports and one.identity.system == draft.identity.system), None)
        if exports and newer and _apart(newer.window[1], draft.window[1]) <= exports.within:
            newer.absorb(draft)
        else:
            made.append(draft)
    return made


def _near(before: Sequence[Edition], draft: Draft, within: int) -> list[Edition]:
    """The published editions of its system that begin so many days from it at most, the newest first."""
    own = [one for one in before if one.system == draft.identity.system]
    near = [one for one in own if _apart(one.effective_from, draft.window[1]) <= within]
    return sorted(near, key=lambda one: one.effective_from, reverse=True)


def _apart(day: str, other: str) -> int:
    return abs((date.fromisoformat(day) - date.fromisoformat(other)).days)


def _source(name: str, member: Member) -> Part:
    return Part(name, member.file, member.sha256, "" if member.name == member.file else member.name)
