"""Spots the terms of a code system in texts, each with the most special code that the text's words support."""

import asyncio
import hashlib
import logging
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from services.chassis.errors import FieldError, invalid, not_found
from services.lookup.domain import SYSTEMS, Entry, Level, Status, Term, day
from services.lookup.editions.bundle import Bundle
from services.lookup.editions.library import Library
from services.lookup.search.readings import Readings
from services.lookup.search.words import words
from services.lookup.spotting import borrowing, dictionary
from services.lookup.spotting.dictionary import Dictionary, Wording
from services.lookup.spotting.reading import Read, read
from services.lookup.spotting.spot import Spot, spots
from services.lookup.spotting.stems import stem
from services.lookup.spotting.wordings import needs

log = logging.getLogger(__name__)

FOLDER: Final = "spotting"
FORMAT: Final = 3  # of the dictionary's file: raise it with every change of needs and stems
LONGEST: Final = 120_000  # characters
MOST_TEXTS: Final = 4_000
_LOOK: Final = 1.0  # seconds between two looks at the editions
_FILES: Final = 4  # dictionaries on disk
_MOST: Final = 60  # spots told of one text
_ALIKE: Final = 4  # codes told of the same words
_KEPT: Final = 2  # dictionaries in memory
_BESIDE: Final = 3  # words beside a spot that may make its code more special
_NEAR: Final = 6  # and those that may tell its side
_SIDES: Final = frozenset(stem(word) for word in ("left", "right", "bilateral", "both", "upper", "lower"))
_UNSPECIFIED: Final = re.compile(r"unspecified", re.IGNORECASE)
_SPOTTED: Final = frozenset({Level.CATEGORY, Level.CODE})


@dataclass(frozen=True, slots=True)
class Spotted:
    """A term in a text. `entry` is the code that the words support, `header` the one the term itself leads to."""

    entry: Entry
    header: str
    spot: Spot
    words: tuple[tuple[int, int], ...]


class Spotter:
    """Keeps the dictionaries of the editions that speak; each is made once and lies in DATA/spotting."""

    def __init__(self, library: Library, data_dir: Path, readings: Readings, today: Callable[[], str]) -> None:
        self._library = library
        self._today = today
        self._making = asyncio.Lock()
        self._folder = data_dir / FOLDER
        self._readings = readings
        self._dictionaries: dict[str, Dictionary] = {}

    async def keep_ready(self) -> None:
        """Reads the wordings of what speaks today, at first and whenever the editions change, until cancelled."""
        ready = -1
        while True:
            if ready != self._library.generation:
                ready = self._library.generation
                await self._open(self._bundles("icd-10-cm", self._today()))
            await asyncio.sleep(_LOOK)

    async def spot_terms(self, texts: Sequence[str], system: str, as_of: str) -> tuple[list[list[Spotted]], str]:
        """What stands in each text, and the date that was answered; worked off the event loop. INVALID, NOT_FOUND."""
        if len(texts) > MOST_TEXTS or sum(map(len, texts)) > LONGEST:
            told = FieldError("texts", f"{len(texts)} texts", f"at most {MOST_TEXTS} of {LONGEST} characters together")
            raise invalid("TEXTS_TOO_LONG", "That is more text than terms are spotted in at once.", told)
        if system not in SYSTEMS:
            raise not_found("UNKNOWN_SYSTEM", f"There is no code system {system[:40]!r}.")
        date = day(as_of) if as_of else self._today()
        if date is None:
            told = FieldError("as_of", as_of[:40], "a day from 1900 to 2100 as YYYY-MM-DD")
            raise invalid("BAD_DATE", "as_of is a date of service, written YYYY-MM-DD.", told)
        return await self.spot(texts, system, date), date

    async def spot(self, texts: Sequence[str], system: str, as_of: str) -> list[list[Spotted]]:
        """For each text what stands in it, the weightiest first; nothing where no edition speaks.

        It is worked on the event loop, for the editions' files belong to it, and others have their turn between texts.
        """
        bundles = self._bundles(system, as_of)
        if not bundles:
            return [[] for _ in texts]
        known = await self._open(bundles)
        found: list[list[Spotted]] = []
        for text in texts:
            found.append(self._spot(text, known, bundles[0], as_of))
            await asyncio.sleep(0)
        return found

    def _bundles(self, system: str, as_of: str) -> list[Bundle]:
        """The code set that speaks, and what leads to its codes."""
        bundles = [one for one in self._library.searched([system], as_of) if one.terms is not None]
        return bundles if bundles and bundles[0].describes else []

    def _spot(self, text: str, known: Dictionary, described: Bundle, as_of: str) -> list[Spotted]:
        clause = read(text, self._readings)
        alike: dict[frozenset[int], int] = {}
        found: list[Spotted] = []
        for spot in sorted(spots(known, clause), key=_rank):
            if len(found) >= _MOST:
                break
            if _only(spot, clause) in borrowing.not_alone() or alike.get(spot.at, 0) >= _ALIKE:
                continue
            entry = described.facts.entry(spot.wording.code)
            if entry is None or entry.status(as_of) is not Status.ACTIVE:
                continue
            leaf = _most_special(entry, clause, spot, described)
            if any(one.entry.code == leaf.code and one.spot.at >= spot.at for one in found):
                continue
            alike[spot.at] = alike.get(spot.at, 0) + 1
            places = tuple(clause.spans[at] for at in _told(spot, leaf, clause))
            found.append(Spotted(leaf, entry.code, spot, places))
        return found

    async def _open(self, bundles: Sequence[Bundle]) -> Dictionary:
        """The dictionary of some editions; where it has to be made, in a thread, once."""
        name = hashlib.sha256("\n".join((str(FORMAT), *(one.edition.id for one in bundles))).encode()).hexdigest()[:24]
        async with self._making:
            known = self._dictionaries.get(name)
            if known is None and bundles:
                known = await asyncio.to_thread(_dictionary, self._folder / f"{name}.json", bundles)
                self._dictionaries[name] = known
                while len(self._dictionaries) > _KEPT:
                    self._dictionaries.pop(next(iter(self._dictionaries)))
        return known or Dictionary({}, {})


