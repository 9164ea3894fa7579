"""Finds codes that are spelled out, whole or by their beginning, with or without the dot."""

import re
from collections.abc import Sequence
from typing import Final

from services.lookup.domain import SYSTEMS, Entry, Hit, System, spelled
from services.lookup.editions.bundle import Bundle
from services.lookup.search.candidates import system_of

# What may begin a code: a letter and a digit (ICD-10-CM, HCPCS), or digits (CPT, ICD-10-PCS).
_BEGINNING: Final = re.compile(r"[A-Z][0-9][0-9A-Z]{0,5}|[0-9]{3,4}")
_WHOLE, _BEGUN = 10.0, 9.0
_SHORTEST: Final = 3  # one or two characters are a word, not a section


def find(bundles: Sequence[Bundle], text: str, limit: int) -> tuple[list[Hit], int]:
    """The code, then those that it begins, at most `limit` a system; and how many in all."""
    typed = "".join(text.upper().split())
    hits: list[Hit] = []
    total = 0
    for bundle in bundles:
        whole = _whole(bundle, typed)
        begun, count = _begun(bundle, typed, limit)
        others = [entry for entry in begun if entry != whole]
        hits += [_hit(bundle, whole, _WHOLE)] if whole else []
        hits += [_hit(bundle, entry, _BEGUN - number / 1000) for number, entry in enumerate(others)]
        total += count + bool(whole and whole not in begun)
    return sorted(hits, key=lambda hit: -hit.score), total


def _system(bundle: Bundle) -> System:
    """The system whose codes an edition describes."""
    return SYSTEMS[system_of(bundle)]


def _whole(bundle: Bundle, typed: str) -> Entry | None:
    code = spelled(_system(bundle), typed)
    return bundle.facts.entry(code) if code and len(code) >= _SHORTEST else None


def _begun(bundle: Bundle, typed: str, limit: int) -> tuple[tuple[Entry, ...], int]:
    bare = typed.replace(".", "")
    if not _BEGINNING.fullmatch(bare):
        return (), 0
    dotted = _system(bundle).dotted and len(bare) > 3  # noqa: PLR2004 -- a category's three characters
    prefix = f"{bare[:3]}.{bare[3:]}" if dotted else bare
    begun = bundle.facts.starting(prefix, limit)
    return begun, bundle.facts.count_starting(prefix) if len(begun) == limit else len(begun)


def _hit(bundle: Bundle, entry: Entry, score: float) -> Hit:
    return Hit(_system(bundle).id, entry.code, entry.display, entry.billable, score, entry.code, "code")
