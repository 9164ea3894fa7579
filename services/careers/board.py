"""The open openings in memory, searched by words and filters.

A replica sees its own writes at once and others' within a second: it asks the store for what has changed.
"""

import asyncio
import logging
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Protocol

from services.careers.domain import Opening, Wanted

log = logging.getLogger(__name__)

EVERY: Final = 1.0  # seconds between two looks
OVERLAP: Final = 5_000  # ms of changes read again: clocks of replicas differ
_TITLE: Final = 3
_EMPLOYER: Final = 2


class Changes(Protocol):
    """The store, as the board reads it."""

    async def changed(self, since: int) -> list[Opening]:
        """Openings changed after a time, in Unix milliseconds."""
        ...


@dataclass(frozen=True, slots=True)
class _Listed:
    opening: Opening
    title: frozenset[str]
    employer: frozenset[str]
    all: frozenset[str]
    ordered: tuple[str, ...]  # all of them by alphabet, for beginnings


class Board:
    """What is open, searchable."""

    def __init__(self) -> None:
        self._listed: dict[str, _Listed] = {}
        self._seen = 0

    def put(self, openings: Iterable[Opening]) -> None:
        """Takes openings in as they are now; those that are not open go."""
        for opening in openings:
            self._seen = max(self._seen, opening.changed_at)
            before = self._listed.get(opening.id)
            if before and before.opening.rev >= opening.rev:
                continue
            if opening.status == "open":
                self._listed[opening.id] = _listed(opening)
            else:
                self._listed.pop(opening.id, None)

    async def follow(self, store: Changes) -> None:
        """Keeps up with the store for ever; an outage is waited out."""
        while True:
            try:
                self.put(await store.changed(max(0, self._seen - OVERLAP)))
            except Exception as error:  # noqa: BLE001 -- the next look tries again
                log.warning("board: %s", type(error).__name__)
            await asyncio.sleep(EVERY)

    def find(self, wanted: Wanted, today: str) -> tuple[list[Opening], int]:
        """A page of what fits, best first and then newest, and how many in all."""
        asked = list(dict.fromkeys(words(wanted.query)))
        ranked = []
        for one in self._listed.values():
            if not _fits(one.opening, wanted, today):
                continue
            rank = _ranked(one, asked)
            if rank is not None:
                ranked.append((-rank, -one.opening.posted_at, one.opening.id, one.opening))
        ranked.sort(key=lambda row: row[:3])
        start = (wanted.page - 1) * wanted.limit
        return [row[3] for row in ranked[start : start + wanted.limit]], len(ranked)


def words(text: str) -> list[str]:
    """The words of a text, case and accents aside."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"[a-z0-9]+", "".join(sign for sign in plain if not unicodedata.combining(sign)))


def _listed(opening: Opening) -> _Listed:
    said = opening.details
    title, employer = frozenset(words(said.title)), frozenset(words(said.employer))
    rest = words(" ".join((said.description, said.location, said.state, *said.credentials)))
    every = frozenset((*title, *employer, *rest))
    return _Listed(opening, title, employer, every, tuple(sorted(every)))


def _ranked(one: _Listed, asked: Iterable[str]) -> int | None:
    """How well the words fit together; None as soon as one of them does not."""
    total = 0
    for word in asked:
        rank = _rank(one, word)
        if not rank:
            return None
        total += rank
    return total


def _rank(one: _Listed, word: str) -> int:
    """How well a word fits: in the title, the employer, anywhere; as the beginning of a word for less."""
    if word in one.title:
        return _TITLE + 1
    if word in one.employer:
        return _EMPLOYER + 1
    if word in one.all:
        return 2
    return int(len(word) > 2 and _begins(one.ordered, word))  # noqa: PLR2004 -- shorter is no beginning


def _begins(ordered: tuple[str, ...], word: str) -> bool:
    at = bisect_left(ordered, word)
    return at < len(ordered) and ordered[at].startswith(word)


def _fits(opening: Opening, wanted: Wanted, today: str) -> bool:
    said = opening.details
    return (
        today <= said.valid_through
        and (not wanted.credential or wanted.credential in said.credentials)
        and (not wanted.cpc_a or said.cpc_a_accepted)
        and (not wanted.remote or said.remote)
        and (not wanted.state or wanted.state == said.state or (said.remote and not said.state))
        and (not wanted.employment_type or wanted.employment_type == said.employment_type)
    )
