"""The words an index knows, and which of them a mistyped word is nearest to."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from rapidfuzz import process
from rapidfuzz.distance import OSA

_SHORTEST: Final = 4  # letters a word has at least to be corrected: shorter ones are too near to everything
_LONG: Final = 6  # letters from which two slips are forgiven
_NEAREST: Final = 3  # corrections tried at most
_REMEMBERED: Final = 4_096


class Vocabulary:
    """The words of an index with the number of terms each stands in."""

    def __init__(self, counts: Iterable[tuple[str, int]]) -> None:
        self._counts: Mapping[str, int] = dict(counts)
        self._words = list(self._counts)
        self.nearest = lru_cache(_REMEMBERED)(self._nearest)

    def __contains__(self, word: str) -> bool:
        """Whether any term has the word."""
        return word in self._counts

    def count(self, word: str) -> int:
        """Terms the word stands in."""
        return self._counts.get(word, 0)

    def _nearest(self, word: str) -> tuple[str, ...]:
        """Known words one slip away, else two where the word is long; the most used first.

        A slip: a letter left out, put in, changed, or two neighbours swapped (optimal string alignment).
        """
        if len(word) < _SHORTEST:
            return ()
        most = 2 if len(word) >= _LONG else 1
        found = process.extract(word, self._words, scorer=OSA.distance, score_cutoff=most, limit=None)
        least = min((slips for _, slips, _ in found), default=0)
        near = [known for known, slips, _ in found if slips == least]
        return tuple(sorted(near, key=lambda known: -self._counts[known])[:_NEAREST])
