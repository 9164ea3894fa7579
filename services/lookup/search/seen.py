"""What can be seen of a query and of the terms that may answer it, as numbers: a row a term, a column a feature.

All terms are looked at at once. A feature of a code is the same in the rows of all of its terms.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from services.lookup.domain import Level
from services.lookup.search import classes, opposites
from services.lookup.search.board import Board, Tokens
from services.lookup.search.candidates import Part
from services.lookup.search.index import KINDS, LEVELS, Numbers
from services.lookup.search.readings import Kind
from services.lookup.search.words import words

NAMES: Final = (
    *("share", "score", "answered", "answered_all", "told", "told_all", "same", "same_own", "by_meaning", "by_synonym"),
    *("akin", "akin_all", "told_akin", "missing", "missing_generic", "missing_side", "missing_negation"),
    *("missing_special", "missing_number", "left", "left_generic", "left_side", "left_negation", "left_special"),
    *(
        "left_number",
        "opposed",
        "opposed_gravely",
        "denied",
        "unspecified",
        "other",
        "length",
        "lexical_rank",
        "semantic_rank",
        "cosine",
        "cosine_display",
    ),
    *("cosine_above",),
    *("code_cosine", "code_answered", "code_told", "code_terms", "above", "below", "below_count"),
    *("inclusion", "index", "common", "chapter", "block", "category", "extended", "billable"),
    *("neoplasm", "obstetric", "perinatal", "congenital", "symptom", "injury", "external", "factor"),
    *("icd-10-pcs", "hcpcs", "cpt"),
    *("gap_answered", "gap_cosine", "gap_display", "gap_told", "slots", "most_answered", "most_cosine"),
)
# The parts of ICD-10-CM that are about something else than a disease of a part of the body, by the codes' beginning.
_REALMS: Final = ("C", "O", "P", "Q", "R", "ST", "VWXY", "Z")
_TINY: Final = 1e-4
_RANKS: Final = 10.0  # the constant of reciprocal ranks: smaller ones favour the first places more


class Found(NamedTuple):
    """Terms, each with its place in the list by words (-1: not in it), what of the query's worth it answers, the score
    by which it was found, its place in the list by meaning (-1: not in it), and the cosines: of its text, of its code's
    description, and of the description of the code above.
    """

    terms: Numbers
    lexical: Numbers
    share: Numbers
    score: Numbers
    semantic: Numbers
    cosine: Numbers
    display: Numbers
    above: Numbers


_REALM_COUNT: Final = len(_REALMS) + 4  # those, three other systems, and none of them


def _of_sorts() -> Numbers:
    """What is known of a code by its level, whether it is billable, and its realm."""
    shape = len(LEVELS), 2, _REALM_COUNT
    level, billable, realm = np.indices(shape).reshape(3, -1)
    told = [Level.CHAPTER, Level.BLOCK, Level.CATEGORY, Level.EXTENDED]
    levels = (level == LEVELS.index(one) for one in told)
    return np.array([*levels, billable, *(realm == one for one in range(1, _REALM_COUNT))], np.float32).T


_OF_SORTS: Final = _of_sorts()
_OF_KINDS: Final = np.eye(len(KINDS), dtype=np.float32)[
    :, [KINDS.index(one) for one in ("inclusion", "index", "common")]
]


class Look:
    """Looks at terms. Not for two threads at once: it numbers the words of a query on one slate."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._column = np.zeros(len(board.words) + 1, np.int16)
        self._class = np.array([classes.class_of(one) for one in board.words], np.int16)
        of_diseases = np.full(256, -1, np.int8)
        for number, letters in enumerate(_REALMS):
            of_diseases[list(letters.encode())] = number
        system = board.codes.system.astype(np.int8)
        realm = np.where(system == 0, of_diseases[board.codes.letters()], system + np.int8(len(_REALMS) - 1))
        sort = (board.codes.level * np.int16(2) + board.codes.billable) * np.int16(_REALM_COUNT) + realm + 1
        self._sort = sort.astype(np.uint8)  # what is known of a code, as a row of _OF_SORTS
        self._axis, self._pole = np.zeros((2, len(board.words)), np.int8)
        for word, place in opposites.PLACES.items():
            if word in board.number:
                self._axis[board.number[word]], self._pole[board.number[word]] = place

    def features(self, parts: Sequence[Part], extras: Sequence[str], found: Found) -> Numbers:
        """A row a term, in the order of NAMES."""
        board, terms = self._board, found.terms
        tokens = board.tokens_of(terms)
        columns = _columns(parts, [board.number[one] for one in extras if one in board.number])
        at, there = self._presence(tokens, columns, len(terms))
        worth = np.array([one.worth for one in parts])[:, board.edition[terms]]
        worth /= worth.sum(0)
        answer = _answer(parts, columns, there)
        left = self._left(tokens, at, answer, board.edition[terms])
        told = 1 - left.rest / board.worth[terms]
        answered = (answer.filled() * worth).sum(0)
        code = board.code[terms]
        seen = [
            *(found.share, found.score),
            *_answering(parts, answer, worth, told, left),
            *(np.log1p(left.rest), *np.log1p(left.classes[1:])),
            *self._opposed(parts, tokens, len(terms)),
            _denied(parts, answer, left),
            *(left.unspecified > 0, left.other > 0, np.log1p(board.length[terms])),
            *(_reciprocal(found.lexical), _reciprocal(found.semantic), found.cosine, found.display, found.above),
            *self._by_code(code, found, answered, told),
            *self._known(terms, code),
            *_beside(len(parts), answered, told, found),
        ]
        features = np.empty((len(NAMES), len(terms)), np.float32)
        for row, one in enumerate(seen):
            features[row] = one
        return features.T

    def _known(self, terms: Numbers, code: Numbers) -> Numbers:
        """What is known of a term and of its code, whatever is asked; a row a feature."""
        known: Numbers = np.concatenate([_OF_KINDS[self._board.kind[terms]], _OF_SORTS[self._sort[code]]], 1)
        return known.T

    def _presence(self, tokens: Tokens, columns: "_Columns", size: int) -> tuple[Numbers, Numbers]:
        """By token its column, 0 where the query lacks the word; and by column and term, whether it is there."""
        words_of = np.fromiter(columns.by_word, np.int64, len(columns.by_word))
        self._column[words_of] = np.arange(1, len(words_of) + 1)
        at = self._column[tokens.word]
        self._column[words_of] = 0
        there = np.zeros((len(words_of) + 1, size), bool)
        there[at, tokens.row] = True
        there[0] = False
        return at, there

    def _left(self, tokens: Tokens, at: Numbers, answer: "_Answer", edition: Numbers) -> "_Left":
        board, size = self._board, len(edition)
        left = np.flatnonzero(tokens.core & ~answer.used[at, tokens.row])
        row, word = tokens.row[left], tokens.word[left]
        filler = board.filler[word]
        rarity = board.rarity[edition[row], word] * (filler == 0)
        akin = answer.used_akin[at[left], row]
        sums = (rarity, rarity * ~akin, filler == 1, filler == 2)  # noqa: PLR2004 -- the marks of a board
        rest, rest_akin, unspecified, other = (np.bincount(row, one, size) for one in sums)
        by_class = np.bincount(self._class[word].astype(np.int64) * size + row, rarity, size * classes.COUNT)
        return _Left(rest, rest_akin, unspecified, other, by_class.reshape(classes.COUNT, size))

    def _opposed(self, parts: Sequence[Part], tokens: Tokens, size: int) -> tuple[Numbers, Numbers]:
        """On how many axes a term stands at another pole than the one asked for, and on how many grave ones."""
        found = np.zeros((2, size), np.float32)
        axes = self._axis[tokens.word]
        for axis, poles in opposites.asked(_told_by(one) for one in parts).items():
            at = np.flatnonzero(axes == axis)
            as_asked = np.isin(self._pole[tokens.word[at]], list(poles))
            same = np.bincount(tokens.row[at], as_asked, size)
            others = np.bincount(tokens.row[at], ~as_asked & tokens.core[at], size)
            found[int(axis <= opposites.GRAVE)] += (others > 0) & (same == 0)
        return found[0], found[1]

    def _by_code(self, code: Numbers, found: Found, answered: Numbers, told: Numbers) -> Sequence[Numbers]:
        """What is seen of all terms of a code, and of the code above it and those below."""
        codes, row = np.unique(code, return_inverse=True)
        size = len(codes)
        best = np.zeros((3, size), np.float32)
        both = answered * told
        for number, one in enumerate((np.maximum(found.cosine, found.display), answered, both)):
            np.maximum.at(best[number], row, one)
        parent = self._board.codes.parent[codes]
        place = np.minimum(np.searchsorted(codes, parent), max(0, size - 1))
        has = codes[place] == parent if size else np.zeros(0, bool)
        above = np.where(has, best[2][place], 0)
        below, count = np.zeros(size, np.float32), np.zeros(size, np.float32)
        np.maximum.at(below, place[has], best[2][has])
        np.add.at(count, place[has], 1)
        terms = np.bincount(row, minlength=size)
        return [one[row] for one in (*best, np.log1p(terms), above, below, np.log1p(count))]


