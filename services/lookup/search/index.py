"""The terms of one edition, each with the code it leads to, as arrays that are opened in place.

vocabulary.txt   its words in their search form, sorted, one a line
words.npy        the words of all terms, one after the other: twice the word's line, and one where it stands outside
                 brackets
terms.npy        a row a term: where its words and its text end, its code, and what is known of that code
texts.bin        the terms as they are written, one after the other
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from services.lookup.domain import Entry, Level, Term
from services.lookup.meaning.keys import key
from services.lookup.search.words import compounds, words

KINDS: Final = ("description", "inclusion", "index", "common")
LEVELS: Final = tuple(Level)
_VOCABULARY, _WORDS, _TERMS, _TEXTS = "vocabulary.txt", "words.npy", "terms.npy", "texts.bin"
_IN_BRACKETS: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_LONGEST_CODE: Final = 10
# level 255: the code is described by another edition. vector: the key of the term's vector, 0 for none. top: the
# ordinal of the topmost entry above.
ROW: Final = np.dtype(
    [
        *(("code", f"S{_LONGEST_CODE}"), ("parent", f"S{_LONGEST_CODE}"), ("kind", "u1"), ("level", "u1")),
        *(("billable", "?"), ("ordinal", "i4"), ("top", "i4"), ("vector", "u8")),
        *(("words_end", "u4"), ("text_end", "u4")),
    ]
)
UNDESCRIBED: Final = 255

type Numbers = np.ndarray[Any, Any]


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


def write(folder: Path, terms: Iterable[Written]) -> int:
    """Writes the index of an edition into an empty folder; returns the number of terms."""
    lines: dict[str, int] = {}
    found: list[int] = []
    texts = bytearray()
    rows: list[tuple[Any, ...]] = []
    for written in terms:
        found += [2 * lines.setdefault(word, len(lines)) + outside for word, outside in _marked(written.term.text)]
        texts += written.term.text.encode()
        rows.append((*_told(written), len(found), len(texts)))
    vocabulary = sorted(lines)
    place = np.empty(len(lines), np.int32)
    place[[lines[word] for word in vocabulary]] = np.arange(len(lines))
    marked = np.array(found, np.int32)
    (folder / _VOCABULARY).write_text("\n".join(vocabulary), encoding="utf-8")
    np.save(folder / _WORDS, place[marked >> 1] << 1 | marked & 1)
    np.save(folder / _TERMS, np.array(rows, ROW))
    (folder / _TEXTS).write_bytes(texts)
    return len(rows)


def _told(written: Written) -> tuple[Any, ...]:
    term, entry = written.term, written.entry
    if entry is None:
        return (term.code, "", KINDS.index(term.kind), UNDESCRIBED, False, 0, 0, 0)
    known = (LEVELS.index(entry.level), entry.billable, entry.ordinal, written.top)
    return (term.code, entry.parent, KINDS.index(term.kind), *known, written.vector)


def _marked(text: str) -> Iterator[tuple[str, bool]]:
    """The words of a text, and whether they stand outside brackets: "Zika virus (disease)"; compounds also as one."""
    outside = _IN_BRACKETS.sub(" ", text)
    core = words(text) if outside == text else words(outside)
    if not core:
        yield from ((word, True) for word in words(text))
        return
    yield from ((word, True) for word in core)
    if outside != text:
        yield from ((word, False) for inside in _IN_BRACKETS.findall(text) for word in words(inside))
    yield from ((one, False) for one, _ in compounds(text))


class TermIndex:
    """An opened index. ValueError where the folder holds none."""

    def __init__(self, folder: Path) -> None:
        self.terms: Numbers = np.asarray(np.load(folder / _TERMS, mmap_mode="r"))
        self.words: Numbers = np.asarray(np.load(folder / _WORDS, mmap_mode="r"))
        self._ends: Numbers = self.terms["text_end"]
        self._texts = np.asarray(
            np.memmap(folder / _TEXTS, np.uint8, "r") if len(self.terms) else np.zeros(0, np.uint8)
        )
        self._vocabulary = folder / _VOCABULARY
        ends = (self.terms["words_end"][-1:], len(self.words)), (self.terms["text_end"][-1:], len(self._texts))
        if self.terms.dtype != ROW or any(last.size and last[0] != size for last, size in ends):
            raise ValueError(f"{folder}: its files do not belong together")

    def __len__(self) -> int:
        """Terms in all."""
        return len(self.terms)

    def vocabulary(self) -> list[str]:
        """The words of its terms, sorted."""
        return self._vocabulary.read_text(encoding="utf-8").split("\n")

    def text(self, number: int) -> str:
        """A term as it is written."""
        return self.stretch(self._ends[number - 1] if number else 0, self._ends[number])

    def stretch(self, begin: int, end: int) -> str:
        """What is written from one byte up to another, as `text_end` tells them."""
        return self._texts[begin:end].tobytes().decode()

    def wordings(self) -> Iterator[tuple[Term, Level | None]]:
        """Every term with the level of its code, None where another edition describes that; in the order written."""
        columns = (self.terms[name].tolist() for name in ("code", "kind", "level"))
        for number, (code, kind, level) in enumerate(zip(*columns, strict=True)):
            known = None if level == UNDESCRIBED else LEVELS[level]
            yield Term(code.decode(), KINDS[kind], self.text(number)), known

    def keys(self) -> list[int]:
        """The keys of the vectors that its terms have, or are to have."""
        return [int(one) for one in np.unique(self.terms["vector"][self._plain()]) if one]

    def texts(self, keys: Sequence[int]) -> dict[int, str]:
        """The texts of some keys; a variant by a seventh character has the key of the code it is made from."""
        plain = self._plain()
        found = plain[np.isin(self.terms["vector"][plain], np.array(keys, np.uint64))]
        return {int(self.terms["vector"][one]): self.text(int(one)) for one in found}

    def _plain(self) -> Numbers:
        return np.flatnonzero(self.terms["level"] != LEVELS.index(Level.EXTENDED))
