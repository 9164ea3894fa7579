"""Whether an NCCI procedure-to-procedure edit is in force (NCCI Policy Manual, chapter I; layout of the PTP files)."""

from collections.abc import Sequence
from enum import StrEnum

from services.lookup.domain import Edition
from services.lookup.editions.pairs import Pair

NEVER = "9"  # an edit that was taken back for all time: its dates are the same day


class Verdict(StrEnum):
    """What the loaded data says of a rule on a date."""

    APPLIES = "applies"
    DOES_NOT_APPLY = "does_not_apply"
    NO_DATA = "no_data"


def state(pair: Pair, edition: Edition, as_of: str) -> Verdict:
    """Whether a row is in force on a day inside or before the edition's window. The deletion date is the last day.

    A row without its first day is decided within the edition's own window only, and after it ended.
    """
    if pair.indicator == NEVER or (pair.until and pair.until < as_of):
        return Verdict.DOES_NOT_APPLY
    if pair.since:
        return Verdict.APPLIES if pair.since <= as_of else Verdict.DOES_NOT_APPLY
    return Verdict.APPLIES if edition.effective_from <= as_of else Verdict.NO_DATA


def of_rows(rows: Sequence[Pair], edition: Edition, as_of: str) -> tuple[Verdict, Pair | None]:
    """The verdict of all rows of a pair, and the row that decides it: one in force makes it apply."""
    states = [(state(row, edition, as_of), row) for row in rows]
    for wanted in (Verdict.APPLIES, Verdict.NO_DATA):
        for found, row in states:
            if found is wanted:
                return found, row
    return Verdict.DOES_NOT_APPLY, states[-1][1] if states else None