def _told_by(part: Part) -> Collection[str]:
    """The words that a slot certainly says: its own, else those of everything that it may stand for."""
    meant = [set(words(one.text)) for one in part.slot.readings if one.kind is not Kind.SYNONYM]
    return set.intersection(*meant) if meant else part.slot.ways[0]


def _denied(parts: Sequence[Part], answer: "_Answer", left: "_Left") -> Numbers:
    """Whether a term says what the query is asked without."""
    found = np.zeros(answer.own.shape[1], bool)
    filled = answer.filled()
    for number, part in enumerate(parts[:-1]):
        if part.slot.ways[0][0] in classes.CLASSES["negation"]:
            found |= filled[number + 1] & ~filled[number] & (left.classes[classes.NEGATION] == 0)
    return found


class _Columns(NamedTuple):
    """The words of a query, each with its column from 1; `extras`: columns of words that may match besides."""

    by_word: dict[int, int]
    extras: Sequence[int]


class _Answer(NamedTuple):
    """By slot and term: filled by the query's own words, by an abbreviation or plain word, by a synonym; and how alike
    the words of the same root are. By column and term: whether the word answers something, or is akin to one.
    """

    own: Numbers
    meant: Numbers
    named: Numbers
    akin: Numbers
    used: Numbers
    used_akin: Numbers

    def filled(self) -> Numbers:
        """By slot and term, whether it is filled in any way."""
        filled: Numbers = self.own | self.meant | self.named
        return filled


