"""Measures the coding of cases on the 500 clinical cases of CodiEsp, coded by people (not part of this repository).

    python -m tests.eval.cases --data-dir DIR [--half fit|held|both] [--misses]

Prints micro precision, recall and F1 of the suggested codes, at the full code and at the category of three characters,
and how often the words that a right code rests on stand where the gold has them. The cases are parted in two by a hash
of their names: rules and weights are tried on `fit`, and what is told of the coding is told of `held`.

A gold code that the edition of the date has as a header is found by any code below it (R05 by R05.9), with the
placeholders of the Spanish edition left out (W19.XXX). The gold's places are those of the Spanish text, which is
longer by about a tenth: `evidence` is the share of right codes with words within a tenth of the text of the gold's.
"""

import argparse
import asyncio
import csv
import hashlib
import sys
import time
import tomllib
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

import numpy as np

from services.assistant.cases import likelihood, rulebook
from services.assistant.cases.coder import Coder
from services.assistant.cases.proposals import Proposal
from services.assistant.domain.cases import CaseCode
from services.lookup.editions.library import Library
from tests.eval.direct import AS_OF, Direct

NOTES: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "notes" / "codiesp"
_SPANISH: Final = 1.1  # characters of the Spanish text for one of its translation
_NEAR: Final = 0.1
_RIDGE: Final = 2.0
_NOTES_WEIGH: Final = 4  # rows of a case report for one of a typical note: there are fewer of them
_HEAD: Final = "# Fitted by `python -m tests.eval.cases --half fit --fit`; see docs/cases.md.\n"

type Matrix = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Case:
    """A case with its gold codes, each with its places as shares of the text."""

    name: str
    text: str
    gold: dict[str, list[float]]

    @property
    def half(self) -> str:
        """fit or held."""
        return "fit" if hashlib.sha256(self.name.encode()).digest()[0] % 2 else "held"


def cases() -> list[Case]:
    """The cases, where they are beside the project; diagnoses only."""
    if not NOTES.exists():
        return []
    gold: dict[str, dict[str, list[float]]] = defaultdict(dict)
    with zipfile.ZipFile(NOTES / "text_files_en.zip") as archive:
        texts = {Path(n).stem: archive.read(n).decode() for n in sorted(archive.namelist()) if n.endswith(".txt")}
    for name, code in _rows("trainD.tsv"):
        gold[name][code.upper().rstrip("X").rstrip(".")] = []
    for name, label, code, _, places in _rows("trainX.tsv"):
        held = gold[name].get(code.upper().rstrip("X").rstrip("."))
        if label == "DIAGNOSTICO" and held is not None:
            held += [int(place.split()[0]) / (_SPANISH * len(texts[name])) for place in places.split(";")]
    return [Case(name, texts[name], gold[name]) for name in sorted(gold)]


def _rows(name: str) -> Iterator[list[str]]:
    with (NOTES / name).open(encoding="utf-8") as file:
        yield from csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


@dataclass(frozen=True, slots=True)
class Note:
    """A typical note with its codes, the first-listed one first; `may` are told or left out as the payer wants."""

    text: str
    setting: str
    codes: tuple[str, ...]
    may: frozenset[str]


def notes(name: str = "fit") -> list[Note]:
    """The notes of a set: fit or held."""
    rows = tomllib.loads(Path(__file__).with_name(f"notes_{name}.toml").read_text(encoding="utf-8"))["note"]
    return [
        Note(row["text"], row.get("setting", "outpatient"), tuple(row["codes"]), frozenset(row.get("may", ())))
        for row in rows
    ]


class Recorder(likelihood.Likelihood):
    """Keeps the features of what it weighs, by code."""

    seen: ClassVar[dict[str, dict[str, float]]] = {}

    def of(self, one: Proposal) -> float:
        """From 0 to 1."""
        if one.mentions:
            self.seen[one.ref.code] = likelihood.features(one)
        return likelihood.Likelihood.of(self, one)


async def fit(found: Sequence[Case], direct: Direct) -> None:
    """Fits the weights and the least likelihood that is suggested, and writes them."""
    rows: list[tuple[dict[str, float], bool]] = []
    recorder = Recorder({}, 0.0)
    coder = Coder(direct, rulebook.shipped(), recorder)
    for case in found:
        Recorder.seen.clear()
        codes = [code for code in await coder.code(case.text, AS_OF, "inpatient") if code.status == "suggested"]
        right = {code.ref.code for code in _right(case, codes, direct.library).values()}
        rows += [(Recorder.seen[c.ref.code], c.ref.code in right) for c in codes if c.ref.code in Recorder.seen]
    foreign = len(rows)
    for note in notes():
        Recorder.seen.clear()
        codes = [one.ref.code for one in await coder.code(note.text, AS_OF, note.setting) if one.status == "suggested"]
        told = [code for code in codes if code in Recorder.seen and code not in note.may]
        rows += [(Recorder.seen[code], code in note.codes) for code in told for _ in range(_NOTES_WEIGH)]
    names = sorted({name for row, _ in rows for name in row})
    matrix = np.array([[row.get(name, 0.0) for name in names] for row, _ in rows])
    labels = np.array([label for _, label in rows], float)
    weights = _logistic(matrix, labels)
    chances = 1 / (1 + np.exp(-matrix @ weights))
    gold = sum(len(case.gold) for case in found)
    chances, labels = chances[:foreign], labels[:foreign]
    by_least = {least / 100: _f1(chances, labels, least / 100, gold) for least in range(10, 60, 2)}
    least = max(by_least, key=lambda one: by_least[one])
    sys.stdout.write(f"{len(rows)} codes, F1 {by_least[least]:.3f} at {least}\n")
    told = "".join(f'"{name}" = {weight:.3f}\n' for name, weight in zip(names, weights, strict=True))
    likelihood.FILE.write_text(_HEAD + f"least = {least}\n\n[weights]\n{told}", encoding="utf-8")