def _dictionary(path: Path, bundles: Sequence[Bundle]) -> Dictionary:
    return _load(path) or _make(path, bundles)


def _told(spot: Spot, leaf: Entry, clause: Read) -> list[int]:
    """The spot's words with those right beside them that the description has too: "essential" of hypertension."""
    described = {stem(word) for word in words(f"{leaf.display} {spot.wording.term}")}
    at = set(spot.at)
    for step in (-1, 1):
        beside = (min(at) if step < 0 else max(at)) + step
        while 0 <= beside < len(clause.forms) and stem(clause.forms[beside]) in described:
            at.add(beside)
            beside += step
    return sorted(at)


def _only(spot: Spot, clause: Read) -> str:
    """The stem of a spot's one word; empty where it has several."""
    return stem(clause.forms[next(iter(spot.at))]) if len(spot.at) == 1 else ""


def _rank(spot: Spot) -> tuple[float, int, int, bool, bool, int]:
    wording = spot.wording
    return (-round(spot.worth, 3), spot.gap, spot.borrowed, wording.residual, not wording.plain, len(wording.term))


def _most_special(entry: Entry, clause: Read, spot: Spot, described: Bundle) -> Entry:
    """Down from a header, and from beside a code that says nothing more: the code whose further words stand near by."""
    said = _near_by(clause, spot)
    above = described.facts.entry(entry.parent) if entry.billable and _UNSPECIFIED.search(entry.display) else None
    if above is not None and above.level in _SPOTTED:
        return _down(above, said, described, least=1) or entry
    return _down(entry, said, described) or entry


def _near_by(clause: Read, spot: Spot) -> set[str]:
    """Stems beside the spot, in its part of the clause; a side may stand further off."""
    first, last = min(spot.at), max(spot.at)
    parts = range(clause.parts[first], clause.parts[last] + 1)
    around = range(max(0, first - _BESIDE), min(len(clause.parts), last + _BESIDE + 1))
    beside = {at for at in around if clause.parts[at] in parts}
    near = range(first - _NEAR, last + _NEAR + 1)
    return {
        one
        for one, places in clause.offers.items()
        if any(place.first in beside or (one in _SIDES and place.first in near) for place in places)
    }


def _down(entry: Entry, said: set[str], described: Bundle, *, least: int = 0) -> Entry | None:
    """The code furthest below whose words are said, at least some of them by name; None where there is none."""
    named = 0
    while not entry.billable:
        children = [one for one in described.facts.children(entry.code) if one.level in _SPOTTED]
        chosen = _child(entry, children, said)
        if chosen is None:
            break
        entry, named = chosen[1], named + chosen[0]
    return entry if named >= least else None


def _child(header: Entry, children: Sequence[Entry], said: set[str]) -> tuple[int, Entry] | None:
    """The child with the most further words that are said, and how many; else the one that says nothing more."""
    own = {one for need in needs(header.display, "description") for one in need.stems}
    best: tuple[tuple[int, bool, bool], Entry] | None = None
    for child in children:
        for need in needs(child.display, "description"):
            more = need.stems - own
            if more <= said and (more or need.plain):
                rank = (len(more), need.plain, not need.residual)
                if best is None or rank > best[0]:
                    best = (rank, child)
    return (best[0][0], best[1]) if best else None


def _make(path: Path, bundles: Sequence[Bundle]) -> Dictionary:
    log.info("reading the wordings of %s", ", ".join(one.edition.id for one in bundles))
    made = dictionary.build(_terms(bundles), borrowing.not_alone())
    rows = [
        (one.stems, one.code, one.kind, one.term, one.plain, one.residual)
        for wordings in made.by_stem.values()
        for one in wordings
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    draft.write_bytes(orjson.dumps({"rows": rows, "worth": made.worth}))
    draft.replace(path)
    for old in sorted(path.parent.glob("*.json"), key=lambda one: one.stat().st_mtime)[:-_FILES]:
        old.unlink(missing_ok=True)
    return made


def _load(path: Path) -> Dictionary | None:
    try:
        told = orjson.loads(path.read_bytes())
        return dictionary.of((Wording(tuple(stems), *rest) for stems, *rest in told["rows"]), told["worth"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # it is not there, or not whole: it is made anew


def _terms(bundles: Sequence[Bundle]) -> Iterator[Term]:
    for bundle in bundles:
        for term, level in bundle.terms.wordings() if bundle.terms else ():
            if level is None or level in _SPOTTED:
                yield term
