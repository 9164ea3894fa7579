"""The plans file: features by plan, each with its limit and period."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, NoReturn

from services.accounts.domain import Quota
from services.accounts.quota.periods import Period, name_of, renewal
from services.accounts.quota.tallies import Tally

COUNTED: Final = ("question", "consult", "case", "check")  # every request is charged
FEATURES: Final = ("code_page", *COUNTED)  # of code pages each is charged once
NEEDED: Final = ("guest", "free")
NO_LIMIT: Final = "none"
_HERE: Final = Path(__file__).parent
SYSTEMS: Final = ("icd-10-cm", "icd-10-pcs", "hcpcs", "cpt")
PRESETS: Final = {"": _HERE / "plans.toml", "open": _HERE / "open.toml"}

type Table = Mapping[str, object]


class PlansError(ValueError):
    """The plans file says something that cannot be: which file, where in it, what was expected."""

    def __init__(self, text: str, where: str = "") -> None:
        super().__init__(text)
        self.where = where


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one plan allows of one feature; a limit of None is no limit."""

    feature: str
    limit: int | None
    period: Period

    def tally_id(self, owner: str, at: int) -> str:
        """The tally that counts an owner's charges at a time."""
        return f"{owner}:{self.feature}:{name_of(self.period, at)}"

    def quota(self, used: int, at: int) -> Quota:
        """The feature's state after `used` charges."""
        remaining = None if self.limit is None else max(0, self.limit - used)
        return Quota(self.feature, self.limit, used, remaining, self.period, renewal(self.period, at))

    def state(self, tally: Tally | None, at: int) -> Quota:
        """The feature's state by its tally; without one nothing was charged yet."""
        return self.quota(tally.used if tally else 0, at)


@dataclass(frozen=True, slots=True)
class Plans:
    """Every plan's allowances, in the order of FEATURES. The pages of `free_systems` cost nobody anything."""

    allowances: Mapping[str, Mapping[str, Allowance]]
    guests_per_network: int | None
    free_systems: tuple[str, ...] = ()

    def is_free(self, feature: str, resource: str) -> bool:
        """Whether a resource costs nothing on any plan: a code page of a free system."""
        return feature == "code_page" and resource.partition("/")[0] in self.free_systems

    def allowance(self, plan: str, feature: str) -> Allowance:
        """What a plan allows of a feature; an account on a plan that the file no longer names has the free one."""
        return self.of(plan)[feature]

    def of(self, plan: str) -> Mapping[str, Allowance]:
        """All that a plan allows, by feature."""
        return self.allowances.get(plan) or self.allowances["free"]


def load(named: str = "") -> Plans:
    """The plans of a preset ("" is the default, "open" meters nothing) or of a file; PlansError where it is wrong."""
    return read(text_of(named), str(path_of(named)))


def path_of(named: str) -> Path:
    """Where a preset or file lies."""
    return PRESETS.get(named, Path(named))


def text_of(named: str) -> str:
    """The text of a preset or file; PlansError where it cannot be read."""
    path = path_of(named)
    try:
        return path.read_text("utf-8")
    except OSError as error:
        text = f"plans file {path}: cannot be read ({error.strerror}); expected a TOML file or the preset 'open'"
        raise PlansError(text) from error
    except UnicodeDecodeError as error:
        raise PlansError(f"plans file {path}: not TOML: {error}") from error


@lru_cache(maxsize=8)  # the file is looked at every second, and to parse it takes some milliseconds
def read(text: str, path: str) -> Plans:
    """The plans of a file's text; PlansError with `path` and line where it is wrong."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        text = f"plans file {path}: not TOML: {error}"
        raise PlansError(text) from error
    try:
        return parse(table)
    except PlansError as error:
        message = f"plans file {path}, line {_line(text, error.where)}: {error}"
        raise PlansError(message) from None


def _line(text: str, where: str) -> int:
    """The line that `where` ("plans.free.check.limit") stands on, or the nearest that holds a part of it; from 1."""
    lines, keys, line = text.splitlines(), where.strip("[]").split("."), 1
    for depth in range(len(keys), 0, -1):
        header = re.compile(rf"\s*\[\s*{re.escape('.'.join(keys[:depth]))}\s*\]")
        if found := [number for number, one in enumerate(lines, 1) if header.match(one)]:
            line, keys = found[0], keys[depth:]
            break
    for key in keys:
        line = _below(lines, line, key) or line
    return line


def _below(lines: Sequence[str], line: int, key: str) -> int:
    """The line on which a key of the table at `line` is set; 0 where it is not."""
    for number, one in enumerate(lines[line - 1 :], line):
        if number > line and one.lstrip().startswith("["):
            return 0
        if re.match(rf'\s*"?{re.escape(key)}"?\s*=', one):
            return number
    return 0


def parse(table: Table) -> Plans:
    """Plans from a TOML document's table; PlansError says where it is wrong and what was expected."""
    _only(table, ("guests_per_network", "free_systems", "plans"), "the file")
    plans = _table(table.get("plans"), "[plans]")
    for needed in NEEDED:
        if needed not in plans:
            _refuse(f"[plans.{needed}]", "is missing", "the plans guest and free")
    allowances = {name: _plan(name, _table(plan, f"[plans.{name}]")) for name, plan in plans.items()}
    guests = _limit(table.get("guests_per_network"), "guests_per_network")
    return Plans(allowances, guests, _systems(table.get("free_systems", [])))


def _systems(given: object) -> tuple[str, ...]:
    if not isinstance(given, list) or any(system not in SYSTEMS for system in given):
        _refuse("free_systems", f"is {given!r}", "a list of " + ", ".join(SYSTEMS))
    return tuple(given)


def _plan(name: str, plan: Table) -> Mapping[str, Allowance]:
    _only(plan, FEATURES, f"[plans.{name}]")
    return {feature: _allowance(feature, f"plans.{name}.{feature}", plan.get(feature)) for feature in FEATURES}


def _allowance(feature: str, where: str, given: object) -> Allowance:
    row = _table(given, where)
    _only(row, ("limit", "period"), where)
    period = row.get("period")
    if period not in list(Period):
        _refuse(f"{where}.period", f"is {period!r}", "lifetime, day or month")
    return Allowance(feature, _limit(row.get("limit"), f"{where}.limit"), Period(str(period)))


def _limit(given: object, where: str) -> int | None:
    if given == NO_LIMIT:
        return None
    if not isinstance(given, int) or isinstance(given, bool) or given < 0:
        _refuse(where, "is missing" if given is None else f"is {given!r}", f'a whole number from 0, or "{NO_LIMIT}"')
    return given


def _table(given: object, where: str) -> Table:
    if not isinstance(given, dict):
        _refuse(where, "is missing" if given is None else f"is {given!r}", "a table")
    return given


def _only(table: Table, known: tuple[str, ...], where: str) -> None:
    for key in table:
        if key not in known:
            inside = where.strip("[]") if where.startswith("[") else "" if where == "the file" else where
            raise PlansError(
                f"{where} has the unknown key {key!r}; expected only " + ", ".join(known), f"{inside}.{key}".strip(".")
            )


def _refuse(where: str, found: str, expected: str) -> NoReturn:
    raise PlansError(f"{where} {found}; expected {expected}", where)
