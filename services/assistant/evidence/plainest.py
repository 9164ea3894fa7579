"""Of the codes that a search found for a phrase, the one that claims least beyond the phrase.

A coder may not choose detail that the words do not give (Guidelines I.B.2, I.B.18): of two codes that hold all the
words, the one with fewer further words is right, and an unspecified one before one that specifies.
"""

import re
from collections.abc import Sequence
from difflib import get_close_matches
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
_CODED: Final = 6.0  # what it weighs that the coding of cases makes one code of the whole phrase
_TYPED, _TYPO = 5, 0.8  # letters of a word that may be a slip, and how near it has to come to one that is none
_ALIKE: Final = 6  # letters by which "hypertension" and "hypertensive" are one


def carried(hit: SearchHit, asked: set[str]) -> float:
    """How much of a phrase a hit carries, from 0 to 1; a code that was typed carries all of it."""
    weighty, said = asked - _PLAIN or asked, set(words(f"{hit.term} {hit.ref.display}", keep=True))
    if hit.kind == "code":
        return 1.0
    if len(weighty) == 1:
        return float(weighty <= said)
    return len(_begun(weighty) & _begun(said)) / max(1, len(_begun(weighty)))


def rests_on_all(coded: CaseCode, phrase: str) -> bool:
    """Whether the words behind a code are all of a phrase but those that claim nothing."""
    return set(words(phrase)) - _FILLING <= set(words(" ".join(span.text for span in coded.evidence)))


def mended(phrase: str, hits: Sequence[SearchHit]) -> str:
    """The phrase with words that no hit has, spelled as the hits spell the word that comes nearest."""
    known = sorted({word for hit in hits for word in re.findall(r"[a-z]+", f"{hit.term} {hit.ref.display}".lower())})
    stems = {word[:_ALIKE] for one in known for word in words(one, keep=True)}

    def spelled(found: re.Match[str]) -> str:
        word = found.group().lower()
        if any(stem[:_ALIKE] in stems for stem in words(word, keep=True)):
            return found.group()
        return next(iter(get_close_matches(word, known, 1, _TYPO)), found.group())

    return re.sub(rf"[A-Za-z]{{{_TYPED},}}", spelled, phrase)


def plainest(hits: Sequence[SearchHit], phrase: str, coded: CaseCode | None = None) -> tuple[SearchHit, ...]:
    """Those that carry enough of the phrase, the one that claims least beyond it first.

    `coded` is the one code that the coding of cases makes of the phrase, or the header it stops at, if there is one.
    """
    asked = set(words(phrase))
    rests_on = set(words(" ".join(span.text for span in coded.evidence))) if coded else set()
    agreement = _CODED * len(asked & rests_on) / max(1, len(asked))
    ranked = []
    for place, hit in enumerate(hits):
        share = carried(hit, asked)
        agreed = coded is not None and hit.ref.code.startswith(coded.ref.code)
        if share < (_SHORTENED if hit.kind == "abbreviation" else _CARRIED) and not agreed:
            continue
        missed = 0.0 if agreed else _MISSED * (1 - share)
        cost = beyond(hit, phrase) + missed + _HEADER * (not hit.billable) - agreement * agreed
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
    return claimed + _DENIED * _denied(display, phrase.lower()) - open_end


def _denied(display: str, phrase: str) -> int:
    """How many words one of the two denies and the other says; what both deny, or neither, is alike."""
    theirs = set(words(display.partition("without ")[2]))
    ours = set(words(phrase.partition("without ")[2])) or set(words(phrase.partition(" no ")[2]))
    said = set(words(display.partition("without ")[0]))
    return len((theirs - ours) & set(words(phrase))) + len((ours - theirs) & said)


def _begun(all_of_them: set[str]) -> set[str]:
    return {word[:_ALIKE] for word in all_of_them}
