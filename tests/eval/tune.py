"""Fits the weights of the ranking to the sets, and writes services/lookup/content/ranking.toml.

    python -m tests.eval.tune --data-dir DIR

A query's codes share one probability (softmax over each code's best term); the fit makes that of the right ones large.
Prints hit@1 and hit@10 of five-fold cross-validation: what
is told of a query comes from weights that were fitted without it.
"""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from services.lookup.domain import SYSTEMS
from services.lookup.editions.library import Library
from services.lookup.meaning.vectors import Meanings
from services.lookup.search import find, query, ranking, readings
from services.lookup.search.candidates import Codes, Search
from tests.eval import sets
from tests.eval.measure import AS_OF

_FOLDS: Final = 5
_STEPS: Final = 200
_RATE: Final = 0.08
_LIKELY: Final = 40  # rows of a question
_TAME: Final = 5e-3
_WEIGHT: Final = {"disease names": 1.0, "index entries": 0.2}  # the index is searched itself: it proves little
_OWN: Final = 2.0
_LIMIT: Final = 20
# A block of codes is what hardly anybody looks for by name, whatever a list of disease groups says.
_AT_MOST: Final = {"block": -1.0, "chapter": -2.0}

type Numbers = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Table:
    """Terms by row: features, question, code within the question, whether the code is right; weight by question."""

    features: Numbers
    question: Numbers
    code: Numbers
    right: Numbers
    weight: Numbers
    kinds: Sequence[str]


def table(questions: Sequence[sets.Question], library: Library, meanings: Meanings | None) -> Table:
    """Every candidate of every question."""
    rows: list[tuple[Any, int, int, bool]] = []
    for number, one in enumerate(questions):
        wanted = find.Wanted(one.text, _LIMIT, AS_OF)
        bundles = library.searched([one.system] if one.system else list(SYSTEMS), AS_OF)
        asked = find.read(bundles, wanted, readings.shipped())
        meant = meanings.read(query.sentence(asked, one.text).casefold()) if meanings else None
        search = Search(asked, _LIMIT, Codes(bundles, AS_OF), meant=meant, meaning=meanings)
        places: dict[str, int] = {}
        for candidate in search.all(bundles)[0]:
            code = candidate.code.code
            rows.append((candidate.features, number, places.setdefault(code, len(places)), one.answered_by(code)))
    weight = np.array([_WEIGHT.get(one.kind, _OWN) for one in questions])
    features, question, code, right = (np.array(column, float) for column in zip(*rows, strict=True))
    likely = _likely(features, question, right)
    features, question, code, right = features[likely], question[likely], code[likely], right[likely]
    return Table(features, question, code, right, weight, [one.kind for one in questions])


def _likely(features: Numbers, question: Numbers, right: Numbers) -> Numbers:
    """The rows worth fitting: of each question the best by plain weights, and those of right codes."""
    plain = np.array(
        [{"answered": 4.0, "told": 2.0, "same": 2.0, "best_display": 4.0}.get(name, 0.0) for name in ranking.NAMES]
    )
    order = np.lexsort((-(features @ plain), question))
    starts = np.r_[0, np.flatnonzero(np.diff(question[order])) + 1]
    place = np.arange(len(order)) - np.repeat(starts, np.diff(np.r_[starts, len(order)]))
    return np.sort(np.union1d(order[place < _LIKELY], np.flatnonzero(right)))


def fit(told: Table, chosen: Numbers, names: Sequence[str] = ranking.NAMES) -> Numbers:
    """The weights that fit the chosen questions best (Adam)."""
    spread = np.maximum(told.features.std(0), 1e-6)
    most = np.array([_AT_MOST.get(name, np.inf) for name in names]) * spread
    weights = np.array([float(name in {"answered", "told", "cosine"}) for name in names])
    first, second = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, _STEPS + 1):
        slope = _slope(told, weights / spread, chosen) / spread + _TAME * weights
        first, second = 0.9 * first + 0.1 * slope, 0.99 * second + 0.01 * slope**2
        weights = weights - _RATE * (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.99**step)) + 1e-8)
        weights = np.minimum(weights, most)
    return weights / spread


def _slope(told: Table, weights: Numbers, chosen: Numbers) -> Numbers:
    best, scores = _best(told, weights)
    best = best[chosen[told.question[best].astype(int)]]
    question, right = told.question[best].astype(int), told.right[best] > 0
    starts = np.r_[0, np.flatnonzero(question[1:] != question[:-1]) + 1]
    sizes = np.diff(np.r_[starts, len(question)])
    raised = np.exp(scores[best] - np.repeat(np.maximum.reduceat(scores[best], starts), sizes))
    share = raised / np.repeat(np.add.reduceat(raised, starts), sizes)
    of_right = np.where(right, raised, 0)
    whole = np.repeat(np.add.reduceat(of_right, starts), sizes)
    wanted = np.where(whole > 0, of_right / np.maximum(whole, 1e-300), 0)
    gap = np.where(whole > 0, share - wanted, 0) * told.weight[question]
    return gap @ told.features[best] / told.weight[question[starts]].sum()


def _best(told: Table, weights: Numbers) -> tuple[Numbers, Numbers]:
    """The row of each code's best term, by question; and the scores of all rows."""
    scores = told.features @ weights
    order = np.lexsort((-scores, told.code, told.question))
    code, question = told.code[order], told.question[order]
    first = np.r_[True, (code[1:] != code[:-1]) | (question[1:] != question[:-1])]
    return order[first], scores


def ranks(told: Table, weights: Numbers) -> Numbers:
    """The place of the first right code by question, from 0; infinite where none was found."""
    best, scores = _best(told, weights)
    order = best[np.lexsort((-scores[best], told.question[best]))]
    question = told.question[order].astype(int)
    starts = np.r_[0, np.flatnonzero(question[1:] != question[:-1]) + 1]
    place = np.arange(len(question)) - np.repeat(starts, np.diff(np.r_[starts, len(question)]))
    found = np.full(len(told.kinds), np.inf)
    right = told.right[order] > 0
    np.minimum.at(found, question[right], place[right])
    return found


def validated(told: Table) -> Numbers:
    """Ranks by weights that were fitted to the other four fifths."""
    fold = np.random.default_rng(0).integers(0, _FOLDS, len(told.kinds))
    found = np.full(len(told.kinds), np.inf)
    for number in range(_FOLDS):
        place = ranks(told, fit(told, fold != number))
        found[fold == number] = place[fold == number]
    return found


def lines(told: Table, found: Numbers) -> Iterator[str]:
    """The figures by kind."""
    kinds = np.array(told.kinds)
    for kind in dict.fromkeys(told.kinds):
        of_kind = found[kinds == kind]
        yield f"  {kind:16} {len(of_kind):5}  hit@1 {np.mean(of_kind < 1):.3f}  hit@10 {np.mean(of_kind < 10):.3f}"


def main() -> None:
    """Fits both sets of weights and writes them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    library, meanings = Library(given.data_dir), Meanings(given.data_dir)
    questions = sets.all_of(library, AS_OF)
    text = "# Weights of what can be seen of a query and a term, in the order of ranking.py; by tests/eval/tune.py.\n"
    for name, used in (("fused", meanings), ("lexical", None)):
        told = table(questions, library, used)
        print(f"{name}, cross-validated:", *lines(told, validated(told)), sep="\n")
        weights = fit(told, np.ones(len(questions), bool))
        pairs = zip(ranking.NAMES, weights, strict=True)
        text += f"\n[{name}]\n" + "".join(f"{one} = {weight:.3f}\n" for one, weight in pairs)
    if given.write:
        ranking.FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
