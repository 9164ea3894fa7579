"""Finds codes by what is typed: a code or its beginning, or words; in several editions at once.

Codes that are spelled out come first. Words are looked for in the terms, as they stand and, where the vectors are
there, by what they mean; each term found is weighed (ranking.py), and the best one decides the rank of its code. A
word that no edition knows is read as the nearest one known.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from string import ascii_lowercase, digits
from typing import Final

import numpy as np

from services.lookup.domain import SYSTEMS, Found, Hit, Narrowed
from services.lookup.editions.bundle import FORMAT as BUNDLES
from services.lookup.editions.bundle import Bundle
from services.lookup.meaning.vectors import Meant
from services.lookup.search import (
    candidates,
    facets,
    laying,
    mapped,
    nearness,
    query,
    ranking,
    readings,
    seen,
    spelled_out,
    unspecified,
)
from services.lookup.search.board import Board, Sought
from services.lookup.search.candidates import Part, Pool
from services.lookup.search.codes import EVERYTHING
from services.lookup.search.index import KINDS, Numbers
from services.lookup.search.nearness import Meaning, Nearness
from services.lookup.search.query import Asked, Slot
from services.lookup.search.readings import Kind, Reading, Readings
from services.lookup.search.remembered import Remembered
from services.lookup.search.spelling import Vocabulary
from services.lookup.search.words import located, words

_SPELLED_OUT: Final = 8.0  # from here on scores are of codes that are spelled out
_FAR: Final = 3  # slips between a word that nobody knows and those that are told as near
_NO_CODE: Final = 20.0  # records shorten what a patient has, and never a block or a chapter
_NEVER: Final = 20.0  # what a term of the wrong side, limb, age or course stays behind
_GRAVELY: Final = [seen.NAMES.index(one) for one in ("opposed_gravely", "denied")]
_ABOVE_CODES: Final = [seen.NAMES.index(one) for one in ("chapter", "block")]
_EXACT: Final = seen.NAMES.index("same")
BOARDS: Final = "search"  # the folder of boards under DATA
_KEPT: Final = 6  # sets of editions whose boards stay on disk; some 40 MB each
_WEIGHED: Final = 150  # terms that are weighed of those found by words


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search in some systems; `unfinished` where the last word is still being typed."""

    text: str
    limit: int
    as_of: str
    systems: tuple[str, ...]
    unfinished: bool = False
    narrowed: Narrowed = EVERYTHING
    with_facets: bool = False

    @property
    def sought(self) -> Sought:
        """What is searched; type-ahead shows the wordings of the code sets alone."""
        return Sought(self.systems, self.as_of, self.narrowed, indexes=not self.unfinished)


@dataclass(frozen=True, slots=True)
class Tools:
    """What a search reads besides the editions."""

    readings: Readings
    weights: ranking.Weights
    meaning: Meaning | None = None


