"""A case's text as clauses with their places, and what stands over each: negation, history, family, doubt.

After NegEx and ConText (Chapman et al., 2001; Harkema et al., 2009): a trigger governs what follows it in its sentence,
or what goes before it, up to a word that ends its reach. What a section's heading says holds until the next heading.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

from services.assistant.cases.triggers import (
    AFTER,
    BEFORE,
    ENDS,
    ENDS_FAMILY,
    HEADINGS,
    PRECEDENCE,
    PSEUDO,
    SECTIONS,
    WITHIN,
)

_SENTENCE: Final = re.compile(
    r"(?:[^.;\n!?]|\.(?=\d)|(?<=\b[A-Z])\.(?=[A-Z]\b|\s?[a-z])|(?<=\b[DdMm]r)\.|(?<=\b[RrLlPp]t)\.|(?<=\bvs)\."
    r"|(?<=\be\.g)\.)+\??"
)
_HEADING: Final = re.compile(
    r"(?:^[ \t#*\-\u2022]*|(?<=[.;!] ))([A-Za-z](?:[A-Za-z /&'-]{0,50}[A-Za-z])?)\s*(?::|$)", re.MULTILINE
)
_AROUND: Final = " \t\r,:-\u2022*#"  # what a clause neither begins nor ends with
_LONGEST_HEADING: Final = 6  # words
_LONGEST_SENTENCE: Final = 2_000  # characters


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of the text, from `start` up to `end`. `over` is what governs it, empty for plain statement."""

    start: int
    end: int
    text: str
    over: str = ""  # negated, family, advice, sequela, doubt, history
    section: str = ""  # what its section is for: reason, assessed, procedure, examined; empty for the rest


@dataclass(frozen=True, slots=True)
class _Reach:
    start: int
    end: int
    over: str
    section: str = ""


def clauses(text: str) -> list[Clause]:
    """The clauses of a case in their order: a sentence is cut where something begins or ends to govern it."""
    sections = list(_sections(text))
    found: list[Clause] = []
    for sentence in _SENTENCE.finditer(text):
        at = sentence.end() - len(sentence.group().lstrip())
        section = next((one for one in reversed(sections) if one.start <= at), _Reach(0, 0, ""))
        begin = max(at, section.end)
        for start, end in _runs(text, begin, sentence.end()):
            carried = found[-1].over if start > begin and found else section.over
            found += _of_sentence(text[start:end], start, carried, section.section)
    return found


def clause_at(found: Sequence[Clause], place: int) -> Clause | None:
    """The clause of a place in the text; what goes before a place between clauses."""
    at = bisect_right(found, place, key=lambda clause: clause.start) - 1
    return found[at] if at >= 0 else None


def _runs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence; one that never ends is cut at blanks, and what governs the end of a run governs the next one."""
    while end - start > _LONGEST_SENTENCE:
        blank = text.rfind(" ", start + 1, start + _LONGEST_SENTENCE)
        cut = blank if blank > 0 else start + _LONGEST_SENTENCE
        yield start, cut
        start = cut
    if start < end:
        yield start, end


def _sections(text: str) -> Iterator[_Reach]:
    """The headings of a record with their places; what a heading says of what follows holds until the next one."""
    for heading in _HEADING.finditer(text):
        words = heading[1].lower().strip()
        alone = heading.group().rstrip().endswith(":") or heading[1].isupper()
        known = next((over for over, pattern in HEADINGS if pattern.match(words)), None)
        if alone and known is not None and len(words.split()) <= _LONGEST_HEADING:
            section = next((kind for kind, pattern in SECTIONS if pattern.match(words)), "")
            yield _Reach(heading.start(), heading.end(), known, section)


def _of_sentence(sentence: str, at: int, carried: str, section: str) -> Iterator[Clause]:
    reaches = [*_forward(sentence), *_backward(sentence), *_within(sentence)]
    cuts = sorted({0, len(sentence), *(one.start for one in reaches), *(one.end for one in reaches)})
    pieces = [(start, end, _over(start, end, reaches, carried)) for start, end in pairwise(cuts)]
    for over, alike in groupby(pieces, key=lambda piece: piece[2]):
        run = list(alike)
        bare = sentence[run[0][0] : run[-1][1]].strip(_AROUND)
        if re.search(r"\w", bare):
            begin = at + sentence.index(bare, run[0][0])
            yield Clause(begin, begin + len(bare), bare, over, section)


def _over(start: int, end: int, reaches: Sequence[_Reach], section: str) -> str:
    """What outweighs the rest of what governs a piece."""
    over = {section, *(one.over for one in reaches if one.start <= start and end <= one.end)}
    return next((one for one in PRECEDENCE if one in over), "")


def _forward(sentence: str) -> Iterator[_Reach]:
    """What follows a trigger, up to a word that ends its reach."""
    hidden = [(found.start(), found.end()) for found in PSEUDO.finditer(sentence)]
    for over, pattern in BEFORE:
        ends = ENDS_FAMILY if over == "family" else ENDS
        for trigger in pattern.finditer(sentence):
            if any(start <= trigger.start() < end for start, end in hidden):
                continue
            stop = ends.search(sentence, trigger.end())
            yield _Reach(trigger.start(), stop.start() if stop else len(sentence), over)


def _backward(sentence: str) -> Iterator[_Reach]:
    """What goes before a trigger, back to a word that ends its reach."""
    for over, pattern in AFTER:
        for trigger in pattern.finditer(sentence):
            stops = [one.end() for one in ENDS.finditer(sentence, 0, trigger.start())]
            yield _Reach(max([0, *stops]), trigger.end(), over)


def _within(sentence: str) -> Iterator[_Reach]:
    """What governs its own words alone."""
    for over, pattern in WITHIN:
        yield from (_Reach(found.start(), found.end(), over) for found in pattern.finditer(sentence))
