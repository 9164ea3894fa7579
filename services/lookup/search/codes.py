"""The codes of all editions that a search goes to, as columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from services.lookup.domain import LEADING_TO, SYSTEMS, Narrowed
from services.lookup.editions.bundle import Bundle
from services.lookup.search.index import ROW, UNDESCRIBED, Numbers
from services.lookup.search.mapped import Arrays

NAMES: Final = tuple(SYSTEMS)
_COLUMNS: Final = ("spelled", "system", "level", "billable", "ordinal", "top", "vector", "parent")
EVERYTHING: Final = Narrowed()


@dataclass(frozen=True, slots=True)
class Codes:
    """The codes of all systems: by system, and within it in the order of their spelling.

    `vector`: the key of the description's vector, 0 for none; `parent`: the number of the entry above, -1 for none;
    `top`: the ordinal of the topmost one; `spans`: the number of a system's first code, and the one behind its last.
    """

    spelled: Numbers
    system: Numbers
    level: Numbers
    billable: Numbers
    ordinal: Numbers
    top: Numbers
    vector: Numbers
    parent: Numbers
    spans: Mapping[str, tuple[int, int]]

    def arrays(self) -> Arrays:
        """Its columns as arrays that `of` reads."""
        columns = {f"code.{name}": getattr(self, name) for name in _COLUMNS}
        return {**columns, "code.spans": np.array([self.spans[name] for name in NAMES])}

    @classmethod
    def of(cls, arrays: Arrays) -> "Codes":
        """As `arrays` told them."""
        spans = {name: (begin, end) for name, (begin, end) in zip(NAMES, arrays["code.spans"].tolist(), strict=True)}
        return cls(**{name: arrays[f"code.{name}"] for name in _COLUMNS}, spans=spans)

    def system_of(self, code: int) -> str:
        """The system of a code."""
        return NAMES[int(self.system[code])]

    def letters(self) -> Numbers:
        """The first character of every code, by its number."""
        first: Numbers = self.spelled.view(np.uint8).reshape(len(self.spelled), -1)[:, 0]
        return first

    def at(self, system: str, code: str) -> int:
        """The number of a code, -1 for one that is not there."""
        return int(self.numbers(system, np.array([code.encode()]))[0])

    def numbers(self, system: str, spelled: Numbers) -> Numbers:
        """The numbers of codes, -1 for those that are not there."""
        begin, end = self.spans[system]
        return _numbers(self.spelled[begin:end], spelled, begin)


def system_of(bundle: Bundle) -> str:
    """The system whose codes an edition describes, or leads to."""
    return LEADING_TO.get(bundle.edition.system, bundle.edition.system)


def read(bundles: Sequence[Bundle]) -> Codes:
    """The codes of the editions that describe some; of a code that two describe, what the first one says."""
    parts, spans, at = [np.zeros(0, ROW)], {}, 0
    for name in NAMES:
        rows = _rows([one for one in bundles if one.describes and system_of(one) == name])
        spans[name] = (at, at + len(rows))
        parts.append(rows)
        at += len(rows)
    rows = np.concatenate(parts)
    parent = np.concatenate([_numbers(rows["code"][a:b], rows["parent"][a:b], a) for a, b in spans.values()])
    system = np.repeat(np.arange(len(NAMES), dtype=np.uint8), [b - a for a, b in spans.values()])
    told = {name: np.ascontiguousarray(rows[name]) for name in ("level", "billable", "ordinal", "top", "vector")}
    return Codes(spelled=np.ascontiguousarray(rows["code"]), system=system, parent=parent, spans=spans, **told)


def _rows(bundles: Sequence[Bundle]) -> Numbers:
    """A row a code; a code's first term is its description."""
    told = [one.terms.terms[one.terms.terms["level"] != UNDESCRIBED] for one in bundles if one.terms]
    rows = np.concatenate([np.zeros(0, ROW), *told])
    return rows[np.unique(rows["code"], return_index=True)[1]]


def _numbers(known: Numbers, spelled: Numbers, begin: int) -> Numbers:
    if not len(known):
        return np.full(len(spelled), -1, np.int32)
    place = np.minimum(np.searchsorted(known, spelled), len(known) - 1)
    return np.where(known[place] == spelled, place + begin, -1).astype(np.int32)
