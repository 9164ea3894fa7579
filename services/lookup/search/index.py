"""The index of one edition's terms: every wording is a document of its own that points at its code.

A document's score is BM25 times its weight: a description counts a little more than an inclusion term, a billable
code a little more than its header, a block much less. Scores are told as a share of what the query's words are
worth in the index, so that those of a large and of a small edition compare.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

import tantivy
from tantivy import Occur, Query

from services.lookup.domain import Entry, Hit, Level, Term
from services.lookup.search.query import Asked, Slot, Way
from services.lookup.search.spelling import Vocabulary
from services.lookup.search.words import compounds, words

_HEAP: Final = 200_000_000  # bytes; all documents of an edition fit, so that the index is one segment
_WORDS: Final = "words"
_CODES: Final = "codes"
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


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(_WORDS, tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field(_CODES, tokenizer_name="whitespace", index_option="basic")
    builder.add_text_field("code", stored=True, fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("kind", "term", "display"):
        builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_integer_field("billable", stored=True)
    builder.add_float_field("weight", fast=True)
    builder.add_float_field("brief", fast=True)
    return builder.build()


@dataclass(frozen=True, slots=True)
class Written:
    """A term to be indexed, with the entry it leads to and the codes above it."""

    term: Term
    entry: Entry
    path: Sequence[str]


def write(folder: Path, terms: Iterable[Written]) -> int:
    """Writes the index of an edition into an empty folder; returns the number of terms."""
    index = tantivy.Index(_schema(), path=str(folder))
    writer = index.writer(_HEAP, num_threads=1)
    count = 0
    for written in terms:
        writer.add_document(_document(written))
        count += 1
    writer.commit()
    writer.wait_merging_threads()
    return count


def _document(written: Written) -> tantivy.Document:
    term, entry = written.term, written.entry
    found = [*words(term.text), *(one for one, _ in compounds(term.text))]
    weight = _KINDS[term.kind] * _LEVELS[entry.level] * (_BILLABLE if entry.billable else 1.0)
    return tantivy.Document(
        words=" ".join(found),
        codes=" ".join(code.replace(".", "").lower() for code in (*written.path, entry.code)),
        code=entry.code,
        kind=term.kind,
        term=term.text,
        display=entry.display,
        billable=int(entry.billable),
        weight=weight,
        brief=weight / math.sqrt(1 + len(found)),
    )


class TermIndex:
    """An opened index. ValueError where the folder holds none."""

    def __init__(self, folder: Path, system: str) -> None:
        index = tantivy.Index.open(str(folder))
        self._schema = index.schema
        self._searcher = index.searcher()
        self._system = system

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The words of its terms, read when a search first asks: most editions of the past are never searched."""
        return Vocabulary(self._searcher.terms_with_prefix(_WORDS, ""))

    def __len__(self) -> int:
        """Terms in all."""
        return int(self._searcher.num_docs)

    def find(self, asked: Asked, limit: int, *, partly: bool) -> tuple[list[Hit], int]:
        """Terms that fill every slot, or, `partly`, at least half of them; best first, and how many in all.

        Several terms may lead to one code. Scores: 1 is about what a term of average length gets whose words are
        all of the query's.
        """
        query = self._query(asked, partly=partly)
        weight = "brief" if asked.beginning else "weight"
        result = self._searcher.search(query, limit, weight_by_field=weight)
        worth = sum(self._worth(slot) for slot in asked.slots) or 1.0
        return [self._hit(score / worth, address) for score, address in result.hits], result.count  # type: ignore[attr-defined]

    def _hit(self, score: float, address: tantivy.DocAddress) -> Hit:
        document = self._searcher.doc(address)
        code, kind, term, display = (str(document.get_first(name)) for name in ("code", "kind", "term", "display"))
        return Hit(self._system, code, display, bool(document.get_first("billable")), score, term, kind)

    def count_codes(self, asked: Asked, *, partly: bool) -> int:
        """How many codes `find` would name, within two in a hundred."""
        return round(self._searcher.cardinality(self._query(asked, partly=partly), "code"))

    def _query(self, asked: Asked, *, partly: bool) -> Query:
        last = len(asked.slots) - 1
        clauses = [
            self._slot(slot, asked.beginning if number == last else "") for number, slot in enumerate(asked.slots)
        ]
        extras = [(Occur.Should, self._word(word)) for word in asked.extras]
        if partly:
            half = max(1, len(clauses) // 2)
            some = Query.boolean_query([(Occur.Should, clause) for clause in clauses], half)
            return Query.boolean_query([(Occur.Must, some), *extras])
        return Query.boolean_query([*((Occur.Must, clause) for clause in clauses), *extras])

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

    def _worth(self, slot: Slot) -> float:
        known = [way for way in slot.ways if all(word in self.vocabulary for word in way)]
        return max([1.0, *(sum(self._rarity(word) for word in way) for way in known)])

    def _rarity(self, word: str) -> float:
        """BM25's inverse document frequency."""
        count = self.vocabulary.count(word)
        return math.log(1 + (len(self) - count + 0.5) / (count + 0.5))
