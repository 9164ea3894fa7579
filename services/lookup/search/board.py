"""The terms of all editions that a search goes to, as one: their words, the terms of each word, and the codes.

What lies in its arrays, and what their numbers stand for, is told in laying.py.
"""

import sys
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np

from services.lookup.domain import SYSTEMS, Level, Narrowed
from services.lookup.editions.bundle import Bundle
from services.lookup.editions.facts import Named
from services.lookup.search import codes, kin
from services.lookup.search.codes import system_of
from services.lookup.search.index import KINDS, LEVELS, Numbers
from services.lookup.search.kin import Kin
from services.lookup.search.laying import HEADS
from services.lookup.search.mapped import Arrays, Texts
from services.lookup.search.remembered import Remembered
from services.lookup.search.spelling import Vocabulary

_REMEMBERED: Final = 64  # narrowings
_REMEMBERED_WORDS: Final = 4_096
_REMEMBERED_CODES: Final = 8_192  # some 400 bytes each
_AFTER: Final = "\U0010ffff"


class Begun(NamedTuple):
    """The terms with a word that begins in some way, one word's after the other's; and by term how many terms have
    that word, by its logarithm.
    """

    terms: Numbers
    usage: Numbers

    def of(self, kept: Numbers) -> "Begun":
        """Those that are kept."""
        return Begun(self.terms[kept], self.usage[kept])


class Tokens(NamedTuple):
    """The words of some terms one after the other: the row of each one's term, the word, whether outside brackets."""

    row: Numbers
    word: Numbers
    core: Numbers


class Kept(NamedTuple):
    """What a search is after, by code and by term."""

    codes: Numbers
    terms: Numbers


@dataclass(frozen=True, slots=True)
class Sought:
    """What is searched for: what is of one of the systems, in force on the date, and in the narrowing; with or without
    the terms of indexes.
    """

    systems: tuple[str, ...]
    as_of: str
    narrowed: Narrowed
    indexes: bool = True


