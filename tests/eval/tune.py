"""Fits the weights of the ranking to the sets, and writes services/lookup/content/ranking.toml.

    python -m tests.eval.tune --data-dir DIR [--write]

Prints hit@1 and hit@10 of five-fold cross-validation: what is told of a query comes from weights that were fitted
without it. The fresh sets and a quarter of the project's own queries are never fitted to.
"""

import argparse
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from services.lookup.domain import SYSTEMS
from services.lookup.editions.library import Library
from services.lookup.meaning.vectors import Meanings
from services.lookup.search import query, ranking, readings
from services.lookup.search.find import Finder, Tools, Wanted
from services.lookup.search.seen import NAMES
from tests.eval import sets
from tests.eval.fitting import Numbers, Table, fit, ranks
from tests.eval.measure import AS_OF

_FOLDS: Final = 5
_OTHERS: Final = 1.0  # weights of questions
_OWN: Final = 2.5
_INDEX_EVERY: Final = 3  # entries of the index that are fitted to: it is searched itself, and proves little
_LIMIT: Final = 20
_HEADING: Final = (
    "# Weights of what can be seen of a query and a term, in the order of seen.py; by tests/eval/tune.py.\n"
)


def table(questions: Sequence[sets.Question], library: Library, meanings: Meanings | None) -> Table:
    """The candidates of every question."""
    finder = Finder(library.searched(list(SYSTEMS), AS_OF), Tools(readings.shipped(), ranking.shipped(), meanings))
    parts = [_rows(number, one, finder, meanings) for number, one in enumerate(questions)]
    features, question, code, right = (np.concatenate(column) for column in zip(*parts, strict=True))
    weight = np.array([_weight(number, one) for number, one in enumerate(questions)])
    return Table(features, question, code, right, weight, [one.kind for one in questions])


def _rows(number: int, question: sets.Question, finder: Finder, meanings: Meanings | None) -> tuple[Numbers, ...]:
    systems = (question.system,) if question.system else tuple(SYSTEMS)
    wanted = Wanted(question.text, _LIMIT, AS_OF, systems)
    asked = finder.read(wanted)
    meant = meanings.read(query.sentence(asked, question.text).casefold()) if meanings else None
    code, features = finder.candidates(wanted, asked, meant)
    spelled = finder.board.codes.spelled
    right = np.array([question.answered_by(spelled[one].decode()) for one in code], bool)
    order = np.argsort(code, kind="stable")
    return features[order], np.full(len(order), number), code[order], right[order]


def _weight(number: int, question: sets.Question) -> float:
    """What a question counts for in the fit; nothing where it is held out."""
    if question.fresh:
        return 0.0
    if question.own:
        return 0.0 if question.held_out or question.kind == "code" else _OWN  # codes are spelled out, not weighed
    return 0.0 if question.kind == sets.INDEX and number % _INDEX_EVERY else _OTHERS


def validated(told: Table) -> Numbers:
    """Ranks by weights that were fitted to the other four fifths, from one beginning; what ships has more."""
    fold = np.random.default_rng(0).integers(0, _FOLDS, len(told.kinds))
    found = np.full(len(told.kinds), np.inf)
    for number in range(_FOLDS):
        place = ranks(told, fit(told, fold != number, beginnings=1))
        found[fold == number] = place[fold == number]
    return found


def lines(told: Table, found: Numbers, held_out: Numbers) -> Iterator[str]:
    """The figures by kind."""
    kinds = np.array(told.kinds)
    groups = {kind: kinds == kind for kind in dict.fromkeys(told.kinds)}
    groups["own, held out"] = held_out
    for kind, chosen in groups.items():
        of_kind = found[chosen]
        yield f"  {kind:16} {len(of_kind):5}  hit@1 {np.mean(of_kind < 1):.3f}  hit@10 {np.mean(of_kind < 10):.3f}"


def toml(name: str, weighing: ranking.Weighing) -> Iterator[str]:
    """A weighing as ranking.toml has it: a row of numbers a feature, the straight weight first."""
    yield f"\n[{name}]\nfrom = {_row(weighing.from_)}\nworth = {_row(weighing.worth)}\n\n[{name}.weights]\n"
    for feature, straight, units in zip(NAMES, weighing.straight, weighing.units, strict=True):
        yield f"{feature} = {_row([straight, *units])}\n"


def _row(numbers: Sequence[float] | Numbers) -> str:
    return f"[{', '.join(f'{one:.3f}' for one in numbers)}]"


def main() -> None:
    """Fits both sets of weights and writes them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    with (
        contextlib.closing(Library(given.data_dir)) as library,
        contextlib.closing(Meanings(given.data_dir)) as meanings,
    ):
        questions = sets.all_of(library, AS_OF)
        tables = {name: table(questions, library, used) for name, used in (("fused", meanings), ("lexical", None))}
    everything = np.ones(len(questions), bool)
    held_out = np.array([one.held_out for one in questions])
    if given.write:
        fitted = (line for name, told in tables.items() for line in toml(name, fit(told, everything)))
        ranking.FILE.write_text(_HEADING + "".join(fitted), encoding="utf-8")
    for name, told in tables.items():
        print(f"{name}, cross-validated:", *lines(told, validated(told), held_out), sep="\n", flush=True)


if __name__ == "__main__":
    main()
