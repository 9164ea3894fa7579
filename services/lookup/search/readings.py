"""What words of a query may also stand for: abbreviations, what people say, and other names of the same thing.

The files of content/ have tables of `"phrase" = ["meaning", …]`; of what kind their readings are is told by the file,
for the table `lay` by its name. synonyms.toml has `groups` of phrases that name the same besides. `composed` are pairs
of tables, `roots` and `endings`, that names are put together from: nephr- and -ectomy, "egd" and " biopsy"; what the
root stands for goes into what the ending does; ~ is its place where it does not come first.
"""

import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Final

from services.lookup.search.words import STOP_WORDS, words

_CONTENT: Final = Path(__file__).parents[1] / "content"


class Kind(StrEnum):
    """Why a phrase may stand for another."""

    ABBREVIATION = "abbreviation"
    COMMON = "common"  # what people say, for what the code sets call it
    SYNONYM = "synonym"  # another word for the same
    SUPPLY = "supply"  # what is ordered or given, in the words of HCPCS
    PROCEDURE = "procedure"  # a name of a procedure, in the words that ICD-10-PCS builds it from


FILES: Final = {
    _CONTENT / "abbreviations.toml": Kind.ABBREVIATION,
    _CONTENT / "synonyms.toml": Kind.COMMON,
    _CONTENT / "diseases.toml": Kind.SYNONYM,
    _CONTENT / "supplies.toml": Kind.SUPPLY,
    _CONTENT / "procedures.toml": Kind.PROCEDURE,
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a phrase may stand for."""

    text: str
    kind: Kind


type Readings = Mapping[tuple[str, ...], Sequence[Reading]]


def read(*texts: tuple[str, Kind]) -> Readings:
    """The readings by the search words of their phrases, from texts of a kind; ValueError names what is wrong."""
    table: dict[tuple[str, ...], dict[tuple[str, ...], Reading]] = defaultdict(dict)
    for text, kind in texts:
        for phrase, reading in _told(tomllib.loads(text), kind):
            key, meaning = _key(phrase), tuple(words(reading.text))
            if not key or not meaning:
                raise ValueError(f"readings: {phrase!r} = {reading.text!r}: no words")
            if key != meaning:
                table[key].setdefault(meaning, reading)
    return {key: tuple(found.values()) for key, found in table.items()}


def _told(content: Mapping[str, Any], kind: Kind) -> Iterator[tuple[str, Reading]]:
    for heading, told in content.items():
        if heading == "composed":
            for pair in told:
                yield from _composed(pair["roots"], pair["endings"], kind)
        elif heading == "groups":
            for group in told:
                yield from ((one, Reading(other, Kind.SYNONYM)) for one in group for other in group if one != other)
        else:
            of_table = Kind.COMMON if heading == "lay" else kind
            spelled = ((one, meanings) for short, meanings in told.items() for one in {short, short.replace("-", "")})
            yield from ((one, Reading(meaning, of_table)) for one, meanings in spelled for meaning in meanings)


def _composed(
    roots: Mapping[str, Sequence[str]], endings: Mapping[str, Sequence[str]], kind: Kind
) -> Iterator[tuple[str, Reading]]:
    for (root, parts), (ending, meanings) in product(roots.items(), endings.items()):
        name = ending.replace("~", root) if "~" in ending else root + ending
        yield from ((name, Reading(meaning.format(part), kind)) for part in parts for meaning in meanings)


def _key(phrase: str) -> tuple[str, ...]:
    """The phrase as a query is read: without the words that distinguish nothing, where others are left."""
    typed = tuple(words(phrase))
    return tuple(word for word in typed if word not in STOP_WORDS) or typed


# Readings that only one system answers to.
_OF_SYSTEM: Final = {Kind.PROCEDURE: "icd-10-pcs", Kind.SUPPLY: "hcpcs"}


def among(all_of: Readings, systems: Collection[str]) -> Readings:
    """The readings that a search in some systems can use: elsewhere they would only take words together."""
    foreign = {kind for kind, system in _OF_SYSTEM.items() if system not in systems}
    if not foreign:
        return all_of
    kept = ((key, tuple(one for one in found if one.kind not in foreign)) for key, found in all_of.items())
    return {key: found for key, found in kept if found}


@cache
def shipped() -> Readings:
    """What comes with the platform."""
    return read(*((file.read_text(encoding="utf-8"), kind) for file, kind in FILES.items()))
