"""Finds codes that are spelled out, whole or by their beginning, with or without the dot."""

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from services.lookup.domain import SYSTEMS, Hit, Level, spelled
from services.lookup.search.board import Board
from services.lookup.search.index import LEVELS, Numbers

# What may begin a code: a letter and a digit (ICD-10-CM, HCPCS), or digits (CPT, ICD-10-PCS).
_BEGINNING: Final = re.compile(r"[A-Z][0-9][0-9A-Z]{0,5}|[0-9]{3,4}")
_LONGEST: Final = 10
_WHOLE, _BEGUN = 10.0, 9.0
_SHORTEST: Final = 3  # one or two characters are a word, not a section
_BEHIND: Final = b"~"  # it sorts behind all that codes are made of
_NO_CODES: Final = (LEVELS.index(Level.CHAPTER), LEVELS.index(Level.BLOCK))


def find(board: Board, text: str, systems: Sequence[str], kept: Numbers, limit: int) -> tuple[list[Hit], int]:
    """The code, then those that it begins, at most `limit` a system, of those kept; and how many in all."""
    typed = "".join(text.upper().split())
    systems = [one for one in systems if "." not in typed or SYSTEMS[one].dotted]
    typed = typed.rstrip(".")
    if len(typed) > _LONGEST or not typed.isascii():
        return [], 0
    hits: list[Hit] = []
    total = 0
    for system in systems:
        whole = _whole(board, system, typed, kept)
        begun = [int(one) for one in _begun(board, system, typed, kept) if one != whole]
        hits += [_hit(board, system, whole, _WHOLE)] if whole is not None else []
        first = _BEGUN + (whole is not None) / 2  # E11 begins diagnoses before it begins wheelchairs
        hits += [_hit(board, system, one, first - n / 1000) for n, one in enumerate(begun[:limit])]
        total += len(begun) + (whole is not None)
    return sorted(hits, key=lambda hit: -hit.score), total


def _whole(board: Board, system: str, typed: str, kept: Numbers) -> int | None:
    code = spelled(SYSTEMS[system], typed)
    if not code or len(code) < _SHORTEST:
        return None
    number = board.codes.at(system, code)
    return number if number >= 0 and kept[number] else None


def _begun(board: Board, system: str, typed: str, kept: Numbers) -> Numbers:
    bare = typed.replace(".", "")
    begin, end = board.codes.spans[system]
    if not _BEGINNING.fullmatch(bare):
        return np.arange(0)
    dotted = SYSTEMS[system].dotted and len(bare) > 3  # noqa: PLR2004 -- a category's three characters
    prefix = (f"{bare[:3]}.{bare[3:]}" if dotted else bare).encode()
    first, last = np.searchsorted(board.codes.spelled[begin:end], [prefix, prefix + _BEHIND]) + begin
    found = np.arange(first, last)
    return found[kept[first:last] & ~np.isin(board.codes.level[first:last], _NO_CODES)]


def _hit(board: Board, system: str, code: int, score: float) -> Hit:
    named = board.named(code)
    return Hit(system, named.code, named.display, bool(named.billable), score, named.code, "code")