class Finder:
    """Searches some editions. Not for two threads at once."""

    def __init__(self, bundles: Sequence[Bundle], tools: Tools, folder: Path | None = None) -> None:
        """`folder`: where what is laid out is kept, to be opened in place."""
        self.board = _board([one for one in bundles if one.terms], folder)
        self._tools = tools
        self._words = candidates.Words(self.board)
        self._look = seen.Look(self.board)
        self._readings: Remembered[tuple[str, ...], Readings] = Remembered(len(SYSTEMS))

    def prepare(self, as_of: str, systems: tuple[str, ...]) -> None:
        """Works out what the first searches of a date would have to: what is in force, what single letters begin."""
        for among in (systems, *((one,) for one in systems)):
            self.board.within(Sought(among, as_of, EVERYTHING))
            self.board.within(Sought(among, as_of, EVERYTHING, indexes=False))
        for letter in ascii_lowercase + digits:
            wanted = Wanted(letter, 1, as_of, systems, unfinished=True)
            self.find(wanted, self.read(wanted))

    def read(self, wanted: Wanted) -> Asked:
        """What is asked, with words that no edition knows mended; no slots where the text has no letter or digit."""
        known = self._readings.get(wanted.systems, self._among)
        asked = query.read(wanted.text, known, unfinished=wanted.unfinished)
        slots = asked.slots[:-1] if asked.beginning else asked.slots  # what is being typed is not misspelled yet
        vocabulary = self.board.vocabulary(wanted.systems)
        unknown = [one for one in slots if not self._is_known(one, wanted.systems)]
        typed = {form: wanted.text[begin:end] for form, begin, end in located(wanted.text)}
        near = {
            word: found for one in unknown if (found := vocabulary.meant(word := one.ways[0][0], typed.get(word, word)))
        }
        if not near:
            return replace(asked, slots=tuple(_widened(one, vocabulary) for one in asked.slots))
        text = " ".join(near[word][0] if word in near else word for word in words(wanted.text))
        again = query.read(text, known, unfinished=wanted.unfinished)
        others = {found[0]: (typed, found[1:]) for typed, found in near.items()}
        return replace(
            again, slots=tuple(_mended(slot, *others.get(slot.ways[0][0], ("", ()))) for slot in again.slots)
        )

    def _among(self, systems: tuple[str, ...]) -> Readings:
        return readings.among(self._tools.readings, systems)

    def find(self, wanted: Wanted, asked: Asked, meant: Meant | None = None) -> Found:
        """The codes found, best first; by their meaning too where that is given. The total counts the codes that share
        all of the words, or else some of them.
        """
        kept = self.board.within(wanted.sought)
        first, spelled = spelled_out.find(self.board, wanted.text, wanted.systems, kept.codes, wanted.limit)
        parts = candidates.parts(asked, self.board)
        pool = self._words.find(parts, asked, wanted.sought)
        then: list[Hit] = []
        if not first or any(part.ways for part in parts):
            then = self._begun(pool, wanted) if wanted.unfinished else self._weighed(pool, parts, asked, wanted, meant)
        hits = unspecified.beside(self.board, _distinct([*first, *then]), kept.codes, _said(asked))
        shown = _explained(hits[: wanted.limit], asked)
        whole = self._words.codes_of(pool.whole())
        others = pool.in_all or (len(whole) if len(whole) >= wanted.limit else max(len(whole), len(then)))
        counted = facets.of(self.board, whole) if wanted.with_facets else ()
        unknown = () if first else self._unknown(asked, wanted)
        tried = tuple(_attempt(slot, self.board.vocabulary(wanted.systems)) for slot in unknown)
        read_as = tuple((slot.typed, slot.ways[0][0]) if slot.typed else (slot.ways[0][0], "") for slot in unknown)
        return Found(shown, max(spelled, others, len(shown)), wanted.as_of, counted, tried, read_as)

    def has(self, code: str, systems: Sequence[str]) -> bool:
        """Whether one of some systems has an entry."""
        return any(self.board.codes.at(one, code) >= 0 for one in systems)

    def candidates(self, wanted: Wanted, asked: Asked, meant: Meant | None) -> tuple[Numbers, Numbers]:
        """The codes of the terms that may answer, and what can be seen of each."""
        parts = candidates.parts(asked, self.board)
        pool = self._words.find(parts, asked, wanted.sought).best(_WEIGHED)
        found = self._found(pool, parts, wanted, meant)
        return self.board.code[found.terms], self._look.features(parts, asked.extras, found)

    def _found(self, pool: Pool, parts: Sequence[Part], wanted: Wanted, meant: Meant | None) -> seen.Found:
        meaning, kept = self._tools.meaning, self.board.within(wanted.sought).terms
        if meant is None or meaning is None:
            return nearness.by_words(pool, self.board, kept)
        known = any(part.ways for part in parts)
        return Nearness(self.board, meaning, meant, wanted.systems, known=known).with_near(pool, kept)

    def _weighed(
        self, pool: Pool, parts: Sequence[Part], asked: Asked, wanted: Wanted, meant: Meant | None
    ) -> list[Hit]:
        """Codes by their best term, best first."""
        found = self._found(pool.best(_WEIGHED), parts, wanted, meant)
        if not len(found.terms):
            return []
        features = self._look.features(parts, asked.extras, found)
        scores = (self._tools.weights.fused if meant else self._tools.weights.lexical).score(features)
        scores -= _NEVER * features[:, _GRAVELY].sum(1)
        answers = features[:, seen.NAMES.index("answered")] > 0
        if asked.is_short:
            scores -= _NO_CODE * features[:, _ABOVE_CODES].any(1)
        _put_behind_exact(scores, features)
        code = self.board.code[found.terms]
        order = np.lexsort((code, -scores))
        _, first = np.unique(code[order], return_index=True)
        best = order[np.sort(first)][: wanted.limit]
        scaled = _SPELLED_OUT / (1 + np.exp(-scores[best] / _SPELLED_OUT))
        return [
            self._hit(int(found.terms[one]), float(score), by_words=bool(answers[one]))
            for one, score in zip(best, scaled, strict=True)
        ]

    def _begun(self, pool: Pool, wanted: Wanted) -> list[Hit]:
        """Hits for a text that is still being typed, by the share of it that their terms answer, best first."""
        best = pool.best(len(pool.terms))
        _, first = np.unique(self.board.code[best.terms], return_index=True)
        chosen = np.sort(first)[: wanted.limit]
        return [self._hit(int(best.terms[one]), float(best.score[one])) for one in chosen]

    def _hit(self, term: int, score: float, *, by_words: bool = True) -> Hit:
        board = self.board
        code = int(board.code[term])
        named = board.named(code)
        kind = KINDS[board.kind[term]] if by_words else "meaning"
        told = (board.codes.system_of(code), named.code, named.display, bool(named.billable))
        return Hit(*told, score, board.text(term), kind)

    def _is_known(self, slot: Slot, systems: tuple[str, ...]) -> bool:
        return bool(slot.code) or any(all(self.board.knows(word, systems) for word in way) for way in slot.ways)

    def _unknown(self, asked: Asked, wanted: Wanted) -> tuple[Slot, ...]:
        """The words that no edition knows."""
        return tuple(slot for slot in asked.slots if slot.typed or not self._is_known(slot, wanted.systems))


