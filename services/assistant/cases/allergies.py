"""What a patient is allergic to, by the allergens of stated.toml: reactions told beside them are no findings."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

from services.assistant.cases.clauses import Clause, clause_at
from services.assistant.cases.proposals import SUGGESTED, Proposal
from services.assistant.cases.stated import FILE, words
from services.assistant.domain.cases import Span
from services.assistant.domain.codes import CodeRef

type Region = tuple[int, int]

_TRIGGER: Final = re.compile(
    r"\ballerg(?:ic|y|ies)\b(?:[ /](?:history|list|status|intolerances?|adverse reactions?))*(?: \(s\))?"
    r"(?P<list>\s*[:=\u2013-]|[ \t]*\n| include[sd]?\b)|\ballerg(?:ic|y|ies) to\b|\banaphyla\w+ to\b",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[ -]allerg(?:y|ies|ic)\b", re.IGNORECASE)
_NONE: Final = re.compile(
    r"\b(?:NKD?A|no known|none|denies|denied|no (?:\w+ ){0,2}allerg\w+|not allergic)\b", re.IGNORECASE
)
_ENDS: Final = re.compile(
    r"[.;\n]|\b(?:but|who|presents?|complain\w*|on exam|and (?:has|is|was|takes|denies|presents)|was|were|is)\b",
    re.IGNORECASE,
)
_HEADING: Final = re.compile(r"^[ \t]*(?:[A-Z][A-Za-z /]{2,40}:|[A-Z][A-Z /]{3,40}$|$)", re.MULTILINE)
_DENIED: Final = re.compile(r"\b(?:no|not|denies|denied|without)\b[^.;\n]*$", re.IGNORECASE)
_EXCEPT: Final = re.compile(r"\b(?:except|other than)\b.*$", re.IGNORECASE)


@cache
def _allergens() -> tuple[tuple[str, re.Pattern[str]], ...]:
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return tuple((row["code"], words(row["says"], {})) for row in told["allergen"])


@cache
def _listed() -> re.Pattern[str]:
    """A row of allergens at the end of a text: "latex, sulfa and penicillin"."""
    one = "|".join(pattern.pattern for _, pattern in _allergens())
    return re.compile(rf"(?:(?:{one})(?:\s*(?:,|/|and|or|&)\s*)*)+$", re.IGNORECASE)


def allergies(text: str, over: Sequence[Clause]) -> tuple[list[Proposal], list[Region]]:
    """The states, and the stretches of the text that tell of nothing else."""
    regions = sorted({*_after(text), *_before(text)})
    found: dict[str, Proposal] = {}
    for start, end in regions:
        clause = clause_at(over, start)
        said = text[start:end]
        none = _NONE.search(said) or _DENIED.search(text[max(0, start - 20) : start])
        if (none and not _EXCEPT.search(said)) or (clause is not None and clause.over in {"negated", "family"}):
            continue
        for code, span in _named(said, start):
            found.setdefault(code, _proposal(code, span))
    return list(found.values()), regions


def _after(text: str) -> Iterator[Region]:
    for trigger in _TRIGGER.finditer(text):
        if trigger["list"] and re.match(r"\s*\n", text[trigger.end() - 1 :]):
            begin = text.index("\n", trigger.end() - 1) + 1
            stop = _HEADING.search(text, begin)
            yield trigger.start(), stop.start() if stop else len(text)
        elif trigger["list"]:
            line = text.find("\n", trigger.end())
            stop = re.search(r"\.\s+[A-Z]|\.$", text[trigger.end() : line if line >= 0 else None])
            yield trigger.start(), trigger.end() + stop.start() if stop else line if line >= 0 else len(text)
        else:
            stop = _ENDS.search(text, trigger.end())
            yield trigger.start(), stop.start() if stop else len(text)


def _before(text: str) -> Iterator[Region]:
    for word in _WORD.finditer(text):
        row = _listed().search(text[max(0, word.start() - 120) : word.start()])
        if row:
            yield max(0, word.start() - 120) + row.start(), word.end()


def _named(said: str, at: int) -> Iterator[tuple[str, Span]]:
    for code, pattern in _allergens():
        for match in pattern.finditer(said):
            yield code, Span(at + match.start(), at + match.end(), match.group())


def _proposal(code: str, span: Span) -> Proposal:
    reason = f"\u201c{span.text}\u201d is what the patient is allergic to (Guidelines I.C.21.c.3)."
    return Proposal(CodeRef("icd-10-cm", code), True, SUGGESTED, reason, (span,), stated=True)
