"""Rolls an index forward: applies the addenda of later releases to the terms of an older one.

    No Change     Abscess (connective tissue) (embolic) L02.91
    Revise from   - back (any part, except buttock) L02.212
    Revise to     - back (any part, except buttock and flank) L02.212
    Add           - - flank L02.217

Dashes tell the depth, and the lines above tell below which term one stands. Terms are compared by their words, without
nonessential modifiers, which addenda write out in full. What a release deletes and the index does not have is passed
over: it came and went in releases whose addenda are not loaded.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from services.lookup.domain import Row
from services.lookup.search.words import words

BETWEEN: Final = " > "
_BRACKETS: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_DASHES: Final = re.compile(r"(?:-\s+)*")
_CODES: Final = re.compile(
    r"\s+([A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{0,4})?-?(?:\s+\[[^\]]+\])?(?:\s*,\s*[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{0,4})?-?)*)\s*$"
)
_CODE: Final = re.compile(r"[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{0,4})?-?")
_SEE: Final = re.compile(r"\s*(?:-\s*|\()?(see(?: also)?)\b:?\s*(.*?)\)?\s*$")

type _Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A line of addenda: what is done (empty: nothing), its text with dashes and codes, the last code named before."""

    action: str
    text: str
    line: int = 0
    under: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    depth: int
    title: str
    codes: tuple[str, ...]
    way: str  # see, see also; empty where it sends nowhere
    to: str

    @property
    def key(self) -> str:
        return key_of(self.title)


def key_of(title: str) -> str:
    """The words of a term without its nonessential modifiers."""
    return " ".join(words(_BRACKETS.sub(" ", title))) or " ".join(words(title))


class Index:
    """The terms of an index, by the words of the path to each."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows: dict[_Key, list[Row]] = defaultdict(list)
        self._titles: dict[_Key, str] = {}
        for row in rows:
            self._put(row.body["term"].split(BETWEEN), row)

    def rows(self) -> list[Row]:
        """Every term, sorted as a book is: those below a term behind it."""
        return [row for key in sorted(self._rows) for row in self._rows[key]]

    def apply(self, changes: Iterable[Change]) -> int:
        """Applies a release's addenda in their order; how many lines changed something."""
        path: list[str] = []
        done = 0
        revised: tuple[list[str], _Line] | None = None
        for change in changes:
            line = _read(change.text)
            if line is None or line.depth > len(path):
                continue
            above = path[: line.depth]
            path = [*above, line.title]
            if change.action == "revised from":
                revised = (above, line)
                continue
            if change.action == "revised to" and revised and revised[0] == above:
                done += self._revise(above, revised[1], line, change.line)
            elif change.action == "deleted":
                done += self._delete(above, line)
            elif change.action in {"added", "revised to"}:
                done += self._add(above, line, change.line)
            revised = None
        return done

    def _put(self, path: Sequence[str], row: Row) -> None:
        keys = tuple(key_of(title) for title in path)
        for depth in range(1, len(path) + 1):
            self._titles.setdefault(keys[:depth], path[depth - 1])
        self._rows[keys].append(row)

    def _path(self, above: Sequence[str], line: _Line) -> tuple[_Key, str]:
        """The key of a line, and its path as the index writes the terms above it."""
        keys = tuple(key_of(title) for title in (*above, line.title))
        written = [self._titles.get(keys[:n], above[n - 1]) for n in range(1, len(keys))]
        return keys, BETWEEN.join((*written, line.title))

    def _add(self, above: Sequence[str], line: _Line, number: int) -> bool:
        keys, path = self._path(above, line)
        made = [Row(code, number, {"term": path}) for code in line.codes]
        if line.way and line.to:
            made.append(Row("see", number, {"term": path, "way": line.way, "to": line.to}))
        there = {(row.key, row.body.get("to", "")) for row in self._rows.get(keys, ())}
        new = [row for row in made if (row.key, row.body.get("to", "")) not in there]
        for row in new:
            self._rows[keys].append(row)
        if made or keys not in self._titles:
            self._titles[keys] = line.title
        return bool(new)

    def _delete(self, above: Sequence[str], line: _Line) -> bool:
        keys, _ = self._path(above, line)
        there = self._rows.get(keys, [])
        left = [row for row in there if not _is_of(row, line)]
        if left:
            self._rows[keys] = left
        else:
            self._rows.pop(keys, None)
        return len(left) < len(there)

    def _revise(self, above: Sequence[str], old: _Line, new: _Line, number: int) -> bool:
        changed = self._delete(above, old)
        before, after = self._path(above, old), self._path(above, new)
        if before[0] != after[0] or old.title != new.title:
            self._rename(before[0], after)
        return self._add(above, new, number) or changed

    def _rename(self, before: _Key, after: tuple[_Key, str]) -> None:
        """Terms below one that is called otherwise from now on."""
        below = [key for key in self._rows if key[: len(before)] == before]
        for key in below:
            rows = self._rows.pop(key)
            moved = (*after[0], *key[len(before) :])
            for row in rows:
                rest = row.body["term"].split(BETWEEN)[len(before) :]
                term = BETWEEN.join((after[1], *rest))
                self._rows[moved].append(Row(row.key, row.line, {**row.body, "term": term}))
            self._titles.setdefault(moved, self._titles.get(key, ""))
        self._titles[after[0]] = after[1].rpartition(BETWEEN)[2]


def _read(text: str) -> _Line | None:
    """A line; None for the letter that a part of the index begins with."""
    dashes = _DASHES.match(text)
    depth = dashes[0].count("-") if dashes else 0
    said = text[dashes.end() if dashes else 0 :].strip()
    if len(said) <= 1:
        return None
    found = _CODES.search(f" {said}")
    codes = tuple(_CODE.findall(_BRACKETS.sub(" ", found[1]))) if found else ()
    said = f" {said}"[: found.start()].strip() if found else said
    see = _SEE.search(said)
    way, to = (see[1], see[2].strip()) if see and see.start() else ("", "")
    title = said[: see.start()].strip() if see and see.start() else said
    return _Line(depth, title.rstrip(" -"), codes, way, to)


def _is_of(row: Row, line: _Line) -> bool:
    """Whether a row of the path is what the line says: its code, or where it sends."""
    if row.key == "see":
        return bool(line.way) or not line.codes
    return (not line.codes and not line.way) or row.key.rstrip("-") in {code.rstrip("-") for code in line.codes}
