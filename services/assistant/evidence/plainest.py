"""What a code carries of a phrase, and what it claims beyond it.

A coder may not choose detail that the words do not give (Guidelines I.B.2, I.B.18): of two codes that hold all the
words, the one with fewer further words is right, and an unspecified one before one that specifies.
"""

import re
from collections.abc import Sequence
from typing import Final

from services.assistant.domain.cases import CaseCode
from services.assistant.domain.codes import SearchHit
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
        "disease classified elsewhere with specified not type 2",  # type 2 is the default (Guidelines I.C.4.a.2)
        keep=True,
    )
)
_PLACE, _HEADER, _OPEN, _MISSED, _AFTER = 0.05, 1.0, 1.0, 3.0, 0.1
_DENIED: Final = 4.0
_SIDES, _SIDED = frozenset(("left", "right", "bilateral")), 1.5  # the side that was said, and what leaving it out costs
_ALIKE: Final = 6  # letters by which "hypertension" and "hypertensive" are one


def carried(hit: SearchHit, asked: set[str]) -> float:
    """How much of a phrase a hit carries, from 0 to 1; a code that was typed carries all of it."""
    weighty, said = asked - _PLAIN or asked, set(words(f"{hit.term} {hit.ref.display}", keep=True))
    if hit.kind == "code":
        return 1.0
    if len(weighty) == 1:
        return float(weighty <= said)
    return len(begun(weighty) & begun(said)) / max(1, len(begun(weighty)))


def rests_on_all(coded: CaseCode, phrase: str) -> bool:
    """Whether the words behind a code are all of a phrase but those that claim nothing."""
    evidence = words(" ".join(span.text for span in coded.evidence))
    return set(words(phrase)) - _FILLING <= {*evidence, *words(coded.ref.display)}


def plainest(hits: Sequence[SearchHit], phrase: str) -> tuple[SearchHit, ...]:
    """Those that carry enough of the phrase, the one that claims least beyond it first."""
    asked = set(words(phrase))
    ranked = []
    for place, hit in enumerate(hits):
        share = carried(hit, asked)
        if share >= (_SHORTENED if hit.kind == "abbreviation" else _CARRIED):
            cost = beyond(hit, phrase) + _MISSED * (1 - share) + _HEADER * (not hit.billable)
            ranked.append((cost + _PLACE * place, place, hit))
    return tuple(hit for _, _, hit in sorted(ranked, key=lambda one: one[:2]))


def beyond(hit: SearchHit, phrase: str) -> float:
    """What a description claims beyond the phrase: nothing where a term of the code is the phrase itself."""
    asked = set(words(phrase))
    term, display = set(words(hit.term)), hit.ref.display.lower()
    if term == asked and hit.kind != "index":
        return -_OPEN
    known = asked | _FILLING | (term if hit.kind != "description" else set())
    head, _, after = _IN_BRACKETS.sub(" ", display).partition(",")
    if hit.ref.system != "hcpcs":  # there the thing stands before the first comma, its make after it
        head, after = f"{head} {after}", ""
    whole = carried(hit, asked) == 1.0  # what the phrase specifies may not be left unspecified
    open_end = _OPEN if whole and ("unspecified" in display or "not specified" in display) else 0.0
    side = _SIDED * len(_SIDES & asked - set(words(display)))
    claimed = side + len(set(words(head)) - known) + _AFTER * len(set(words(after)) - known)
    return claimed + _DENIED * denied(hit, phrase) - open_end


def denied(hit: SearchHit, phrase: str) -> int:
    """How many words one of a code's description and a phrase denies and the other says.

    What both deny, or neither, is alike.
    """
    display, phrase = hit.ref.display.lower(), phrase.lower()
    theirs = set(words(display.partition("without ")[2]))
    ours = set(words(phrase.partition("without ")[2])) or set(words(phrase.partition(" no ")[2]))
    said = set(words(display.partition("without ")[0]))
    return len((theirs - ours) & set(words(phrase))) + len((ours - theirs) & said)


def begun(all_of_them: set[str]) -> set[str]:
    """The beginnings of words, by which those of one root are one."""
    return {word[:_ALIKE] for word in all_of_them}
