"""Cases, the terms spotted in them, and their codes."""

from dataclasses import dataclass
from typing import Final

from services.assistant.domain.codes import CodeRef

LONGEST_CASE: Final = 100_000


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a case's text: characters from `start` up to `end`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class CaseCode:
    """A code that a case's words lead to; `status` is suggested or excluded, `reason` says by which rule."""

    ref: CodeRef
    confidence: float
    status: str
    reason: str
    evidence: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class SpottedTerm:
    """A term of the code system that stands in a clause: `words` are its places there, in their order.

    `ref` is the most special code that the words support, `header` the code the term itself leads to. `gap`: foreign
    words between; `borrowed`: of its `stems`, those that came of what words stand for; `worth`: how rare they are.
    """

    ref: CodeRef
    billable: bool
    header: str
    term: str
    kind: str
    words: tuple[tuple[int, int], ...]
    stems: int
    gap: int
    borrowed: int
    worth: float
    plain: bool
    residual: bool
