"""Classes of words, by what a difference in them says."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from services.lookup.search.words import words

# Words that say something else than what it is about. Generic: many names of diseases have them, and the description
# of a code often leaves them out. Special: a code of theirs is another one than that of the plain condition.
CLASSES: Final[Mapping[str, frozenset[str]]] = {
    name: frozenset(words(told))
    for name, told in {
        "generic": "disease disorder syndrome condition abnormality anomaly defect illness lesion problem state"
        " type form stage classic classical typical atypical familial hereditary heritable inherited genetic"
        " congenital adult idiopathic primary juvenile childhood infantile onset early late isolated nonsyndromic"
        " syndromic autosomal dominant recessive linked sporadic acquired simple complex human common rare severe mild"
        " generalized localized systemic involving related associated caused process",
        "side": "left right bilateral unilateral",
        "negation": "without no non never",
        "special": "secondary drug induced postprocedural postoperative complicating pregnancy childbirth puerperium"
        " newborn neonatal history family personal screening encounter examination exposure contact aftercare status"
        " sequela poisoning adverse underdosing",
    }.items()
}
# Numbers of classes: 0 is that of words of none.
NEGATION: Final = list(CLASSES).index("negation") + 1
NUMERAL: Final = len(CLASSES) + 1
_DIGIT: Final = re.compile(r"\d")
_CLASS_OF: Final = {word: number for number, told in reversed([*enumerate(CLASSES.values(), 1)]) for word in told}
COUNT: Final = len(CLASSES) + 2


def class_of(word: str) -> int:
    """The number of a word's class."""
    return NUMERAL if _DIGIT.search(word) else _CLASS_OF.get(word, 0)


def class_of_all(way: Sequence[str]) -> int:
    """The class of several words: that of all of them, else none; numerals go before everything."""
    found = {class_of(word) for word in way}
    return NUMERAL if NUMERAL in found else found.pop() if len(found) == 1 else 0
