"""Text as search words: one form for spellings that mean the same, the same way at indexing and at asking."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

# Words that order a phrase and distinguish nothing: they may match, and need not.
# "without" and "no" are not among them, and neither is "a": hepatitis A, vitamin A.
STOP_WORDS: Final = frozenset(
    {"an", "and", "at", "by", "due", "for", "from", "in", "is", "nos", "of", "on", "or", "the", "to", "with"}
)
# British spellings inside a word, as expressions without groups, each with its American letters.
_AMERICAN: Final[tuple[tuple[str, str], ...]] = (
    (r"ae(?=[cdm])", "e"),  # gynaecological, paediatric, haemorrhage
    (r"(?<!i)oe(?=dem)", "e"),  # oedema, myxoedema; angioedema is American already
    (r"^oe(?=[s])", "e"),  # oesophagus, oestrogen
    (r"(?<=c)oe(?=l)", "e"),  # coeliac
    (r"(?<=^f)oe(?=t)", "e"),  # foetal
    (r"(?<=rrh)oe", "e"),  # diarrhoea
    (r"(?<=^c)ae(?=s)", "e"),  # caesarean
    (r"(?<=tum)our", "or"),
    (r"(?<=col)our", "or"),
    (r"(?<=^fib)re$", "er"),
)
_BRITISH: Final = re.compile("|".join(f"({letters})" for letters, _ in _AMERICAN))
_WORD: Final = re.compile(r"[^\W_]+(?:['’.][^\W_]+)*")  # noqa: RUF001 -- the typographic apostrophe is meant
_POSSESSIVE: Final = re.compile(r"['’]s?$|['’]s?(?=[-\s])")  # noqa: RUF001
_COMPOUND: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+")
_SINGULAR: Final = 4  # letters a word has at least before an ending is taken off


def folded(text: str) -> str:
    """Lower case without accents, one form of every letter; control characters are spaces."""
    if text.isascii() and text.isprintable():
        return text.casefold()
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(_kept(sign) for sign in spread if not unicodedata.combining(sign))


def _kept(sign: str) -> str:
    return " " if unicodedata.category(sign)[0] == "C" else sign


def words(text: str) -> list[str]:
    """The words of a text in their order, each in its search form."""
    return [form(word) for raw in _WORD.findall(folded(text)) for word in _parts(raw)]


def located(text: str) -> list[tuple[str, int, int]]:
    """The words of a text with the first character of each and the one behind its last."""
    return [
        (form(part), found.start(), found.end())
        for found in _WORD.finditer(text)
        for part in _parts(folded(found.group()))
    ]


def compounds(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """Hyphened compounds as one word, each with its parts: both spellings are in use ("non-hodgkin")."""
    found = _COMPOUND.findall(folded(text))
    return [(form(one.replace("-", "")), tuple(form(part) for part in one.split("-"))) for one in found]


def _parts(raw: str) -> list[str]:
    """A possessive loses its s ("crohn's"); a number keeps its point ("1.5"); other points part words."""
    if raw.isalnum():
        return [raw]
    raw = _POSSESSIVE.sub("", raw)
    return [raw] if re.fullmatch(r"\d+\.\d+", raw) else re.split(r"['’.]", raw)  # noqa: RUF001


@lru_cache(maxsize=65536)
def form(word: str) -> str:
    """A word's search form: American spelling, singular."""
    american = _BRITISH.sub(lambda found: _AMERICAN[(found.lastindex or 1) - 1][1], word)
    return _singular(american)


def _singular(word: str) -> str:
    if len(word) < _SINGULAR or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("ches", "shes", "sses", "xes")) else word[:-1]
