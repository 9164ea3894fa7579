"""Codes that a clause's words lead to: the term with the most of its words in the clause, a whole before its parts.

Words in parentheses in a description may be absent (Guidelines I.A.7): they cost a term nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Protocol

from services.assistant.cases.clauses import Clause
from services.assistant.domain import SearchHit, Span
from services.assistant.evidence.guides import words

_PART: Final = re.compile(r"\s+(?:and|or|with|due to|secondary to|plus|in|on|for|from|after|at|by)\s+", re.IGNORECASE)
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9'/-]*")
_FREE: Final = frozenset(
    {
        # these carry no choice
        *("mellitu", "unspecified", "other", "specified", "nos", "elsewher", "classified", "not", "disorder"),
        *("with", "and", "of", "the", "in", "to", "or", "due"),
        # these are the default where nothing is said
        *("unilateral", "primary", "essential"),
    }
)
_ENOUGH: Final = 0.85  # the share of a term's words that the clause has to hold
_CONTRARY: Final = re.compile(r"\bwithout\b|\bnot\b", re.IGNORECASE)
_LONGEST: Final = 24  # words of a phrase that is searched at once


class Search(Protocol):
    """The search of the loaded editions."""

    async def search(self, text: str, system: str, limit: int, as_of: str) -> tuple[SearchHit, ...]:
        """Codes by words, best first."""
        ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A code, the words of the clause that led to it, and how well: `matched` are search words."""

    hit: SearchHit
    clause: Clause
    spans: tuple[Span, ...]
    matched: frozenset[str]
    share: float


async def candidates(search: Search, clause: Clause, as_of: str) -> list[Candidate]:
    """The best code for the clause, then for what words of it are left."""
    left = set(words(clause.text))
    found: list[Candidate] = []
    for phrase in _phrases(clause.text):
        if not set(words(phrase)) & left:
            continue
        best = await _best(search, phrase, clause, left, as_of)
        if best is not None:
            found.append(best)
            left -= best.matched
    return found


def _phrases(text: str) -> list[str]:
    """The clause whole, then two neighbouring parts at a time, then each: a combination code comes before its parts."""
    whole = " ".join(_WORD.findall(text)[:_LONGEST])
    parts = [part for part in _PART.split(text) if re.search(r"[A-Za-z]{2}", part)]
    pairs = [f"{one} {other}" for one, other in pairwise(parts)] if len(parts) > 2 else []  # noqa: PLR2004 -- two are the whole
    return list(dict.fromkeys([whole, *pairs, *parts]))


async def _best(search: Search, phrase: str, clause: Clause, left: set[str], as_of: str) -> Candidate | None:
    hits = await search.search(phrase[:400], "icd-10-cm", 10, as_of)
    said = _Said.of(clause, hits)
    ranked = []
    for place, hit in enumerate(hits):
        candidate = _candidate(hit, clause, said)
        if candidate and candidate.matched & left and (hit.billable or len(candidate.matched) > 1):
            ranked.append(((len(candidate.matched & left), candidate.share, hit.billable, -place), candidate))
    return max(ranked, key=lambda one: one[0])[1] if ranked else None


@dataclass(frozen=True, slots=True)
class _Said:
    """The search words of a clause; those an abbreviation stands for lead back to the abbreviation."""

    back: dict[str, str]

    @classmethod
    def of(cls, clause: Clause, hits: Sequence[SearchHit]) -> "_Said":
        own = words(clause.text)
        back = {word: word for word in own}
        for hit in hits:
            short, colon, long = hit.term.partition(": ")
            key = "".join(words(short))
            if hit.kind == "abbreviation" and colon and key in own:
                for word in words(long):
                    back.setdefault(word, key)
        return cls(back)


def _candidate(hit: SearchHit, clause: Clause, said: _Said) -> Candidate | None:
    """The hit as a candidate, where the clause holds enough of its term and does not contradict it."""
    terms = (hit.ref.display,) if hit.kind == "abbreviation" else (hit.term, hit.ref.display)
    fits = [one for text in dict.fromkeys(terms) if (one := _fit(text, said))]
    if not fits or (_CONTRARY.search(hit.ref.display) and not _CONTRARY.search(clause.text)):
        return None
    matched, share = max(fits, key=lambda one: (len(one[0]), one[1]))
    spans = _spans(clause, matched)
    return Candidate(hit, clause, spans, matched, share) if spans else None


def _fit(term: str, said: _Said) -> tuple[frozenset[str], float] | None:
    """The clause's words that the term holds, and the share of the term's words that count; None below enough."""
    asked = set(words(re.sub(r"\([^)]*\)|\[[^\]]*\]|,.*unspecified.*$", " ", term))) - _FREE
    matched = asked & said.back.keys()
    if not asked or len(matched) < _ENOUGH * len(asked):
        return None
    both = matched | (set(words(term)) & said.back.keys())
    return frozenset(said.back[word] for word in both), round(len(matched) / len(asked), 3)


def _spans(clause: Clause, matched: frozenset[str]) -> tuple[Span, ...]:
    """From the first to the last matched word: what a reader would underline."""
    places = [place for place in _WORD.finditer(clause.text) if set(words(place.group())) & matched]
    if not places:
        return ()
    start, end = places[0].start(), places[-1].end()
    return (Span(clause.start + start, clause.start + end, clause.text[start:end]),)
