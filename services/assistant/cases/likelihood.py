"""How likely a proposed code is the right one, by what can be seen of the words that speak for it."""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from services.assistant.cases.candidates import Candidate
from services.assistant.cases.proposals import Proposal

FILE: Final = Path(__file__).with_name("likelihood.toml")
_BY_RULE: Final = 0.8  # of a code that a rule put there


def features(one: Proposal) -> dict[str, float]:
    """What can be seen, by name."""
    best = max(one.mentions, key=lambda mention: mention.spotted.worth)
    term = best.spotted
    own = max(1, term.stems)
    return {
        "always": 1.0,
        "one word": float(term.stems == 1),
        "three words": float(term.stems >= 3),  # noqa: PLR2004 -- its name says it
        "foreign words": float(term.gap),
        "lent": term.borrowed / own,
        "plain": float(term.plain),
        "other": float(term.residual),
        "index": float(term.kind == "index"),
        "inclusion": float(term.kind == "inclusion"),
        "header": float(term.header != term.ref.code),
        "rarity": min(3.0, term.worth / own / 4),
        "again": min(2.0, math.log2(len(one.mentions))),
        "alone": max(_share(mention) for mention in one.mentions),
        "assessed": float(any(mention.clause.section == "assessed" for mention in one.mentions)),
        "doubt": float(best.clause.over == "doubt"),
        "past": float(best.clause.over == "history"),
        f"chapter {_chapter(one.ref.code)}": 1.0,
    }


def _share(mention: Candidate) -> float:
    """How much of its clause the mention is: an item of a list of diagnoses is all of it."""
    return (mention.spans[0].end - mention.spans[0].start) / max(1, len(mention.clause.text))


def _chapter(code: str) -> str:
    """The letter; the tumours of unspecified behavior and the blood apart, as the injuries and their T codes."""
    return {"D4": "D4", "T8": "T8", "Z8": "Z8", "Z9": "Z9"}.get(code[:2], code[0])


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Fitted weights; a code with less than `least` is not suggested."""

    weights: Mapping[str, float]
    least: float

    def of(self, one: Proposal) -> float:
        """From 0 to 1."""
        if not one.mentions:
            return _BY_RULE
        score = sum(self.weights.get(name, 0.0) * value for name, value in features(one).items())
        return 1 / (1 + math.exp(-score))


@cache
def shipped() -> Likelihood:
    """What comes with the platform."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return Likelihood(told["weights"], told["least"])