def _board(bundles: Sequence[Bundle], folder: Path | None) -> Board:
    if folder is None:
        return Board(bundles, laying.lay_out(bundles))
    told = (str(laying.FORMAT), str(BUNDLES), *(f"{one.edition.id} {one.edition.sha256}" for one in bundles))
    name = sha256("\n".join(told).encode()).hexdigest()[:24]
    return Board(bundles, mapped.kept(folder / f"{name}.arrays", lambda: laying.lay_out(bundles), _KEPT))


def _put_behind_exact(scores: Numbers, features: Numbers) -> None:
    """Puts the blocks and chapters that say something else behind a code that says just what is asked."""
    exact, above = features[:, _EXACT] > 0, features[:, _ABOVE_CODES].any(1)
    best = scores[exact & ~above].max(initial=-np.inf)
    behind = above & ~exact & (scores >= best) & np.isfinite(best)
    scores[behind] = np.nextafter(best, -np.inf)


def _attempt(slot: Slot, vocabulary: Vocabulary) -> str:
    if slot.typed:
        return f"{slot.typed}: read as {' '.join(slot.ways[0])}"
    near = vocabulary.nearest(slot.ways[0][0], _FAR)
    like = f"; near in spelling: {', '.join(near)}" if near else ", or one spelled like it"
    return f"{' '.join(slot.ways[0])}: no term has this word{like}"


def _distinct(hits: Sequence[Hit]) -> list[Hit]:
    best: dict[tuple[str, str], Hit] = {}
    for hit in hits:
        best.setdefault((hit.system, hit.code), hit)
    return list(best.values())


def _widened(slot: Slot, vocabulary: Vocabulary) -> Slot:
    """The slot with the much used words that its own, hardly used one is spelled like."""
    others = vocabulary.commoner(slot.ways[0][0]) if len(slot.ways[0]) == 1 and not slot.readings else ()
    return _mended(slot, slot.typed, others) if others else slot


def _mended(slot: Slot, typed: str, others: Sequence[str]) -> Slot:
    """The slot with what was typed in its place, and further words that are spelled like that."""
    if not typed and not others:
        return slot
    ways = (*slot.ways, *((word,) for word in others))
    return replace(slot, ways=ways, kinds=(*slot.kinds, *(None for _ in others)), typed=typed)


def _said(asked: Asked) -> set[str]:
    """All words that the query says, or may."""
    return {word for slot in asked.slots for way in slot.ways for word in way}


def _explained(hits: Sequence[Hit], asked: Asked) -> tuple[Hit, ...]:
    """The hits with the abbreviation or the plain word that led to each, where its term lacks the query's own words."""
    meant = [(slot, one) for slot in asked.slots for one in slot.readings if one.kind is not Kind.SYNONYM]
    return tuple(_by_reading(hit, meant) if meant and hit.kind != "code" else hit for hit in hits)


def _by_reading(hit: Hit, meant: Sequence[tuple[Slot, Reading]]) -> Hit:
    found = set(words(hit.term))
    for slot, one in meant:
        if found.issuperset(query.content(one.text)) and not found.issuperset(slot.ways[0]):
            short = f"{' '.join(slot.ways[0]).upper()}: " if one.kind is Kind.ABBREVIATION else ""
            return replace(hit, term=short + one.text, kind=one.kind.value)
    return hit
