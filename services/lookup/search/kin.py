"""Words of the same root, by how they are spelled."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

SHARED: Final = 4  # letters that words of one root share at least
_HALF: Final = 0.5
_SHORTEST_ENDING: Final = 6
_MOST: Final = 12

type Kin = tuple[tuple[int, float], ...]


def of(word: str, words: Sequence[str], number: Mapping[str, int], beginning: Callable[[str], tuple[int, int]]) -> Kin:
    """Numbers of words with the share of the longer of the two that they have in common, the nearest first.

    They begin alike, in four letters and half of the longer word at least (accommodative, accommodation), or one of
    them ends as the other one (otosalpingitis, salpingitis). `beginning` tells the first word that begins so, and the
    one behind the last.
    """
    if len(word) < SHARED:
        return ()
    first, end = beginning(word[: max(SHARED, len(word) // 2)])
    rated = [(at, _likeness(word, words[at])) for at in range(first, end)]
    rated += [(number[one], len(one) / len(word)) for one in _endings(word) if one in number]
    near = [(at, share) for at, share in rated if share >= _HALF and words[at] != word]
    return tuple(sorted(near, key=lambda one: -one[1])[:_MOST])


def _endings(word: str) -> Iterator[str]:
    return (word[at:] for at in range(2, len(word) - _SHORTEST_ENDING + 1))


def _likeness(one: str, other: str) -> float:
    shared = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return shared / max(len(one), len(other))
