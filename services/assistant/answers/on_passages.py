"""Answers from the guides: the lines that answer, then the rest of what they say."""

from collections.abc import Sequence
from typing import Final

from services.assistant.domain.answers import Claim
from services.assistant.domain.evidence import Line, Passage, Piece

_FURTHER: Final = 0.6  # of the best passage's rank: what is below is left to the guide's own page
_FURTHER_LINES: Final = 4

type Part = tuple[str, tuple[Claim, ...]]


def short(passage: Passage) -> tuple[Claim, ...]:
    """The lines that answer: sentences as one paragraph, an item as a line of its own."""
    said = " ".join(line.text for line in passage.short if not line.item)
    items = tuple(_claim(passage, line) for line in passage.short if line.item)
    return ((Claim(said, (_piece(passage),)),) if said else ()) + items


def sections(passages: Sequence[Passage], most: int) -> list[Part]:
    """The rest of the first passage, and the others where they are as much to the point."""
    found: list[Part] = []
    for number, passage in enumerate(passages[:most]):
        if number and passage.rank < passages[0].rank * _FURTHER:
            break
        lines = passage.rest if not number else (*passage.short, *passage.rest)[:_FURTHER_LINES]
        if lines:
            found.append((passage.heading, _paragraphs(passage, lines)))
    return found


def whole(passage: Passage) -> Part:
    """A passage under its own heading."""
    return passage.heading, _paragraphs(passage, (*passage.short, *passage.rest))


def _paragraphs(passage: Passage, lines: Sequence[Line]) -> tuple[Claim, ...]:
    """Sentences that follow each other as one paragraph; each item by itself."""
    found: list[Claim] = []
    for line in lines:
        if found and not line.item and not found[-1].item:
            found[-1] = Claim(f"{found[-1].text} {line.text}", found[-1].pieces)
        else:
            found.append(_claim(passage, line))
    return tuple(found)


def _claim(passage: Passage, line: Line) -> Claim:
    return Claim(line.text, (_piece(passage),), line.item)


def _piece(passage: Passage) -> Piece:
    return Piece(passage.text, passage.source)
