"""The terms of all editions that a search goes to, as one: their words, the terms of each word, and the codes.

Numbers stand for everything: a word's place in the sorted vocabulary, a term's place among all terms (the editions
one after the other), a code's place among all codes.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Final, NamedTuple

import numpy as np

from services.lookup.domain import SYSTEMS, Entry, Level, Narrowed, Status
from services.lookup.editions.bundle import Bundle
from services.lookup.search import codes
from services.lookup.search.codes import system_of
from services.lookup.search.index import KINDS, LEVELS, Numbers, TermIndex
from services.lookup.search.spelling import Vocabulary
from services.lookup.search.words import STOP_WORDS

UNSPECIFIED: Final = frozenset({"unspecified", "nos"})
OTHER: Final = frozenset({"other", "elsewhere", "nec"})
# "site not specified", "unspecified organism": nothing that a query without them leaves out
FILLERS: Final = UNSPECIFIED | OTHER | STOP_WORDS | {"not", "specified", "classified", "site", "organism"}
_REMEMBERED: Final = 64  # narrowings
_REMEMBERED_WORDS: Final = 4_096
_MANY: Final = 10_000  # terms from which it pays to have each once
_REMEMBERED_BEGINNINGS: Final = 32  # a megabyte each where many words begin so
_KIN: Final = 4  # letters that words of one root share at least
_HALF: Final = 0.5
_SHORTEST_ENDING: Final = 6
_MOST_KIN: Final = 12
_AFTER: Final = "\U0010ffff"


class Begun(NamedTuple):
    """The terms with a word that begins in some way, where they are many each once; and how many terms have the word,
    by its logarithm.
    """

    terms: Numbers
    usage: Numbers


class Kept(NamedTuple):
    """What a search is after, by code and by term."""

    codes: Numbers
    terms: Numbers


class Board:
    """What is searched: immutable once made. Making it takes half a second with all code systems."""

    def __init__(self, bundles: Sequence[Bundle]) -> None:
        self.bundles = [one for one in bundles if one.terms]
        indexes = [one.terms for one in self.bundles if one.terms]
        self._firsts = [0, *accumulate(len(one) for one in indexes)]
        self._read_words(indexes)
        self.codes = codes.read(self.bundles)
        self._place_terms(indexes)
        self._weigh_words()
        self.within = lru_cache(_REMEMBERED)(self._within)
        self.kin = lru_cache(_REMEMBERED_WORDS)(self._kin)
        self.begun = lru_cache(_REMEMBERED_BEGINNINGS)(self._begun)
        self.vocabulary = lru_cache(len(SYSTEMS) + 1)(self._vocabulary)
        self._heads = lru_cache(_REMEMBERED)(self._read_heads)
        self._entries: dict[int, Entry] = {}

    def __len__(self) -> int:
        """Terms in all."""
        return self._firsts[-1]

    def _read_words(self, indexes: Sequence[TermIndex]) -> None:
        self.words = sorted(set().union(*(one.vocabulary for one in indexes)))
        self.number = {word: place for place, word in enumerate(self.words)}
        parts, sizes = [], []
        for one in indexes:
            place = np.array([self.number[word] for word in one.vocabulary], np.int32)
            marked = np.asarray(one.words)
            parts.append(place[marked >> 1] << 1 | marked & 1)
            sizes.append(np.diff(one.terms["words_end"], prepend=0).astype(np.int32))
        marked = np.concatenate(parts) if parts else np.zeros(0, np.int32)
        self.sizes = np.concatenate(sizes) if sizes else np.zeros(0, np.int32)
        self.starts = (np.cumsum(self.sizes) - self.sizes).astype(np.int32)
        self.edition = np.repeat(np.arange(len(indexes), dtype=np.uint8), np.diff(self._firsts))
        self.word_of, self.is_core = marked >> 1, (marked & 1).astype(bool)

    def _place_terms(self, indexes: Sequence[TermIndex]) -> None:
        parts = [one.terms for one in indexes]
        self.kind = np.concatenate([one["kind"] for one in parts]) if parts else np.zeros(0, np.uint8)
        self.vector = np.concatenate([one["vector"] for one in parts]) if parts else np.zeros(0, np.uint64)
        self.code = np.full(len(self), -1, np.int32)
        for number, (bundle, terms) in enumerate(zip(self.bundles, parts, strict=True)):
            span = slice(self._firsts[number], self._firsts[number + 1])
            self.code[span] = self.codes.numbers(system_of(bundle), terms["code"])
        order = np.argsort(self.vector, kind="stable")
        self._by_vector = order[np.searchsorted(self.vector[order], 1) :]
        self._vectors = self.vector[self._by_vector]
        self._by_code = np.argsort(self.code, kind="stable").astype(np.int32)
        self._coded = self.code[self._by_code]

    def _weigh_words(self) -> None:
        terms = np.repeat(np.arange(len(self), dtype=np.int32), self.sizes)
        order = np.argsort(self.word_of, kind="stable")
        word, term = self.word_of[order], terms[order]
        once = np.r_[True, (word[1:] != word[:-1]) | (term[1:] != term[:-1])] if len(word) else np.zeros(0, bool)
        word, self._terms = word[once], term[once]
        self._ends = np.searchsorted(word, np.arange(len(self.words)), "right")
        counts = np.zeros((max(1, len(self.bundles)), len(self.words)), np.int32)
        np.add.at(counts, (self.edition[self._terms], word), 1)
        sizes = np.diff(self._firsts)[:, None] if self.bundles else np.zeros((1, 1))
        self.rarity = np.log1p((sizes - counts + 0.5) / (counts + 0.5)).astype(np.float32)
        self.counts = counts
        filler = np.zeros(len(self.words), np.int8)
        for names, mark in ((FILLERS, 3), (UNSPECIFIED, 1), (OTHER, 2)):
            filler[[self.number[one] for one in names if one in self.number]] = mark
        self.filler = filler
        tells = self.is_core & (filler[self.word_of] == 0)
        worth = np.where(tells, self.rarity[self.edition[terms], self.word_of], 0)
        self.worth = np.maximum(1, np.bincount(terms, worth, len(self))).astype(
            np.float32
        )  # of a term's words, at least 1
        self.fillers = np.bincount(terms, self.is_core & np.isin(filler[self.word_of], (1, 2)), len(self)).astype(
            np.float32
        )
        self.length = np.bincount(terms, tells, len(self)).astype(np.float32)

    def terms_of(self, word: int) -> Numbers:
        """The terms that have a word, in their order."""
        return self._terms[self._ends[word - 1] if word else 0 : self._ends[word]]

    def beginning(self, typed: str) -> tuple[int, int]:
        """The words that begin so: the first, and the one behind the last."""
        return bisect_left(self.words, typed), bisect_left(self.words, typed + _AFTER)

    def beginnings(self, typed: str) -> list[tuple[int, int]]:
        """As `beginning`; where no word begins so, the words whose beginning is spelled most like it."""
        span = self.beginning(typed)
        if span[0] < span[1] or len(typed) < _KIN:
            return [span]
        sizes = (len(typed), len(typed) - 1, len(typed) + 1)  # a letter may be wrong, too many, or missing
        near = (self._heads(size).nearest(typed, 1) for size in sizes)
        return [self.beginning(one) for one in next((found for found in near if found), ())]

    def know_heads(self, most: int) -> None:
        """Makes ready for beginnings of so many letters that no word has."""
        for size in range(_KIN - 1, most + 1):
            self._heads(size)

    def _read_heads(self, size: int) -> Vocabulary:
        heads = sorted({word[:size] for word in self.words if len(word) >= size})
        return Vocabulary(heads, np.ones(len(heads), np.int32))

    def _begun(self, first: int, end: int) -> Begun:
        """The terms that have any of neighbouring words."""
        if end <= first:
            return Begun(self._terms[:0], np.zeros(0, np.float32))
        begin = self._ends[first - 1] if first else 0
        terms = self._terms[begin : self._ends[end - 1]]
        counts = np.diff(self._ends[first:end], prepend=begin)
        used = np.repeat(np.log1p(counts).astype(np.float32), counts)
        if len(terms) < _MANY:
            return Begun(terms, used)
        usage = np.zeros(len(self), np.float32)
        usage[terms] = used
        found = np.flatnonzero(usage)
        return Begun(found, usage[found])

    def words_of(self, terms: Numbers) -> Numbers:
        """The words of some terms, one term's after the other's."""
        return self.word_of[self.places_of(terms)]

    def places_of(self, terms: Numbers) -> Numbers:
        """Where the words of some terms lie among all words, one term's after the other's."""
        sizes = self.sizes[terms]
        places: Numbers = np.arange(sizes.sum()) + np.repeat(self.starts[terms] - (np.cumsum(sizes) - sizes), sizes)
        return places

    def terms_of_codes(self, beginning: str) -> Numbers:
        """The terms of all codes that begin so; without a dot."""
        spelled = beginning.upper()
        dotted = f"{spelled[:3]}.{spelled[3:]}" if len(spelled) > 3 else spelled  # noqa: PLR2004 -- a category
        found = []
        for system, (begin, end) in self.codes.spans.items():
            typed = (dotted if SYSTEMS[system].dotted else spelled).encode()
            first, last = np.searchsorted(self.codes.spelled[begin:end], [typed, typed + b"~"]) + begin
            low, high = np.searchsorted(self._coded, [first, last])
            found.append(self._by_code[low:high])
        return np.concatenate(found) if found else self._by_code[:0]

    def descriptions(self, codes: Numbers) -> Numbers:
        """The description of each of some codes: the first of its terms."""
        terms: Numbers = self._by_code[np.searchsorted(self._coded, codes)]
        return terms

    def terms_of_vectors(self, keys: Numbers) -> Numbers:
        """The terms with one of some keys."""
        first, last = (np.searchsorted(self._vectors, keys, side) for side in ("left", "right"))
        spans = [self._by_vector[low:high] for low, high in zip(first, last, strict=True)]
        return np.concatenate(spans) if spans else self._by_vector[:0]

    def _within(self, systems: tuple[str, ...], as_of: str, narrowed: Narrowed, *, indexes: bool = True) -> Kept:
        """What is of one of the systems, in force on the date, and in the narrowing; with or without index terms."""
        kept = np.zeros(len(self.codes.spelled) + 1, bool)  # the last stands for no code
        for bundle in reversed([one for one in self.bundles if one.describes and system_of(one) in systems]):
            kept[self._in_force(bundle, as_of)] = True
        if narrowed.billable:
            kept[:-1] &= self.codes.billable
        if narrowed.within:
            kept[:-1] &= self._below(systems, narrowed.within)
        terms = kept[self.code]
        return Kept(kept[:-1], terms if indexes else terms & (self.kind != KINDS.index("index")))

    def _in_force(self, bundle: Bundle, as_of: str) -> Numbers:
        system = system_of(bundle)
        if not bundle.edition.row_dated:
            return np.arange(*self.codes.spans[system])
        valid = [entry.code.encode() for entry in bundle.facts.all() if entry.status(as_of) is Status.ACTIVE]
        return self.codes.numbers(system, np.array(valid, "S10"))

    def _below(self, systems: Sequence[str], code: str) -> Numbers:
        """The codes that are an entry or lie below it: their ordinals are contiguous."""
        kept = np.zeros(len(self.codes.spelled), bool)
        for bundle in self.bundles:
            entry = bundle.facts.entry(code) if bundle.describes and system_of(bundle) in systems else None
            if entry:
                begin, end = self.codes.spans[system_of(bundle)]
                ordinals = self.codes.ordinal[begin:end]
                kept[begin:end] |= (ordinals >= entry.ordinal) & (ordinals < bundle.facts.end_of(entry))
        return kept

    def entry(self, code: int) -> Entry:
        """The entry of a code."""
        if code not in self._entries:
            system, spelled = codes.NAMES[self.codes.system[code]], self.codes.spelled[code].decode()
            found = (one.facts.entry(spelled) for one in self.bundles if one.describes and system_of(one) == system)
            self._entries[code] = next(entry for entry in found if entry)
        return self._entries[code]

    def is_variant(self, terms: Numbers) -> Numbers:
        """By term, whether its code is made of another one and a seventh character."""
        level: Numbers = self.codes.level[self.code[terms]] == LEVELS.index(Level.EXTENDED)
        return level

    def text(self, term: int) -> str:
        """A term as it is written."""
        number = int(self.edition[term])
        terms = self.bundles[number].terms
        return terms.text(term - self._firsts[number]) if terms else ""

    def knows(self, word: str, systems: Sequence[str]) -> bool:
        """Whether an edition of some systems has a word."""
        number = self.number.get(word)
        return number is not None and bool(self.counts[self._editions_of(systems), number].any())

    def _vocabulary(self, systems: Sequence[str]) -> Vocabulary:
        """The words of some systems."""
        return Vocabulary(self.words, self.counts[self._editions_of(systems)].sum(0))

    def _editions_of(self, systems: Sequence[str]) -> list[int]:
        return [number for number, one in enumerate(self.bundles) if system_of(one) in systems]

    def _kin(self, word: str) -> tuple[tuple[int, float], ...]:
        """Words of the same root, with the share of the longer of the two that they have in common, the nearest first.

        They begin alike, in four letters and half of the longer word at least (accommodative, accommodation), or one
        of them ends as the other one (otosalpingitis, salpingitis).
        """
        if len(word) < _KIN:
            return ()
        first, end = self.beginning(word[: max(_KIN, len(word) // 2)])
        rated = [(number, _likeness(word, self.words[number])) for number in range(first, end)]
        rated += [(self.number[one], len(one) / len(word)) for one in _endings(word) if one in self.number]
        near = [(number, share) for number, share in rated if share >= _HALF and self.words[number] != word]
        return tuple(sorted(near, key=lambda one: -one[1])[:_MOST_KIN])


def _endings(word: str) -> Iterator[str]:
    return (word[at:] for at in range(2, len(word) - _SHORTEST_ENDING + 1))


def _likeness(one: str, other: str) -> float:
    shared = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return shared / max(len(one), len(other))