class Board:
    """What is searched: immutable once made."""

    def __init__(self, bundles: Sequence[Bundle], arrays: Arrays) -> None:
        self.bundles = bundles
        self.codes = codes.Codes.of(arrays)
        self.words = [sys.intern(word) for word in Texts(arrays, "word")]
        self.number = {word: place for place, word in enumerate(self.words)}
        self._arrays = arrays
        self._firsts, self._text_ends = arrays["firsts"].tolist(), arrays["text_ends"]
        self._marked, self._starts, self._sizes = arrays["marked"], arrays["starts"], arrays["sizes"]
        self.edition, self.kind, self.code = arrays["edition"], arrays["kind"], arrays["code"]
        self.vector, self.worth = arrays["vector"], arrays["worth"]
        self.length, self.fillers = arrays["length"], arrays["fillers"]
        self.vague = arrays["vague"]
        self.rarity, self.counts, self.filler = arrays["rarity"], arrays["counts"], arrays["filler"]
        self._terms, self._ends = arrays["terms"], arrays["ends"]
        self._often, self._bits = arrays["often"], arrays["bits"]
        self._kept: Remembered[Sought, Kept] = Remembered(_REMEMBERED)
        self._kin: Remembered[str, Kin] = Remembered(_REMEMBERED_WORDS)
        self._known: Remembered[tuple[str, tuple[str, ...]], bool] = Remembered(_REMEMBERED_WORDS)
        self._worth: Remembered[tuple[int, ...], Numbers] = Remembered(_REMEMBERED_WORDS)
        self._named: Remembered[int, Named] = Remembered(_REMEMBERED_CODES)
        self._chapters: Remembered[str, Mapping[int, Named]] = Remembered(len(SYSTEMS))
        self._vocabularies: Remembered[tuple[str, ...], Vocabulary] = Remembered(len(SYSTEMS) + 1)
        self._heads: Remembered[int, Vocabulary] = Remembered(len(HEADS))

    def __len__(self) -> int:
        """Terms in all."""
        return len(self.code)

    @cached_property
    def _vectored(self) -> tuple[Numbers, Numbers]:
        """The terms that have a vector, by its key; and the keys."""
        terms = self._arrays["by_vector"]
        return terms, self.vector[terms]

    @cached_property
    def _parents(self) -> Numbers:
        """The codes above the children, in their order."""
        found: Numbers = self.codes.parent[self._arrays["children"]]
        return found

    @cached_property
    def _coded(self) -> Numbers:
        """The codes of the terms in the order of their codes."""
        found: Numbers = self.code[self._arrays["by_code"]]
        return found

    def terms_of(self, word: int) -> Numbers:
        """The terms that have a word, in their order."""
        return self._terms[self._ends[word - 1] if word else 0 : self._ends[word]]

    def often(self, word: int, terms: Numbers) -> Numbers | None:
        """By term, whether it has a word; None where not many terms have it."""
        row = self._often[word]
        if row < 0:
            return None
        there: Numbers = (self._bits[row][terms >> 3] >> (terms & 7) & 1).astype(bool)
        return there

    def beginning(self, typed: str) -> tuple[int, int]:
        """The words that begin so: the first, and the one behind the last."""
        return bisect_left(self.words, typed), bisect_left(self.words, typed + _AFTER)

    def beginnings(self, typed: str) -> list[tuple[int, int]]:
        """As `beginning`; where no word begins so, the words whose beginning is spelled most like it."""
        span = self.beginning(typed)
        if span[0] < span[1] or len(typed) < kin.SHARED:
            return [span]
        sizes = (len(typed), len(typed) - 1, len(typed) + 1)  # a letter may be wrong, too many, or missing
        near = (self._heads.get(size, self._read_heads).nearest(typed, 1) for size in sizes if size in HEADS)
        return [self.beginning(one) for one in next((found for found in near if found), ())]

    def _read_heads(self, size: int) -> Vocabulary:
        heads, signs = Texts(self._arrays, f"head{size}"), self._arrays[f"head{size}.signs"]
        return Vocabulary(heads, signs, np.ones(len(heads), np.int32))

    @cached_property
    def usage(self) -> Numbers:
        """By word how many terms have it, by its logarithm."""
        return np.log1p(np.diff(self._ends, prepend=0)).astype(np.float32)

    def begun_by(self, first: int, end: int) -> int:
        """How many terms have any of neighbouring words; those that have two of them count twice."""
        return int(self._ends[end - 1]) - (int(self._ends[first - 1]) if first else 0) if first < end else 0

    def begun(self, first: int, end: int) -> Begun:
        """The terms that have any of neighbouring words; some may come twice."""
        if end <= first:
            return Begun(self._terms[:0], np.zeros(0, np.float32))
        begin = int(self._ends[first - 1]) if first else 0
        counts = np.diff(self._ends[first:end], prepend=begin)
        usage = np.repeat(self.usage[first:end], counts)
        return Begun(self._terms[begin : self._ends[end - 1]], usage)

    def tokens_of(self, terms: Numbers) -> Tokens:
        """The words of some terms, one term's after the other's."""
        sizes = self._sizes[terms].astype(np.int64)
        ends = np.cumsum(sizes)
        places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(self._starts[terms] - (ends - sizes), sizes)
        marked = self._marked[places]
        return Tokens(np.repeat(np.arange(len(terms)), sizes), marked >> 1, (marked & 1).astype(bool))

    def terms_of_codes(self, beginning: str) -> Numbers:
        """The terms of all codes that begin so; without a dot."""
        spelled = beginning.upper()
        dotted = f"{spelled[:3]}.{spelled[3:]}" if len(spelled) > 3 else spelled  # noqa: PLR2004 -- a category
        by_code = self._arrays["by_code"]
        found = [by_code[:0]]
        for system, (begin, end) in self.codes.spans.items():
            typed = (dotted if SYSTEMS[system].dotted else spelled).encode()
            first, last = np.searchsorted(self.codes.spelled[begin:end], [typed, typed + b"~"]) + begin
            low, high = self._coded.searchsorted(np.array([first, last], self._coded.dtype))
            found.append(by_code[low:high])
        return np.concatenate(found)

    def children(self, header: int) -> Numbers:
        """The codes right below one, in their order; no variants by a seventh character."""
        children, parents = self._arrays["children"], self._parents
        first, end = parents.searchsorted(np.array([header, header + 1], parents.dtype))  # else all would be converted
        found: Numbers = children[first:end]
        return found

    def descriptions(self, codes: Numbers) -> Numbers:
        """The description of each of some codes: the first of its terms."""
        terms: Numbers = self._arrays["by_code"][self._coded.searchsorted(codes.astype(self._coded.dtype))]
        return terms

    def terms_of_vectors(self, keys: Numbers) -> Numbers:
        """The terms with one of some keys, each key once."""
        terms, vectors = self._vectored
        first, last = (np.searchsorted(vectors, keys, side) for side in ("left", "right"))
        sizes = last - first
        ends = np.cumsum(sizes)
        places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(first - (ends - sizes), sizes)
        found: Numbers = terms[places]
        return found

    def within(self, sought: Sought) -> Kept:
        """What is sought, by code and by term."""
        return self._kept.get(sought, self._read_within)

    def _read_within(self, sought: Sought) -> Kept:
        kept = np.zeros(len(self.codes.spelled) + 1, bool)  # the last stands for no code
        for bundle in reversed([one for one in self.bundles if one.describes and system_of(one) in sought.systems]):
            kept[self._in_force(bundle, sought.as_of)] = True
        if sought.narrowed.billable:
            kept[:-1] &= self.codes.billable
        if sought.narrowed.within:
            kept[:-1] &= self._below(sought.systems, sought.narrowed.within)
        terms = kept[self.code]
        return Kept(kept[:-1], terms if sought.indexes else terms & (self.kind != KINDS.index("index")))

    def _in_force(self, bundle: Bundle, as_of: str) -> Numbers:
        system = system_of(bundle)
        if not bundle.edition.row_dated:
            return np.arange(*self.codes.spans[system])
        return self.codes.numbers(system, np.array([code.encode() for code in bundle.facts.active(as_of)], "S10"))

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

    def named(self, code: int) -> Named:
        """A code by its number, as its edition names it."""
        return self._named.get(code, self._read_named)

    def _read_named(self, code: int) -> Named:
        system, spelled = self.codes.system_of(code), self.codes.spelled[code].decode()
        found = (one.facts.named(spelled) for one in self.bundles if one.describes and system_of(one) == system)
        return next(named for named in found if named)

    def chapters(self, system: str) -> Mapping[int, Named]:
        """The chapters of a system by their ordinals."""
        return self._chapters.get(system, self._read_chapters)

    def _read_chapters(self, system: str) -> Mapping[int, Named]:
        tops = [top for one in self.bundles if system_of(one) == system for top in one.facts.children("")]
        return {one.ordinal: Named(one.code, one.display, one.billable) for one in tops if one.level is Level.CHAPTER}

    def is_variant(self, terms: Numbers) -> Numbers:
        """By term, whether its code is made of another one and a seventh character."""
        level: Numbers = self.codes.level[self.code[terms]] == LEVELS.index(Level.EXTENDED)
        return level

    def text(self, term: int) -> str:
        """A term as it is written."""
        number = int(self.edition[term])
        terms = self.bundles[number].terms
        begin = self._text_ends[term - 1] if term > self._firsts[number] else 0
        return terms.stretch(begin, self._text_ends[term]) if terms else ""

    def worth_of(self, way: tuple[int, ...]) -> Numbers:
        """By edition, how rare the words of a way are together; 0 where it lacks one of them."""
        return self._worth.get(way, self._read_worth)

    def _read_worth(self, way: tuple[int, ...]) -> Numbers:
        there = (self.counts[:, way] > 0).all(1)
        worth: Numbers = np.where(there, self.rarity[:, way].sum(1), 0)
        return worth

    def knows(self, word: str, systems: tuple[str, ...]) -> bool:
        """Whether an edition of some systems has a word."""
        return self._known.get((word, systems), self._read_known)

    def _read_known(self, asked: tuple[str, tuple[str, ...]]) -> bool:
        number = self.number.get(asked[0])
        return number is not None and bool(self.counts[self._editions_of(asked[1]), number].any())

    def vocabulary(self, systems: tuple[str, ...]) -> Vocabulary:
        """The words of some systems."""
        return self._vocabularies.get(systems, self._read_vocabulary)

    def _read_vocabulary(self, systems: tuple[str, ...]) -> Vocabulary:
        counts = self.counts[self._editions_of(systems)].sum(0, dtype=np.int64)
        return Vocabulary(self.words, self._arrays["signs"], counts)

    def _editions_of(self, systems: Sequence[str]) -> list[int]:
        return [number for number, one in enumerate(self.bundles) if system_of(one) in systems]

    def kin(self, word: str) -> Kin:
        """Words of the same root (kin.py)."""
        return self._kin.get(word, self._read_kin)

    def _read_kin(self, word: str) -> Kin:
        return kin.of(word, self.words, self.number, self.beginning)
