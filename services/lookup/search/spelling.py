"""Words, and which of them a mistyped word is nearest to."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from services.lookup.search.index import Numbers
from services.lookup.search.remembered import Remembered

_SHORTEST: Final = 4  # letters a word has at least to be corrected: shorter ones are too near to everything
_LONG: Final = 6  # letters from which two slips are forgiven
_VERY_LONG: Final = 8  # letters from which three are, where nothing is nearer
_NEAREST: Final = 3  # corrections tried at most
_HARDLY, _MUCH = 2, 30  # terms with a word that is hardly used, and how often one is used that is more likely meant
_REMEMBERED: Final = 4_096
_SIGNS: Final = 63


class Vocabulary:
    """Words with how often each is used."""

    def __init__(self, words: Sequence[str], signs: Numbers, counts: Numbers) -> None:
        """`signs` as `signs_of` tells them."""
        self._words, self._counts = words, counts
        self._sizes, self._signs = signs
        self._near: Remembered[tuple[str, int], tuple[str, ...]] = Remembered(_REMEMBERED)

    def commoner(self, word: str) -> tuple[str, ...]:
        """The much used words one slip away from a word that is hardly used itself: descriptions are cut off and
        misspelled, too ("headach").
        """
        used = self._used(word)
        if not 0 < used <= _HARDLY:
            return ()
        return tuple(one for one in self._within(word, 1) if one != word and self._used(one) >= _MUCH * used)

    def _used(self, word: str) -> int:
        at = bisect_left(self._words, word)
        return int(self._counts[at]) if at < len(self._words) and self._words[at] == word else 0

    def meant(self, word: str, typed: str) -> tuple[str, ...]:
        """The words nearest to one in its search form, or to what was typed for it: "prostatits" is no plural. Those
        that end as it was typed come first.
        """
        typed = typed.casefold()
        if typed == word:
            return self.nearest(word)
        found = dict.fromkeys([*self.nearest(word), *self.nearest(typed)])
        return tuple(sorted(found, key=lambda one: one[-1:] != typed[-1:])[:_NEAREST])

    def nearest(self, word: str, most: int = 0) -> tuple[str, ...]:
        """Words one slip away, else two where the word is long, else three where it is very long (or `most`, where
        given); the most used first.

        Two slips spare the first letter: people seldom mistype it, and "qwerty" is not meant to be "twenty". A slip: a
        letter left out, put in, changed, or two neighbours swapped (optimal string alignment).
        """
        if len(word) < _SHORTEST:
            return ()
        return self._near.get((word, most), self._nearest)

    def _nearest(self, asked: tuple[str, int]) -> tuple[str, ...]:
        word, most = asked
        found = self._least(self._slips(word, most or (2 if len(word) >= _LONG else 1)), word)
        return found if found or most or len(word) < _VERY_LONG else self._least(self._slips(word, 3), word)

    def _within(self, word: str, most: int) -> tuple[str, ...]:
        """All words so many slips away at most, itself among them; the most used first."""
        found = sorted(self._slips(word, most), key=lambda one: -self._counts[one[1]])
        return tuple(self._words[at] for _, at in found)

    def _least(self, slips: Sequence[tuple[int, int]], word: str) -> tuple[str, ...]:
        """Those of the fewest slips, the most used first."""
        least = min((n for n, _ in slips), default=0)
        near = [at for n, at in slips if n == least and (n == 1 or self._words[at][:1] == word[:1])]
        return tuple(self._words[one] for one in sorted(near, key=lambda one: -self._counts[one])[:_NEAREST])

    def _slips(self, word: str, most: int) -> list[tuple[int, int]]:
        """How many slips words are away, of those so many away at most, each with its number."""
        # each slip changes the length by one at most, and takes and gives one sign at most
        likely = np.flatnonzero(
            (np.abs(self._sizes - len(word)) <= most)
            & (np.bitwise_count(self._signs ^ _signs(word)) <= 2 * most)
            & (self._counts > 0)
        )
        choices = [self._words[int(one)] for one in likely]
        found = process.extract(word, choices, scorer=OSA.distance, score_cutoff=most, limit=None)
        return [(slips, int(likely[at])) for _, slips, at in found]


def signs_of(words: Sequence[str]) -> Numbers:
    """Of words, how many letters each has, and which."""
    return np.array([[len(one) for one in words], [_signs(one) for one in words]], np.int64)


def _signs(word: str) -> int:
    """Which letters and digits a word has, as bits; rarer signs share some."""
    bits = 0
    for sign in word:
        bits |= 1 << (ord(sign) % _SIGNS)
    return bits
