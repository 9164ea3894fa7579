"""The verbs: one code, search, type-ahead, browse, editions."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from services.chassis.errors import FieldError, invalid, not_found
from services.lookup import browsing
from services.lookup.asking import code_spelled, date_of, limit_of, state_named, system_named
from services.lookup.domain import SYSTEMS, Code, Edition, Entry, Found, Hit, Level, Narrowed, Node, Place
from services.lookup.editions.bundle import Bundle
from services.lookup.editions.library import Library, Shelf
from services.lookup.pages import crosswalks, listing, modifiers
from services.lookup.pages.answer import Answers
from services.lookup.pages.tables import Rows, RowsAsked
from services.lookup.search import query as queries
from services.lookup.search.codes import EVERYTHING
from services.lookup.search.find import Finder, Tools, Wanted
from services.lookup.search.freed import give_back
from services.lookup.search.query import Asked

LONGEST_QUERY: Final = 500
MOST_HITS: Final = 100
MOST_SUGGESTIONS: Final = 50
MOST_TEXTS: Final = 16
LONGEST_TEXT: Final = 2_000  # characters of a text that is encoded
CHILDREN: Final = 6  # codes told below a header that is found
HITS: Final = 20
SUGGESTIONS: Final = 10
REMEMBERED_SEARCHES: Final = 1_024  # answers; some 10 MB
# Sets of editions that are kept open for searches: today's, and that of the date of service that was asked for last.
# Each takes some 10 MB, and what it reads of 40 MB on disk; to open another one takes 50 ms.
DATES: Final = 2


type _Asked = tuple[Wanted, int, int]  # what, the generations of the editions and of the vectors


class Lookup:
    """The reference data as of a date. `today` tells the date that stands where none is asked for."""

    def __init__(self, library: Library, tools: Tools, today: Callable[[], str], folder: Path | None = None) -> None:
        """`folder`: where what searches read is kept, to be opened in place; none: it is held in memory."""
        self._library = library
        self._folder = folder
        self._tools = tools
        self._today = today
        self._answers = Answers(library)
        self._found: dict[_Asked, Found] = {}
        self._finders: dict[tuple[str, ...], Finder] = {}

    @property
    def generation(self) -> int:
        """The generation of editions that is served."""
        return self._library.generation

    def get_code(self, system: str, code: str, as_of: str, state: str = "") -> Code:
        """One code with its sections; with a state (AL), what Medicare's contractors there say.

        NOT_FOUND for a system nobody knows or a code that the complete edition does not have; INVALID for a code of
        another shape, a date or a state that is none. A well-formed code that no loaded edition decides is NO_DATA.
        """
        known, date = system_named(system), self._date(as_of)
        return self._answers.of(known, code_spelled(known, code), date, state_named(state))

    def list_rows(self, asked: RowsAsked) -> Rows:
        """A page of one of the long tables about a code. As get_code; NOT_FOUND for a table nobody knows."""
        known = system_named(asked.system)
        shelf = Shelf(self._library, self._date(asked.as_of))
        return listing.rows(known, code_spelled(known, asked.code), shelf, asked)

    async def search_codes(  # the request's fields
        self,
        query: str,
        system: str = "",
        limit: int = 0,
        as_of: str = "",
        narrowed: Narrowed = EVERYTHING,
        *,
        with_facets: bool = False,
    ) -> Found:
        """Codes by words, codes, abbreviations and meaning; `with_facets` also what lies below headers.

        INVALID for an empty or too long query, or a limit out of range; NOT_FOUND for a system.
        """
        most = limit_of(limit, HITS, MOST_HITS)
        systems = _systems(system)
        wanted = Wanted(query, most, self._date(as_of), systems, narrowed=narrowed, with_facets=with_facets)
        meaning = self._tools.meaning
        key = (wanted, self.generation, meaning.opened if meaning else 0)
        if key in self._found:
            return self._found[key]
        finder, asked = self._read(wanted)
        if narrowed.within and not finder.has(narrowed.within, systems):
            told = FieldError("within", narrowed.within[:40], "a chapter, block, section or category of the code set")
            raise invalid("UNKNOWN_WITHIN", f"There is no {narrowed.within[:40]!r} to look within.", told)
        meant = await meaning.meant(queries.sentence(asked, query)) if meaning else None
        found = finder.find(wanted, asked, meant)
        if with_facets:
            hits = tuple(replace(hit, children=self._children(hit, wanted.as_of)) for hit in found.hits)
            found = replace(found, hits=hits)
        return self._remember(key, found)

    def suggest_codes(self, query: str, system: str, limit: int) -> Found:
        """As search_codes by words and codes, with the last word taken as one that is still being typed."""
        most = limit_of(limit, SUGGESTIONS, MOST_SUGGESTIONS)
        wanted = Wanted(query, most, self._today(), _systems(system), unfinished=True)
        key = (wanted, self.generation, 0)
        if key in self._found:
            return self._found[key]
        finder, asked = self._read(wanted)
        return self._remember(key, finder.find(wanted, asked))

    async def encode_texts(self, texts: Sequence[str]) -> list[bytes]:
        """Texts as vectors of 384 little-endian float32 numbers; none where there is no model. INVALID."""
        if len(texts) > MOST_TEXTS or any(len(text) > LONGEST_TEXT for text in texts):
            told = FieldError("texts", str(len(texts)), f"at most {MOST_TEXTS} texts of {LONGEST_TEXT} characters")
            raise invalid("TEXTS_TOO_LONG", "Those are too many texts, or too long ones.", told)
        meaning = self._tools.meaning
        vectors = await meaning.encoded(texts) if meaning and texts else None
        return [] if vectors is None else [row.astype("<f4").tobytes() for row in vectors]

    def _remember(self, key: _Asked, found: Found) -> Found:
        """Keeps the newest answers: what a generation of editions answers never changes."""
        self._found[key] = found
        if len(self._found) > REMEMBERED_SEARCHES:
            self._found.pop(next(iter(self._found)), None)
        return found

    def _read(self, wanted: Wanted) -> tuple[Finder, Asked]:
        if len(wanted.text) > LONGEST_QUERY:
            told = FieldError("q", f"{len(wanted.text)} characters", f"at most {LONGEST_QUERY} characters")
            raise invalid("QUERY_TOO_LONG", f"A search has at most {LONGEST_QUERY} characters.", told)
        finder = self._finder(wanted.as_of)
        asked = finder.read(wanted)
        if not asked.slots:
            told = FieldError("q", wanted.text[:40], "a code or a word")
            raise invalid("EMPTY_QUERY", "A search needs at least one letter or digit.", told)
        return finder, asked

    def prepare(self, library: Library) -> None:
        """Lays out the editions of today, which takes a second where it was not done before, so that the first search
        need not; also for a library that is to be served next, in another thread: what is open already is left alone.
        """
        bundles, editions = self._searched(library, self._today())
        if editions not in self._finders:
            finder = Finder(bundles, self._tools, self._folder)
            finder.prepare(self._today(), tuple(SYSTEMS))
            self._keep(editions, finder)
        give_back()

    def _finder(self, as_of: str) -> Finder:
        """What searches the editions of a date; the last few are kept."""
        bundles, editions = self._searched(self._library, as_of)
        found = self._finders.get(editions)
        finder = found or Finder(bundles, self._tools, self._folder)
        self._keep(editions, finder)
        if not found:
            give_back()
        return finder

    def _searched(self, library: Library, as_of: str) -> tuple[list[Bundle], tuple[str, ...]]:
        bundles = library.searched(list(SYSTEMS), as_of)
        return bundles, tuple(bundle.edition.id for bundle in bundles)

    def _keep(self, editions: tuple[str, ...], finder: Finder) -> None:
        """Puts it behind the others: the one that was not asked for longest goes first."""
        self._finders.pop(editions, None)
        self._finders[editions] = finder
        while len(self._finders) > DATES:
            self._finders.pop(next(iter(self._finders)), None)

    def _children(self, hit: Hit, as_of: str) -> tuple[Node, ...]:
        """The first codes below a header that are valid on a claim."""
        speaker = None if hit.billable else self._library.speaking(hit.system, as_of)
        entry = speaker[0].facts.entry(hit.code) if speaker else None
        if speaker is None or entry is None or not entry.children or entry.level in {Level.CHAPTER, Level.BLOCK}:
            return ()
        return tuple(_node(one) for one in speaker[0].facts.billable_below(entry, CHILDREN))

    def browse_codes(self, system: str, code: str, as_of: str) -> Place:
        """A place in the hierarchy; an empty code is the top of the system."""
        known, date = system_named(system), self._date(as_of)
        wanted = (browsing.spelled(known.id, code) or code_spelled(known, code)) if code else ""
        speaker = self._library.speaking(known.id, date)
        return browsing.place(*speaker, known.id, wanted) if speaker else Place((), None, (), None)

    def translate_code(
        self, source: str, target: str, code: str, as_of: str
    ) -> tuple[list[crosswalks.Mapped], Edition | None]:
        """What a code maps to by the GEMs, and their edition where they are loaded. NOT_FOUND for other systems."""
        if (source, target) not in crosswalks.MAPPINGS:
            raise not_found("UNKNOWN_MAPPING", f"There is no mapping of {source[:40]!r} to {target[:40]!r}.")
        return crosswalks.translated(source, target, code, Shelf(self._library, self._date(as_of)))

    def get_modifier(self, modifier: str, as_of: str) -> tuple[str, str, Edition | None]:
        """The agency's words on a Level II modifier, where they stand, and the edition; empty where none has it."""
        wanted = modifier.strip().upper()
        if not modifiers.SHAPE.fullmatch(wanted):
            told = FieldError("modifier", modifier[:40], "two letters or digits")
            raise invalid("MALFORMED_MODIFIER", f"{modifier[:40]!r} is no modifier.", told)
        return modifiers.described(wanted, Shelf(self._library, self._date(as_of)))

    def list_editions(self) -> list[Edition]:
        """What is loaded, as it speaks for today."""
        return self._library.editions(self._today())

    def _date(self, text: str) -> str:
        return date_of(text, self._today())


def _systems(system: str) -> tuple[str, ...]:
    return (system_named(system).id,) if system else tuple(SYSTEMS)


def _node(entry: Entry) -> Node:
    return Node(entry.code, entry.display, entry.billable, has_children=entry.children > 0)
