"""Lookup as the assistant sees it, without a wire between."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import orjson

from services.assistant.domain.cases import SpottedTerm
from services.assistant.domain.codes import CodeRef, KnownCode
from services.lookup.editions.library import Library
from services.lookup.search import ranking, readings
from services.lookup.search.find import Tools
from services.lookup.service import Lookup
from services.lookup.spotting import borrowing
from services.lookup.spotting.spotter import Spotted, Spotter

AS_OF: Final = "2026-05-04"


class Direct:
    """Lookup without a wire."""

    def __init__(self, data_dir: Path) -> None:
        self.library = Library(data_dir)
        self._lookup = Lookup(self.library, Tools(readings.shipped(), ranking.shipped()), lambda: AS_OF)
        self._spotter = Spotter(self.library, data_dir, borrowing.shipped(), lambda: AS_OF)

    async def get_code(self, system: str, code: str, as_of: str) -> KnownCode:
        """One code."""
        found = self._lookup.get_code(system, code, as_of)
        sections = {one.key: orjson.loads(one.body) for one in found.sections}
        ref = CodeRef(found.system, found.code, found.display)
        return KnownCode(ref, found.status.value, found.billable, as_of, "", "", "", False, sections)

    async def spot(self, texts: Sequence[str], as_of: str) -> list[list[SpottedTerm]]:
        """Terms in texts."""
        return [[_spotted(one) for one in found] for found in await self._spotter.spot(texts, "icd-10-cm", as_of)]


def _spotted(one: Spotted) -> SpottedTerm:
    wording, ref = one.spot.wording, CodeRef("icd-10-cm", one.entry.code, one.entry.display)
    told = (one.entry.billable, one.header, wording.term, wording.kind, one.words, len(wording.stems))
    return SpottedTerm(ref, *told, one.spot.gap, one.spot.borrowed, one.spot.worth, wording.plain, wording.residual)
