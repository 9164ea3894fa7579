"""States in a question, as Medicare's contractors divide the country."""

import re
from collections.abc import Mapping
from typing import Final

_NAMES: Final[Mapping[str, str]] = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA", "colorado": "CO",
    "connecticut": "CT", "delaware": "DE", "district of columbia": "DC", "florida": "FL", "georgia": "GA",
    "hawaii": "HI", "idaho": "ID", "illinois": "IL", "indiana": "IN", "iowa": "IA", "kansas": "KS", "kentucky": "KY",
    "louisiana": "LA", "maine": "ME", "maryland": "MD", "massachusetts": "MA", "michigan": "MI", "minnesota": "MN",
    "mississippi": "MS", "missouri": "MO", "montana": "MT", "nebraska": "NE", "nevada": "NV", "new hampshire": "NH",
    "new jersey": "NJ", "new mexico": "NM", "new york": "NY", "north carolina": "NC", "north dakota": "ND",
    "ohio": "OH", "oklahoma": "OK", "oregon": "OR", "pennsylvania": "PA", "puerto rico": "PR", "rhode island": "RI",
    "south carolina": "SC", "south dakota": "SD", "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT",
    "west virginia": "WV", "virginia": "VA", "washington": "WA", "wisconsin": "WI", "wyoming": "WY",
}  # fmt: skip
_NAMED: Final = re.compile(r"\b(" + "|".join(sorted(_NAMES, key=len, reverse=True)) + r")\b", re.IGNORECASE)
_LETTERS: Final = re.compile(r"\b(?:in|for|state(?: of)?:?)\s+(" + "|".join(_NAMES.values()) + r")\b")


def state_in(text: str) -> str:
    """The two letters of the state a text names; empty where it names none."""
    if found := _NAMED.search(text):
        return _NAMES[found[1].lower()]
    found = _LETTERS.search(text)
    return found[1] if found else ""


def name_of(letters: str) -> str:
    """The state's name."""
    return next(name.title().replace(" Of ", " of ") for name, short in _NAMES.items() if short == letters)
