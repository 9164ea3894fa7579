"""Openings by word and by trait: a search touches what fits, not all there is.

Orders are exact: an opening's place is its number from the newest on, and a rank is worth more than any place.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from services.careers.board.words import BEGINNING, SHORTEST_BEGINNING, Trait, asked, traits, words, worth
from services.careers.domain.openings import Filters, Opening

REMEMBERED: Final = 64  # searches: people page through one, and ask the same ones
_RANK: Final = 1 << 40  # more than any place

type Ranks = dict[str, int]  # opening → how well it fits


class Index:
    """Openings that can be found; what is put in is up, what is not is taken out."""

    def __init__(self) -> None:
        self._openings: dict[str, Opening] = {}
        self._by_word: dict[str, Ranks] = {}
        self._by_trait: dict[Trait, set[str]] = {}
        self._alphabet: list[str] = []
        self._newest: list[str] = []
        self._places: dict[str, int] = {}
        self._orders: dict[tuple[Filters, bool], Sequence[int]] = {}  # what was asked since the last change
        self._stale = False

    def put(self, opening: Opening) -> None:
        """Takes one in, in place of what stood there under its id."""
        self.drop(opening.id)
        self._openings[opening.id] = opening
        for word, rank in worth(opening.details).items():
            self._by_word.setdefault(word, {})[opening.id] = rank
        for trait in traits(opening.details):
            self._by_trait.setdefault(trait, set()).add(opening.id)
        self._stale = True

    def drop(self, opening_id: str) -> None:
        """Takes one out, where it is there."""
        before = self._openings.pop(opening_id, None)
        if before is None:
            return
        for word in worth(before.details):
            ranks = self._by_word[word]
            del ranks[opening_id]
            if not ranks:
                del self._by_word[word]
        for trait in traits(before.details):
            self._by_trait[trait].discard(opening_id)
        self._stale = True

    def get(self, opening_id: str) -> Opening | None:
        """One of them."""
        return self._openings.get(opening_id)

    def all(self) -> Iterable[Opening]:
        """All of them, in no order."""
        return tuple(self._openings.values())

    def find(self, filters: Filters, *, newest_first: bool = False) -> "Found":
        """What fits, best first and then newest, or newest first."""
        self._freshen()
        asked_for = (filters, newest_first)
        if asked_for not in self._orders:
            if len(self._orders) >= REMEMBERED:
                self._orders.clear()
            self._orders[asked_for] = self._order(filters, newest_first=newest_first)
        return Found(self._openings, self._newest, self._orders[asked_for])

    def _order(self, filters: Filters, *, newest_first: bool) -> Sequence[int]:
        ranks, groups = self._ranked(words(filters.query)), asked(filters)
        if ranks is None and not groups:
            return range(len(self._newest))
        ids = set(self._openings if ranks is None else ranks)
        for group in groups:
            ids &= set().union(*(self._by_trait.get(trait, ()) for trait in group))
        worths = {} if ranks is None or newest_first else ranks
        return sorted(self._places[one] - worths.get(one, 0) * _RANK for one in ids)

    def _freshen(self) -> None:
        if self._stale:
            ordered = sorted(self._openings.values(), key=lambda one: (-one.posted_at, one.id))
            self._newest = [one.id for one in ordered]
            self._places = {key: place for place, key in enumerate(self._newest)}
            self._alphabet = sorted(self._by_word)
            self._orders.clear()
            self._stale = False

    def _ranked(self, wanted: list[str]) -> Ranks | None:
        """How well each fits all the words together; None where none are asked for."""
        total: Ranks | None = None
        for ranks in sorted(map(self._hits, dict.fromkeys(wanted)), key=len):
            total = ranks if total is None else {key: n + ranks[key] for key, n in total.items() if key in ranks}
        return total

    def _hits(self, word: str) -> Ranks:
        hits: Ranks = {}
        if len(word) >= SHORTEST_BEGINNING:
            for longer in self._beginning_with(word):
                hits.update(dict.fromkeys(self._by_word[longer], BEGINNING))
        return hits | self._by_word.get(word, {})

    def _beginning_with(self, word: str) -> Iterator[str]:
        at = bisect_left(self._alphabet, word)
        while at < len(self._alphabet) and self._alphabet[at].startswith(word):
            yield self._alphabet[at]
            at += 1


class Found:
    """What a search found, in its order."""

    def __init__(self, openings: dict[str, Opening], newest: list[str], order: Sequence[int]) -> None:
        self._openings, self._newest, self._order = openings, newest, order

    def __len__(self) -> int:
        """How many in all."""
        return len(self._order)

    def part(self, start: int, limit: int) -> list[Opening]:
        """Some of them, from the one numbered `start` on."""
        return [self._openings[self._newest[key % _RANK]] for key in self._order[start : start + limit]]
