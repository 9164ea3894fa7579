"""The verbs: one code, search, type-ahead, browse, editions."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from services.chassis.errors import AppError, FieldError, Kind, invalid, not_found
from services.lookup import browsing
from services.lookup.domain import (
    SYSTEMS,
    Code,
    Edition,
    Entry,
    Found,
    Hit,
    Level,
    Narrowed,
    Node,
    Place,
    Section,
    Status,
    System,
    day,
    spelled,
)
from services.lookup.editions.bundle import Bundle
from services.lookup.editions.library import Library, Shelf
from services.lookup.pages import icd10cm, procedure
from services.lookup.search import query as queries
from services.lookup.search.codes import EVERYTHING
from services.lookup.search.find import Finder, Tools, Wanted
from services.lookup.search.query import Asked

LONGEST_QUERY: Final = 500
LONGEST_CODE: Final = 8
MOST_HITS: Final = 100
MOST_SUGGESTIONS: Final = 50
CHILDREN: Final = 6  # codes told below a header that is found
HITS: Final = 20
SUGGESTIONS: Final = 10
REMEMBERED_SEARCHES: Final = 2_048  # answers; some 10 MB
DATES: Final = 3  # sets of editions that are kept open for searches; some 60 MB each
PROCEDURES: Final = ("cpt", "hcpcs", "icd-10-pcs")
LICENSED: Final = {"cpt": ("cpt-ama",)}
REMEMBERED: Final = 48_000_000  # bytes of answers: an office visit has hundreds of pairs, a diagnosis some notes


type _Asked = tuple[Wanted, int, int]  # what, the generations of the editions and of the vectors


class Lookup:
    """The reference data as of a date. `today` tells the date that stands where none is asked for."""

    def __init__(self, library: Library, tools: Tools, today: Callable[[], str]) -> None:
        self._library = library
        self._tools = tools
        self._today = today
        self._answers: dict[tuple[str, str, str], Code] = {}
        self._bytes = 0
        self._told_of = -1
        self._found: dict[_Asked, Found] = {}
        self._finders: dict[tuple[str, ...], Finder] = {}

    @property
    def generation(self) -> int:
        """The generation of editions that is served."""
        return self._library.generation

    def get_code(self, system: str, code: str, as_of: str) -> Code:
        """One code with its sections.

        NOT_FOUND for a system nobody knows or a code that the complete edition does not have; INVALID for a code of
        another shape or a date that is none. A well-formed code that no loaded edition decides is NO_DATA.
        """
        known, date = _system(system), self._date(as_of)
        return self._told(known, _spelled(known, code), date, self._library.generation)

    def _told(self, known: System, wanted: str, date: str, generation: int) -> Code:
        """The answer of a generation of editions, which never changes: the newest are remembered."""
        asked = (known.id, wanted, date)
        if generation != self._told_of:
            self._answers, self._bytes, self._told_of = {}, 0, generation
        answer = self._answers.get(asked)
        if answer is None:
            answer = self._look_up(known, wanted, date)
            self._answers[asked] = answer
            self._bytes += _size(answer)
            while self._bytes > REMEMBERED:
                self._bytes -= _size(self._answers.pop(next(iter(self._answers))))
        return answer

    def _look_up(self, known: System, wanted: str, date: str) -> Code:
        shelf = Shelf(self._library, date)
        if found := _described(known, wanted, shelf):
            bundle, edition, entry = found
            sections = _sections(known, entry, bundle, edition, shelf)
            return _answer(known, entry, date, edition, sections)
        return self._elsewhere(known, wanted, shelf) or self._undescribed(known, wanted, shelf)

    def _elsewhere(self, known: System, wanted: str, shelf: Shelf) -> Code | None:
        """A code that the edition of the date lacks, and an earlier or a later one has: deleted, or not yet valid."""
        spoke = shelf.speaking(known.id)
        if spoke is None or not spoke[1].complete:
            return None
        others = [one for one in shelf.all(known.id) if one.facts.entry(wanted) is not None]
        later = [one for one in others if one.edition.effective_from > shelf.as_of]
        earlier = [one for one in others if one.edition.effective_from < spoke[1].effective_from]
        bundle = later[0] if later else earlier[-1] if earlier else None
        entry = bundle.facts.entry(wanted) if bundle else None
        if bundle is None or entry is None:
            return None
        status = Status.DELETED if earlier else Status.NOT_YET_VALID
        sections = _sections(known, entry, bundle, bundle.edition, shelf)
        return _answer(known, entry, shelf.as_of, spoke[1], sections, status)

    @staticmethod
    def _undescribed(known: System, wanted: str, shelf: Shelf) -> Code:
        """A code that no code set of the date describes: the tables may name it; a complete code set rules it out."""
        if known.id in PROCEDURES:
            edition = procedure.naming(wanted, shelf)
            if edition:
                sections = procedure.of(known.id, None, wanted, shelf)
                return Code(known.id, wanted, "", Status.ACTIVE, None, shelf.as_of, edition, sections)
        spoke = shelf.speaking(known.id)
        if spoke and spoke[1].complete and shelf.as_of >= spoke[1].effective_from:
            raise _unknown(known, wanted, spoke[1])
        loaded = [bundle for bundle in shelf.all(known.id) if bundle.edition.complete]
        if loaded and not any(bundle.facts.entry(wanted) for bundle in loaded):
            raise _unknown(known, wanted, loaded[-1].edition)
        return _no_data(known, wanted, shelf)

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
        most = _limit(limit, HITS, MOST_HITS)
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
        most = _limit(limit, SUGGESTIONS, MOST_SUGGESTIONS)
        wanted = Wanted(query, most, self._today(), _systems(system), unfinished=True)
        key = (wanted, self.generation, 0)
        if key in self._found:
            return self._found[key]
        finder, asked = self._read(wanted)
        return self._remember(key, finder.find(wanted, asked))

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

    def prepare(self) -> None:
        """Lays out the editions of today, which takes half a second, so that the first search need not."""
        self._finder(self._today())

    def _finder(self, as_of: str) -> Finder:
        """What searches the editions of a date; the last few are kept."""
        bundles = self._library.searched(list(SYSTEMS), as_of)
        editions = tuple(bundle.edition.id for bundle in bundles)
        if editions not in self._finders:
            self._finders[editions] = Finder(bundles, self._tools)
            if len(self._finders) > DATES:
                self._finders.pop(next(iter(self._finders)))
        return self._finders[editions]

    def _children(self, hit: Hit, as_of: str) -> tuple[Node, ...]:
        """The first codes below a header that are valid on a claim."""
        speaker = None if hit.billable else self._library.speaking(hit.system, as_of)
        entry = speaker[0].facts.entry(hit.code) if speaker else None
        if speaker is None or entry is None or not entry.children or entry.level in {Level.CHAPTER, Level.BLOCK}:
            return ()
        return tuple(_node(one) for one in speaker[0].facts.billable_below(entry, CHILDREN))

    def browse_codes(self, system: str, code: str, as_of: str) -> Place:
        """A place in the hierarchy; an empty code is the top of the system."""
        known, date = _system(system), self._date(as_of)
        wanted = (browsing.spelled(known.id, code) or _spelled(known, code)) if code else ""
        speaker = self._library.speaking(known.id, date)
        return browsing.place(*speaker, known.id, wanted) if speaker else Place((), None, (), None)

    def list_editions(self) -> list[Edition]:
        """What is loaded, as it speaks for today."""
        return self._library.editions(self._today())

    def _date(self, text: str) -> str:
        if not text:
            return self._today()
        found = day(text)
        if found is None:
            told = FieldError("as_of", text[:40], "a day from 1900 to 2100 as YYYY-MM-DD")
            raise invalid("BAD_DATE", "as_of is a date of service, written YYYY-MM-DD.", told)
        return found


def _size(answer: Code) -> int:
    return 1_000 + sum(len(section.body) for section in answer.sections)


def _limit(asked: int, usual: int, most: int) -> int:
    if not 0 <= asked <= most:
        told = FieldError("limit", str(asked), f"a number from 1 to {most}")
        raise invalid("BAD_LIMIT", f"limit is a number from 1 to {most}.", told)
    return asked or usual


def _systems(system: str) -> tuple[str, ...]:
    return (_system(system).id,) if system else tuple(SYSTEMS)


def _system(system: str) -> System:
    known = SYSTEMS.get(system)
    if known is None:
        told = FieldError("system", system[:40], ", ".join(SYSTEMS))
        message = f"There is no code system {system[:40]!r}. Known are {', '.join(SYSTEMS)}."
        raise AppError(Kind.NOT_FOUND, "UNKNOWN_SYSTEM", message, (told,))
    return known


def _spelled(system: System, code: str) -> str:
    """The canonical form; what has the length and characters of a code but not its shape is one that does not exist."""
    found = spelled(system, code)
    if found is not None:
        return found
    told = FieldError("code", code[:40], system.expected)
    plain = code.replace(".", "").replace("-", "")
    if len(code) > LONGEST_CODE or not (plain.isascii() and plain.isalnum()):
        message = f"{code[:40]!r} cannot be a code of {system.name}: expected {system.expected}."
        raise invalid("MALFORMED_CODE", message, told)
    message = f"{system.name} has no code {code!r}: expected {system.expected}."
    raise AppError(Kind.NOT_FOUND, "UNKNOWN_CODE", message, (told,))


def _unknown(system: System, code: str, edition: Edition) -> AppError:
    return not_found("UNKNOWN_CODE", f"{system.name} {edition.version} has no code {code}.")


def _described(known: System, code: str, shelf: Shelf) -> tuple[Bundle, Edition, Entry] | None:
    """The entry that the code set of the date has, of our own pages or of the operator's licensed file."""
    for system in (known.id, *LICENSED.get(known.id, ())):
        spoke = shelf.speaking(system)
        entry = spoke[0].facts.entry(code) if spoke else None
        if spoke and entry:
            return spoke[0], spoke[1], entry
    return None


def _sections(system: System, entry: Entry, bundle: Bundle, edition: Edition, shelf: Shelf) -> tuple[Section, ...]:
    if system.id == "icd-10-cm":
        return icd10cm.of(entry, bundle.facts, edition, shelf)
    return procedure.of(system.id, entry, entry.code, shelf)


def _answer(  # what a code is made of
    system: System,
    entry: Entry,
    date: str,
    edition: Edition,
    sections: tuple[Section, ...],
    status: Status | None = None,
) -> Code:
    status = status or entry.status(date)
    speaks = None if status is Status.NO_DATA else edition
    return Code(system.id, entry.code, entry.display, status, entry.billable, date, speaks, sections)


def _no_data(system: System, code: str, shelf: Shelf) -> Code:
    procedural = system.id in PROCEDURES
    sections = procedure.of(system.id, None, code, shelf) if procedural else icd10cm.without_data()
    return Code(system.id, code, "", Status.NO_DATA, None, shelf.as_of, None, sections)


def _node(entry: Entry) -> Node:
    return Node(entry.code, entry.display, entry.billable, has_children=entry.children > 0)
