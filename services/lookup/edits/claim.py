"""A claim and what is found in it, as values (DESIGN.md, section 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Final

from services.chassis.errors import FieldError
from services.lookup.domain import Edition, title


class Verdict(StrEnum):
    """What the loaded data says of a rule on a date."""

    APPLIES = "applies"
    DOES_NOT_APPLY = "does_not_apply"
    NO_DATA = "no_data"


class Severity(StrEnum):
    """What follows: `error` the line is denied, `check` somebody has to look, `info` good to know."""

    ERROR = "error"
    CHECK = "check"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Line:
    """A line. `date` is the claim's where the line has none; `place` is a place of service, two digits or empty."""

    id: str
    code: str
    units: int
    modifiers: tuple[str, ...]
    diagnoses: tuple[str, ...]
    date: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim. `sex` is female, male or empty; `age_years` None where it is not told. All lines are one provider's."""

    as_of: str
    setting: str  # practitioner, outpatient, dme
    program: str  # medicare, medicaid
    lines: tuple[Line, ...]
    sex: str = ""
    age_years: int | None = None
    state: str = ""  # two letters, where the service was given

    @property
    def medicaid(self) -> str:
        """What a table's name ends with."""
        return "-medicaid" if self.program == "medicaid" else ""

    def days(self) -> Mapping[str, list[Line]]:
        """Lines by their day: edits look at one day of one provider."""
        found: dict[str, list[Line]] = {}
        for line in self.lines:
            found.setdefault(line.date, []).append(line)
        return found


@dataclass(frozen=True, slots=True)
class Source:
    """Where a finding stands: edition, file, its sha256, the row (a line of the file, 0 for the whole)."""

    edition: str = ""
    file: str = ""
    sha256: str = ""
    row: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says of some lines, why, and what to do."""

    rule: str
    verdict: Verdict
    severity: Severity
    lines: tuple[str, ...]
    message: str
    fix: str
    source: Source = field(default_factory=Source)
    allowed_modifiers: tuple[str, ...] = ()
    newest: tuple[str, Verdict] | None = None  # beyond the newest edition: which it is, and what it said


@dataclass(frozen=True, slots=True)
class Checked:
    """That a rule was looked at, against which edition; `no_data` where nothing decided it, `note` says why."""

    rule: str
    edition: str
    verdict: Verdict
    note: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, what was checked, and the fields that cannot be read, whose lines were left out."""

    claim: Claim
    findings: tuple[Finding, ...]
    checked: tuple[Checked, ...]
    errors: tuple[FieldError, ...] = ()

    @property
    def verdict(self) -> str:
        """Problems where something is denied; no data where one of the four main rules had none; else clean."""
        if self.errors or any(
            one.verdict is Verdict.APPLIES and one.severity is Severity.ERROR for one in self.findings
        ):
            return "problems"
        lacking = any(one.rule in MAIN and one.verdict is Verdict.NO_DATA for one in self.checked)
        return "no_data" if lacking else "clean"


MAIN: Final = ("ncci-ptp", "mue", "add-on", "code-validity")


def source(edition: Edition, row: int = 0, part: str = "") -> Source:
    """A place in an edition; `part` names the file where an edition has several."""
    named = next((one for one in edition.parts if part and part in {one.member, one.file}), None)
    file, sha256 = (named.file, named.sha256) if named else (edition.file, edition.sha256)
    return Source(_called(edition.name, edition.system, edition.version), file, sha256, row)


@lru_cache(maxsize=1_024)
def _called(name: str, system: str, version: str) -> str:
    return f"{title(name, system)} {version}"


@dataclass(frozen=True, slots=True)
class By:
    """What a finding rests on: an edition as of a day of service, a row of it, the file that the row is in."""

    edition: Edition | None = None
    day: str = ""
    row: int = 0
    part: str = ""

    def source(self) -> Source:
        """The place."""
        return source(self.edition, self.row, self.part) if self.edition else Source()


NOBODY: Final = By()

type Words = tuple[str, str]  # what is wrong, and what to do about it
type Lines = tuple[str, ...]


def told(
    rule: str, severity: Severity, lines: Lines, words: Words, by: By = NOBODY, *, allowed: tuple[str, ...] = ()
) -> Finding:
    """That a rule applies; by an edition that ended before the day: `no_data`, with what it said beside it."""
    (message, fix), place, edition = words, by.source(), by.edition
    if edition is None or not edition.stale:
        return Finding(rule, Verdict.APPLIES, severity, lines, message, fix, place, allowed)
    ended = f"{message} That is what {place.edition} said, which ended {edition.effective_to}."
    again = f"Import the edition that covers {by.day}. If it says the same: {fix}"
    newest = (place.edition, Verdict.APPLIES)
    return Finding(rule, Verdict.NO_DATA, Severity.CHECK, lines, ended, again, place, allowed, newest)


def undecided(rule: str, severity: Severity, lines: Lines, words: Words, by: By = NOBODY) -> Finding:
    """That nothing at hand decides it."""
    return Finding(rule, Verdict.NO_DATA, severity, lines, *words, by.source())


def nothing_to_check(rule: str, note: str = "") -> Checked:
    """A rule about something that the claim does not have."""
    return Checked(rule, "", Verdict.DOES_NOT_APPLY, note)


def summed(
    rule: str, edition: Edition | None, findings: Sequence[Finding], *, firm: bool = True, note: str = ""
) -> Checked:
    """What a rule's findings come to; not `firm`: for some line no edition decided."""
    name = _called(edition.name, edition.system, edition.version) if edition else ""
    note = note or (f"It ended {edition.effective_to}." if edition and edition.stale else "")
    if any(one.verdict is Verdict.APPLIES and one.severity is Severity.ERROR for one in findings):
        return Checked(rule, name, Verdict.APPLIES, note)
    if edition is None or not firm:
        return Checked(rule, name, Verdict.NO_DATA, note)
    verdicts = {one.verdict for one in findings}
    for wanted in (Verdict.APPLIES, Verdict.NO_DATA):
        if wanted in verdicts:
            return Checked(rule, name, wanted, note)
    return Checked(rule, name, Verdict.DOES_NOT_APPLY, note)


type Found = tuple[list[Finding], list[Checked]]
