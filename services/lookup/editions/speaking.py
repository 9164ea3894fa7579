"""Which edition speaks for a date."""

from collections.abc import Sequence

from services.lookup.domain import Edition


def speaking(editions: Sequence[Edition], as_of: str) -> Edition | None:
    """The edition that speaks for a date: the newest that had begun, stale where its window is over.

    A complete one speaks before one that lacks parts. A date that no window holds is answered by the next edition
    whose rows are dated one by one, where there is one: what it has, it decides for every date.
    """
    begun = [edition for edition in editions if edition.effective_from <= as_of]
    newest = max(begun, key=lambda one: (one.complete, one.effective_from)).on(as_of) if begun else None
    if newest and not newest.stale:
        return newest
    later = [one for one in editions if one.row_dated and one.effective_from > as_of and (one.complete or not newest)]
    return min(later, key=lambda one: one.effective_from) if later else newest
