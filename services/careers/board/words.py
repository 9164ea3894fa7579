"""The words of an opening, what each is worth, and whether they fit what is asked."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from services.careers.domain.openings import Details, Filters

IN_TITLE: Final = 4
IN_EMPLOYER: Final = 3
ANYWHERE: Final = 2
BEGINNING: Final = 1  # a word that only begins with what was typed
SHORTEST_BEGINNING: Final = 3
ANY_STATE: Final = "*"  # remote work without a state fits every one

type Trait = tuple[str, str]


def words(text: str) -> list[str]:
    """The words of a text, case and accents aside."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"[a-z0-9]+", "".join(sign for sign in plain if not unicodedata.combining(sign)))


def worth(details: Details) -> dict[str, int]:
    """Each word of an opening with what it counts: in the title, in the employer's name, anywhere."""
    rest = " ".join((details.description, details.location, details.state, *details.credentials))
    return {
        **dict.fromkeys(words(rest), ANYWHERE),
        **dict.fromkeys(words(details.employer), IN_EMPLOYER),
        **dict.fromkeys(words(details.title), IN_TITLE),
    }


def traits(details: Details) -> Iterator[Trait]:
    """What filters can ask of an opening."""
    yield from (("credential", one) for one in details.credentials)
    yield "employment_type", details.employment_type
    if details.state or details.remote:
        yield "state", details.state or ANY_STATE
    if details.cpc_a_accepted:
        yield "cpc_a", "yes"
    if details.remote:
        yield "remote", "yes"


def asked(filters: Filters) -> list[tuple[Trait, ...]]:
    """What the filters ask for: of each group, one trait has to be there."""
    groups: list[tuple[Trait, ...]] = []
    if filters.credential:
        groups.append((("credential", filters.credential),))
    if filters.employment_type:
        groups.append((("employment_type", filters.employment_type),))
    if filters.state:
        groups.append((("state", filters.state), ("state", ANY_STATE)))
    if filters.cpc_a:
        groups.append((("cpc_a", "yes"),))
    if filters.remote:
        groups.append((("remote", "yes"),))
    return groups


def fits(details: Details, filters: Filters) -> bool:
    """Whether an opening would be found by a search."""
    there = set(traits(details))
    if not all(there.intersection(group) for group in asked(filters)):
        return False
    said = worth(details)
    return all(_has(said, word) for word in words(filters.query))


def _has(said: dict[str, int], word: str) -> bool:
    return word in said or (len(word) >= SHORTEST_BEGINNING and any(one.startswith(word) for one in said))
