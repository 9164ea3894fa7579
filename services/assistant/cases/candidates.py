"""Which of the terms spotted in a clause speak for it: the weightiest first, a whole before its parts."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from services.assistant.cases.clauses import Clause
from services.assistant.cases.rulebook import Rulebook
from services.assistant.domain.cases import Span, SpottedTerm

_FOREIGN: Final = 0.08  # of a term's worth that every foreign word between its words costs
_LENT: Final = 0.03  # and every stem that the text has by another name
_BITES: Final = (
    "W50",
    "W53",
    "W54",
    "W55",
)  # told by the words of the injury: "dog bite of the hand" (Guidelines I.C.20)
_OWN_HISTORY: Final = ("Z85", "Z86", "Z87")
_LISTED: Final = re.compile(r"\band\b|,|&")
_CAUSED: Final = re.compile(
    r"\b(?:due|secondary|from|caus\w+|relat\w+|induced|associated|result\w*|by|with|in|after|2/2)\b", re.IGNORECASE
)
_PLAIN: Final = 0.4
_RESIDUAL: Final = 1.0
# Combinations that the rules make of their parts, for each part has a code of its own beside them (I.C.9.a).
_COMBINED: Final = ("I11.0", "I12", "I13")


class Spotter(Protocol):
    """The terms of the loaded editions in running text."""

    async def spot(self, texts: Sequence[str], as_of: str) -> list[list[SpottedTerm]]:
        """For each text what stands in it, the weightiest first."""
        ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A term that speaks for words of a clause."""

    spotted: SpottedTerm
    clause: Clause

    @property
    def spans(self) -> tuple[Span, ...]:
        """From the first to the last word: what a reader would underline."""
        start, end = self.spotted.words[0][0], self.spotted.words[-1][1]
        return (Span(self.clause.start + start, self.clause.start + end, self.clause.text[start:end]),)


async def candidates(
    spotter: Spotter, found: Sequence[Clause], as_of: str, book: Rulebook, claimed: Sequence[tuple[int, int]] = ()
) -> list[Candidate]:
    """The terms that speak for the clauses, in the order of the text; none of words that are claimed already."""
    spotted = await spotter.spot([clause.text for clause in found], as_of)
    return [
        Candidate(one, clause)
        for clause, terms in zip(found, spotted, strict=True)
        for one in sorted(
            _speaking(_meant(_unclaimed(terms, clause, claimed), clause), book), key=lambda term: term.words
        )
    ]


def _meant(terms: Sequence[SpottedTerm], clause: Clause) -> Sequence[SpottedTerm]:
    """Without history of the patient's own in what is of the family, and causes that the text does not tell as such."""
    own_history = _OWN_HISTORY if clause.over == "family" else ()
    return [one for one in terms if not one.ref.code.startswith(own_history) and not _only_listed(one, clause)]


def _only_listed(term: SpottedTerm, clause: Clause) -> bool:
    """Whether a term tells of a cause ("insomnia due to anxiety") where the text lists two things."""
    between = clause.text[term.words[0][0] : term.words[-1][1]]
    return " due to" in term.term.replace(",", "") and bool(_LISTED.search(between)) and not _CAUSED.search(between)


def _unclaimed(
    terms: Sequence[SpottedTerm], clause: Clause, claimed: Sequence[tuple[int, int]]
) -> Sequence[SpottedTerm]:
    here = [(start - clause.start, end - clause.start) for start, end in claimed]
    here = [(start, end) for start, end in here if start < len(clause.text) and end > 0]
    if not here:
        return terms
    return [one for one in terms if not any(a < end and start < b for a, b in one.words for start, end in here)]


def _speaking(terms: Sequence[SpottedTerm], book: Rulebook) -> list[SpottedTerm]:
    """Each word is spoken for once; only a combination code lends words to what goes beside it and says more."""
    spoken: list[SpottedTerm] = []
    taken: set[tuple[int, int]] = set()
    for term in sorted(terms, key=_rank):
        over = [one for one in spoken if not set(one.words).isdisjoint(term.words)]
        fresh = (
            _is_cause(term) or set(term.words) - taken or any(book.stays(term.ref.code, one.ref.code) for one in over)
        )
        if not _is_combined(term) and fresh and all(_beside(one, term, book) for one in over):
            spoken.append(term)
            taken.update(term.words)
    return spoken


def _beside(whole: SpottedTerm, term: SpottedTerm, book: Rulebook) -> bool:
    """Whether a term may share words with one that spoke: "diabetes with A and B", "diabetes with CKD stage 4"."""
    if _is_cause(whole) != _is_cause(term) and (_is_injury(whole) or _is_injury(term)):
        return True
    shared = len(set(whole.words) & set(term.words))
    if book.both_follow(whole.ref.code, term.ref.code):
        return whole.words[:shared] == term.words[:shared]
    return not term.gap and book.stays(term.ref.code, whole.ref.code)


def _is_cause(term: SpottedTerm) -> bool:
    return term.ref.code.startswith(_BITES)


def _is_injury(term: SpottedTerm) -> bool:
    return term.ref.code[0] in "ST"


def _is_combined(term: SpottedTerm) -> bool:
    said = term.term.lower().partition("without")[0]
    return term.ref.code.startswith(_COMBINED) or (term.ref.code.startswith("I11") and "failure" in said)


def _rank(term: SpottedTerm) -> tuple[float, bool, int, int]:
    cost = 1 - _FOREIGN * term.gap - _LENT * term.borrowed
    value = term.worth * cost + _PLAIN * term.plain - _RESIDUAL * term.residual
    return -value, not term.billable, -len(term.words), len(term.term)
