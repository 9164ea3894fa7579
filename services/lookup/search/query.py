"""What a search asks for: slots to be filled, each in one of several ways."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from services.lookup.search.readings import Kind, Reading, Readings
from services.lookup.search.words import STOP_WORDS, compounds, folded, words

MOST_SLOTS: Final = 16  # further words of a long text are not looked at
_LONGEST_GROUP: Final = 4  # words that are looked up together at most ("dm type 2")
_LAST_WORD: Final = re.compile(r"[^\W_]+$")
# "w/o" and "w/" of a record; what still lacks the next word may become any word
_WITHOUT: Final = re.compile(r"\bw\s*/?\s*o\b(?!\s*[-/])", re.IGNORECASE)
_WITH: Final = re.compile(r"\bw(?:\s*/\s*|\s+)(?=\w)", re.IGNORECASE)
_BODY_MASS: Final = re.compile(
    r"\b((?:bmi|body mass index)\D{0,6}[0-9]{2})\.[0-9]+", re.IGNORECASE
)  # its range decides
_CODE_LIKE: Final = re.compile(r"[a-z][0-9][0-9a-z]{0,5}|[0-9]{4}[0-9afmtu]")

# Roman and Arabic numerals stand for each other behind a word that is numbered. Without one, what is typed as "ii" is a
# numeral still; "iv" may be intravenous, and a figure may count anything.
_ROMAN: Final = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii")
_NUMERALS: Final = {
    **{one: str(n) for n, one in enumerate(_ROMAN, 1)},
    **{str(n): one for n, one in enumerate(_ROMAN, 1)},
}
_NUMBERED: Final = frozenset(
    {"type", "stage", "grade", "class", "group", "factor", "level", "phase", "category"}
    | {"disease", "syndrome", "disorder", "deficiency", "nerve"}
)
_NUMERAL: Final = re.compile(r"([ivx]+|[0-9]+)([a-f]?)")

_SAID: Final = frozenset({Kind.ABBREVIATION, Kind.COMMON, Kind.SUPPLY})  # readings that a sentence is made of

type Way = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing asked for. Any of `ways` fills it: all words of a way have to stand in the term.

    The first way is the query's own words. `readings` say what they may stand for; `kinds`, in step with the ways, of
    what kind the reading is that a way comes from, None for the query's own words however they are spelled. `code` is
    the word where it may be a code or the beginning of one, `typed` what was typed where no edition knows that.
    """

    ways: tuple[Way, ...]
    kinds: tuple[Kind | None, ...]
    readings: tuple[Reading, ...] = ()
    code: str = ""
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A read query: `slots` are to be filled, `extras` (the, of, with) may match besides.

    `beginning` is the last word as typed where it may be unfinished; it belongs to the last slot.
    """

    slots: tuple[Slot, ...]
    extras: tuple[str, ...] = ()
    beginning: str = ""

    @property
    def is_short(self) -> bool:
        """Whether all of it is abbreviations."""
        return all(any(one.kind is Kind.ABBREVIATION for one in slot.readings) for slot in self.slots)


def read(text: str, readings: Readings, *, unfinished: bool = False) -> Asked:
    """Reads a query; without any letter or digit it has no slots. `unfinished`: the last word is being typed."""
    text = _WITH.sub("with ", _WITHOUT.sub("without", _BODY_MASS.sub(r"\1", text)))
    found = words(text)
    last = _LAST_WORD.search(folded(text)) if unfinished else None
    wanted = [word for word in found if word not in STOP_WORDS] or found
    if last and found and wanted[-1] != found[-1]:
        wanted.append(found[-1])  # "fracture of t" is typed by way of "fracture o" and "fracture of"
    slots = tuple(_slots(tuple(dict.fromkeys(wanted)), readings, dict(_joined(text))))[:MOST_SLOTS]
    extras = tuple(dict.fromkeys(word for word in found if word not in wanted))
    return Asked(slots, extras, last[0] if last else "")


def _joined(text: str) -> Iterator[tuple[Way, Way]]:
    return ((parts, (one,)) for one, parts in compounds(text))


def _slots(wanted: Way, readings: Readings, joined: Mapping[Way, Way]) -> Iterator[Slot]:
    at = 0
    while at < len(wanted):
        group = _group(wanted[at : at + _LONGEST_GROUP], readings, joined)
        found = tuple(readings.get(group, ()))
        before = wanted[at - 1] if at else ""
        own = (group, *((joined[group],) if group in joined else ()), *_renumbered(group, before))
        kinds = (*(None for _ in own), *(one.kind for one in found))
        yield Slot((*own, *(content(one.text) for one in found)), kinds, found, _code(group))
        at += len(group)


def _renumbered(group: Way, before: str) -> Iterator[Way]:
    """The other way of writing a numeral: "type II" and "type 2", "4a" and "IVa"."""
    found = _NUMERAL.fullmatch(group[0]) if len(group) == 1 else None
    other = _NUMERALS.get(found[1]) if found else None
    if found and other and (before in _NUMBERED or (found[1] in _ROMAN and len(found[1]) > 1 and found[1] != "iv")):
        yield (other + found[2],)


def _group(ahead: Way, readings: Readings, joined: Mapping[Way, Way]) -> Way:
    """The longest run of words that means something together, else one word."""
    sizes = range(len(ahead), 1, -1)
    return next((ahead[:n] for n in sizes if ahead[:n] in readings or ahead[:n] in joined), ahead[:1])


@lru_cache(maxsize=16_384)
def content(meaning: str) -> Way:
    """The words of a phrase that distinguish it."""
    return tuple(word for word in words(meaning) if word not in STOP_WORDS)


def _code(group: Sequence[str]) -> str:
    return group[0] if len(group) == 1 and _CODE_LIKE.fullmatch(group[0]) else ""


def sentence(asked: Asked, text: str) -> str:
    """What is asked in words of the code sets: for one who knows sentences and no abbreviations.

    Procedures stay as they are named: the descriptions they are read as have no vectors.
    """
    if not any(_meant(slot) or slot.typed for slot in asked.slots):
        return text
    return " ".join(_meant(slot) or " ".join(slot.ways[0]) for slot in asked.slots)


def _meant(slot: Slot) -> str:
    return next((one.text for one in slot.readings if one.kind in _SAID), "")
