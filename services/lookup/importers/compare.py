"""What is new, gone and changed between two editions of one system."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.lookup.editions.bundle import Bundle
from services.lookup.editions.pairs import Pair, Pairs
from services.lookup.importers import compare_pairs


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. Kinds: new, deleted, revised; `before` and `after` are what the editions say."""

    kind: str
    code: str
    before: str
    after: str


def changes(folder_a: Path, folder_b: Path) -> Iterator[Change]:
    """The differences, by code. ValueError where the editions are of different systems or cannot be opened."""
    a, b = Bundle(folder_a), Bundle(folder_b)
    try:
        if a.edition.system != b.edition.system:
            raise ValueError(f"{a.edition.id} and {b.edition.id} are of different systems, which are not compared")
        if a.pairs is not None and b.pairs is not None:
            yield from _pairs(a.pairs, b.pairs)
        else:
            yield from _between(_said(a), _said(b))
    finally:
        a.close()
        b.close()


def _between(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Change]:
    for code in sorted(before.keys() | after.keys()):
        one, other = before.get(code), after.get(code)
        if one is None:
            yield Change("new", code, "", after[code])
        elif other is None:
            yield Change("deleted", code, one, "")
        elif one != other:
            yield Change("revised", code, one, other)


def _said(bundle: Bundle) -> dict[str, str]:
    """What an edition says of each code, on one line."""
    said: dict[str, str] = {}
    for entry in bundle.facts.all():
        if "-" not in entry.code and not entry.code.isdigit():
            ended = f", ended {entry.until}" if entry.until else ""
            said[entry.code] = f"{entry.display}{'' if entry.billable else ' (header)'}{ended}"
    for row in bundle.rows.all() if bundle.rows else ():
        text = "; ".join(f"{name} {value}" for name, value in row.body.items())
        said[row.key] = f"{said[row.key]} | {text}" if row.key in said else text
    return said


def _pairs(before: Pairs, after: Pairs) -> Iterator[Change]:
    for one, other in compare_pairs.apart(before, after):
        kind = "new" if one is None else "deleted" if other is None else "revised"
        yield Change(kind, _name(other or one), _told(one), _told(other))


def _name(pair: Pair | None) -> str:
    return f"{pair.column_1}/{pair.column_2} {pair.since}" if pair else ""


def _told(pair: Pair | None) -> str:
    if pair is None:
        return ""
    return f"until {pair.until or 'further notice'}, modifier indicator {pair.indicator}, {pair.rationale}"
