"""NCCI procedure-to-procedure edits (NCCI Policy Manual, chapter I; layout of the PTP files).

Of two codes of one provider on one day, column two is not paid beside column one, unless the modifier indicator is 1
and a modifier says that they were apart. The associated modifiers are those of the manual's chapter I, section E.
Modifier 59 and XE, XS, XP, XU count on either code from 2019-07-01, on column two alone before (CR 11168); the other
associated modifiers on either.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Final

from services.lookup.domain import Edition
from services.lookup.editions import pairs
from services.lookup.editions.library import Library, Shelf
from services.lookup.editions.pairs import Pair, Pairs
from services.lookup.edits.claim import Claim, Finding, Found, Line, Severity, Verdict, source, summed

RULE: Final = "ncci-ptp"
NEVER: Final = "9"  # an edit that was taken back for all time: its dates are the same day
_EITHER_FROM: Final = "2019-07-01"
DISTINCT: Final = ("59", "XE", "XS", "XP", "XU")
ANATOMIC: Final = frozenset(
    (
        *("E1", "E2", "E3", "E4", "FA", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9"),
        *("TA", "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "LT", "RT", "LC", "LD", "RC", "LM", "RI"),
    )
)
ASSOCIATED: Final = ANATOMIC | {"24", "25", "57", "58", "78", "79", "27", "91", *DISTINCT}
_EVALUATION: Final = ("99202", "99499")  # office visits to other E/M services: there modifier 25 is the one


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


def check(claim: Claim, library: Library) -> Found:
    """Every pair of codes of one day."""
    system = f"ncci-ptp-{claim.setting}{claim.medicaid}"
    findings: list[Finding] = []
    spoke: Edition | None = None
    firm = True
    for day, lines in claim.days().items():
        found = Shelf(library, day).speaking(system)
        if found is None or found[0].pairs is None:
            return findings, summed(RULE, None, findings)
        table, spoke = found[0].pairs, found[1]
        firm = firm and not spoke.stale and (spoke.complete or len(lines) == 1)
        findings += _of_day(lines, day, table, spoke)
    return findings, summed(RULE, spoke, findings, firm=firm)


def _of_day(lines: Sequence[Line], day: str, table: Pairs, edition: Edition) -> list[Finding]:
    """One search for all pairs of the day; only those that have a row at all are looked at."""
    wanted: dict[int, list[tuple[Line, Line]]] = {}
    for one, two in combinations([line for line in lines if pairs.is_code(line.code)], 2):
        if one.code != two.code:
            wanted.setdefault(pairs.key(one.code, two.code), []).append((one, two))
            wanted.setdefault(pairs.key(two.code, one.code), []).append((two, one))
    if not wanted:
        return []
    told: dict[frozenset[str], Finding] = {}
    for key in table.having(list(wanted)):
        rows = table.pairs_of(key)
        for first, second in wanted[key]:
            finding = _finding(rows, first, second, day, edition)
            there = told.get(frozenset((first.id, second.id)))
            if finding and (there is None or _weight(finding) > _weight(there)):
                told[frozenset((first.id, second.id))] = finding
    return list(told.values())


def _weight(finding: Finding) -> tuple[bool, bool]:
    return finding.verdict is Verdict.APPLIES, finding.severity is Severity.ERROR


def _finding(rows: Sequence[Pair], first: Line, second: Line, day: str, edition: Edition) -> Finding | None:
    on = min(day, edition.effective_to) if edition.stale else day
    verdict, row = of_rows(rows, edition, on)
    if row is None or verdict is Verdict.DOES_NOT_APPLY:
        return None
    if edition.stale or verdict is Verdict.NO_DATA:
        return _undecided(row, verdict, first, second, edition, day)
    if row.indicator == "1" and (by := _bypassing(first, second, day)):
        return Finding(
            RULE,
            Verdict.DOES_NOT_APPLY,
            Severity.INFO,
            (first.id, second.id),
            f"{row.column_1} and {row.column_2} are an NCCI pair that modifier {by} opens. CMS: {row.rationale}.",
            f"Keep the record that shows why {by} is true: another site, session, encounter or practitioner.",
            source(edition, row.line, row.part),
        )
    return _denied(row, first, second, edition)


def _denied(row: Pair, first: Line, second: Line, edition: Edition) -> Finding:
    if row.indicator == "0":
        fix = f"No modifier allows both. Report {row.column_1} alone; {row.column_2} is part of it."
        allowed: tuple[str, ...] = ()
    else:
        allowed = ("25", "57") if _EVALUATION[0] <= row.column_2 <= _EVALUATION[1] else DISTINCT
        fix = (
            f"Only if the two were truly apart, add {' or '.join(allowed[:3])} to {row.column_2} and keep the record "
            f"that shows it; otherwise report {row.column_1} alone."
        )
    return Finding(
        RULE,
        Verdict.APPLIES,
        Severity.ERROR,
        (first.id, second.id),
        f"{row.column_2} is not paid beside {row.column_1}, same provider and day. CMS: {row.rationale}.",
        fix,
        source(edition, row.line, row.part),
        allowed,
    )


def _undecided(row: Pair, verdict: Verdict, first: Line, second: Line, edition: Edition, day: str) -> Finding:
    name = source(edition).edition
    if edition.stale:
        message = f"{name} pairs {row.column_1} with {row.column_2}, but it ended {edition.effective_to}, before {day}."
        newest: tuple[str, Verdict] | None = (name, verdict)
    else:
        message = f"{row.column_1} and {row.column_2} are a pair whose first day {name} does not tell."
        newest = None
    fix = f"Import the PTP table that covers {day}, or look the pair up there."
    lines = (first.id, second.id)
    place = source(edition, row.line, row.part)
    return Finding(RULE, Verdict.NO_DATA, Severity.CHECK, lines, message, fix, place, newest=newest)


def _bypassing(first: Line, second: Line, day: str) -> str:
    """The modifier that opens a pair; empty where none does. `first` is column one.

    An anatomic modifier that both lines carry says that the site was the same, and opens nothing.
    """
    same_site = ANATOMIC.intersection(first.modifiers, second.modifiers)
    for modifier in second.modifiers:
        if modifier in ASSOCIATED and modifier not in same_site:
            return modifier
    for modifier in first.modifiers:
        late = modifier not in DISTINCT or day >= _EITHER_FROM
        if modifier in ASSOCIATED and modifier not in same_site and late:
            return modifier
    return ""
