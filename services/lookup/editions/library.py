"""The opened editions: bundles by id, swapped as one when the catalog changes, with no request in between failing."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from services.lookup.domain import LEADING_TO, Edition, Row
from services.lookup.editions import catalog
from services.lookup.editions.bundle import Bundle
from services.lookup.editions.speaking import speaking


@dataclass(frozen=True, slots=True)
class Shelf:
    """The editions as they speak for one date; `state`: where the service was given, empty where nobody said."""

    library: "Library"
    as_of: str
    state: str = ""
    _found: dict[tuple[str, str], tuple[list[Row], Edition] | None] = field(
        default_factory=dict, compare=False, repr=False
    )

    def speaking(self, system: str) -> tuple[Bundle, Edition] | None:
        """The bundle that speaks for the date, with its edition as of it."""
        return self.library.speaking(system, self.as_of)

    def all(self, system: str) -> list[Bundle]:
        """Every loaded edition of a system, the oldest first."""
        return self.library.all(system)

    def rows(self, system: str, key: str) -> tuple[list[Row], Edition] | None:
        """What a table says of something on the date; None where no edition of it had begun, or none is loaded."""
        asked = (system, key)
        if asked not in self._found:
            spoke = self.speaking(system)
            rows = spoke[0].rows if spoke else None
            self._found[asked] = (rows.about(key), spoke[1]) if spoke and rows is not None else None
        return self._found[asked]


log = logging.getLogger(__name__)
FOLDER: Final = "editions"
REMEMBERED: Final = 4_096  # systems on dates of which is known who speaks
LOOK: Final = 0.5  # seconds between two looks at the catalog


class Library:
    """Every published edition, opened. Raises BundleError or CatalogError where one of them cannot be."""

    def __init__(self, data_dir: Path, opened: Mapping[str, Bundle] | None = None) -> None:
        """`opened`: bundles that are open already, by id."""
        self._data_dir = data_dir
        self._stamp = catalog.stamp(data_dir)
        self._bundles: Mapping[str, Bundle] = opened or {}
        self._systems: Mapping[str, list[Bundle]] = {}
        self._spoke: dict[tuple[str, str], tuple[Bundle, Edition] | None] = {}
        self.generation = 0
        self._load()

    def _load(self) -> None:
        """Opens what is new beside what is open; a bundle no longer named is closed by its last reader."""
        published = catalog.read(self._data_dir)
        opened = {one: self._bundles.get(one) or Bundle(self._data_dir / FOLDER / one) for one in published.editions}
        systems: dict[str, list[Bundle]] = {}
        for bundle in sorted(opened.values(), key=lambda one: one.edition.effective_from):
            systems.setdefault(bundle.edition.system, []).append(bundle)
        self._bundles, self._systems, self.generation = opened, systems, published.generation
        self._spoke = {}

    def close(self) -> None:
        """Closes every bundle; nothing may be asked afterwards."""
        for bundle in self._bundles.values():
            bundle.close()

    def editions(self, as_of: str) -> list[Edition]:
        """What is loaded, by system, the newest first; each as it speaks for the date."""
        found = [bundle.edition.on(as_of) for bundle in self._bundles.values()]
        return sorted(sorted(found, key=lambda one: one.effective_from, reverse=True), key=lambda one: one.system)

    def speaking(self, system: str, as_of: str) -> tuple[Bundle, Edition] | None:
        """The bundle that speaks for a date, with its edition as of that date."""
        asked = (system, as_of)
        if asked not in self._spoke:
            while len(self._spoke) >= REMEMBERED:
                self._spoke.pop(next(iter(self._spoke)), None)
            bundles = self.all(system)
            edition = speaking([bundle.edition for bundle in bundles], as_of)
            self._spoke[asked] = next(((b, edition) for b in bundles if edition and b.edition.id == edition.id), None)
        return self._spoke[asked]

    def all(self, system: str) -> list[Bundle]:
        """Every loaded edition of a system, the oldest first."""
        return self._systems.get(system, [])

    def searched(self, systems: Sequence[str], as_of: str) -> list[Bundle]:
        """The bundles that a search on a date goes to: one a system, and those that lead to its codes."""
        leading = [name for name, system in LEADING_TO.items() if system in systems]
        return [found[0] for system in (*systems, *leading) if (found := self.speaking(system, as_of))]

    @property
    def opened(self) -> tuple[Mapping[str, Bundle], Mapping[str, list[Bundle]], int]:
        """Its bundles by id and by system, and its generation."""
        return self._bundles, self._systems, self.generation

    def _ahead(self, prepare: Callable[["Library"], None]) -> "Library":
        """What the catalog names now, made ready."""
        ahead = Library(self._data_dir, self._bundles)
        prepare(ahead)
        return ahead

    def _adopt(self, other: "Library") -> None:
        self._bundles, self._systems, self.generation = other.opened
        self._spoke = {}

    async def watch(self, prepare: Callable[["Library"], None] = lambda _: None) -> None:
        """Follows the catalog until cancelled; where the new editions cannot be opened, the old ones go on speaking.

        What comes next is opened and given to `prepare` in a thread before it is served.
        """
        while True:
            await asyncio.sleep(LOOK)
            stamp = catalog.stamp(self._data_dir)
            if stamp == self._stamp:
                continue
            self._stamp = stamp
            try:
                ahead = await asyncio.to_thread(self._ahead, prepare)
            except ValueError as error:
                log.error("the catalog changed, but: %s", error)  # noqa: TRY400 -- the sentence says it all
            else:
                self._adopt(ahead)
                log.info("editions of generation %s are open", self.generation)
