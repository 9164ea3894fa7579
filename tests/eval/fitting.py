"""Fits a weighing to questions: listwise, by gradient.

A question's codes share one probability (softmax over the score of each code's best term); the fit makes that of the
right ones large.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from services.lookup.search.ranking import Weighing
from services.lookup.search.seen import NAMES

UNITS: Final = 12
_STEPS: Final = 150
_RATE: Final = 0.04
_TAME: Final = 2e-3
BEGINNINGS: Final = 2  # fits from other beginnings, whose scores are averaged
_LEAST_SPREAD: Final = 0.1  # of a feature, by which it is measured: what is seldom seen must not shout
_LEAST: Final = 1e-300
_LIKELY: Final = 60  # rows of a question that are fitted to
# How likely a row is, before anything is fitted.
_PLAIN: Final = {"score": 4.0, "answered": 2.0, "told": 2.0, "cosine_display": 2.0, "code_cosine": 5.0, "akin": 2.0}

type Numbers = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """Terms by row, ordered by question and by code: features, the number of the question, the code, whether it is
    right. `kinds`, `weight`: by question; one of weight 0 is not fitted to."""

    features: Numbers
    question: Numbers
    code: Numbers
    right: Numbers
    weight: Numbers
    kinds: Sequence[str]

    def codes(self) -> "Codes":
        """Where each code begins, and each question."""
        first = np.r_[True, (np.diff(self.code) != 0) | (np.diff(self.question) != 0)]
        begin = np.flatnonzero(first)
        question = self.question[begin]
        starts = np.flatnonzero(np.r_[True, np.diff(question) != 0])
        return Codes(begin, np.cumsum(first) - 1, self.right[begin], question, starts)


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of all questions: the row of each one's first term, and of every row its code; whether right, of which
    question; and where each question begins among them."""

    begin: Numbers
    of_row: Numbers
    right: Numbers
    question: Numbers
    starts: Numbers

    def spread(self, by_question: Numbers) -> Numbers:
        """A number a question as a number a code."""
        found: Numbers = np.repeat(by_question, np.diff(np.r_[self.starts, len(self.begin)]))
        return found


def fit(told: Table, chosen: Numbers, beginnings: int = BEGINNINGS) -> Weighing:
    """The weighing that fits the chosen questions best (a mask), by their likeliest rows: those far down teach
    nothing."""
    told = _likely(told, chosen & (told.weight > 0))
    spread = np.maximum(told.features.std(0), _LEAST_SPREAD)
    middle = told.features.mean(0)
    even = ((told.features - middle) / spread).astype(np.float32)
    found = [_descend(even, told, told.weight, seed) for seed in range(beginnings)]
    straight = np.mean([one[0] for one in found], 0) / spread
    units = np.concatenate([one[1] for one in found], 1) / spread[:, None]
    begin = np.concatenate([one[2] for one in found]) - middle @ units
    worth = np.concatenate([one[3] for one in found]) / beginnings
    return Weighing(*(one.astype(np.float32) for one in (straight, units, begin, worth)))


def _likely(told: Table, chosen: Numbers) -> Table:
    """The rows of the chosen questions that come first by plain weights, right or wrong: to add the right ones among
    those further down would teach that what stands there is right.
    """
    plain = told.features @ np.array([_PLAIN.get(name, 0.0) for name in NAMES], np.float32)
    order = np.lexsort((-plain, told.question))
    question = told.question[order]
    first = np.flatnonzero(np.r_[True, np.diff(question) != 0])
    place = np.arange(len(order)) - np.repeat(first, np.diff(np.r_[first, len(order)]))
    kept = np.sort(order[place < _LIKELY])
    kept = kept[chosen[told.question[kept]]]
    columns = (one[kept] for one in (told.features, told.question, told.code, told.right))
    return Table(*columns, told.weight, told.kinds)


def _descend(even: Numbers, told: Table, weight: Numbers, seed: int) -> list[Numbers]:
    """Adam with a rate that falls to nought."""
    random, size, codes = np.random.default_rng(seed), even.shape[1], told.codes()
    weights = [np.zeros(size), random.normal(size=(size, UNITS)) / np.sqrt(size), np.zeros(UNITS)]
    weights.append(random.normal(size=UNITS) / 10)
    weights = [one.astype(np.float32) for one in weights]
    first, second = ([np.zeros_like(one) for one in weights] for _ in range(2))
    for step in range(1, _STEPS + 1):
        rate = _RATE * (1 + np.cos(np.pi * step / _STEPS)) / 2
        for n, slope in enumerate(_slopes(even, codes, weight, weights)):
            tamed = slope + _TAME * weights[n]
            first[n] = 0.9 * first[n] + 0.1 * tamed
            second[n] = 0.99 * second[n] + 0.01 * tamed**2
            move = (first[n] / (1 - 0.9**step)) / (np.sqrt(second[n] / (1 - 0.99**step)) + 1e-8)
            weights[n] = (weights[n] - rate * move).astype(np.float32)
    return weights


def _slopes(even: Numbers, codes: Codes, weight: Numbers, weights: Sequence[Numbers]) -> list[Numbers]:
    straight, units, begin, worth = weights
    active = np.maximum(even @ units + begin, 0)
    row, gap = _gaps(even @ straight + active @ worth, codes, weight)
    passed = np.outer(gap, worth) * (active[row] > 0)
    return [gap @ even[row], even[row].T @ passed, passed.sum(0), gap @ active[row]]


def _gaps(scores: Numbers, codes: Codes, weight: Numbers) -> tuple[Numbers, Numbers]:
    """The row of each code's best term, and how much more probable than it should be the code is."""
    best = np.maximum.reduceat(scores, codes.begin)
    raised = np.exp((best - codes.spread(np.maximum.reduceat(best, codes.starts))).astype(float))
    share = raised / codes.spread(np.add.reduceat(raised, codes.starts))
    of_right = np.where(codes.right, raised, 0)
    wanted = of_right / np.maximum(codes.spread(np.add.reduceat(of_right, codes.starts)), _LEAST)
    answerable = codes.spread(np.logical_or.reduceat(codes.right, codes.starts))
    gap = np.where(answerable, share - wanted, 0) * weight[codes.question]
    row = np.flatnonzero(scores == best[codes.of_row])
    row = row[np.unique(codes.of_row[row], return_index=True)[1]]
    return row, (gap / weight.sum()).astype(np.float32)


def ranks(told: Table, weighing: Weighing) -> Numbers:
    """The place of the first right code by question, from 0; infinite where none was found."""
    codes = told.codes()
    best = np.maximum.reduceat(weighing.score(told.features), codes.begin)
    order = np.lexsort((-best, codes.question))
    place = np.empty(len(best))
    place[order] = np.arange(len(best)) - codes.spread(codes.starts)
    found = np.full(len(told.kinds), np.inf)
    np.minimum.at(found, codes.question[codes.right], place[codes.right])
    return found
