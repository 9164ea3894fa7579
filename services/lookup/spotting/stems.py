"""Words as stems: what a noun, its adjective and its verb have in common (ulcer, ulcerated, ulceration)."""

import re
from functools import lru_cache
from typing import Final

from services.lookup.search.words import words

_SHORTEST: Final = 4  # letters a stem has at least
# Endings, the longest first, each with what takes its place.
_ENDINGS: Final = (
    *(("ifications", "if"), ("ification", "if"), ("izations", "iz"), ("ization", "iz"), ("omatous", "om")),
    *(("iferous", ""), ("ational", ""), ("ations", ""), ("ation", ""), ("ative", ""), ("ating", ""), ("ically", "")),
    *(("itions", ""), ("ition", ""), ("ified", "if"), ("ifying", "if"), ("atous", ""), ("ectatic", "ectas")),
    *(("plegic", "pleg"), ("ized", "iz"), ("ated", ""), ("ates", ""), ("ate", ""), ("ical", ""), ("otic", "os")),
    *(("osis", "os"), ("oses", "os"), ("itis", "it"), ("itic", "it"), ("asis", "as"), ("esis", "es"), ("etic", "et")),
    *(("ious", ""), ("eous", ""), ("ings", ""), ("ing", ""), ("ions", ""), ("ion", ""), ("ives", ""), ("ive", "")),
    *(("edly", ""), ("ness", ""), ("ment", ""), ("ies", ""), ("ied", ""), ("ial", ""), ("ian", ""), ("ity", "")),
    *(
        ("ous", ""),
        ("ful", ""),
        ("ary", ""),
        ("ery", ""),
        ("ies", ""),
        ("ify", "if"),
        ("ed", ""),
        ("es", ""),
        ("ic", ""),
    ),
    *(
        ("al", ""),
        ("ar", ""),
        ("ly", ""),
        ("ia", ""),
        ("is", ""),
        ("um", ""),
        ("us", ""),
        ("e", ""),
        ("y", ""),
        ("a", ""),
    ),
    ("s", ""),
)
_DOUBLED: Final = re.compile(r"([bdgmnprt])\1$")
# Forms that no ending tells.
_IRREGULAR: Final = {
    "abdomen": "abdomin",
    "swollen": "swell",
    "bled": "bleed",
    "broken": "break",
    "torn": "tear",
    "febrile": "fever",
    "smoker": "smok",
    "drinker": "drink",
    "vertebrae": "vertebr",
    "painless": "painless",
    "metastases": "metastas",
    "metastasis": "metastas",
    "metastatic": "metastas",
    "metastasized": "metastas",
    "diabetes": "diabet",
    "diabetic": "diabet",
    "carious": "cari",
    "caries": "cari",
    "testes": "test",
    "obese": "obes",
    "vertigo": "vertigo",
    "viral": "virus",
    "virus": "virus",
    "thoracic": "thorac",
    "thorax": "thorac",
    "pharyngeal": "pharyn",
    "pharynx": "pharyn",
    "laryngeal": "laryn",
    "larynx": "laryn",
    "meningeal": "mening",
    "meninges": "mening",
    "cortex": "cortic",
    "pelvis": "pelv",
    "pelvic": "pelv",
    "cardiac": "cardi",
    "weakness": "weak",
    "dyspneic": "dyspn",
    "dyspnea": "dyspn",
    "apneic": "apn",
    "apnea": "apn",
    "breathing": "breathing",
    "general": "generaliz",
    "generalized": "generaliz",
    "unconscious": "unconscious",
    "consciousness": "consciousness",
}


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """The stem of a word in its search form; numbers, short words and codes are their own."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) <= _SHORTEST or not word.isalpha():
        return word
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) + len(instead) >= _SHORTEST:
            return _DOUBLED.sub(r"\1", word[: len(word) - len(ending)] + instead)
    return word


@lru_cache(maxsize=65536)
def stems_of(text: str) -> frozenset[str]:
    """The stems of all words of a short text."""
    return frozenset(stem(word) for word in words(text))


@lru_cache(maxsize=16384)
def said_by(text: str) -> frozenset[str]:
    """The words of a short text, in their search form."""
    return frozenset(words(text))
