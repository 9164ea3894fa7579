"""Which edition speaks for a date."""

from collections.abc import Sequence

from services.lookup.domain import Edition


def speaking(editions: Sequence[Edition], as_of: str) -> Edition | None:
    """The edition that speaks for a date: the newest that had begun, stale where its window is over.

    A complete one speaks before one that lacks parts. A date before all of them is answered by none, save by an
    edition whose entries are dated one by one.
    """
    begun = [edition for edition in editions if edition.effective_from <= as_of]
    if begun:
        return max(begun, key=lambda edition: (edition.complete, edition.effective_from)).on(as_of)
    dated = [edition for edition in editions if edition.row_dated]
    return min(dated, key=lambda edition: edition.effective_from) if dated else None
