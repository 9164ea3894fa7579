"""The sets that search is measured on. They are for measuring and for fitting weights, and never go into an index."""

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from services.lookup.editions.library import Library

OWN: Final = Path(__file__).with_name("queries.tsv")
# Written before anybody looked at what search answers, and never fitted to. What the first and the third miss was
# looked at, and the kinds of it mended; what the second misses was not.
FRESH: Final = {
    "fresh 1, looked at": "fresh_1.tsv",
    "fresh 2, not looked at": "fresh_2.tsv",
    "fresh 3, looked at": "fresh_3.tsv",
}
MONDO: Final = Path(__file__).resolve().parents[3] / "shared" / "data" / "search" / "mondo_exactmatch_icd10cm.tsv"
INDEX: Final = "index entries"
_INDEX_SAMPLE: Final = 1_500
_SEED: Final = 4
_HELD_OUT: Final = 4  # every fourth


@dataclass(frozen=True, slots=True)
class Question:
    """A query with the codes that answer it; one that ends in * stands for all that begin so. `fresh`: the fresh set
    that it is of.
    """

    kind: str
    system: str
    text: str
    codes: tuple[str, ...]
    own: bool = False
    fresh: str = ""

    @property
    def held_out(self) -> bool:
        """Whether it is of the quarter of the project's own queries that weights are never fitted to."""
        return self.own and blake2b(self.text.encode(), digest_size=1).digest()[0] % _HELD_OUT == 0

    def answered_by(self, code: str) -> bool:
        """Whether a code is a right one."""
        return any(code.startswith(one[:-1]) if one.endswith("*") else code == one for one in self.codes)


def own() -> list[Question]:
    """The queries written for this project."""
    return [Question(*row, own=True) for row in _read(OWN)]


def fresh() -> list[Question]:
    """The fresh sets, their kinds marked as such."""
    return [
        Question(f"{kind}, fresh", *row, fresh=name)
        for name, file in FRESH.items()
        for kind, *row in _read(OWN.with_name(file))
    ]


def _read(file: Path) -> list[tuple[str, str, str, tuple[str, ...]]]:
    with file.open(encoding="utf-8") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return [(row["kind"], row["system"], row["query"], tuple(row["codes"].split("|"))) for row in rows]


def mondo() -> list[Question]:
    """Names of diseases with their code, where the file is beside the project."""
    if not MONDO.exists():
        return []
    with MONDO.open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t")
        found = [(row["subject_label"], row["object_id"]) for row in rows]
    return [Question("disease names", "icd-10-cm", name, (code.partition(":")[2],)) for name, code in found]


def index_entries(library: Library, as_of: str) -> list[Question]:
    """Entries of the Alphabetic Index as queries, a sample, where the index is loaded; codes of the date only."""
    loaded = library.speaking("icd-10-cm-index", as_of)
    tabular = library.speaking("icd-10-cm", as_of)
    if loaded is None or loaded[0].rows is None or tabular is None:
        return []
    found: dict[str, set[str]] = {}
    for row in loaded[0].rows.all():
        code = row.key.rstrip("-").rstrip(".")
        if "term" in row.body and tabular[0].facts.entry(code):
            found.setdefault(row.body["term"].replace(" > ", ", "), set()).add(code)
    chosen = random.Random(_SEED).sample(sorted(found), min(_INDEX_SAMPLE, len(found)))  # noqa: S311 -- a sample
    return [Question(INDEX, "icd-10-cm", term, tuple(sorted(found[term]))) for term in chosen]


def all_of(library: Library, as_of: str) -> Sequence[Question]:
    """Every set that is there."""
    return [*own(), *fresh(), *mondo(), *index_entries(library, as_of)]
