"""What a text has to say for a term to stand in it: the stems a wording needs, without what only fills it up."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product
from typing import Final

from services.lookup.search.words import STOP_WORDS, words
from services.lookup.spotting.stems import stem

_BRACKETS: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_JOINTS: Final = (
    "hip|thigh|knee|lower leg|ankle|foot|toe|shoulder|upper arm|elbow|forearm|wrist|hand"  # wounds name theirs
)
# Parts of a description that say that something is not said, or not there: they are the default.
_SILENT: Final = re.compile(
    rf"(?:of |in |with )?unspecified\b(?! (?:{_JOINTS})).*"
    r"|.*\bunspecified|not specified .*|not (?:elsewhere|otherwise) .*|nos|nec"
    r"|not intractable|single episode|initial encounter.*|subsequent encounter.*|without .*|cause unspecified"
    r"|so stated|any part|classified elsewhere|male|female|adult|uncomplicated"
)
_UNSAID: Final = re.compile(
    r"\bunspecified (?:parts?|sites?|types?|organisms?|causes?|severity|origin|nature|location|degree|stage|multiple"
    r"|trimester|form|number)\b(?: of| or)?|\bas to episode of care\b|\bunspecified (?=\w)|\bso stated\b"
)
_AFFECTING: Final = re.compile(r",? unspecified affecting\b(?! unspecified)")  # the side of a paralysis is no filler
_WITHOUT: Final = re.compile(
    r"\b(?:without|not elsewhere|not otherwise|not specified|excluding|except)\b.*?(?=$| with (?!foreign))"
)
_EITHER: Final = re.compile(r"(?<=\bof )([a-z-]{4,})(?: and | or | and/or |/)([a-z-]{4,})\b")
_RESIDUAL: Final = re.compile(r"\bother\b|\bnec\b|\bnot elsewhere")
_UNSPECIFIED: Final = re.compile(r"\bunspecified\b|\bnos\b|\bwithout (?!mention)|\buncomplicated\b|\bnot intractable\b")
_EMPTY: Final = frozenset(
    stem(word)
    for word in (
        *("unspecified", "other", "specified", "nos", "nec", "elsewhere", "classified", "classifiable", "as", "so"),
        *("stated", "be", "are", "its", "their", "any", "this", "that", "without", "his", "related", "affecting"),
    )
)
# What a description says of the usual case, and a record leaves out; a wording of one word needs them all the same.
_USUAL: Final = frozenset(
    stem(word)
    for word in (
        *("mellitus", "site", "primary", "essential", "multiple", "nontraumatic", "nonobstetric", "unilateral"),
        *("native", "personal", "sporadic"),
    )
)
_DISEASE: Final = frozenset(stem(word) for word in ("mellitus", "hypertension"))
_SAME_BEGINNING: Final = 4  # letters: "Spasm, spastic, spasticity" are three names of one index entry
_MOST_VARIANTS: Final = 4


@dataclass(frozen=True, slots=True)
class Need:
    """Stems that a text has to hold. `plain`: it is the code's unspecified wording; `residual`: "other …"."""

    stems: frozenset[str]
    plain: bool
    residual: bool


@lru_cache(maxsize=16384)
def needs(text: str, kind: str) -> tuple[Need, ...]:
    """The ways in which a text may hold a term; none for a wording without words of its own."""
    return tuple(_needs(text, kind))


def _needs(text: str, kind: str) -> Iterator[Need]:
    low = _AFFECTING.sub(" ", _BRACKETS.sub(" ", text.lower())).replace("without foreign body", "")
    plain = bool(_UNSPECIFIED.search(low)) or kind == "index"
    residual = bool(_RESIDUAL.search(low))
    seen: set[frozenset[str]] = set()
    for one in _index_names(low) if kind == "index" else _described(low):
        found = _distinguishing(one)
        if found and found not in seen:
            seen.add(found)
            yield Need(found, plain, residual)


def _distinguishing(text: str) -> frozenset[str]:
    """The stems of a wording without what only fills it up."""
    found = frozenset(stem(word) for word in words(text) if word not in STOP_WORDS) - _EMPTY
    return found - _USUAL if len(found - _USUAL) > 1 or found & _DISEASE else found


def _described(low: str) -> Iterator[str]:
    """A description without its silent parts; "of A and B" may be of either (Guidelines I.A.14)."""
    first, *rest = (part.strip() for part in low.split(","))
    parts = [first, *(part for part in rest if not _SILENT.fullmatch(part))]
    bare = _UNSAID.sub(" ", " ".join(_WITHOUT.sub("", part) for part in parts))
    yield bare
    either = _EITHER.search(bare)
    if either:
        yield bare[: either.end(1)]
        for one in (either[1], either[2]):
            yield bare[: either.start(1)] + one + bare[either.end() :]


def _index_names(low: str) -> Iterator[str]:
    """An index entry by each of its names: "Spasm, spastic, spasticity, viscera"."""
    groups: list[list[str]] = []
    for part in (_WITHOUT.sub("", part).strip() for part in low.split(",")):
        if groups and " " not in part and part[:_SAME_BEGINNING] == groups[-1][0][:_SAME_BEGINNING]:
            groups[-1].append(part)
        elif part not in {"", "nec", "nos", "unspecified"}:
            groups.append([part])
    return (" ".join(chosen) for chosen in islice(product(*groups), _MOST_VARIANTS))
