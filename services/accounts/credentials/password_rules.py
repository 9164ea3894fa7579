"""Which passwords are refused: the short, the address itself, and those that a guesser tries first.

After NIST SP 800-63B 3.1.1.2: length and a block list, no rules of composition. The block list is checked here, with
no call to anybody, and has two parts. One is the six thousand most common of the ten million breached passwords that
Mark Burnett gave to the public domain in 2015, kept as the first ten hex digits of their SHA-256, for many are not fit
to be read; what was put before or behind one (digits, punctuation) does not hide it. The other is a list of words and
a few shapes: a password is common when three pieces or fewer make it up, a piece being a listed word (also with letters
swapped for digits), a run along the alphabet or the keyboard, a repetition, or a group of digits.
"""

import functools
import hashlib
import unicodedata
from pathlib import Path
from typing import Final

from services.accounts.credentials.addresses import Address
from services.chassis.errors import AppError, FieldError, invalid

SHORTEST: Final = 10  # characters
LONGEST: Final = 256
FEW: Final = 3  # pieces
_DIGIT_GROUP: Final = 4
_SHORTEST_RUN: Final = 3
_LONGEST_WORD: Final = 16
_WORDS: Final = Path(__file__).with_name("common_words.txt")
_BREACHED: Final = Path(__file__).with_name("common_passwords.txt")
_SHORTEST_CORE: Final = 6  # characters of a breached password, without what was put around it
_AROUND: Final = "0123456789 !?.,;:_-+*#$%&@"
_RUNS: Final = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop[]",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl;'",
    "qsdfghjklm",
    "zxcvbnm,./",
    "yxcvbnm",
    "!@#$%^&*()",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujm",
    "qweasdzxc",
    "147258369",
    "741852963",
)
_LEET: Final = tuple(str.maketrans("@4301!$578", letters) for letters in ("aaeoiisstb", "aaeollsstb"))


def normalized(password: str) -> str:
    """As it is hashed: NFC, so that one keyboard's accents are another's (RFC 8265 OpaqueString)."""
    return unicodedata.normalize("NFC", password)


def check(password: str, address: Address) -> None:
    """INVALID WEAK_PASSWORD, with what was expected, where a password is refused; the password is not repeated."""
    if not SHORTEST <= len(normalized(password)) <= LONGEST:
        raise _refusal(f"{SHORTEST} to {LONGEST} characters")
    if _is_address(password, address):
        raise _refusal("something other than your mail address")
    if is_breached(password) or is_common(password):
        raise _refusal("something others do not use: three or four words that do not belong together do well")


def _is_address(password: str, address: Address) -> bool:
    plain = _letters(password)
    return plain in {_letters(part) for part in (address.key, address.text, *address.key.split("@"))}


def _letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def is_breached(password: str) -> bool:
    """Whether it is one of the breached passwords, in any case, bare or with digits and punctuation around it."""
    text = unicodedata.normalize("NFKC", password).casefold()
    cores = [core for core in (text, text.rstrip(_AROUND), text.strip(_AROUND)) if len(core) >= _SHORTEST_CORE]
    spellings = {one for core in cores for one in (core, *(core.translate(table) for table in _LEET))}
    return any(_digest(one) in _breached() for one in spellings)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def is_common(password: str) -> bool:
    """Whether three pieces or fewer make it up."""
    text = unicodedata.normalize("NFKC", password).casefold()
    folded = [text, *(text.translate(table) for table in _LEET)]
    fewest = [0] * (len(text) + 1)  # fewest[i]: pieces that make up text[i:]
    for start in range(len(text) - 1, -1, -1):
        fewest[start] = 1 + min(fewest[end] for end in _ends(text, folded, start))
    return fewest[0] <= FEW


def _ends(text: str, folded: list[str], start: int) -> set[int]:
    """Where a piece that begins at `start` may end."""
    ends = {start + 1, _repetition(text, start), _run(text, start), _digits(text, start)}
    words = _words()
    for length in range(2, min(_LONGEST_WORD, len(text) - start) + 1):
        if any(spelling[start : start + length] in words for spelling in folded):
            ends.add(start + length)
    return ends


def _repetition(text: str, start: int) -> int:
    """The end of the longest stretch that repeats its first one to four characters."""
    best = start + 1
    for width in range(1, 5):
        end = start + width
        while end < len(text) and text[end] == text[end - width]:
            end += 1
        if end >= start + 2 * width:
            best = max(best, end)
    return best


def _run(text: str, start: int) -> int:
    """The end of the longest run along the alphabet, the digits or the keyboard, in either direction."""
    end = start + _SHORTEST_RUN
    while end <= len(text) and text[start:end] in _all_runs():
        end += 1
    return end - 1 if end > start + _SHORTEST_RUN else start + 1


def _digits(text: str, start: int) -> int:
    end = start
    while end < min(len(text), start + _DIGIT_GROUP) and text[end].isdigit():
        end += 1
    return max(end, start + 1)


@functools.cache
def _all_runs() -> str:
    return "\0".join((*_RUNS, *(run[::-1] for run in _RUNS)))


@functools.cache
def _words() -> frozenset[str]:
    return frozenset(_WORDS.read_text("utf-8").split())


@functools.cache
def _breached() -> frozenset[str]:
    return frozenset(_BREACHED.read_text("ascii").split())


def _refusal(expected: str) -> AppError:
    wrong = FieldError("password", "", expected)
    return invalid("WEAK_PASSWORD", f"That password is too easy to guess. Expected: {expected}.", wrong)
