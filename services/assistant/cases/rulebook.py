"""The rules of rules.toml as values, and how a list of code beginnings is read."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("rules.toml")

_CATEGORY, _KIND = 3, 5  # characters of a category, and of what tells its kinds of complication apart: E11.2
_UNSAID: Final = frozenset("89A")  # complications that are not named, or none

type Codes = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Instead:
    """What is past, or of the family, has a code of its own."""

    of: Codes
    code: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A combination code for a first and a second condition (and a third); `keeps` stay beside it.

    `said`: what the words of the second have to hold; empty for any.
    """

    first: Codes
    second: Codes
    and_too: Codes
    code: str
    keeps: Codes
    rule: str
    said: str


@dataclass(frozen=True, slots=True)
class Carried:
    """What was there before a pregnancy has a code of chapter 15; `keeps`: and is told beside it.

    `codes`: in the first, second and third trimester, in childbirth, in the puerperium, and where none is told.
    """

    of: Codes
    codes: Codes
    keeps: bool


@dataclass(frozen=True, slots=True)
class Belonging:
    """Signs that belong to a diagnosis."""

    to: Codes
    signs: Codes


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All of them."""

    chronic: Codes
    encounters: Codes
    symptoms: Codes
    of_men: Codes
    of_women: Codes
    past: tuple[Instead, ...]
    family: tuple[Instead, ...]
    acute: Codes
    statuses: Codes
    sequelae: tuple[Instead, ...]
    wholes: tuple[Whole, ...]
    belongings: tuple[Belonging, ...]
    in_pregnancy: tuple[Carried, ...]
    complicated: Codes  # categories whose codes each tell of another complication: as many as there are (I.C.4.a)

    def both_follow(self, one: str, other: str) -> bool:
        """Whether two codes tell of two complications of one disease, so that neither stands for the other."""
        same = one[:_CATEGORY] == other[:_CATEGORY] and among(one, self.complicated)
        return (
            same and one[:_KIND] != other[:_KIND] and not {one[_KIND - 1 : _KIND], other[_KIND - 1 : _KIND]} & _UNSAID
        )

    def names_none(self, code: str) -> bool:
        """Whether a code of a disease with complications says that there is none: E11.9."""
        return among(code, self.complicated) and code[_CATEGORY + 1 :] == "9"

    def holding(self, part: str, whole: str) -> str:
        """The rule by which a combination code stands for a code, so that they do not stand side by side; or empty."""
        held = (
            rule.rule
            for rule in self.wholes
            if whole == rule.code and among(part, (*rule.first, *rule.second)) and not among(part, rule.keeps or ("-",))
        )
        return next(held, "")

    def belongs(self, sign: str, cause: str) -> bool:
        """Whether a code is a sign of what another names, which is not coded beside it."""
        return any(among(sign, rule.signs) and among(cause, rule.to) for rule in self.belongings)

    def stays(self, part: str, whole: str) -> bool:
        """Whether a code is reported beside a combination code that holds it, for the detail that it adds."""
        return any(among(whole, (rule.code,)) and among(part, rule.keeps) for rule in self.wholes)


def among(code: str, codes: Sequence[str]) -> bool:
    """Whether a code is one of some codes, or lies below one."""
    return code.startswith(tuple(codes))


@cache
def shipped() -> Rulebook:
    """What comes with the platform."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return Rulebook(
        chronic=tuple(told["chronic"]),
        encounters=tuple(told["encounters"]),
        symptoms=tuple(told["symptoms"]),
        of_men=tuple(told["of_men"]),
        of_women=tuple(told["of_women"]),
        past=tuple(_instead(one) for one in told["past"]),
        family=tuple(_instead(one) for one in told["family"]),
        acute=tuple(told["acute"]),
        statuses=tuple(told["statuses"]),
        sequelae=tuple(_instead(one) for one in told["sequela"]),
        wholes=tuple(_whole(one) for one in told["whole"]),
        belongings=tuple(Belonging(tuple(one["to"]), tuple(one["signs"])) for one in told["belongs"]),
        in_pregnancy=tuple(
            Carried(tuple(one["of"]), tuple(one["codes"]), one["keeps"]) for one in told["in_pregnancy"]
        ),
        complicated=tuple(told["complicated"]),
    )


def _instead(told: dict[str, Any]) -> Instead:
    return Instead(tuple(told["of"]), told["code"])


def _whole(told: dict[str, Any]) -> Whole:
    return Whole(
        first=tuple(told["first"]),
        second=tuple(told["second"]),
        and_too=tuple(told.get("and_too", ())),
        code=told["code"],
        keeps=tuple(told["keeps"]),
        rule=told["rule"],
        said=told.get("said", ""),
    )
