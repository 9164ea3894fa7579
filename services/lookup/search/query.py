"""What a search asks for: slots to be filled, each in one of several ways."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.lookup.search.abbreviations import Abbreviations
from services.lookup.search.words import STOP_WORDS, compounds, folded, words

MOST_SLOTS: Final = 16  # further words of a long text are not looked at
_LONGEST_GROUP: Final = 4  # words that are looked up together at most ("dm type 2")
_LAST_WORD: Final = re.compile(r"[^\W_]+$")
_CODE_LIKE: Final = re.compile(r"[a-z][0-9][0-9a-z]{0,5}|[0-9]{4}[0-9afmtu]")

type Way = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing asked for. Any of `ways` fills it: all words of a way have to stand in the term.

    The first way is the query's own words. `meanings` say what they abbreviate, in step with the last ways;
    `code` is the word where it may be a code or the beginning of one.
    """

    ways: tuple[Way, ...]
    meanings: tuple[str, ...] = ()
    code: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A read query: `slots` are to be filled, `extras` (the, of, with) may match besides.

    `beginning` is the last word as typed where it may be unfinished; it belongs to the last slot.
    """

    slots: tuple[Slot, ...]
    extras: tuple[str, ...] = ()
    beginning: str = ""


def read(text: str, abbreviations: Abbreviations, *, unfinished: bool = False) -> Asked:
    """Reads a query; without any letter or digit it has no slots. `unfinished`: the last word is being typed."""
    found = words(text)
    last = _LAST_WORD.search(folded(text)) if unfinished else None
    wanted = [word for word in found if word not in STOP_WORDS] or found
    if last and found and wanted[-1] != found[-1]:
        wanted.append(found[-1])  # "fracture of t" is typed by way of "fracture o" and "fracture of"
    slots = tuple(_slots(tuple(dict.fromkeys(wanted)), abbreviations, dict(_joined(text))))[:MOST_SLOTS]
    extras = tuple(dict.fromkeys(word for word in found if word not in wanted))
    return Asked(slots, extras, last[0] if last else "")


def _joined(text: str) -> Iterator[tuple[Way, Way]]:
    return ((parts, (one,)) for one, parts in compounds(text))


def _slots(wanted: Way, abbreviations: Abbreviations, joined: Mapping[Way, Way]) -> Iterator[Slot]:
    at = 0
    while at < len(wanted):
        group = _group(wanted[at : at + _LONGEST_GROUP], abbreviations, joined)
        meanings = abbreviations.get(group, ())
        ways = (group, *((joined[group],) if group in joined else ()), *(content(meaning) for meaning in meanings))
        yield Slot(ways, tuple(meanings), _code(group))
        at += len(group)


def _group(ahead: Way, abbreviations: Abbreviations, joined: Mapping[Way, Way]) -> Way:
    """The longest run of words that means something together, else one word."""
    sizes = range(len(ahead), 1, -1)
    return next((ahead[:n] for n in sizes if ahead[:n] in abbreviations or ahead[:n] in joined), ahead[:1])


def content(meaning: str) -> Way:
    """The words of a phrase that distinguish it."""
    return tuple(word for word in words(meaning) if word not in STOP_WORDS)


def _code(group: Sequence[str]) -> str:
    return group[0] if len(group) == 1 and _CODE_LIKE.fullmatch(group[0]) else ""
