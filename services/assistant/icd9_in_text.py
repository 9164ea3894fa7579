"""ICD-9-CM codes as people write them where they say so: with their dot or without it."""

import re
from typing import Final

_SAID: Final = re.compile(r"\bicd[- ]?9(?:[- ]?cm)?\b", re.IGNORECASE)
_ASKED: Final = re.compile(r"\bicd[- ]?10|cross-?walk|\bgems?\b|\bconvert|\bmap|\bequivalent", re.IGNORECASE)
# Diagnoses (three digits, V or E codes) and procedures (two digits).
_DOTTED: Final = r"\d{3}\.\d{1,2}|V\d{2}\.\d{1,2}|E\d{3}\.\d|\d{2}\.\d{1,2}"
_BARE: Final = r"\d{3,5}|V\d{2,4}|E\d{3,4}"
_NAMED: Final = re.compile(rf"(?<![\w.,$/-])(?:{_DOTTED}|{_BARE})(?![\w/-]|[.,]\d)", re.IGNORECASE)
_ALONE: Final = re.compile(r"(?<![\w.,$/-])\d{3}\.\d{1,2}(?![\w/%-]|[.,]\d)")


def icd9_in(text: str) -> str:
    """The first ICD-9-CM code, dotted; empty where the text is not about one."""
    if not _SAID.search(text):
        found = _ALONE.search(text) if _ASKED.search(text) else None
        return found.group() if found else ""
    named = _NAMED.search(_SAID.sub(" ", text))
    return _dotted(named.group().upper()) if named else ""


def _dotted(code: str) -> str:
    at = 3 + code.startswith("E")
    return code if "." in code or len(code) <= at else f"{code[:at]}.{code[at:]}"


def is_procedure(code: str) -> bool:
    """Whether it is of volume 3: procedures of inpatients."""
    return bool(re.fullmatch(r"\d{2}\.\d{1,2}", code))
