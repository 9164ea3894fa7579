"""Measures search on every set that is there, against two baselines in the same run.

    make eval ARGS="--data-dir DIR [--misses] [--publish]"

fused     the search as it is served, by words and by meaning
lexical   the same without vectors
bm25      plain BM25, one document a code: all of its wordings, any of the query's words

Prints, by kind of query, hit@1, hit@5, hit@10, the mean reciprocal rank, and how often the first place is a header or a
code that is not in force. `--publish` writes what the page /accuracy shows.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import tantivy

from services.lookup.domain import Status
from services.lookup.editions.library import Library
from services.lookup.meaning.vectors import Meanings
from services.lookup.search import ranking, readings
from services.lookup.search.find import Tools
from services.lookup.search.words import words
from services.lookup.service import Lookup
from tests.eval import sets
from tests.eval.sets import Question

AS_OF: Final = "2026-05-04"
PAGE: Final = Path(__file__).resolve().parents[2] / "services" / "gateway" / "content" / "accuracy.json"
COMMAND: Final = 'make eval ARGS="--data-dir DIR"'
_DEPTH: Final = 10

type Searcher = Callable[[Question], list[tuple[str, str]]]  # (system, code), best first


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the first right code stands (from 1; 0: not among ten), and what the first place is."""

    question: Question
    place: int
    first: str
    header: bool
    outdated: bool


def served(library: Library, meanings: Meanings | None) -> Searcher:
    """The search as it is served."""
    lookup = Lookup(library, Tools(readings.shipped(), ranking.shipped(), meanings), lambda: AS_OF)
    loop = asyncio.new_event_loop()

    def search(question: Question) -> list[tuple[str, str]]:
        found = loop.run_until_complete(lookup.search_codes(question.text, question.system, _DEPTH))
        return [(hit.system, hit.code) for hit in found.hits]

    return search


def plain(library: Library, systems: Sequence[str]) -> Searcher:
    """BM25 with one document a code."""
    builder = tantivy.SchemaBuilder()
    for name in ("words", "code", "system"):
        builder.add_text_field(name, stored=name != "words", tokenizer_name="whitespace" if name == "words" else "raw")
    schema = builder.build()
    index = tantivy.Index(schema)
    writer = index.writer(200_000_000, num_threads=1)
    for system in systems:
        for code, texts in _wordings(library, system):
            writer.add_document(tantivy.Document(words=" ".join(texts), code=code, system=system))
    writer.commit()
    index.reload()
    searcher = index.searcher()

    def search(question: Question) -> list[tuple[str, str]]:
        asked = [(tantivy.Occur.Should, tantivy.Query.term_query(schema, "words", one)) for one in words(question.text)]
        within = (
            [(tantivy.Occur.Must, tantivy.Query.term_query(schema, "system", question.system))]
            if question.system
            else []
        )
        found = searcher.search(tantivy.Query.boolean_query([*asked, *within]), _DEPTH)
        told = [searcher.doc(address) for _, address in found.hits]
        return [(str(one.get_first("system")), str(one.get_first("code"))) for one in told]

    return search


def _wordings(library: Library, system: str) -> Iterator[tuple[str, list[str]]]:
    spoke = library.speaking(system, AS_OF)
    if spoke is None or spoke[0].terms is None:
        return
    texts: dict[str, list[str]] = {}
    for term, _ in spoke[0].terms.wordings():
        texts.setdefault(term.code, []).extend(words(term.text))
    yield from texts.items()


def outcomes(questions: Sequence[Question], search: Searcher, library: Library) -> list[Outcome]:
    """Each question's outcome."""
    return [_outcome(one, search(one), library) for one in questions]


def _outcome(question: Question, found: Sequence[tuple[str, str]], library: Library) -> Outcome:
    places = (number for number, (_, code) in enumerate(found, 1) if question.answered_by(code))
    system, first = found[0] if found else ("", "")
    spoke = library.speaking(system, AS_OF) if system else None
    entry = spoke[0].facts.entry(first) if spoke else None
    outdated = bool(first) and (entry is None or entry.status(AS_OF) is not Status.ACTIVE)
    return Outcome(question, next(places, 0), first, bool(entry and not entry.billable), outdated)


def figures(found: Sequence[Outcome]) -> dict[str, float]:
    """The figures of some outcomes, shares from 0 to 1."""
    number = len(found)
    reached = {f"hit@{n}": sum(0 < one.place <= n for one in found) / number for n in (1, 5, _DEPTH)}
    reciprocal = sum(1 / one.place for one in found if one.place) / number
    first = {"headers first": sum(one.header for one in found), "outdated first": sum(one.outdated for one in found)}
    return {**reached, "mean reciprocal rank": reciprocal, **{name: count / number for name, count in first.items()}}


def by_kind(found: Sequence[Outcome]) -> dict[str, Any]:
    """The figures by kind of query, with how many there are."""
    kinds = dict.fromkeys(one.question.kind for one in found)
    groups = {kind: [one for one in found if one.question.kind == kind] for kind in kinds}
    groups["own, all"] = [one for one in found if one.question.own]
    groups["own, held out"] = [one for one in found if one.question.held_out]  # from the weights
    groups |= {name: [one for one in found if one.question.fresh == name] for name in sets.FRESH}
    return {kind: {"queries": len(group), **figures(group)} for kind, group in groups.items()}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--misses", action="store_true", help="print the queries whose code is not first")
    parser.add_argument("--publish", action="store_true", help="write what the page /accuracy shows")
    given = parser.parse_args()
    library, meanings = Library(given.data_dir), Meanings(given.data_dir)
    questions = sets.all_of(library, AS_OF)
    systems = list(dict.fromkeys(one.system for one in questions if one.system))
    ways = {"fused": served(library, meanings), "lexical": served(library, None), "bm25": plain(library, systems)}
    found = {name: outcomes(questions, search, library) for name, search in ways.items()}
    told = {name: by_kind(one) for name, one in found.items()}
    for name, table in told.items():
        sys.stdout.writelines(_lines(name, table))
    if given.misses:
        sys.stdout.writelines(_misses(found["fused"]))
    if given.publish:
        editions = [one[1].id for system in systems if (one := library.speaking(system, AS_OF))]
        about = {"measured": datetime.now(UTC).date().isoformat(), "as_of": AS_OF, "command": COMMAND}
        content = {**about, "editions": editions, "vectors": len(meanings), "figures": told}
        PAGE.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    meanings.close()


def _lines(name: str, table: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    titles = ("hit@1", "hit@5", "hit@10", "mrr", "headers", "outdated")
    yield (f"\n{name:16} {'n':>5}" + "".join(f"  {title:>8}" for title in titles) + "\n")
    for kind, row in table.items():
        number, *shares = row.values()
        yield f"{kind:16} {number:5.0f}" + "".join(f"  {share:8.3f}" for share in shares) + "\n"


def _misses(found: Sequence[Outcome]) -> Iterator[str]:
    for one in found:
        if one.place != 1:
            wanted = " ".join(one.question.codes)
            told = f"place {one.place or '-'}, first {one.first}"
            yield f"{one.question.kind}: {one.question.text!r} wants {wanted}, {told}\n"


if __name__ == "__main__":
    main()
