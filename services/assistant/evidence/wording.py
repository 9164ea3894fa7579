"""Words as texts are compared by: lower case, without the smallest ones, stemmed."""

import re
from functools import cache
from pathlib import Path
from typing import Final


def _listed(name: str) -> frozenset[str]:
    return frozenset(Path(__file__).with_name(name).read_text(encoding="utf-8").split())


_STOP: Final = _listed("stop_words.txt")
_ASKING: Final = _listed("question_words.txt")  # words of questions, which say nothing of what they are about
_NOUNS: Final = (("ations", 4), ("ation", 4), ("ions", 4), ("ion", 4), ("ments", 3), ("ment", 3))
_LONG_FORMS: Final = {
    "aco": "accountable care organization",
    "aks": "anti kickback statute",
    "arnp": "nurse practitioner",
    "asc": "ambulatory surgical center",
    "awv": "annual wellness visit",
    "bmi": "body mass index",
    "ccm": "chronic care management",
    "chf": "heart failure",
    "chemo": "chemotherapy",
    "copay": "copayment",
    "copays": "copayment",
    "copd": "copd chronic obstructive pulmonary disease",
    "ct": "computed tomography",
    "dme": "durable medical equipment",
    "dob": "birth date",
    "dos": "date of service",
    "dx": "diagnosis",
    "ed": "emergency department",
    "ecg": "electrocardiogram",
    "ekg": "electrocardiogram",
    "em": "evaluation management",
    "er": "emergency department",
    "fca": "false claims act",
    "htn": "hypertension",
    "mppr": "multiple procedure payment reduction",
    "meds": "medicine",
    "mri": "magnetic resonance imaging",
    "np": "nurse practitioner",
    "npp": "nurse practitioner",
    "ob": "obstetric",
    "pa": "physician assistant",
    "pos": "place of service",
    "sdoh": "social determinants health",
    "snf": "skilled nursing facility",
    "tcm": "transitional care management",
    "ultrasounds": "ultrasound",
    "xray": "x ray",
    "xrays": "x ray",
}
_PHRASES: Final = (
    (re.compile(r"\be\s?[/&]\s?m\b|\bevaluation (?:and|&) management\b"), "evaluation management"),
    (re.compile(r"\badvance beneficiary notices?(?: of non-?coverage)?\b"), "abn"),
    (re.compile(r"\bco-?pays?\b|\bcopayments?\b|\bco-?insurance\b"), "copayment"),
    (re.compile(r"\b(?:surg(?:ery|eries|ical|ically)|operations?|operative|operating)\b"), "surgery"),
    (re.compile(r"\bfollow[- ]?ups?\b"), "followup"),
    (re.compile(r"\bpost-?op(?:erative)?\b"), "postoperative"),
    (re.compile(r"\bpre-?op(?:erative)?\b"), "preoperative"),
)


def words(text: str, *, keep: bool = False) -> list[str]:
    """The words of a text; with `keep`, the smallest too."""
    plain = re.sub(r"\be\s?[/&]\s?m\b|\bevaluation (?:and|&) management\b", " evaluation management ", text.lower())
    return [_stem(word) for word in re.findall(r"[a-z0-9]+", plain) if keep or word not in _STOP]


def spelled_out(text: str) -> list[str]:
    """The words that a question or a guide is about, abbreviations written out."""
    plain = text.lower().replace("'s ", " ").replace("\u2019s ", " ")
    for shape, long in _PHRASES:
        plain = shape.sub(long, plain)
    bare = " ".join(_LONG_FORMS.get(word, word) for word in re.findall(r"[a-z0-9]+", plain) if word not in _ASKING)
    return [_root(word) for word in bare.split()]


def written_out(text: str) -> str:
    """A text with its abbreviations written out, otherwise as it stands."""
    return re.sub(r"[A-Za-z0-9]+", lambda found: _LONG_FORMS.get(found[0].lower(), found[0]), text)


@cache
def _stem(word: str) -> str:
    for ending, most in (("ies", 5), ("ing", 6), ("es", 5), ("ed", 5), ("s", 4)):
        if word.endswith(ending) and len(word) >= most and not word.endswith("ss"):
            return word[: -len(ending)] + ("y" if ending == "ies" else "")
    return word.removesuffix("e") if len(word) > 5 else word  # noqa: PLR2004 -- "code" stays, "procedure" meets "procedures"


@cache
def _root(word: str) -> str:
    """The stem of a word, and of the verb that a noun was made from."""
    for ending, least in _NOUNS:
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)]
    return _stem(word)


def sentences(text: str) -> list[str]:
    """The sentences of a finished text."""
    return re.split(r"(?<=[.?!])\s+(?=[A-Z0-9])", text)
