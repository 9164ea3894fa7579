"""The terms that may answer a query: those that share its words, and those that are near to it in meaning."""

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

from services.lookup.domain import LEADING_TO, Entry, Hit, Level, Narrowed, Status
from services.lookup.editions.bundle import Bundle
from services.lookup.meaning.encoder import Vectors
from services.lookup.meaning.keys import key
from services.lookup.meaning.vectors import Meant
from services.lookup.search.index import EVERYTHING, Match, TermIndex
from services.lookup.search.query import Asked
from services.lookup.search.ranking import ANSWERED, Features, Query, Seen

_NEAR: Final = 0.4  # cosine from which a text is called near at all: nothing is found for letters that mean nothing
_TERMS_A_CODE: Final = 2  # terms fetched for each code wanted: a code's second-best terms are passed over
_PARTS: Final = 30  # terms fetched that have half of the words
_RANKED: Final = 48  # terms that are weighed of those found by words, of all editions together


class Meaning(Protocol):
    """The vectors of every system; `opened` counts how often they were opened anew."""

    opened: int

    async def meant(self, text: str) -> Meant | None:
        """What a text means; None while there are no vectors to compare it with."""

    def cosines(self, system: str, vector: Vectors, keys: Sequence[int]) -> Mapping[int, float]:
        """How near the texts of some keys are; those without a vector are left out."""


class Code(NamedTuple):
    """A code as the code set of the date has it."""

    code: str
    display: str
    level: Level
    billable: bool


class Candidate(NamedTuple):
    """A term that may answer, with the code it leads to and what can be seen of the two."""

    system: str
    match: Match
    code: Code
    features: Features

    def hit(self, score: float) -> Hit:
        """It as a hit."""
        code, match = self.code, self.match
        kind = match.kind if self.features[ANSWERED] else "meaning"
        return Hit(self.system, code.code, code.display, code.billable, score, match.term, kind)


def system_of(bundle: Bundle) -> str:
    """The system whose codes an edition describes, or leads to."""
    return LEADING_TO.get(bundle.edition.system, bundle.edition.system)


class Codes:
    """The codes of the editions that are searched, as of a date; each is looked up once."""

    def __init__(self, bundles: Sequence[Bundle], as_of: str) -> None:
        self._as_of = as_of
        self._known: dict[tuple[str, str], Entry | None] = {}
        self._describing: dict[str, list[Bundle]] = {}
        self._ranges: dict[tuple[str, str], range] = {}
        for bundle in bundles:
            if bundle.describes:
                self._describing.setdefault(system_of(bundle), []).append(bundle)

    def in_force(self, system: str, code: str) -> Entry | None:
        """The entry as the first edition that describes it has it; None where there is none, or not in force."""
        asked = (system, code)
        if asked not in self._known:
            found = (one.facts.entry(code) for one in self._describing.get(system, ()))
            entry = next((entry for entry in found if entry), None)
            self._known[asked] = entry if entry and entry.status(self._as_of) is Status.ACTIVE else None
        return self._known[asked]

    def lies_in(self, system: str, entry: Entry, narrowed: Narrowed) -> bool:
        """Whether a narrower search keeps the entry."""
        if narrowed.billable and not entry.billable:
            return False
        return not narrowed.within or entry.ordinal in self._below(system, narrowed.within)

    def _below(self, system: str, code: str) -> range:
        """The ordinals of an entry and of all that lies below it, which is contiguous in the official order."""
        asked = (system, code)
        if asked not in self._ranges:
            facts = [bundle.facts for bundle in self._describing.get(system, ())]
            found = next(((one, entry) for one in facts if (entry := one.entry(code))), None)
            self._ranges[asked] = range(found[1].ordinal, found[0].end_of(found[1])) if found else range(0)
        return self._ranges[asked]

    def told_by(self, bundle: Bundle) -> bool:
        """Whether a bundle's terms say all of their codes: its codes have no dates and no second description."""
        alone = self._describing.get(system_of(bundle)) == [bundle]
        return alone and not bundle.edition.row_dated


@dataclass(slots=True)
class _Found:
    """What an edition has by words: (share, document), best first; the first `whole` have all of the query's words."""

    bundle: Bundle
    index: TermIndex
    terms: list[tuple[float, int]]
    codes: int  # that the whole ones lead to
    whole: int = field(init=False)

    def __post_init__(self) -> None:
        """Those it begins with are whole."""
        self.whole = len(self.terms)

    def matches(self) -> list[Match]:
        """The terms, read."""
        return [self.index.match(document, share) for share, document in self.terms]


def _keep_likeliest(lists: Sequence[_Found], most: int) -> None:
    """Cuts the lists down to the terms that answer most of the query, of all editions together."""
    rated = [
        ((place < one.whole) + share, n) for n, one in enumerate(lists) for place, (share, _) in enumerate(one.terms)
    ]
    kept = Counter(n for _, n in heapq.nlargest(most, rated))
    for n, one in enumerate(lists):
        one.terms = one.terms[: kept[n]]  # each list has the best first


