"""The editions as claims ask them: each question is put to an immutable table once, whatever the number of lines."""

from collections.abc import Callable, Hashable
from typing import Any, Final

from services.lookup.domain import Edition, Entry, Row
from services.lookup.editions.bundle import Bundle
from services.lookup.editions.library import Library

type Spoke = tuple[Bundle, Edition]

MOST_ANSWERS: Final = 50_000  # kept of one generation of editions; some 20 MB
MOST_DAYS: Final = 400


class Tables:
    """One generation of editions, and what was asked of them already. A claim is answered by one generation."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self.generation = library.generation
        self._days: dict[str, Day] = {}
        self._kept: dict[Hashable, Any] = {}

    def on(self, as_of: str) -> "Day":
        """The editions as of a date."""
        found = self._days.get(as_of)
        if found is None:
            if len(self._days) >= MOST_DAYS:
                self._days.clear()
            found = self._days[as_of] = Day(self, self._library, as_of)
        return found

    def once[T](self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` answers, asked once; the key names an edition, which never changes."""
        try:
            found: T = self._kept[key]
        except KeyError:
            if len(self._kept) >= MOST_ANSWERS:
                self._kept.clear()
            found = self._kept[key] = make()
        return found


class Day:
    """What the editions say of one date of service."""

    def __init__(self, tables: Tables, library: Library, as_of: str) -> None:
        self._tables = tables
        self._library = library
        self.as_of = as_of
        self._spoke: dict[str, Spoke | None] = {}
        self._parts: dict[str, list[Spoke]] = {}

    def speaking(self, system: str) -> Spoke | None:
        """The bundle that speaks for the date, with its edition as of it."""
        if system not in self._spoke:
            self._spoke[system] = self._library.speaking(system, self.as_of)
        return self._spoke[system]

    def parts(self, system: str) -> list[Spoke]:
        """Editions that lack parts and whose window holds the date, the newest first: what they have is firm."""
        if system not in self._parts:
            loaded = [bundle for bundle in self._library.all(system) if not bundle.edition.complete]
            holding = [one for one in loaded if one.edition.effective_from <= self.as_of <= one.edition.effective_to]
            self._parts[system] = [(one, one.edition.on(self.as_of)) for one in reversed(holding)]
        return self._parts[system]

    def rows(self, system: str, key: str) -> tuple[list[Row], Edition] | None:
        """What a table says of something; None where no edition of it had begun, or none is loaded."""
        spoke = self.speaking(system)
        if spoke is None or spoke[0].rows is None:
            return None
        table = spoke[0].rows
        return self._tables.once((spoke[1].id, "row", key), lambda: table.about(key)), spoke[1]

    def entry(self, system: str, code: str) -> tuple[Entry | None, Spoke] | None:
        """A code's entry; None where no edition of the system had begun."""
        spoke = self.speaking(system)
        if spoke is None:
            return None
        facts = spoke[0].facts
        return self._tables.once((spoke[1].id, "entry", code), lambda: facts.entry(code)), spoke
