"""Lays the terms of all editions that a search goes to out as one: arrays that a board reads, and that lie in a file.

Numbers stand for everything: a word's place in the sorted vocabulary, a term's place among all terms (the editions
one after the other), a code's place among all codes.

By word: `word` its text; `signs` which letters it has; `counts` by edition and word how many terms have it; `rarity`
likewise what it tells; `filler` 1 unspecified, 2 other, 3 what a query leaves out. `terms` are the terms that have each
word, one word's after the other's, up to `ends`; those of the words that most terms have are also bits, in the row
`often` of `bits`. `head4`… are the beginnings of so many letters.

By term: `edition`, `kind`, `code`, `vector`; its words lie in `marked` from `starts` on, `sizes` of them, each as twice
its number, and one where it stands outside brackets; `worth` the rarity of all its words, at least 1; `length` how many
of them tell something, `fillers` how many are for unspecified and other; `text_ends` where it ends among the texts of
its edition. `by_code` and `by_vector` are the terms in another order.

By code, besides what codes.py has: `vague` its description says "unspecified". `children` are the codes that are below
another one, by that one, without variants by a seventh character.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Final

import numpy as np

from services.lookup.domain import Level
from services.lookup.editions.bundle import Bundle
from services.lookup.search import codes
from services.lookup.search.codes import Codes, system_of
from services.lookup.search.index import KINDS, LEVELS, Numbers, TermIndex
from services.lookup.search.mapped import Arrays, narrowest, texts
from services.lookup.search.spelling import signs_of
from services.lookup.search.words import STOP_WORDS

FORMAT: Final = 4  # of the arrays: raise it with every change of what lies in them
UNSPECIFIED: Final = frozenset({"unspecified", "nos"})
OTHER: Final = frozenset({"other", "elsewhere", "nec"})
# "site not specified", "unspecified organism": nothing that a query without them leaves out
FILLERS: Final = UNSPECIFIED | OTHER | STOP_WORDS | {"not", "specified", "classified", "site", "organism"}
HEADS: Final = range(3, 25)  # letters of a beginning that may be mended
_OFTEN: Final = 4_096  # terms from which a word is one that many have


def lay_out(bundles: Sequence[Bundle]) -> Arrays:
    """The arrays of some editions with terms; half a second with all code systems."""
    indexes = [one.terms for one in bundles if one.terms]
    words = sorted(set().union(*(one.vocabulary() for one in indexes)))
    known = codes.read(bundles)
    by_token = _tokens(indexes, words)
    by_term = _terms(bundles, indexes, known)
    by_word = _words(words, by_token, by_term["edition"], max(1, len(indexes)))
    return {
        **texts("word", words),
        "signs": signs_of(words),
        **_heads(words),
        **{name: by_token[name] for name in ("marked", "starts", "sizes")},
        **by_term,
        **by_word,
        **_told(by_token, by_term["edition"], by_word),
        **known.arrays(),
        "children": _children(known),
        "vague": _vague(by_token, by_term, by_word["filler"], len(known.spelled)),
    }


def _heads(words: Sequence[str]) -> dict[str, Numbers]:
    found: dict[str, Numbers] = {}
    for size in HEADS:
        heads = sorted({word[:size] for word in words if len(word) >= size})
        found |= {**texts(f"head{size}", heads), f"head{size}.signs": signs_of(heads)}
    return found


def _tokens(indexes: Sequence[TermIndex], words: Sequence[str]) -> dict[str, Numbers]:
    """The words of all terms one after the other, and the term of each."""
    number = {word: place for place, word in enumerate(words)}
    parts, sizes = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
    for one in indexes:
        place = np.array([number[word] for word in one.vocabulary()], np.int32)
        marked = np.asarray(one.words)
        parts.append(place[marked >> 1] << 1 | marked & 1)
        sizes.append(np.diff(one.terms["words_end"], prepend=0).astype(np.int32))
    marked, size = np.concatenate(parts), np.concatenate(sizes)
    return {
        "marked": narrowest(marked),
        "word_of": marked >> 1,
        "is_core": (marked & 1).astype(bool),
        "starts": narrowest(np.cumsum(size) - size),
        "sizes": narrowest(size),
        "term": np.repeat(np.arange(len(size), dtype=np.int32), size),
    }


def _terms(bundles: Sequence[Bundle], indexes: Sequence[TermIndex], known: Codes) -> dict[str, Numbers]:
    firsts = [0, *accumulate(len(one) for one in indexes)]
    vector = np.concatenate([np.zeros(0, np.uint64), *(one.terms["vector"] for one in indexes)])
    code = np.full(firsts[-1], -1, np.int32)
    for number, (bundle, one) in enumerate(zip(bundles, indexes, strict=True)):
        code[firsts[number] : firsts[number + 1]] = known.numbers(system_of(bundle), one.terms["code"])
    by_vector, by_code = np.argsort(vector, kind="stable"), np.argsort(code, kind="stable")
    return {
        "firsts": np.array(firsts),
        "edition": np.repeat(np.arange(len(indexes), dtype=np.uint8), np.diff(firsts)),
        "kind": np.concatenate([np.zeros(0, np.uint8), *(one.terms["kind"] for one in indexes)]),
        "vector": vector,
        "code": code,
        "text_ends": np.concatenate([np.zeros(0, np.uint32), *(one.terms["text_end"] for one in indexes)]),
        "by_code": narrowest(by_code),
        "by_vector": narrowest(by_vector[np.searchsorted(vector[by_vector], 1) :]),
    }


def _words(words: Sequence[str], by_token: Arrays, edition: Numbers, editions: int) -> dict[str, Numbers]:
    order = np.argsort(by_token["word_of"], kind="stable")
    word, term = by_token["word_of"][order], by_token["term"][order]
    once = np.ones(len(word), bool)
    once[1:] = (word[1:] != word[:-1]) | (term[1:] != term[:-1])
    word, term = word[once], term[once]
    ends = np.searchsorted(word, np.arange(len(words)), "right")
    counts = np.zeros((editions, len(words)), np.int32)
    np.add.at(counts, (edition[term], word), 1)
    sizes = np.bincount(edition, minlength=editions)[:, None]
    filler = np.zeros(len(words), np.int8)
    for names, mark in ((FILLERS, 3), (UNSPECIFIED, 1), (OTHER, 2)):
        filler[[place for place, one in enumerate(words) if one in names]] = mark
    return {
        "terms": narrowest(term),
        "ends": narrowest(ends),
        "counts": narrowest(counts),
        "rarity": np.log1p((sizes - counts + 0.5) / (counts + 0.5)).astype(np.float32),
        "filler": filler,
        **_often(term, ends, len(edition)),
    }


def _often(term: Numbers, ends: Numbers, size: int) -> dict[str, Numbers]:
    often = np.full(len(ends), -1, np.int16)
    many = np.flatnonzero(np.diff(ends, prepend=0) >= _OFTEN)
    often[many] = np.arange(len(many))
    bits = np.zeros((len(many), -(-size // 8)), np.uint8)
    for row, word in enumerate(many.tolist()):
        there = np.zeros(size, bool)
        there[term[ends[word - 1] if word else 0 : ends[word]]] = True
        bits[row] = np.packbits(there, bitorder="little")
    return {"often": often, "bits": bits}


def _told(by_token: Arrays, edition: Numbers, by_word: Arrays) -> dict[str, Numbers]:
    """What is known of a term by its words."""
    term, word, size = by_token["term"], by_token["word_of"], len(edition)
    tells = by_token["is_core"] & (by_word["filler"][word] == 0)
    worth = np.where(tells, by_word["rarity"][edition[term], word], 0)
    fillers = by_token["is_core"] & np.isin(by_word["filler"][word], (1, 2))
    return {
        "worth": np.maximum(1, np.bincount(term, worth, size)).astype(np.float32),
        "fillers": narrowest(np.bincount(term, fillers, size).astype(np.int64)),
        "length": np.bincount(term, tells, size).astype(np.float32),
    }


def _children(known: Codes) -> Numbers:
    below = np.flatnonzero((known.parent >= 0) & (known.level != LEVELS.index(Level.EXTENDED)))
    return narrowest(below[np.argsort(known.parent[below], kind="stable")])


def _vague(by_token: Arrays, by_term: Arrays, filler: Numbers, codes_in_all: int) -> Numbers:
    says = by_token["term"][filler[by_token["word_of"]] == 1]
    says = says[by_term["kind"][says] == KINDS.index("description")]
    vague = np.zeros(codes_in_all + 1, bool)  # the last stands for no code
    vague[by_term["code"][says]] = True
    return vague[:-1]
