"""Which rules of the ICD-10-CM Official Guidelines speak of a code (content/icd10cm_guidelines.toml)."""

import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).parents[1] / "content" / "icd10cm_guidelines.toml"
SOURCE: Final = "ICD-10-CM Official Guidelines for Coding and Reporting, FY2026, section"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule; `ranges` of categories it is about, none for all; None where a flag makes no difference."""

    text: str
    section: str
    ranges: tuple[tuple[str, str], ...]
    header: bool | None
    seventh: bool | None

    def speaks_of(self, category: str, *, header: bool, seventh: bool) -> bool:
        """Whether it says something about a code of this category."""
        if self.header not in {None, header} or self.seventh not in {None, seventh}:
            return False
        return not self.ranges or any(first <= category <= last for first, last in self.ranges)


@cache
def shipped() -> tuple[Rule, ...]:
    """The rules that come with the platform."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["rule"]
    return tuple(
        Rule(row["text"], row["section"], _ranges(row.get("codes", ())), row.get("header"), row.get("seventh"))
        for row in rows
    )


def _ranges(codes: list[str]) -> tuple[tuple[str, str], ...]:
    return tuple((first, last) for first, _, last in (code.partition("-") for code in codes))


@lru_cache(maxsize=10_000)
def about(category: str, *, header: bool, seventh: bool) -> list[dict[str, str]]:
    """The rules about a code, each with its source."""
    found = [rule for rule in shipped() if rule.speaks_of(category, header=header, seventh=seventh)]
    return [{"text": rule.text, "source": f"{SOURCE} {rule.section}"} for rule in found]
