"""Which of the terms spotted in a clause speak for it: the weightiest first, a whole before its parts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from services.assistant.cases.clauses import Clause
from services.assistant.domain import Span, SpottedTerm

_FOREIGN: Final = 0.08  # of a term's worth that every foreign word between its words costs
_LENT: Final = 0.03  # and every stem that the text has by another name
_PLAIN: Final = 0.4
_RESIDUAL: Final = 1.0


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


async def candidates(spotter: Spotter, found: Sequence[Clause], as_of: str) -> list[Candidate]:
    """The terms that speak for the clauses, in the order of the text."""
    spotted = await spotter.spot([clause.text for clause in found], as_of)
    return [
        Candidate(one, clause)
        for clause, terms in zip(found, spotted, strict=True)
        for one in sorted(_speaking(terms), key=lambda term: term.words)
    ]


def _speaking(terms: Sequence[SpottedTerm]) -> Iterator[SpottedTerm]:
    """Each word is spoken for once: a term whose words all, or whose first words, are taken says nothing new."""
    taken: set[tuple[int, int]] = set()
    for term in sorted(terms, key=_rank):
        if taken.isdisjoint(term.words):
            taken.update(term.words)
            yield term


def _rank(term: SpottedTerm) -> tuple[float, bool, int]:
    cost = 1 - _FOREIGN * term.gap - _LENT * term.borrowed
    value = term.worth * cost + _PLAIN * term.plain - _RESIDUAL * term.residual
    return -value, not term.billable, len(term.term)
