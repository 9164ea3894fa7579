"""Of the codes that a search found for a phrase, the one that claims least beyond the phrase.

A coder may not choose detail that the words do not give (Guidelines I.B.2, I.B.18): of two codes that hold all the
words, the one with fewer further words is right, and an unspecified one before one that specifies.
"""

import re
from collections.abc import Sequence
from typing import Final

from services.assistant.domain import SearchHit
from services.assistant.evidence.wording import words

_IN_BRACKETS: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]")  # may be absent from the record (Guidelines I.A.7)
_CARRIED: Final = 0.6  # the share of a phrase's words that a hit has to carry
_SHORTENED: Final = 0.4  # of one found by an abbreviation: the others of the phrase stand in no term of it
SURELY: Final = 0.75  # the share with which a hit answers a phrase that asks for no code
_PLAIN: Final = frozenset(words("mellitus unspecified disease type patient diagnosis left right side", keep=True))
# Words of a description that claim nothing.
_FILLING: Final = frozenset(
    words(
        "unspecified initial encounter closed without complication organism site mellitus essential primary condition "
        "disease classified elsewhere with specified not",
        keep=True,
    )
)
_PLACE, _HEADER, _OPEN, _MISSED = 0.05, 1.0, 1.0, 3.0
_ALIKE: Final = 7  # letters by which "hypertension" and "hypertensive" are one


def carried(hit: SearchHit, asked: set[str]) -> float:
    """How much of a phrase a hit carries, from 0 to 1; a code or an abbreviation that was typed carries all of it."""
    weighty = _begun(asked - _PLAIN or asked)
    said = _begun(set(words(f"{hit.term} {hit.ref.display}", keep=True)))
    return 1.0 if hit.kind == "code" else len(weighty & said) / max(1, len(weighty))


def _beyond(hit: SearchHit, asked: set[str]) -> float:
    """What a description claims beyond the phrase: nothing where a term of the code is the phrase itself."""
    term, display = set(words(hit.term)), hit.ref.display.lower()
    if term == asked:
        return -_OPEN
    known = asked | _FILLING | (term if hit.kind != "description" else set())
    denied = set(words(display.partition("without ")[2])) & asked
    open_end = _OPEN if "unspecified" in display or "not specified" in display else 0.0
    said = set(words(_IN_BRACKETS.sub(" ", display)))
    return len(said - known) + _MISSED * len(denied) - open_end


def _begun(all_of_them: set[str]) -> set[str]:
    return {word[:_ALIKE] for word in all_of_them}


def plainest(hits: Sequence[SearchHit], phrase: str) -> tuple[SearchHit, ...]:
    """Those that carry enough of the phrase, the one that claims least beyond it first."""
    asked = set(words(phrase))
    ranked = []
    for place, hit in enumerate(hits):
        share = carried(hit, asked)
        if share < (_SHORTENED if hit.kind == "abbreviation" else _CARRIED):
            continue
        cost = _beyond(hit, asked) + _MISSED * (1 - share) + _HEADER * (not hit.billable)
        ranked.append((cost + _PLACE * place, place, hit))
    return tuple(hit for _, _, hit in sorted(ranked, key=lambda one: one[:2]))
