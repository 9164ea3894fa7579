"""What a search can be narrowed to, with how many of its codes would be left."""

from collections.abc import Iterator
from typing import Final

import numpy as np

from services.lookup.domain import SYSTEMS, Facet
from services.lookup.search.board import Board
from services.lookup.search.codes import NAMES, system_of
from services.lookup.search.index import Numbers

_MOST: Final = 12  # chapters told, those with most codes first


def of(board: Board, found: Numbers) -> tuple[Facet, ...]:
    """Facets over the codes found: their systems, their chapters, whether billable."""
    systems, counts = np.unique(board.codes.system[found], return_counts=True)
    told = [
        Facet("system", NAMES[one], SYSTEMS[NAMES[one]].name, int(n)) for one, n in zip(systems, counts, strict=True)
    ]
    chapters = sorted(_chapters(board, found), key=lambda facet: -facet.count)
    billable = int(board.codes.billable[found].sum())
    valid = [Facet("billable", "true", "Valid on a claim", billable)] if billable else []
    return (*told, *chapters[:_MOST], *valid)


def _chapters(board: Board, found: Numbers) -> Iterator[Facet]:
    for bundle in board.bundles:
        if not bundle.describes:
            continue
        system = system_of(bundle)
        within = found[board.codes.system[found] == NAMES.index(system)]
        tops, counts = np.unique(board.codes.top[within], return_counts=True)
        for top, count in zip(tops.tolist(), counts.tolist(), strict=True):
            chapter = board.chapters(system).get(top)
            if chapter:
                yield Facet("within", chapter.code, chapter.display, count)
