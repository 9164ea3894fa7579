"""The words an index knows, and which of them a mistyped word is nearest to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

_SHORTEST: Final = 4  # letters a word has at least to be corrected: shorter ones are too near to everything
_LONG: Final = 6  # letters from which two slips are forgiven
_NEAREST: Final = 3  # corrections tried at most


class Vocabulary:
    """The words of an index with the number of terms each stands in."""

    def __init__(self, counts: Iterable[tuple[str, int]]) -> None:
        self._counts: Mapping[str, int] = dict(counts)
        by_length: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for word in self._counts:
            by_length[len(word)].append((word, _letters(word)))
        self._by_length = by_length

    def __contains__(self, word: str) -> bool:
        """Whether any term has the word."""
        return word in self._counts

    def count(self, word: str) -> int:
        """Terms the word stands in."""
        return self._counts.get(word, 0)

    def nearest(self, word: str) -> tuple[str, ...]:
        """Known words one slip away, else two where the word is long; the nearest and most used first."""
        if len(word) < _SHORTEST:
            return ()
        for slips in (1, 2) if len(word) >= _LONG else (1,):
            found = [known for known in self._candidates(word, slips) if distance(word, known, slips) <= slips]
            if found:
                return tuple(sorted(found, key=lambda known: -self._counts[known])[:_NEAREST])
        return ()

    def _candidates(self, word: str, slips: int) -> Iterable[str]:
        letters = _letters(word)
        for length in range(len(word) - slips, len(word) + slips + 1):
            for known, others in self._by_length.get(length, ()):
                # a slip changes at most two of the letters in use: one lost and one gained
                if (letters ^ others).bit_count() <= 2 * slips:
                    yield known


def _letters(word: str) -> int:
    """The letters in use, one bit each of 32: a quick first look at whether two words can be near."""
    bits = 0
    for sign in word:
        bits |= 1 << (ord(sign) & 31)
    return bits


def distance(one: str, other: str, limit: int) -> int:
    """Slips between two words: a letter left out, put in, changed, or two neighbours swapped (optimal string
    alignment). More than `limit` is told as `limit + 1`.
    """
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, above, row = row, before, [i]
        for j, b in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, above[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)
