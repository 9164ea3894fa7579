"""How a code stands: in its code set, in the fee schedule, in the MUE and in the pair tables.

Everything is judged by the newest edition, also where that begins only after today: a coder wants to know before.
"""

import zlib
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from services.lookup.domain import SYSTEMS, Edition, Status
from services.lookup.editions.bundle import Bundle
from services.lookup.editions.library import Library
from services.lookup.editions.pairs import Pair, is_code
from services.lookup.editions.speaking import speaking
from services.lookup.lists.saved import Figure, Standing
from services.lookup.pages.edits import MUES
from services.lookup.pages.fees import VALUES
from services.lookup.pages.pairs import PAIRS

PROCEDURES: Final = ("cpt", "hcpcs")
RVUS: Final = {
    "work": "work_rvu",
    "practice expense, non-facility": "nonfacility_pe_rvu",
    "practice expense, facility": "facility_pe_rvu",
    "malpractice": "mp_rvu",
    "total, non-facility": "nonfacility_total",
    "total, facility": "facility_total",
}
_JOINT: Final = "+"  # between the editions that speak of pairs together
_LICENSED: Final = {"cpt": ("cpt-ama",)}

type Spoke = tuple[Bundle, Edition]


class Judge:
    """Judges codes on a day. `among`: by these editions alone, those of an earlier judgement."""

    def __init__(self, library: Library, today: str, among: Collection[str] | None = None) -> None:
        self._library = library
        self.today = today
        self._among = among
        self._newest: dict[str, Spoke | None] = {}
        self.generation = library.generation

    def editions(self) -> tuple[str, ...]:
        """The editions that it judges by."""
        systems = (*SYSTEMS, *(name for names in _LICENSED.values() for name in names), VALUES, *MUES)
        spoke = [one[1].id for system in systems if (one := self.newest(system))]
        return (*spoke, *(one.edition.id for table in PAIRS for one in self._pair_tables(table)))

    def of(self, system: str, code: str, known: Standing | None = None) -> Standing:
        """How a code stands; what `known` has of the same editions is taken from there."""
        entered = self.entered(system, code)
        figures = tuple(self._figures(code, known)) if system in PROCEDURES and is_code(code) else ()
        return Standing(self.generation, *entered, figures)

    def entered(self, system: str, code: str, as_of: str = "") -> tuple[str, str, bool | None, str, str]:
        """Status, description, validity on a claim, the edition that says so, and since when.

        `as_of`: on that day, by the edition that speaks for it; empty: by the newest.
        """
        ruled_out: tuple[str, str, bool | None, str, str] | None = None
        for name in (system, *_LICENSED.get(system, ())):
            spoke = self._on(name, as_of) if as_of else self.newest(name)
            entry = spoke[0].facts.entry(code) if spoke else None
            if spoke and entry:
                day = as_of or max(self.today, spoke[1].effective_from)
                return entry.status(day).value, entry.display, entry.billable, *_named(spoke[1])
            if spoke and spoke[1].complete:
                ruled_out = (Status.DELETED.value, "", None, *_named(spoke[1]))
        return ruled_out or (Status.NO_DATA.value, "", None, "", "")

    def newest(self, system: str) -> Spoke | None:
        """The bundle of a system that speaks on the day, or where a later one is loaded, as soon as that begins."""
        if system not in self._newest:
            begins = [one.edition.effective_from for one in self._all(system)]
            self._newest[system] = self._on(system, max(self.today, *begins)) if begins else None
        return self._newest[system]

    def _on(self, system: str, as_of: str) -> Spoke | None:
        bundles = {one.edition.id: one for one in self._all(system)}
        edition = speaking([one.edition for one in bundles.values()], as_of)
        return (bundles[edition.id], edition) if edition else None

    def _all(self, system: str) -> list[Bundle]:
        return [one for one in self._library.all(system) if self._among is None or one.edition.id in self._among]

    def _pair_tables(self, table: str) -> list[Bundle]:
        """What speaks of pairs: the edition of the day, and later ones of which only parts are loaded.

        A pair that such a part has is firm.
        """
        spoke = self.newest(table)
        if spoke is None:
            return []
        since = spoke[1].effective_from
        later = [one for one in self._all(table) if not one.edition.complete and one.edition.effective_from > since]
        return [spoke[0], *later]

    def _figures(self, code: str, known: Standing | None) -> Iterator[Figure]:
        for table in (VALUES, *MUES, *PAIRS):
            spoke = self.newest(table)
            if spoke is None:
                continue
            bundles = self._pair_tables(table) if table in PAIRS else [spoke[0]]
            editions = _JOINT.join(one.edition.id for one in bundles)
            before = known.figure(table) if known else None
            if before and before.edition == editions:
                yield before
            else:
                value = _pairs_told(bundles, code) if table in PAIRS else _value(table, code, spoke[0])
                yield Figure(table, editions, *_named(bundles[-1].edition), value)

    def _were_in_force(self, code: str, figure: Figure | None) -> frozenset[int]:
        """The pairs by a figure's own editions; where one is gone, by the dates of the rows of today's."""
        if figure is None:
            return frozenset()
        loaded = {one.edition.id: one for one in self._library.all(figure.table)}
        editions = figure.edition.split(_JOINT)
        if all(one in loaded for one in editions):
            return _in_force([loaded[one] for one in editions], code)
        return _in_force(self._pair_tables(figure.table), code, figure.since)

    def new_pairs(self, code: str, before: Figure | None, now: Figure) -> list[Pair]:
        """The pairs in force now that were not before."""
        bundles = self._pair_tables(now.table)
        new = _in_force(bundles, code) - self._were_in_force(code, before)
        found: list[Pair] = []
        for bundle in reversed(bundles):
            here = new & _in_force([bundle], code)
            found += bundle.pairs.told(here) if bundle.pairs else ()
            new -= here
        return sorted(found, key=lambda pair: (pair.column_1, pair.column_2))


def _named(edition: Edition) -> tuple[str, str]:
    return f"{edition.title} {edition.version}", edition.effective_from


def _pairs_told(bundles: Sequence[Bundle], code: str) -> str:
    pairs = sorted(_in_force(bundles, code))
    return f"{len(pairs)} {zlib.crc32(repr(pairs).encode()):08x}" if pairs else ""


def _value(table: str, code: str, bundle: Bundle) -> str:
    rows = bundle.rows.about(code) if bundle.rows else []
    if table in MUES:
        return f"{rows[0].body['value']}" if rows else ""
    whole = next((row.body for row in rows if not row.body.get("modifier")), None)
    return "; ".join(f"{name} {whole[field]}" for name, field in RVUS.items()) if whole else ""


def _in_force(bundles: Sequence[Bundle], code: str, day: str = "") -> frozenset[int]:
    """The pairs on a day, or each edition's on its first."""
    found: set[int] = set()
    for bundle in bundles:
        on = day or bundle.edition.effective_from
        found |= bundle.pairs.in_force_with(code, on, on) if bundle.pairs else set()
    return frozenset(found)
