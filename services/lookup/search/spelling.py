"""Words, and which of them a mistyped word is nearest to."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from services.lookup.search.index import Numbers
from services.lookup.search.remembered import Remembered

_SHORTEST: Final = 4  # letters a word has at least to be corrected: shorter ones are too near to everything
_LONG: Final = 6  # letters from which two slips are forgiven
_NEAREST: Final = 3  # corrections tried at most
_REMEMBERED: Final = 4_096
_SIGNS: Final = 63


class Vocabulary:
    """Words with how often each is used."""

    def __init__(self, words: Sequence[str], signs: Numbers, counts: Numbers) -> None:
        """`signs` as `signs_of` tells them."""
        self._words, self._counts = words, counts
        self._sizes, self._signs = signs
        self._near: Remembered[tuple[str, int], tuple[str, ...]] = Remembered(_REMEMBERED)

    def nearest(self, word: str, most: int = 0) -> tuple[str, ...]:
        """Words one slip away, else two where the word is long (or `most`, where given); the most used first.

        Two slips spare the first letter: people seldom mistype it, and "qwerty" is not meant to be "twenty". A slip: a
        letter left out, put in, changed, or two neighbours swapped (optimal string alignment).
        """
        if len(word) < _SHORTEST:
            return ()
        return self._near.get((word, most or (2 if len(word) >= _LONG else 1)), self._nearest)

    def _nearest(self, asked: tuple[str, int]) -> tuple[str, ...]:
        word, most = asked
        # each slip changes the length by one at most, and takes and gives one sign at most
        likely = np.flatnonzero(
            (np.abs(self._sizes - len(word)) <= most)
            & (np.bitwise_count(self._signs ^ _signs(word)) <= 2 * most)
            & (self._counts > 0)
        )
        choices = [self._words[int(one)] for one in likely]
        found = process.extract(word, choices, scorer=OSA.distance, score_cutoff=most, limit=None)
        least = min((slips for _, slips, _ in found), default=0)
        near = [int(likely[at]) for one, slips, at in found if slips == least and (slips == 1 or one[0] == word[0])]
        return tuple(self._words[one] for one in sorted(near, key=lambda one: -self._counts[one])[:_NEAREST])


def signs_of(words: Sequence[str]) -> Numbers:
    """Of words, how many letters each has, and which."""
    return np.array([[len(one) for one in words], [_signs(one) for one in words]], np.int64)


def _signs(word: str) -> int:
    """Which letters and digits a word has, as bits; rarer signs share some."""
    bits = 0
    for sign in word:
        bits |= 1 << (ord(sign) % _SIGNS)
    return bits