@dataclass(frozen=True, slots=True)
class Search:
    """A query as it goes to every edition: its words, and what it means where there are vectors."""

    asked: Asked
    limit: int
    codes: Codes
    narrowed: Narrowed = EVERYTHING
    meant: Meant | None = None
    meaning: Meaning | None = None

    def all(self, bundles: Sequence[Bundle]) -> tuple[list[Candidate], int]:
        """The candidates of every edition, and how many codes share the words."""
        lists, total = self._by_words(bundles)
        _keep_likeliest(lists, _RANKED)
        return [found for one in lists for found in self._ranked(one)], total

    def suggested(self, bundles: Sequence[Bundle]) -> tuple[list[Hit], int]:
        """Hits for a text that is still being typed, by the share of it that their terms answer, best first."""
        lists, total = self._by_words(bundles)
        _keep_likeliest(lists, self.limit * _TERMS_A_CODE)
        found = []
        for one in lists:
            for place, match in enumerate(one.matches()):
                code = self._code(one.bundle, match)
                if code:
                    share = match.share / (1 + match.share) + (place < one.whole)
                    facts = (system_of(one.bundle), code.code, code.display, code.billable)
                    found.append(Hit(*facts, share, match.term, match.kind))
        return sorted(found, key=lambda hit: (-hit.score, hit.system, hit.code)), total

    def _by_words(self, bundles: Sequence[Bundle]) -> tuple[list[_Found], int]:
        """Terms with all of the words, and with half of them where those are few; and how many codes they lead to."""
        lists = [_Found(one, one.terms, *self._whole(one, one.terms)) for one in bundles if one.terms]
        total = sum(one.codes for one in lists)
        if total >= self.limit or len(self.asked.slots) == 1:
            return lists, total
        for one in lists:
            self._add_parts(one)
        return lists, sum(self._codes_of(one) for one in lists)

    @staticmethod
    def _codes_of(found: _Found) -> int:
        return found.index.codes_of([document for _, document in found.terms]) if found.bundle.describes else 0

    def _near(self, bundle: Bundle) -> Mapping[int, float]:
        if self.meant is None or not bundle.describes:
            return {}
        return {one: cosine for one, cosine in self.meant.near[system_of(bundle)].items() if cosine >= _NEAR}

    def _whole(self, bundle: Bundle, index: TermIndex) -> tuple[list[tuple[float, int]], int]:
        """Terms with all of the query's words, and how many codes they lead to.

        Of an index half as many: it is there for wordings that the code set itself does not have.
        """
        if not bundle.describes:  # it knows neither chapters nor what is billable: its codes are looked at one by one
            return index.find(self.asked, self.limit, partly=False)[0], 0
        terms, count = index.find(self.asked, self.limit * _TERMS_A_CODE, partly=False, narrowed=self.narrowed)
        if len(terms) < count:
            return terms, index.count_codes(self.asked, self.narrowed)
        return terms, index.codes_of([document for _, document in terms])

    def _add_parts(self, found: _Found) -> None:
        """Adds terms with half of the query's words."""
        narrowed = self.narrowed if found.bundle.describes else EVERYTHING
        parts, _ = found.index.find(self.asked, _PARTS, partly=True, narrowed=narrowed)
        there = {document for _, document in found.terms}
        found.terms += [(share, document) for share, document in parts if document not in there]

    def _ranked(self, found: _Found) -> list[Candidate]:
        near, matches = self._near(found.bundle), found.matches()
        there = {match.key for match in matches}
        others = found.index.keyed([one for one in near if one not in there])
        placed = [*enumerate(matches), *((None, match) for match in others)]
        return self._seen(found.bundle, found.index, placed, near)

    def _seen(
        self, bundle: Bundle, index: TermIndex, placed: Sequence[tuple[int | None, Match]], near: Mapping[int, float]
    ) -> list[Candidate]:
        """The terms whose codes are in force, with what can be seen of them."""
        system = system_of(bundle)
        found = [(place, match, code) for place, match in placed if (code := self._code(bundle, match))]
        places = {one: place for place, one in enumerate(near)}
        displays, cosines = self._cosines(system, [(match, code) for _, match, code in found], near)
        query = Query(self.asked, index)
        candidates = []
        for place, match, code in found:
            by_display = cosines.get(displays.get(code.display, 0))
            places_and_cosines = (place, places.get(match.key), cosines.get(match.key), by_display)
            seen = Seen(match, code.level, code.billable, *places_and_cosines)
            candidates.append(Candidate(system, match, code, query.features(seen)))
        return candidates

    def _code(self, bundle: Bundle, match: Match) -> Code | None:
        """The code as the code set of the date has it; None where it does not, or not in force."""
        if not self.narrowed and self.codes.told_by(bundle):
            return Code(match.code, match.display, Level(match.level), match.billable)
        entry = self.codes.in_force(system_of(bundle), match.code)
        if entry and not self.codes.lies_in(system_of(bundle), entry, self.narrowed):
            return None
        return Code(entry.code, entry.display, entry.level, entry.billable) if entry else None

    def _cosines(
        self, system: str, found: Sequence[tuple[Match, Code]], near: Mapping[int, float]
    ) -> tuple[Mapping[str, int], Mapping[int, float]]:
        """The keys of the displays, and how near terms and displays are; nothing without vectors."""
        if self.meaning is None or self.meant is None:
            return {}, {}
        displays = {text: key(text) for text in {code.display for _, code in found}}
        others = {*displays.values(), *(match.key for match, _ in found)} - near.keys() - {0}
        return displays, {**near, **self.meaning.cosines(system, self.meant.vector, list(others))}
