"""Which modifiers a procedure takes, as the indicators of the physician fee schedule decide."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from services.lookup.domain import Edition
from services.lookup.editions.library import Shelf
from services.lookup.pages import fees, sources, words
from services.lookup.pages.bodies import Body

# indicator: the modifiers it decides on, and which of its values allow them, ask for the record, or rule them out
_DECIDED: Final = (
    ("pctc", ("26",), {"1": "yes", "6": "yes"}),
    ("pctc", ("TC",), {"1": "yes"}),
    ("bilateral_surgery", ("50",), {"1": "yes", "3": "yes"}),
    ("multiple_procedure", ("51",), {"1": "yes", "2": "yes", "3": "yes"}),
    ("assistant_at_surgery", ("80", "81", "82", "AS"), {"0": "sometimes", "2": "yes"}),
    ("co_surgeons", ("62",), {"1": "sometimes", "2": "yes"}),
    ("team_surgery", ("66",), {"1": "sometimes", "2": "yes"}),
)
_NO_CONCEPT: Final = "9"
_NONE: Final = (
    "The fee schedule's concepts (components, bilateral and multiple procedures, assistants, co-surgeons, teams) do "
    "not apply to this code."
)

SHAPE: Final = re.compile(r"[0-9A-Z]{2}")


def described(modifier: str, shelf: Shelf) -> tuple[str, str, Edition | None]:
    """The agency's words on a modifier and where they stand: of the HCPCS release, else of the list of modifiers."""
    asked: Edition | None = None
    for system, key, field in (("hcpcs", f"modifier:{modifier}", "long"), ("hcpcs-modifiers", modifier, "text")):
        rows, asked = shelf.rows(system, key) or ([], asked)
        if rows and asked:
            return str(rows[0].body[field]), sources.row(asked, rows[0].line), asked
    return "", "", asked


def of(code: str, shelf: Shelf) -> Body | None:
    """The section; None where no fee schedule names the code."""
    found = fees.rows_of(code, shelf)
    if found is None:
        return None
    row, edition = found
    source = sources.row(edition, row.line)
    told = _decided(tuple(row.body.get(field, _NO_CONCEPT) for field, _, _ in _DECIDED))
    rows = [{"modifier": modifier, "use": use, "text": text, "source": source} for modifier, use, text in told]
    body: Body = {"editions": [sources.edition(edition)]}
    return {**body, "modifiers": rows} if rows else {**body, "paragraphs": [_NONE]}


@lru_cache(maxsize=4_096)
def _decided(values: Sequence[str]) -> Sequence[tuple[str, str, str]]:
    """Modifier, use and words for the values of the indicators, in the order of the table."""
    return [
        (modifier, uses.get(value, "no"), words.fee_schedule(field, value))
        for (field, names, uses), value in zip(_DECIDED, values, strict=True)
        if value != _NO_CONCEPT
        for modifier in names
    ]