class _Left(NamedTuple):
    """What of a term's words the query does not ask for, by term: their rarity, that without words akin to the
    query's; how many words for unspecified and for other are among them; and their rarity by class of word.
    """

    rest: Numbers
    rest_akin: Numbers
    unspecified: Numbers
    other: Numbers
    classes: Numbers


def _columns(parts: Sequence[Part], extras: Sequence[int]) -> _Columns:
    by_word: dict[int, int] = {}
    for part in parts:
        for word in (*(word for way in part.ways for word in way), *(word for word, _ in part.kin)):
            by_word.setdefault(word, len(by_word) + 1)
    return _Columns(by_word, [by_word.setdefault(word, len(by_word) + 1) for word in extras])


def _answer(parts: Sequence[Part], columns: _Columns, there: Numbers) -> _Answer:
    size = len(parts), there.shape[1]
    own, meant, named = (np.zeros(size, bool) for _ in range(3))
    akin = np.zeros(size, np.float32)
    used, used_akin = np.zeros(there.shape, bool), np.zeros(there.shape, bool)
    used[columns.extras] = there[columns.extras]
    for number, part in enumerate(parts):
        for way, kind in zip(part.ways, part.kinds, strict=True):
            at = [columns.by_word[word] for word in way]
            filled = there[at[0]] if len(at) == 1 else there[at].all(0)
            (own if kind is None else named if kind is Kind.SYNONYM else meant)[number] |= filled
            used[at] |= filled
        for word, share in part.kin:
            near = there[columns.by_word[word]]
            np.maximum(akin[number], share * near, out=akin[number])
            used_akin[columns.by_word[word]] |= near
    return _Answer(own, meant, named, akin, used, used_akin)


def _answering(parts: Sequence[Part], answer: _Answer, worth: Numbers, told: Numbers, left: _Left) -> Iterator[Numbers]:
    """What of the query a term answers, and how; and what it misses, by class of word."""
    filled = answer.filled()
    missing = (~filled & (answer.akin == 0)) * worth
    answered = (filled * worth).sum(0)
    by_kin = (np.where(filled, 0, answer.akin) * worth).sum(0)
    all_answered, all_told = answered > 1 - _TINY, left.rest < _TINY
    yield from (answered, all_answered, told, all_told, all_answered & all_told)
    yield all_answered & all_told & answer.own.all(0)
    yield from (((one & ~answer.own) * worth).sum(0) for one in (answer.meant, answer.named))
    yield from (by_kin, (by_kin > 0) & (missing.sum(0) < _TINY))
    yield told + (left.rest - left.rest_akin) / np.maximum(left.rest, _TINY) * (1 - told)
    found = [classes.class_of_all(one.slot.ways[0]) for one in parts]
    yield from (np.arange(classes.COUNT)[:, None] == np.array(found, int)).astype(np.float32) @ missing


def _beside(slots: int, answered: Numbers, told: Numbers, found: Found) -> Iterator[Numbers]:
    """How far a term stays behind the best of all of them, and how good the best is."""
    for one in (answered, found.cosine, found.display, answered * told):
        yield one - one.max(initial=0)
    most = (slots / 5, answered.max(initial=0), found.cosine.max(initial=0))
    yield from (np.full(len(answered), one) for one in most)


def _reciprocal(place: Numbers) -> Numbers:
    return np.where(place < 0, 0, _RANKS / (_RANKS + place))
