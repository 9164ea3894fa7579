"""Writes the pair table of an edition (pairs.py has its layout): rows are collected as they come, and sorted once."""

import json
from array import array
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from services.lookup.editions.pairs import CODE_BITS, MOST_RATIONALES, PART_SHIFT, SECOND


@dataclass(slots=True)
class PairColumns:
    """Rows as an importer collects them, in any order."""

    parts: list[str] = field(default_factory=list)
    rationales: dict[str, int] = field(default_factory=dict)
    keys: "array[int]" = field(default_factory=lambda: array("Q"))
    since: "array[int]" = field(default_factory=lambda: array("i"))
    until: "array[int]" = field(default_factory=lambda: array("i"))
    says: "array[int]" = field(default_factory=lambda: array("B"))
    lines: "array[int]" = field(default_factory=lambda: array("I"))

    def rationale(self, text: str) -> int:
        """The number of a rationale; ValueError past the 32 that fit."""
        number = self.rationales.setdefault(text, len(self.rationales))
        if number >= MOST_RATIONALES:
            raise ValueError(f"more than {MOST_RATIONALES} rationales")
        return number

    def add(self, key: int, since: int, until: int, indicator: int, rationale: int, line: int) -> None:
        """One row of the part added last; `indicator` is its place in INDICATORS."""
        self.keys.append(key)
        self.since.append(since)
        self.until.append(until)
        self.says.append(indicator * MOST_RATIONALES + rationale)
        self.lines.append(line | (len(self.parts) - 1) << PART_SHIFT)

    def __len__(self) -> int:
        """Rows in all."""
        return len(self.keys)


def write(folder: Path, columns: PairColumns) -> int:
    """Writes the arrays into a new folder; returns the number of rows."""
    folder.mkdir()
    keys = np.frombuffer(columns.keys, dtype=np.uint64)
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    second = (keys & SECOND).astype(np.uint32)
    by_second = np.argsort(second, kind="stable").astype(np.uint32)
    since = np.frombuffer(columns.since, dtype=np.int32)[order]
    until = np.frombuffer(columns.until, dtype=np.int32)[order]
    says = np.frombuffer(columns.says, dtype=np.uint8)[order]
    for name, values in (
        ("first", keys),
        ("since", since),
        ("until", until),
        ("says", says),
        ("line", np.frombuffer(columns.lines, dtype=np.uint32)[order]),
        ("second", second[by_second]),
        ("order", by_second),
        ("leader", (keys >> np.uint64(CODE_BITS)).astype(np.uint32)[by_second]),
        ("since_2", since[by_second]),
        ("until_2", until[by_second]),
        ("says_2", says[by_second]),
    ):
        np.save(folder / f"{name}.npy", values)
    texts = {"rationales": list(columns.rationales), "parts": columns.parts}
    (folder / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
    return len(keys)