def _logistic(matrix: Matrix, labels: Matrix) -> Matrix:
    """Newton's method with a ridge."""
    weights = np.zeros(matrix.shape[1])
    for _ in range(30):
        chances = 1 / (1 + np.exp(-matrix @ weights))
        gradient = matrix.T @ (labels - chances) - _RIDGE * weights
        bend = (matrix * (chances * (1 - chances))[:, None]).T @ matrix + _RIDGE * np.eye(len(weights))
        weights = weights + np.linalg.solve(bend, gradient)
    return weights


def _f1(chances: Matrix, labels: Matrix, least: float, gold: int) -> float:
    kept = chances >= least
    return float(2 * labels[kept].sum() / (kept.sum() + gold))


@dataclass(slots=True)
class Score:
    """Counts of a micro average."""

    right: int = 0
    told: int = 0
    gold: int = 0

    def __str__(self) -> str:
        """Precision, recall, F1."""
        precision, recall = self.right / max(1, self.told), self.right / max(1, self.gold)
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        return (
            f"P {precision:.3f}  R {recall:.3f}  F1 {f1:.3f}  ({self.right} right, {self.told} told, {self.gold} gold)"
        )


def matches(told: str, gold: str, library: Library) -> bool:
    """Whether a code is a gold one, or lies below one that is a header today."""
    if told == gold:
        return True
    spoke = library.speaking("icd-10-cm", AS_OF)
    entry = spoke[0].facts.entry(gold) if spoke else None
    return told.startswith(gold) and entry is not None and not entry.billable


async def measure(found: Sequence[Case], direct: Direct, *, misses: bool) -> None:
    """Codes every case, and prints."""
    full, category, near, with_place = Score(), Score(), 0, 0
    missed: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    began = time.perf_counter()
    coder = Coder(direct, rulebook.shipped(), likelihood.shipped())
    for case in found:
        codes = [code for code in await coder.code(case.text, AS_OF, "inpatient") if code.status == "suggested"]
        right = _right(case, codes, direct.library)
        full = _added(full, len(right), len(codes), len(case.gold))
        told, gold = {code.ref.code[:3] for code in codes}, {code[:3] for code in case.gold}
        category = _added(category, len(told & gold), len(told), len(gold))
        with_place += sum(bool(case.gold[gold]) for gold in right)
        near += sum(_is_near(case, gold, code) for gold, code in right.items())
        missed.update(set(case.gold) - set(right))
        kept = {code.ref.code for code in right.values()}
        wrong.update(f"{c.ref.code} {c.evidence[0].text.lower()[:40]}" for c in codes if c.ref.code not in kept)
    seconds = (time.perf_counter() - began) / max(1, len(found))
    sys.stdout.write(f"full code  {full}\ncategory   {category}\n")
    sys.stdout.write(f"evidence   {near / max(1, with_place):.3f}\n{len(found)} cases, {seconds * 1000:.0f} ms each\n")
    if misses:
        sys.stdout.write(f"missed {missed.most_common(80)}\nwrong  {wrong.most_common(160)}\n")


def _added(score: Score, right: int, told: int, gold: int) -> Score:
    return Score(score.right + right, score.told + told, score.gold + gold)


def _right(case: Case, codes: Sequence[CaseCode], library: Library) -> dict[str, CaseCode]:
    """The right codes by gold code: each told code answers one gold code at most."""
    right: dict[str, CaseCode] = {}
    for code in codes:
        gold = next((one for one in case.gold if one not in right and matches(code.ref.code, one, library)), None)
        if gold:
            right[gold] = code
    return right


def _is_near(case: Case, gold: str, code: CaseCode) -> bool:
    own = [span.start / max(1, len(case.text)) for span in code.evidence]
    return any(abs(one - other) <= _NEAR for one in own for other in case.gold[gold])


def main() -> None:
    """Reads the arguments and measures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--half", choices=("fit", "held", "both"), default="held")
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--fit", action="store_true", help="fits the weights on the half and writes them")
    given = parser.parse_args()
    found = [case for case in cases() if given.half in {"both", case.half}]
    if not found:
        sys.exit(f"the cases are not at hand: {NOTES}")
    if given.fit:
        asyncio.run(fit(found, Direct(given.data_dir)))
    asyncio.run(measure(found, Direct(given.data_dir), misses=given.misses))


if __name__ == "__main__":
    main()
