"""What is valid on a claim where the record says no more than a header does."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from services.lookup.domain import Entry, Hit, Level
from services.lookup.search.board import Board
from services.lookup.search.codes import system_of
from services.lookup.search.index import Numbers
from services.lookup.search.laying import UNSPECIFIED
from services.lookup.search.words import words

_NEAR: Final = 3  # places within which it is at hand already
_BELOW: Final = 100  # codes looked at below a header
_LEVELS: Final = frozenset({Level.CATEGORY, Level.CODE})


def beside(board: Board, hits: Sequence[Hit], kept: Numbers) -> list[Hit]:
    """The hits; where the first one is a header, its billable "unspecified" code comes right behind it."""
    first = hits[0] if hits else None
    if first is None or first.billable or first.kind == "code":
        return list(hits)
    entry = _unspecified(board, first)
    at_hand = entry is not None and entry.code in {hit.code for hit in hits[:_NEAR]}
    if entry is None or at_hand or not kept[board.codes.at(first.system, entry.code)]:
        return list(hits)
    score = float(np.nextafter(first.score, 0))
    leaf = Hit(first.system, entry.code, entry.display, entry.billable, score, entry.display, "description")
    return [first, leaf, *(hit for hit in hits[1:] if hit.code != entry.code)]


def _unspecified(board: Board, header: Hit) -> Entry | None:
    """The shortest code below that says "unspecified" and is valid on a claim."""
    for bundle in board.bundles:
        entry = bundle.facts.entry(header.code) if bundle.describes and system_of(bundle) == header.system else None
        if entry is not None and entry.level in _LEVELS:
            below = bundle.facts.billable_below(entry, _BELOW)
            plain = (one for one in below if one.level is Level.CODE and not UNSPECIFIED.isdisjoint(words(one.display)))
            return min(plain, key=lambda one: (len(one.code), one.code), default=None)
    return None
