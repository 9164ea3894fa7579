"""What a search can be narrowed to, with how many of its codes would be left."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from services.lookup.domain import SYSTEMS, Facet, Level, Narrowed
from services.lookup.editions.bundle import Bundle
from services.lookup.search.candidates import system_of
from services.lookup.search.query import Asked

_MOST: Final = 12  # chapters told, those with most codes first


def of(bundles: Sequence[Bundle], asked: Asked, narrowed: Narrowed) -> tuple[Facet, ...]:
    """Facets over the codes that share all of the query's words: their systems, their chapters, whether billable."""
    tallies = [(bundle, bundle.terms.tally(asked, narrowed)) for bundle in bundles if bundle.terms and bundle.describes]
    found = [(bundle, tally) for bundle, tally in tallies if tally.codes]
    systems = [Facet("system", name, SYSTEMS[name].name, tally.codes) for b, tally in found for name in [system_of(b)]]
    chapters = sorted(
        (one for bundle, tally in found for one in _chapters(bundle, tally.by_top)), key=lambda f: -f.count
    )
    billable = sum(tally.billable for _, tally in found)
    valid = [Facet("billable", "true", "Valid on a claim", billable)] if billable else []
    return (*systems, *chapters[:_MOST], *valid)


def _chapters(bundle: Bundle, by_top: Mapping[int, int]) -> Iterator[Facet]:
    for entry in bundle.facts.children(""):
        if entry.level is Level.CHAPTER and entry.ordinal in by_top:
            yield Facet("within", entry.code, entry.display, by_top[entry.ordinal])
