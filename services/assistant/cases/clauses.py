"""A case's text as clauses with their places, and what stands over each: negation, history, family, doubt.

After NegEx (Chapman et al., 2001): a trigger governs what follows it in its sentence, up to a word that ends its reach.
"""

import re
from dataclasses import dataclass
from typing import Final

_SENTENCE: Final = re.compile(r"[^.;\n!?]+(?:\.(?=\d)[^.;\n!?]+)*")
_CLAUSE: Final = re.compile(
    r"\s*(?:,|:|\u2013|\bbut\b|\bhowever\b|\balthough\b|\bpresents with\b|\bwho has\b|\bcomplains of\b)\s*",
    re.IGNORECASE,
)
_NEGATED: Final = re.compile(
    r"\b(?:no evidence of|no signs? of|no|not|denies|denied|without|negative for|free of|absence of"
    r"|never had|ruled out for|rules out)\b",
    re.IGNORECASE,
)
_NEGATED_AFTER: Final = re.compile(
    r"\b(?:was|were|is|are|has been)?\s*(?:ruled out|excluded|absent|denied|negative|unlikely|resolved)\b",
    re.IGNORECASE,
)
_DOUBT: Final = re.compile(
    r"\b(?:possible|possibly|probable|probably|suspected|suspect|questionable|rule out|r/o"
    r"|likely|concern for"
    r"|working diagnosis|vs\.?|versus|consistent with|compatible with|may have|might)\b|\?",
    re.IGNORECASE,
)
_FAMILY: Final = re.compile(
    r"\b(?:family history|fhx?|mother|father|brother|sister|parents?|grand(?:mother|father)|aunt|uncle|sibling)\b",
    re.IGNORECASE,
)
_HISTORY: Final = re.compile(
    r"\b(?:history of|h/o|hx of|past history|previous|prior|status post|s/p|remote|childhood)\b", re.IGNORECASE
)
_CHRONIC: Final = re.compile(
    r"\bhistory of (?:type|diabetes|hypertension|copd|asthma|ckd|chronic|atrial|heart failure|hyperlipid)",
    re.IGNORECASE,
)
_ENDS: Final = re.compile(r"\b(?:but|however|except|although|yet|presents|complains|has|with)\b", re.IGNORECASE)
# What a sentence offers without saying that the patient has it.
_ADVICE: Final = re.compile(
    r"\b(?:screening for|risk of|risk for|prevent\w*|avoid|return if"
    r"|call if|educated|in case of|vaccin\w*|counsel\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of the text, from `start` up to `end`. `over` is what governs it, empty for plain statement."""

    start: int
    end: int
    text: str
    over: str = ""  # negated, doubt, family, history, advice


def clauses(text: str) -> list[Clause]:
    """The clauses of a case in their order."""
    found: list[Clause] = []
    for sentence in _SENTENCE.finditer(text):
        found += _of_sentence(sentence.group(), sentence.start())
    return found


def _of_sentence(sentence: str, at: int) -> list[Clause]:
    found, begin, carried = [], 0, ""
    breaks = [*_CLAUSE.finditer(sentence), None]
    for one in breaks:
        end = one.start() if one else len(sentence)
        parts = _split_at_trigger(sentence[begin:end], at + begin, carried)
        found += parts
        # "No fever, chills or cough": in a list the negation goes on; "but" and a verb of having end it.
        carried = (
            parts[-1].over
            if parts and one and one.group().strip() == "," and parts[-1].over in {"negated", "family"}
            else ""
        )
        begin = one.end() if one else end
        if carried and _ENDS.match(sentence[begin:].lstrip()):
            carried = ""
    return found


def _split_at_trigger(text: str, at: int, carried: str) -> list[Clause]:
    """A negation in the middle governs only what follows: "hypertension without heart failure" is two clauses."""
    trigger = _NEGATED.search(text)
    if trigger and trigger.start() > 0 and text[: trigger.start()].strip():
        split = trigger.start()
        return [*_split_at_trigger(text[:split], at, carried), *_one(text[split:], at + split, "")]
    return _one(text, at, carried)


def _one(text: str, at: int, carried: str) -> list[Clause]:
    bare = text.strip()
    if not re.search(r"\w", bare):
        return []
    start = at + text.index(bare)
    return [Clause(start, start + len(bare), bare, _over(bare) or carried)]


def _over(clause: str) -> str:
    if _FAMILY.search(clause):
        return "family"
    if _NEGATED.match(clause) or _NEGATED_AFTER.search(clause):
        return "negated"
    if _DOUBT.search(clause):
        return "doubt"
    if _ADVICE.search(clause):
        return "advice"
    if _HISTORY.search(clause) and not _CHRONIC.search(clause):
        return "history"
    return ""
