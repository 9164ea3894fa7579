"""The index of one edition's terms: every wording is a document of its own that points at its code.

A document's score is BM25 times its weight: a description counts a little more than an inclusion term, a billable
code a little more than its header, a block much less. Scores are told as a share of what the query's words are
worth in the index, so that those of a large and of a small edition compare.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import numpy as np
import orjson
import tantivy
from tantivy import Occur, Query

from services.lookup.domain import Entry, Level, Narrowed, Term
from services.lookup.meaning.keys import key
from services.lookup.search.query import Asked, Slot, Way
from services.lookup.search.spelling import Vocabulary
from services.lookup.search.words import compounds, words

_HEAP: Final = 200_000_000  # bytes; all documents of an edition fit, so that the index is one segment
_WORDS: Final = "words"
_CODES: Final = "codes"
_PLACES: Final = "places.npy"  # by document: the ordinals of its code and of the topmost one above, whether billable
_BILLABLE_MARK: Final = "=billable"
_TALLIED: Final = 20_000  # terms counted at most
_KEYS: Final = "keys.npy"  # (key, document) by key: documents are numbered as they were written
_TOLD: Final = "told"
_SHORTEST_BEGINNING: Final = 4  # letters a beginning has at least before a slip in it is forgiven
_KINDS: Final = {"description": 1.0, "inclusion": 0.97, "index": 0.97, "common": 0.97}
_LEVELS: Final = {
    Level.CHAPTER: 0.3,
    Level.BLOCK: 0.4,
    Level.CATEGORY: 0.9,
    Level.CODE: 0.95,
    Level.EXTENDED: 0.8,  # sixteen variants of a fracture come after the fracture
}
_BILLABLE: Final = 1.1
EVERYTHING: Final = Narrowed()
_IN_BRACKETS: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(_WORDS, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field(_CODES, tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("code", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field(_TOLD, stored=True)
    builder.add_float_field("weight", fast=True)
    builder.add_float_field("brief", fast=True)
    return builder.build()


@dataclass(frozen=True, slots=True)
class Written:
    """A term to be indexed, with the entry it leads to, the codes above that, and the ordinal of the topmost of them;
    no entry where another edition has it. `words_only`: it is not found by its meaning.
    `base`: the description of the code that a variant by a seventh character is made from.
    """

    term: Term
    entry: Entry | None = None
    path: Sequence[str] = ()
    top: int = 0
    words_only: bool = False
    base: str = ""

    @property
    def vector(self) -> int:
        """The key of its vector, 0 where it has none; a variant by a seventh character means what its code means."""
        if self.entry is None or self.words_only:
            return 0
        return key(self.base if self.is_variant else self.term.text)

    @property
    def is_variant(self) -> bool:
        """Whether it is a variant by a seventh character: sixteen of them would all be as near as their code."""
        return self.entry is not None and self.entry.level is Level.EXTENDED


@dataclass(frozen=True, slots=True)
class Match:
    """A term that was found: the code it leads to, its words, and the share of the query's worth that it answers.

    `core`: the words outside brackets. `key`: what its vector is kept under, 0 where it has none. `level` and
    `display` are empty where the term is of an index, whose codes another edition describes.
    """

    code: str
    kind: str
    term: str
    display: str
    level: str
    billable: bool
    key: int
    words: frozenset[str]
    core: tuple[str, ...]
    share: float = 0.0


def write(folder: Path, terms: Iterable[Written]) -> int:
    """Writes the index of an edition into an empty folder; returns the number of terms."""
    index = tantivy.Index(_schema(), path=str(folder))
    writer = index.writer(_HEAP, num_threads=1)
    keys: list[tuple[int, int]] = []
    places: list[tuple[int, int, int]] = []
    count = 0
    for written in terms:
        writer.add_document(_document(written))
        if written.vector and not written.is_variant:
            keys.append((written.vector, count))
        if written.entry:
            places.append((written.entry.ordinal, written.top, written.entry.billable))
        count += 1
    writer.commit()
    writer.wait_merging_threads()
    np.save(folder / _KEYS, np.array(sorted(keys), np.uint64).reshape(-1, 2))
    np.save(folder / _PLACES, np.array(places, np.int32).reshape(-1, 3))
    return count


def _document(written: Written) -> tantivy.Document:
    term, entry = written.term, written.entry
    found = words(term.text)
    joined = [one for one, _ in compounds(term.text)]
    outside = _outside_brackets(term.text)
    core = found if outside == term.text else words(outside)
    weight = _KINDS[term.kind]
    if entry is not None:
        weight *= _LEVELS[entry.level] * (_BILLABLE if entry.billable else 1.0)
    described = (entry.display, entry.level.value, entry.billable) if entry else ("", "", False)
    told = (term.code, term.kind, term.text, *described, written.vector, [*found, *joined], core)
    return tantivy.Document(
        words=" ".join([*found, *joined]),
        codes=" ".join((*_codes(written), *([_BILLABLE_MARK] if entry and entry.billable else []))),
        code=term.code,
        told=orjson.dumps(told),
        weight=weight,
        brief=weight / math.sqrt(1 + len(found)),
    )


def _codes(written: Written) -> Iterator[str]:
    return (_bare(code) for code in dict.fromkeys((*written.path, written.term.code)))


def _bare(code: str) -> str:
    return code.replace(".", "").lower()


def _outside_brackets(text: str) -> str:
    """The text without what stands in brackets, where something is left: "Zika virus (disease)"."""
    outside = _IN_BRACKETS.sub(" ", text)
    return outside if outside == text or words(outside) else text


def _marks(narrowed: Narrowed) -> list[str]:
    """What a document of a narrower search has among its codes."""
    within = [_bare(narrowed.within)] if narrowed.within else []
    return [*within, *([_BILLABLE_MARK] if narrowed.billable else [])]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many codes share the words, how many of them are billable, and how many lie below each topmost entry."""

    codes: int
    billable: int
    by_top: Mapping[int, int]


