"""Spots the terms of a code system in texts, each with the most special code that the text's words support."""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from services.chassis.errors import FieldError, invalid, not_found
from services.lookup.domain import SYSTEMS, Entry, Status, Term, day
from services.lookup.editions.bundle import Bundle
from services.lookup.editions.library import Library
from services.lookup.search.freed import give_back
from services.lookup.search.mapped import Arrays, kept
from services.lookup.search.readings import Readings
from services.lookup.spotting import borrowing, dictionary
from services.lookup.spotting.dictionary import Dictionary
from services.lookup.spotting.reading import Read, read
from services.lookup.spotting.special import SPOTTED, Tree
from services.lookup.spotting.spot import Spot, spots
from services.lookup.spotting.stems import stem, stems_of
from services.lookup.spotting.turns import Turns

log = logging.getLogger(__name__)

FOLDER: Final = "spotting"
FORMAT: Final = 11  # of the dictionary's file: raise it with every change of needs and stems
LONGEST: Final = 20_000  # characters
MOST_TEXTS: Final = 1_000
_LOOK: Final = 1.0  # seconds between two looks at the editions
_FILES: Final = 4  # dictionaries on disk
_MOST: Final = 60  # spots told of one text
_ALIKE: Final = 4  # codes told of the same words
_KEPT: Final = 2  # dictionaries in memory
_PIECE: Final = 1_000  # characters that are read at once: longer texts are worked in pieces


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
        self._trees: list[Tree] = []
        self._turns = Turns()

    async def keep_ready(self) -> None:
        """Reads the wordings of what speaks today, at first and whenever the editions change, until cancelled."""
        ready = -1
        while True:
            if ready != self._library.generation:
                ready = self._library.generation
                if bundles := self._bundles("icd-10-cm", self._today()):
                    await self._open(bundles)
            await asyncio.sleep(_LOOK)

    async def spot_terms(self, texts: Sequence[str], system: str, as_of: str) -> tuple[list[list[Spotted]], str]:
        """What stands in each text, and the date that was answered. INVALID, NOT_FOUND."""
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

        It is worked on the event loop, for the editions' files belong to it, and gives way every few milliseconds.
        """
        bundles = self._bundles(system, as_of)
        if not bundles:
            return [[] for _ in texts]
        known = await self._open(bundles)
        work = _Work(known, self._tree(bundles[0]), self._readings, as_of)
        async with self._turns as turns:
            return [await work.spotted(text, turns) for text in texts]

    def _tree(self, described: Bundle) -> Tree:
        found = next((one for one in self._trees if one.is_of(described.facts)), None) or Tree(described.facts)
        self._trees = [found, *(one for one in self._trees if one is not found)][:_KEPT]
        return found

    def _bundles(self, system: str, as_of: str) -> list[Bundle]:
        """The code set that speaks, and what leads to its codes."""
        bundles = [one for one in self._library.searched([system], as_of) if one.terms is not None]
        return bundles if bundles and bundles[0].describes else []

    async def _open(self, bundles: Sequence[Bundle]) -> Dictionary:
        """The dictionary of some editions; where it has to be made, in a thread, once."""
        name = hashlib.sha256("\n".join((str(FORMAT), *(one.edition.id for one in bundles))).encode()).hexdigest()[:24]
        async with self._making:
            known = self._dictionaries.get(name)
            if known is None:
                known = await asyncio.to_thread(_dictionary, self._folder / f"{name}.arrays", bundles)
                self._dictionaries[name] = known
                while len(self._dictionaries) > _KEPT:
                    self._dictionaries.pop(next(iter(self._dictionaries)))
        return known


@dataclass(frozen=True, slots=True)
class _Work:
    """What terms are spotted with, on a date."""

    known: Dictionary
    tree: Tree
    readings: Readings
    as_of: str

    async def spotted(self, text: str, turns: Turns) -> list[Spotted]:
        """What stands in a text, piece by piece."""
        found: list[Spotted] = []
        for at, piece in _pieces(text):
            await turns.give_way()
            found += [_moved(one, at) for one in await self._of_piece(read(piece, self.readings), turns)]
        return found

    async def _of_piece(self, clause: Read, turns: Turns) -> list[Spotted]:
        stand: list[Spot] = []
        for spot in spots(self.known, clause):
            stand.append(spot)
            await turns.give_way()
        alike: dict[frozenset[int], int] = {}
        found: list[Spotted] = []
        for spot in sorted(stand, key=_rank):
            await turns.give_way()
            if len(found) >= _MOST:
                break
            told = self._told(spot, clause) if alike.get(spot.at, 0) < _ALIKE else None
            if told and not any(_says(one, told) for one in found):
                alike[spot.at] = alike.get(spot.at, 0) + 1
                found.append(told)
        return found

    def _told(self, spot: Spot, clause: Read) -> Spotted | None:
        """The term with the code that its words support; None where it says nothing, or is not in force."""
        if _only(spot, clause) in borrowing.not_alone():
            return None
        entry = self.tree.entry(spot.wording.code)
        if entry is None or entry.status(self.as_of) is not Status.ACTIVE:
            return None
        leaf = self.tree.most_special(entry, clause, spot)
        return Spotted(leaf, entry.code, spot, tuple(clause.spans[at] for at in _words(spot, leaf, clause)))


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """A text cut at blanks, each piece with its place; one piece where it is short."""
    start = 0
    while len(text) - start > _PIECE:
        blank = text.rfind(" ", start + 1, start + _PIECE)
        end = blank if blank > 0 else start + _PIECE
        yield start, text[start:end]
        start = end
    yield start, text[start:]


def _says(one: Spotted, other: Spotted) -> bool:
    """Whether it tells the same code by the same words, at least as close together."""
    return one.entry.code == other.entry.code and one.spot.at >= other.spot.at and one.spot.gap <= other.spot.gap


def _moved(one: Spotted, by: int) -> Spotted:
    return replace(one, words=tuple((start + by, end + by) for start, end in one.words)) if by else one


def _dictionary(path: Path, bundles: Sequence[Bundle]) -> Dictionary:
    known = Dictionary(kept(path, lambda: _make(bundles), _FILES))
    give_back()
    return known


def _words(spot: Spot, leaf: Entry, clause: Read) -> list[int]:
    """The spot's words with those right beside them that the description has too: "essential" of hypertension.

    A word that the spot has already belongs to another mention: "chronic kidney disease, chronic heart failure".
    """
    at = set(spot.at)
    described = (stems_of(leaf.display) | stems_of(spot.wording.term)) - {stem(clause.forms[one]) for one in at}
    for step in (-1, 1):
        beside = (min(at) if step < 0 else max(at)) + step
        while 0 <= beside < len(clause.forms) and stem(clause.forms[beside]) in described:
            if not clause.touch(min(beside, beside - step)):
                break
            at.add(beside)
            beside += step
    return sorted(at)


def _only(spot: Spot, clause: Read) -> str:
    """The stem of a spot's one word; empty where it has several."""
    return stem(clause.forms[next(iter(spot.at))]) if len(spot.at) == 1 else ""


def _rank(spot: Spot) -> tuple[float, int, int, bool, bool, int]:
    wording = spot.wording
    return (-round(spot.worth, 3), spot.gap, spot.borrowed, wording.residual, not wording.plain, len(wording.term))


def _make(bundles: Sequence[Bundle]) -> Arrays:
    log.info("reading the wordings of %s", ", ".join(one.edition.id for one in bundles))
    return dictionary.build(_terms(bundles), borrowing.not_alone())


def _terms(bundles: Sequence[Bundle]) -> Iterator[Term]:
    for bundle in bundles:
        for term, level in bundle.terms.wordings() if bundle.terms else ():
            if level is None or level in SPOTTED:
                yield term
