"""The terms that may answer a query: those that share its words, and those that are near to it in meaning."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from services.lookup.domain import Level
from services.lookup.search.board import Begun, Board, Sought
from services.lookup.search.codes import NAMES
from services.lookup.search.index import KINDS, LEVELS, Numbers
from services.lookup.search.query import Asked, Slot
from services.lookup.search.readings import Kind
from services.lookup.search.remembered import Remembered

PCS: Final = NAMES.index("icd-10-pcs")
_POOL: Final = 8_000  # terms looked at, those of the rarest words first
_LIKELY: Final = 400  # terms looked at where very many have a word that begins as is typed
_REMEMBERED: Final = 512  # beginnings that very many words have; 2 kB each
_TYPED: Final = 100  # terms looked at closer at every key
_LONG: Final = 0.01  # what each word of a term takes away from it while a query is typed
_USED: Final = 0.02  # what a term is worth in which a word is completed to one that is much used, by its logarithm
_KIN: Final = 0.6  # what words of one root have in common at least
_KIN_WORTH: Final = 0.7
_TOLD: Final = 0.5  # what a term without further words is worth beside one that has all of the words
# What is behind while a query is typed: further wordings, and procedures that are put together from tables.
_LESS: Final = 0.01
_PROCEDURE: Final = 0.15
# What is known of a term before it is weighed: sixteen variants of a fracture come after the fracture.
_LEVELS: Final = {Level.CHAPTER: -0.35, Level.BLOCK: -0.3, Level.CATEGORY: 0.0, Level.CODE: 0.0, Level.EXTENDED: -0.05}
_BILLABLE: Final = 0.02
_FILLED: Final = 0.015  # "other" and "unspecified" come behind what says as much without them

type Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Part:
    """A slot before a board: the ways whose words are known, as numbers of words; and the words of the same root.

    `kinds` as a slot has them. `worth` is by edition: the rarity of the words of its rarest known way, at least 1.
    """

    slot: Slot
    ways: tuple[tuple[int, ...], ...]
    kinds: tuple[Kind | None, ...]
    kin: tuple[tuple[int, float], ...]
    worth: Numbers

    @property
    def is_word(self) -> bool:
        """Whether one word alone fills it."""
        return len(self.ways) == 1 and len(self.ways[0]) == 1 and not self.slot.code


class Pool(NamedTuple):
    """Terms that share words with a query: their numbers, and by slot whether it is filled; `share` of the query's
    worth that they answer, and the `score` they are taken by. `in_all`: the codes of all such terms, where these are
    but the likeliest.
    """

    terms: Numbers
    filled: Numbers
    share: Numbers
    score: Numbers
    in_all: int = 0

    def best(self, most: int) -> "Pool":
        """Those of the highest score, the highest first."""
        order = np.argpartition(-self.score, most)[:most] if most < len(self.score) else np.arange(len(self.score))
        order = order[np.lexsort((self.terms[order], -self.score[order]))]
        return Pool(self.terms[order], self.filled[:, order], self.share[order], self.score[order])

    def whole(self) -> Numbers:
        """The terms that fill every slot."""
        return self.terms[self.filled.all(0)]


def parts(asked: Asked, board: Board) -> list[Part]:
    """The slots of a query before a board."""
    return [_part(slot, board) for slot in asked.slots]


def _part(slot: Slot, board: Board) -> Part:
    known = [(number, way) for number, way in enumerate(slot.ways) if all(word in board.number for word in way)]
    ways = tuple(tuple(board.number[word] for word in way) for _, way in known)
    kinds = tuple(slot.kinds[number] for number, _ in known)
    kin = board.kin(slot.ways[0][0]) if len(slot.ways[0]) == 1 else ()
    worth = np.ones(len(board.rarity), np.float32)
    for way in ways:
        np.maximum(worth, board.worth_of(way), out=worth)
    return Part(slot, ways, kinds, kin, worth)


class Words:
    """Finds terms by their words. Not for two threads at once: it marks terms on slates."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._slate = np.zeros(len(board), bool)
        self._words = np.zeros(len(board.words), bool)
        self._numbers = np.zeros(len(board), np.float32)
        described = np.r_[[_LEVELS[one] for one in LEVELS]]
        level, billable = board.codes.level, board.codes.billable
        by_code = np.r_[described[level] + _BILLABLE * billable, 0.0] if len(level) else np.zeros(1)
        self._prior = by_code[board.code].astype(np.float32) - _FILLED * board.fillers
        less = _LESS * (board.kind == KINDS.index("inclusion")) + _PROCEDURE * (board.codes.system == PCS)[board.code]
        self._typed = self._prior - less.astype(np.float32) - _LONG * board.length
        self._codes = np.zeros(len(board.codes.spelled) + 1, bool)
        self._likely: Remembered[tuple[tuple[Span, ...], Sought], tuple[Numbers, int]] = Remembered(_REMEMBERED)

    def find(self, found: Sequence[Part], asked: Asked, sought: Sought) -> Pool:
        """The terms with some of the words, of those sought; none where no word is known."""
        spans = tuple(self._board.beginnings(asked.beginning)) if asked.beginning else ()
        if spans:
            return self._unfinished(found, spans, sought)
        kept = self._board.within(sought).terms
        filling = [self._filling(one, kept) for one in found]
        akin = [self._akin(one, kept) for one in found]
        pool = self._pool(filling, akin)
        filled = self._filled(pool, found, filling)
        kin = np.array([self._among(pool, one) for one in akin]).reshape(len(found), len(pool))
        return self._rated(pool, filled, kin, found)

    def _unfinished(self, found: Sequence[Part], spans: tuple[Span, ...], sought: Sought) -> Pool:
        """The terms of a query whose last word is still being typed."""
        kept = self._board.within(sought).terms
        filling = [self._filling(one, kept) for one in found]
        *others, last = filling
        if sum(self._board.begun_by(*span) for span in spans) > _POOL:
            # very many terms have such a word: what the others lead to is looked at, or what is likeliest by itself
            alone = not any(map(len, others))
            pool, in_all = self._likely.get((spans, sought), self._started) if alone else (self._pool(others, ()), 0)
        else:
            begun = [terms[kept[terms]] for terms in (self._board.begun(*span).terms for span in spans)]
            pool, in_all = self._pool([*others, np.concatenate([last, *begun])], ()), 0
        usage = self._usage(pool, spans)
        filled = self._filled(pool, found, filling)
        filled[-1] |= usage > 0
        whole = filled.all(0)
        if len(pool) > _POOL and np.count_nonzero(whole) >= _TYPED:  # the others would come behind
            pool, filled, usage = pool[whole], filled[:, whole], usage[whole]
        return self._completed(pool, filled, usage, found, spans)._replace(in_all=in_all)

    def _started(self, asked: tuple[tuple[Span, ...], Sought]) -> tuple[Numbers, int]:
        """The likeliest of the very many terms that have a word with some beginning, and the codes of all of them."""
        spans, sought = asked
        kept = self._board.within(sought).terms
        begun = [one.of(kept[one.terms]) for one in (self._board.begun(*span) for span in spans)]
        likely = np.unique(np.concatenate([self._likeliest(one) for one in begun]))
        return likely, len(self.codes_of(np.concatenate([one.terms for one in begun])))

    def _likeliest(self, begun: Begun) -> Numbers:
        """Some hundred of very many terms: short ones, and of much used words."""
        terms = begun.terms
        score = self._typed[terms] + _USED * begun.usage + _TOLD / np.maximum(1, self._board.length[terms])
        best: Numbers = terms[np.argpartition(-score, _LIKELY)[:_LIKELY]] if len(terms) > _LIKELY else terms
        return best

    def _usage(self, pool: Numbers, spans: Sequence[Span]) -> Numbers:
        """By term of the pool, how much used its word is that begins as is typed; 0 where it has none."""
        if len(pool) > _POOL:
            return self._usage_among_many(pool, spans)
        row, word, _ = self._board.tokens_of(pool)
        usage = np.zeros(len(pool), np.float32)
        for first, end in spans:
            there = np.flatnonzero((word >= first) & (word < end))
            np.maximum.at(usage, row[there], self._board.usage[word[there]])
        return usage

    def _usage_among_many(self, pool: Numbers, spans: Sequence[Span]) -> Numbers:
        """As `_usage`, by the terms that have such a word, which are fewer than the words of so many terms; of several
        words of a term the last one counts.
        """
        slate, begun = self._numbers, [self._board.begun(*span) for span in spans]
        for one in begun:
            slate[one.terms] = one.usage
        usage = slate[pool]
        for one in begun:
            slate[one.terms] = 0
        return usage

    def _filled(self, pool: Numbers, found: Sequence[Part], filling: Sequence[Numbers]) -> Numbers:
        """By part and term of the pool, whether it is filled."""
        filled = [
            self._has(pool, part.ways[0][0]) if part.is_word else self._among(pool, terms)
            for part, terms in zip(found, filling, strict=True)
        ]
        return np.array(filled).reshape(len(found), len(pool))

    def _rated(self, pool: Numbers, filled: Numbers, kin: Numbers, found: Sequence[Part]) -> Pool:
        board = self._board
        edition = board.edition[pool]
        worth = np.array([one.worth for one in found])
        answered = np.zeros(len(pool), np.float32)
        for number, part in enumerate(found):
            answered += np.maximum(filled[number], _KIN_WORTH * kin[number]) * part.worth[edition]
        share = answered / worth.sum(0)[edition]
        score = share + _TOLD * np.minimum(1, answered / board.worth[pool]) + self._prior[pool]
        return Pool(pool, filled, share, score)

    def _completed(
        self, pool: Numbers, filled: Numbers, usage: Numbers, found: Sequence[Part], spans: Sequence[Span]
    ) -> Pool:
        """The terms of a query whose last word is still being typed: short ones first, and of much used words."""
        board = self._board
        sizes = np.array([len(part.slot.ways[0]) for part in found], np.float32)
        share = filled.mean(0, dtype=np.float32)
        told = np.minimum(1, sizes @ filled / np.maximum(1, board.length[pool]))
        score = share + _USED * usage + self._typed[pool]
        likely = Pool(pool, filled, share, score + _TOLD * told).best(_TYPED)
        told = self._told(likely.terms, found, spans) - np.minimum(
            1, sizes @ likely.filled / np.maximum(1, board.length[likely.terms])
        )
        return likely._replace(score=likely.score + _TOLD * told)

    def _told(self, terms: Numbers, found: Sequence[Part], spans: Sequence[Span]) -> Numbers:
        """What share of each term's words is asked for, by their rarity."""
        board, asked = self._board, self._words
        ways = [word for part in found for way in part.ways for word in way]
        asked[ways] = True
        for first, end in spans:
            asked[first:end] = True
        row, word, core = board.tokens_of(terms)
        counts = asked[word] & core & (board.filler[word] == 0)
        asked[:] = False
        told: Numbers = np.bincount(row, board.rarity[board.edition[terms][row], word] * counts, len(terms))
        return np.minimum(1, told / board.worth[terms])

    def _pool(self, filling: Sequence[Numbers], akin: Sequence[Numbers]) -> Numbers:
        """The terms of the rarest words: at least those of one, and of others while they are not too many."""
        first, *others = sorted(filling, key=lambda one: len(one) or len(self._slate)) or [self._slate[:0]]
        slate, size = self._slate, len(first)
        slate[first] = True
        for one in sorted([*others, *akin], key=len):
            size += len(one)
            if size > _POOL:
                break
            slate[one] = True
        pool = np.flatnonzero(slate)
        slate[pool] = False
        return pool

    def codes_of(self, terms: Numbers) -> Numbers:
        """The codes of some terms, each once."""
        slate = self._codes
        slate[self._board.code[terms]] = True
        found = np.flatnonzero(slate[:-1])
        slate[found] = False
        return found

    def _among(self, pool: Numbers, terms: Numbers) -> Numbers:
        """By term of the pool, whether it is one of the terms."""
        slate = self._slate
        slate[terms] = True
        there = slate[pool]
        slate[terms] = False
        return there

    def _filling(self, part: Part, kept: Numbers) -> Numbers:
        """The terms that fill a slot; some may come twice."""
        board = self._board
        found = [self._having(way) for way in part.ways]
        if part.slot.code:
            found.append(board.terms_of_codes(part.slot.code))
        terms = found[0] if len(found) == 1 else np.concatenate(found) if found else board.terms_of(0)[:0]
        return terms[kept[terms]]

    def _having(self, way: Sequence[int]) -> Numbers:
        """The terms with all words of a way."""
        first, *others = sorted(way, key=lambda word: len(self._board.terms_of(word)))
        terms = self._board.terms_of(first)
        for other in others:
            terms = terms[self._has(terms, other)]
        return terms

    def _has(self, terms: Numbers, word: int) -> Numbers:
        """By term, whether it has a word."""
        there = self._board.often(word, terms)
        return self._among(terms, self._board.terms_of(word)) if there is None else there

    def _akin(self, part: Part, kept: Numbers) -> Numbers:
        found = [self._board.terms_of(word) for word, share in part.kin if share >= _KIN]
        terms = np.concatenate(found) if found else self._board.terms_of(0)[:0]
        return terms[kept[terms]]
