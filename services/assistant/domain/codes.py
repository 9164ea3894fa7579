"""Codes as lookup knows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

type Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CodeRef:
    """A code that exists in a loaded edition."""

    system: str
    code: str
    display: str = ""


@dataclass(frozen=True, slots=True)
class KnownCode:
    """A code as lookup answered it: `sections` by key, bodies parsed."""

    ref: CodeRef
    status: str
    billable: bool | None
    as_of: str
    edition: str  # system, version and window for people; empty where none speaks
    edition_id: str
    effective_from: str
    stale: bool
    sections: Json


@dataclass(frozen=True, slots=True)
class SearchHit:
    """A code that a search found, by the term that led to it."""

    ref: CodeRef
    billable: bool
    term: str
    kind: str


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found, best first; `read_as`: words that no term has, and what each was read as, if anything."""

    hits: tuple[SearchHit, ...]
    read_as: Mapping[str, str] = MappingProxyType({})
