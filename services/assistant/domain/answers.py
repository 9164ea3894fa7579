"""Answers, what they are drafted from, and the receipts that keep them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.assistant.domain.codes import CodeRef
from services.assistant.domain.evidence import Piece

RELEASE: Final = "3"  # a receipt replays to the same bytes within one release: raise it when answers change


@dataclass(frozen=True, slots=True)
class Claim:
    """A paragraph or a list item of an answer, and the pieces it rests on.

    `listed` are codes that follow the text, those of them that are loaded.
    """

    text: str
    pieces: tuple[Piece, ...]
    item: bool = False
    listed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before it is verified; an empty one abstains. `needs` says what would be needed."""

    short: tuple[Claim, ...] = ()
    why: tuple[tuple[str, tuple[Claim, ...]], ...] = ()  # a heading and its claims
    needs: str = ""

    @property
    def claims(self) -> tuple[Claim, ...]:
        """All of them in reading order."""
        return (*self.short, *(claim for _, claims in self.why for claim in claims))


@dataclass(frozen=True, slots=True)
class Citation:
    """A source as the answer numbers it, with the passage."""

    title: str
    edition: str
    locator: str
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A verified answer, or an honest abstention."""

    markdown: str
    abstained: bool
    as_of: str
    codes: tuple[CodeRef, ...] = ()
    citations: tuple[Citation, ...] = ()
    editions: tuple[str, ...] = ()  # the ids of those that it rests on


@dataclass(frozen=True, slots=True)
class Receipt:
    """An answer with what it was made from. Its id is the answer's; `inputs` go through the same verb at a replay."""

    id: str
    owner: str
    kind: str  # question, consult
    inputs: Mapping[str, str]
    release: str
    answer: Answer
    at: int  # Unix milliseconds
    conversation_id: str = ""

    @property
    def editions(self) -> tuple[str, ...]:
        """Those that the answer rests on, which are not taken away as long as it is kept."""
        return self.answer.editions
