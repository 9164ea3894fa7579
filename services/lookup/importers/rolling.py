"""Which indexes are to be rolled forward: addenda are loaded, the index that they change is not, an older one is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from services.lookup.domain import Edition
from services.lookup.importers.icd10cm_index import BASE

# The addenda of each index. The tables of drugs and neoplasms hold their changes in cells.
CHANGES: Final[Mapping[str, str]] = {
    "icd-10-cm-index": "icd-10-cm-index-changes",
    "icd-10-cm-external-causes": "icd-10-cm-external-causes-changes",
}
_PUBLISHED: Final = "only"


@dataclass(frozen=True, slots=True)
class Rolled:
    """An index to be made: its system and window, and from which editions its parts come, by their names."""

    system: str
    version: str
    effective_from: str
    effective_to: str
    parts: Mapping[str, Edition]


def wanted(editions: Sequence[Edition]) -> Iterator[Rolled]:
    """One a system whose newest addenda are newer than every index of it as published."""
    for system, changes in CHANGES.items():
        addenda = sorted((one for one in editions if one.system == changes), key=_begin)
        published = [one for one in editions if one.system == system and _is_published(one)]
        if not addenda or not published:
            continue
        newest = addenda[-1]
        older = [one for one in published if one.effective_from < newest.effective_from]
        base = max(older, key=_begin) if len(older) == len(published) else None
        if base is None:
            continue
        later = [one for one in addenda if one.effective_from > base.effective_from]
        parts = {BASE: base, **{f"addenda {one.version}": one for one in later}}
        yield Rolled(system, newest.version, newest.effective_from, newest.effective_to, parts)


def _is_published(edition: Edition) -> bool:
    return any(part.name == _PUBLISHED for part in edition.parts)


def _begin(edition: Edition) -> str:
    return edition.effective_from
