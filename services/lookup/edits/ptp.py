"""NCCI procedure-to-procedure edits (NCCI Policy Manual, chapter I, section E; layout of the PTP files).

Of two codes of one provider, one patient and one day, column two is not paid beside column one, unless the modifier
indicator is 1 and an associated modifier says that they were apart. Modifier 59 and XE, XS, XP, XU count on either
code from 2019-07-01, on column two alone before (CMS change request 11168); the other associated modifiers on either
(docs/decisions.md). Modifiers such as 22, 51, 76 and 77 are not associated and open nothing. Medicare has no such
table for suppliers of medical equipment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.lookup.domain import Edition
from services.lookup.editions import pairs
from services.lookup.editions.pairs import Pair, Pairs
from services.lookup.edits.claim import (
    By,
    Checked,
    Claim,
    Finding,
    Found,
    Line,
    Severity,
    Verdict,
    source,
    summed,
    told,
    undecided,
)
from services.lookup.edits.tables import Day, Tables

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
# What the record has to show for an associated modifier; the anatomic ones name another site.
_SITE: Final = "that the site was another"
_SHOWN: Final = {
    "24": "that the visit had nothing to do with the surgery before it",
    "25": "a significant visit beyond the procedure's own preparation",
    "27": "separate hospital outpatient visits of that day",
    "57": "that the decision for the surgery was made at the visit",
    "58": "a staged or more extensive procedure after the first",
    "78": "an unplanned return to the operating room",
    "79": "a procedure that had nothing to do with the one before it",
    "91": "that the test was repeated for a further result",
    "59": "another site, session, encounter or injury",
    "XE": "another encounter",
    "XS": "another organ or structure",
    "XP": "another practitioner",
    "XU": "a service that does not overlap the other",
}
_EVALUATION: Final = ("99202", "99499")  # office visits to other E/M services: there modifier 25 or 57 is the one
_EYE_EVALUATION: Final = ("92002", "92004", "92012", "92014")
_MAJOR: Final = "090"
_SIDED: Final = ("1", "3")  # bilateral indicators of what is done on a side
_SUPPLIERS: Final = "Medicare has no procedure-to-procedure edits for suppliers of medical equipment."


@dataclass(frozen=True, slots=True)
class _Reported:
    """A code with its modifiers, and the lines that report it so, each with its place on the claim."""

    code: str
    modifiers: tuple[str, ...]
    lines: tuple[tuple[int, str], ...]


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


def system(claim: Claim) -> str:
    """The table of a claim's setting and program; never another's."""
    return f"ncci-ptp-{claim.setting}{claim.medicaid}"


def check(claim: Claim, tables: Tables) -> Found:
    """Every pair of codes of one day."""
    if claim.setting == "dme" and not claim.medicaid:
        return [], [Checked(RULE, "", Verdict.NO_DATA, _SUPPLIERS)]
    findings: list[Finding] = []
    spoke: Edition | None = None
    firm, note = True, ""
    for date, lines in claim.days().items():
        day = tables.on(date)
        loaded = tables_of(day, system(claim))
        if not loaded:
            firm, note = False, f"No PTP table for this setting and program covers {date}."
            continue
        reported = _reported(lines)
        best: dict[frozenset[_Reported], Finding | None] = {}
        for table, spoke in loaded:
            best = _of_day(reported, day, table, spoke) | best
            firm = firm and not spoke.stale and (spoke.complete or len(reported) == 1)
            note = note or ("" if spoke.complete else spoke.covers)
        findings += [one for one in best.values() if one]
    return findings, [summed(RULE, spoke, findings, firm=firm, note="" if firm else note)]


def tables_of(day: Day, name: str) -> list[tuple[Pairs, Edition]]:
    """The table that speaks; before one that has ended, parts of a newer one, in which a pair that is found is firm."""
    spoke = day.speaking(name)
    parts = day.parts(name) if spoke and spoke[1].stale else []
    return [(bundle.pairs, edition) for bundle, edition in (*parts, *([spoke] if spoke else ())) if bundle.pairs]


def _of_day(
    reported: dict[str, list[_Reported]], day: Day, table: Pairs, edition: Edition
) -> dict[frozenset[_Reported], Finding | None]:
    """One search for all pairs of the day; only those that have a row at all are looked at. None: decided, no edit."""
    best: dict[frozenset[_Reported], Finding | None] = {}
    for rows, first, second in _edited(reported, table):
        finding = _finding(rows, first, second, day, edition)
        there = best.setdefault(frozenset((first, second)))
        if finding and (there is None or _weight(finding) > _weight(there)):
            best[frozenset((first, second))] = finding
    return best


def _reported(lines: Sequence[Line]) -> dict[str, list[_Reported]]:
    """Lines of the same code and modifiers together, by their code."""
    ids: dict[tuple[str, tuple[str, ...]], list[tuple[int, str]]] = {}
    for at, line in enumerate(lines):
        if pairs.is_code(line.code):
            ids.setdefault((line.code, line.modifiers), []).append((at, line.id))
    found: dict[str, list[_Reported]] = {}
    for (code, modifiers), of in ids.items():
        found.setdefault(code, []).append(_Reported(code, modifiers, tuple(of)))
    return found


def _edited(reported: dict[str, list[_Reported]], table: Pairs) -> Iterator[tuple[list[Pair], _Reported, _Reported]]:
    """The pairs that have rows, column one first."""
    numbers = np.array([pairs.number(code) for code in reported], dtype=np.uint64)
    if len(numbers) < 2:  # noqa: PLR2004 -- a pair
        return
    keys = pairs.keys(numbers)
    for key in table.having(keys):
        rows = table.pairs_of(key)
        for first in reported[rows[0].column_1]:
            for second in reported[rows[0].column_2]:
                yield rows, first, second


def _weight(finding: Finding) -> tuple[bool, bool]:
    return finding.verdict is Verdict.APPLIES, finding.severity is Severity.ERROR


def _finding(rows: Sequence[Pair], first: _Reported, second: _Reported, day: Day, edition: Edition) -> Finding | None:
    on = min(day.as_of, edition.effective_to) if edition.stale else day.as_of
    verdict, row = of_rows(rows, edition, on)
    if row is None or verdict is Verdict.DOES_NOT_APPLY:
        return None
    lines = _ids(first, second)
    if verdict is Verdict.NO_DATA:
        name = source(edition).edition
        message = f"{row.column_1} and {row.column_2} are a pair whose first day {name} does not tell."
        fix = f"Import the PTP table that covers {day.as_of}, or look the pair up there."
        return undecided(RULE, Severity.CHECK, lines, (message, fix), By(edition, day.as_of, row.line, row.part))
    by = _opening(first, second, day.as_of) if row.indicator == "1" else ""
    if by and not edition.stale:
        return _opened(row, lines, by, edition)
    return None if by else _denied(row, first, second, day, edition)


def _ids(first: _Reported, second: _Reported) -> tuple[str, ...]:
    """The lines of both, in their order on the claim."""
    return tuple(line for _, line in sorted((*first.lines, *second.lines)))


def _opened(row: Pair, lines: tuple[str, ...], by: str, edition: Edition) -> Finding:
    return Finding(
        RULE,
        Verdict.DOES_NOT_APPLY,
        Severity.INFO,
        lines,
        f"{row.column_1} and {row.column_2} are an NCCI pair that modifier {by} opens. CMS: {row.rationale}.",
        f"Keep the record that shows {_SHOWN.get(by, _SITE)}, as {by} says.",
        source(edition, row.line, row.part),
    )


def _denied(row: Pair, first: _Reported, second: _Reported, day: Day, edition: Edition) -> Finding:
    message = (
        f"{row.column_2} is not paid beside {row.column_1} for the same provider, patient and day. "
        f"CMS: {row.rationale}.{_idle(first, second, row, day.as_of)}"
    )
    allowed, fix = _remedy(row, day)
    lines = _ids(first, second)
    by = By(edition, day.as_of, row.line, row.part)
    return told(RULE, Severity.ERROR, lines, (message, fix), by, allowed=allowed)


def _remedy(row: Pair, day: Day) -> tuple[tuple[str, ...], str]:
    """The modifiers that may open a pair, and what to do about it."""
    one, two = row.column_1, row.column_2
    if row.indicator == "0":
        return (), f"No modifier allows both. Report {one} alone; {two} is part of it."
    if is_evaluation(two) and is_evaluation(one):
        fix = f"If the two visits were separate and both significant, add 25 to {two} and keep the notes that show it"
        return ("25",), f"{fix}; otherwise report {one} alone."
    if is_evaluation(two):
        major = priced(day, one).get("global_days") == _MAJOR
        which, when = ("57", "the decision for this surgery was made then") if major else (
            "25", "the visit was significant and went beyond the procedure's own preparation"
        )  # fmt: skip
        allowed = ("57", "25") if major else ("25", "57")
        return allowed, f"If {when}, add {which} to {two} and keep the note that shows it; otherwise leave {two} out."
    if all(priced(day, code).get("bilateral_surgery") in _SIDED for code in (one, two)):
        fix = (
            f"On two sides: say which with LT and RT. On one side: report {one} alone, unless the two were truly "
            f"apart, which 59 or XE, XS, XP, XU on {two} tells and the record has to show."
        )
        return ("LT", "RT", *DISTINCT), fix
    fix = (
        f"If the two were truly apart (site, session, practitioner), add the X modifier that says so, or 59, to {two} "
        f"and keep the record that shows it; otherwise report {one} alone."
    )
    return DISTINCT, fix


def is_evaluation(code: str) -> bool:
    """Whether a code is an evaluation and management service."""
    return _EVALUATION[0] <= code <= _EVALUATION[1] or code in _EYE_EVALUATION


def priced(day: Day, code: str) -> dict[str, str]:
    """What the fee schedule says of a code as a whole; empty where it says nothing."""
    found = day.rows("pfs", code)
    row = next((one for one in found[0] if not one.body.get("modifier")), None) if found else None
    return dict(row.body) if row else {}


def _opening(first: _Reported, second: _Reported, day: str) -> str:
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


def _idle(first: _Reported, second: _Reported, row: Pair, day: str) -> str:
    """Why the modifiers that are there open nothing."""
    there = list(dict.fromkeys((*second.modifiers, *first.modifiers)))
    if not there or row.indicator != "1":
        return ""
    same = sorted(ANATOMIC.intersection(first.modifiers, second.modifiers))
    if same:
        return f" {', '.join(same)} on both says that it was the same site."
    if day < _EITHER_FROM and set(DISTINCT).intersection(first.modifiers):
        return f" Before {_EITHER_FROM} 59 and the X modifiers count on {row.column_2} only."
    words = (
        "is no NCCI-associated modifier and opens" if len(there) == 1 else "are no NCCI-associated modifiers and open"
    )
    return f" {', '.join(there)} {words} nothing."