class TermIndex:
    """An opened index. ValueError where the folder holds none."""

    def __init__(self, folder: Path) -> None:
        index = tantivy.Index.open(str(folder))
        self._schema = index.schema
        self._searcher = index.searcher()
        self._keys = np.load(folder / _KEYS, mmap_mode="r")
        self._places = np.load(folder / _PLACES, mmap_mode="r")
        self._rarities: dict[str, float] = {}

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words of its terms, read when a search first asks: most editions of the past are never searched."""
        return Vocabulary(self._searcher.terms_with_prefix(_WORDS, ""))

    def __len__(self) -> int:
        """Terms in all."""
        return int(self._searcher.num_docs)

    def find(
        self, asked: Asked, limit: int, *, partly: bool, narrowed: Narrowed = EVERYTHING
    ) -> tuple[list[tuple[float, int]], int]:
        """Terms that fill every slot, or, `partly`, at least half of them: (share, document), best first, and how many
        there are in all.

        Several terms may lead to one code. Shares: 1 is about what a term of average length gets whose words are
        all of the query's.
        """
        query = self._query(asked, narrowed, partly=partly)
        weight = "brief" if asked.beginning else "weight"
        result = self._searcher.search(query, limit, weight_by_field=weight)
        worth = sum(self.worth(slot) for slot in asked.slots) or 1.0
        return [(score / worth, address.doc) for score, address in result.hits], result.count  # type: ignore[attr-defined]

    def codes_of(self, documents: Sequence[int]) -> int:
        """How many codes the terms lead to."""
        return len(np.unique(self._places[list(documents), 0])) if documents else 0

    def keyed(self, keys: Sequence[int]) -> list[Match]:
        """The terms with one of some keys."""
        wanted = np.array(keys, np.uint64)
        first, last = (np.searchsorted(self._keys[:, 0], wanted, side) for side in ("left", "right"))
        found = (at for begin, end in zip(first, last, strict=True) for at in range(begin, end))
        return [self.match(int(self._keys[at, 1])) for at in found]

    def keys(self) -> list[int]:
        """The keys of the vectors that its terms have, or are to have."""
        return [int(one) for one in np.unique(self._keys[:, 0])]

    def texts(self, keys: Sequence[int]) -> dict[int, str]:
        """The texts of some keys."""
        return {match.key: match.term for match in self.keyed(keys)}

    def all(self) -> Iterator[Match]:
        """Every term, in the order they were written."""
        return (self.match(number) for number in range(len(self)))

    def match(self, document: int, share: float = 0.0) -> Match:
        """A term."""
        code, kind, term, display, level, billable, vector, found, core = orjson.loads(self._told(document))
        return Match(code, kind, term, display, level, billable, vector, frozenset(found), tuple(core), share)

    def _told(self, document: int) -> bytes:
        return bytes(self._searcher.doc(tantivy.DocAddress(0, document)).get_first(_TOLD) or b"")

    def count_codes(self, asked: Asked, narrowed: Narrowed = EVERYTHING) -> int:
        """How many codes have a term that fills every slot, within two in a hundred."""
        return round(self._searcher.cardinality(self._query(asked, narrowed, partly=False), "code"))

    def tally(self, asked: Asked, narrowed: Narrowed) -> Tally:
        """Counts the codes that have a term that fills every slot, those of the best 20,000 terms."""
        found = self._searcher.search(self._query(asked, narrowed, partly=False), _TALLIED, count=False)
        documents = [address.doc for _, address in found.hits]
        codes = np.unique(self._places[documents], axis=0) if documents else self._places[:0]
        tops, counts = np.unique(codes[:, 1], return_counts=True)
        return Tally(len(codes), int(codes[:, 2].sum()), dict(zip(tops.tolist(), counts.tolist(), strict=True)))

    def _query(self, asked: Asked, narrowed: Narrowed, *, partly: bool) -> Query:
        last = len(asked.slots) - 1
        clauses = [
            self._slot(slot, asked.beginning if number == last else "") for number, slot in enumerate(asked.slots)
        ]
        extras = [(Occur.Should, self._word(word)) for word in asked.extras]
        extras += [(Occur.Must, self._marked(mark)) for mark in _marks(narrowed)]
        if partly:
            half = max(1, len(clauses) // 2)
            some = Query.boolean_query([(Occur.Should, clause) for clause in clauses], half)
            return Query.boolean_query([(Occur.Must, some), *extras])
        return Query.boolean_query([*((Occur.Must, clause) for clause in clauses), *extras])

    def _marked(self, mark: str) -> Query:
        return Query.const_score_query(Query.term_query(self._schema, _CODES, mark, "basic"), 0.0)

    def _slot(self, slot: Slot, beginning: str) -> Query:
        ways = [self._way(way) for way in slot.ways]
        if slot.code:
            ways.append(Query.const_score_query(Query.term_query(self._schema, _CODES, slot.code, "basic"), 1.0))
        if beginning:
            ways.append(self._beginning(beginning))
        return ways[0] if len(ways) == 1 else Query.disjunction_max_query(ways)

    def _way(self, way: Way) -> Query:
        if len(way) == 1:
            return self._word(way[0])
        return Query.boolean_query([(Occur.Must, self._word(word)) for word in way])

    def _word(self, word: str) -> Query:
        return Query.term_query(self._schema, _WORDS, word, "freq")

    def _beginning(self, typed: str) -> Query:
        slips = int(len(typed) >= _SHORTEST_BEGINNING and not self._searcher.terms_with_prefix(_WORDS, typed, limit=1))
        return Query.fuzzy_term_query(self._schema, _WORDS, typed, slips, transposition_cost_one=True, prefix=True)

    def worth(self, slot: Slot) -> float:
        """What a slot adds to a whole match: the rarity of the words of its rarest known way, at least 1."""
        known = [way for way in slot.ways if all(word in self.vocabulary for word in way)]
        return max([1.0, *(sum(self.rarity(word) for word in way) for way in known)])

    def rarity(self, word: str) -> float:
        """BM25's inverse document frequency."""
        known = self._rarities.get(word)
        if known is None:
            count = self.vocabulary.count(word)
            known = math.log(1 + (len(self) - count + 0.5) / (count + 0.5))
            if count:  # what people type is without end, what an index knows is not
                self._rarities[word] = known
        return known
