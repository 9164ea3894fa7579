"""What is asked, and what was understood of it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST_QUESTION: Final = 2_000


class Focus(StrEnum):
    """What a question wants to know of a code."""

    WHAT = "what"
    BILLABLE = "billable"
    NOTES = "notes"
    UNITS = "units"
    ADD_ON = "add-on"
    PAIRS = "pairs"
    GLOBAL = "global"
    MODIFIERS = "modifiers"
    FEES = "fees"
    COVERAGE = "coverage"
    RELATED = "related"
    HISTORY = "history"
    LIMITS = "limits"
    SEVENTH = "seventh"
    CHILDREN = "children"
    GUIDELINES = "guidelines"


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it came, without identifiers of patients; the receipt keeps exactly this."""

    text: str
    as_of: str  # YYYY-MM-DD, settled before the work begins
    code: str = ""
    system: str = ""
    earlier: tuple[str, ...] = ()  # the conversation's questions before it, the oldest first


@dataclass(frozen=True, slots=True)
class Understood:
    """What a question is about.

    `phrase` is what a search for a code would look for, empty where there is nothing to look for; `sure` says that a
    code was asked for, and not a rule. `topic` is what the guides are searched by.
    """

    question: Question
    codes: tuple[str, ...] = ()
    modifiers: tuple[str, ...] = ()
    focus: tuple[Focus, ...] = ()
    phrase: str = ""
    sure: bool = False
    system: str = ""  # of the code that is looked for, where the question names one
    together: bool = False
    compared: bool = False
    hung: tuple[tuple[str, str], ...] = ()  # codes with the modifiers that hang on them
    state: str = ""  # two letters
    place: str = ""  # place of service, two digits
    denial: str = ""  # claim adjustment reason code
    icd9: str = ""  # an ICD-9-CM code that a mapping is asked of
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Conversation:
    """Questions that belong together; `title` is the first of them."""

    id: str
    title: str
    at: int
