"""Openings, applications and what they have to be like."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final

from services.chassis.errors import FieldError

# AAPC's and AHIMA's credentials for coders, billers, auditors and documentation specialists, and ACDIS's.
CREDENTIALS: Final = (
    *("CPC", "CPC-A", "COC", "CIC", "CRC", "CPB", "CPMA", "CDEO"),
    *("CCA", "CCS", "CCS-P", "RHIT", "RHIA", "CDIP", "CCDS"),
)
# schema.org/JobPosting, employmentType, as search engines read it.
EMPLOYMENT: Final = ("FULL_TIME", "PART_TIME", "CONTRACTOR", "TEMPORARY", "PER_DIEM", "INTERN", "VOLUNTEER", "OTHER")
PERIODS: Final = ("hour", "year")
STATES: Final = frozenset(
    {
        *("AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY"),
        *("LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH"),
        *("OK", "OR", "PA", "PR", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY"),
    }
)
STATUSES: Final = ("received", "reviewed", "interview", "offered", "hired", "declined")  # what an employer may set
RUNNING: Final = frozenset({"received", "reviewed", "interview", "offered"})
EDITORS: Final = frozenset({"editor", "admin"})
LONGEST_NAME: Final = 120
LONGEST_TEXT: Final = 20_000
PLAIN: Final = "plain text without control characters"
LONGEST_RUN: Final = 180  # days an opening may stay up


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks; a guest has no account."""

    account_id: str = ""
    role: str = ""
    verified: bool = False

    @property
    def edits(self) -> bool:
        """Whether they decide on waiting openings."""
        return self.role in EDITORS


@dataclass(frozen=True, slots=True)
class Details:
    """What an employer writes. Pay is in US dollars, a decimal as text; `valid_through` the last day, YYYY-MM-DD."""

    title: str
    employer: str
    description: str
    location: str = ""
    state: str = ""
    remote: bool = False
    employment_type: str = "FULL_TIME"
    credentials: tuple[str, ...] = ()
    cpc_a_accepted: bool = False
    pay_min: str = ""
    pay_max: str = ""
    pay_period: str = ""
    valid_through: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """An opening. `status` is waiting, open, closed or refused; expired is told by the date."""

    id: str
    details: Details
    account_id: str
    status: str
    posted_at: int  # Unix milliseconds
    changed_at: int
    rev: int = 1

    def on(self, today: str) -> "Opening":
        """The opening as it stands on a day: expired once its last day is over."""
        over = self.status in {"open", "waiting"} and today > self.details.valid_through
        return replace(self, status="expired") if over else self


@dataclass(frozen=True, slots=True)
class Application:
    """A person's letter to an opening."""

    id: str
    opening_id: str
    employer_id: str
    applicant_id: str
    letter: str
    received_at: int
    status: str = "received"
    rev: int = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search of open openings; empty filters ask for nothing."""

    query: str = ""
    credential: str = ""
    cpc_a: bool = False
    remote: bool = False
    state: str = ""
    employment_type: str = ""
    page: int = 1
    limit: int = 20


@dataclass(frozen=True, slots=True)
class OpeningPosted:
    """An opening was posted, or let through."""

    opening_id: str
    account_id: str
    waiting: bool
    at: int

    @property
    def id(self) -> str:
        """Once for waiting, once for open."""
        return f"{'w' if self.waiting else 'o'}{self.opening_id}"


@dataclass(frozen=True, slots=True)
class OpeningClosed:
    """An opening was closed or refused."""

    opening_id: str
    account_id: str
    status: str
    at: int

    @property
    def id(self) -> str:
        """Once an opening."""
        return f"c{self.opening_id}"


@dataclass(frozen=True, slots=True)
class ApplicationReceived:
    """Somebody applied."""

    application_id: str
    opening_id: str
    employer_id: str
    applicant_id: str
    at: int

    @property
    def id(self) -> str:
        """Once an application."""
        return f"r{self.application_id}"


@dataclass(frozen=True, slots=True)
class ApplicationUpdated:
    """An application moved on; `rev` counts its changes."""

    application_id: str
    opening_id: str
    employer_id: str
    applicant_id: str
    status: str
    rev: int
    at: int

    @property
    def id(self) -> str:
        """Once a change."""
        return f"u{self.application_id}_{self.rev}"


type Told = OpeningPosted | OpeningClosed | ApplicationReceived | ApplicationUpdated


@dataclass(slots=True)
class _Found:
    errors: list[FieldError] = field(default_factory=list)

    def expect(self, holds: bool, where: str, value: str, expected: str) -> None:  # noqa: FBT001 -- the rule itself
        if not holds:
            self.errors.append(FieldError(where, value[:40], expected))


def wrong(details: Details, today: str) -> list[FieldError]:
    """Everything that is wrong with what an employer wrote, all at once."""
    found = _Found()
    for where, text in (("title", details.title), ("employer", details.employer)):
        found.expect(_line(text, LONGEST_NAME), where, text, f"1 to {LONGEST_NAME} characters on one line")
    found.expect(bool(details.description.strip()), "description", "", "what the work is, in plain text")
    long = f"at most {LONGEST_TEXT} characters"
    found.expect(
        len(details.description) <= LONGEST_TEXT, "description", f"{len(details.description)} characters", long
    )
    found.expect(_plain(details.description), "description", "", PLAIN)
    city = not details.location or _line(details.location, LONGEST_NAME)
    found.expect(city, "location", details.location, f"at most {LONGEST_NAME} characters on one line")
    found.expect(not details.state or details.state in STATES, "state", details.state, "a state's two letters, or none")
    placed = details.remote or bool(details.location or details.state)
    found.expect(placed, "location", "", "a city or a state, where the work is not remote")
    kinds = ", ".join(EMPLOYMENT)
    found.expect(details.employment_type in EMPLOYMENT, "employment_type", details.employment_type, f"one of {kinds}")
    for one in details.credentials:
        found.expect(one in CREDENTIALS, "credentials", one, f"some of {', '.join(CREDENTIALS)}")
    found.errors += _wrong_pay(details)
    found.errors += _wrong_day(details.valid_through, today)
    return found.errors


def _plain(text: str) -> bool:
    return not any(unicodedata.category(sign) == "Cc" and sign not in "\t\r\n" for sign in text)


def _line(text: str, most: int) -> bool:
    return bool(text.strip()) and len(text) <= most and text.isprintable()


def _wrong_pay(details: Details) -> list[FieldError]:
    found = _Found()
    amounts = {key: dollars(text) for key, text in (("pay_min", details.pay_min), ("pay_max", details.pay_max)) if text}
    for key, amount in amounts.items():
        expected = "US dollars above 0 such as 28 or 61500.00, or nothing"
        found.expect(amount is not None, key, getattr(details, key), expected)
    low, high = amounts.get("pay_min"), amounts.get("pay_max")
    if low is not None and high is not None:
        found.expect(low <= high, "pay_max", details.pay_max, "not less than pay_min")
    needs = not amounts or details.pay_period in PERIODS
    found.expect(needs, "pay_period", details.pay_period, "hour or year, where pay is stated")
    return found.errors


def dollars(text: str) -> Decimal | None:
    """An amount above 0 with at most two decimals; None where it is none."""
    if not re.fullmatch(r"[0-9]{1,7}(?:\.[0-9]{1,2})?", text):
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount > 0 else None


def _wrong_day(text: str, today: str) -> list[FieldError]:
    found = _Found()
    last = (date.fromisoformat(today) + timedelta(days=LONGEST_RUN)).isoformat()
    expected = f"a day from {today} to {last} as YYYY-MM-DD"
    try:
        is_day = bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text)) and date.fromisoformat(text) is not None
    except ValueError:
        is_day = False
    found.expect(is_day and today <= text <= last, "valid_through", text, expected)
    return found.errors


def letter_wrong(letter: str) -> Sequence[FieldError]:
    """What is wrong with an application's letter."""
    found = _Found()
    length = f"{len(letter)} characters"
    found.expect(0 < len(letter.strip()) <= LONGEST_TEXT, "letter", length, f"1 to {LONGEST_TEXT} characters")
    found.expect(_plain(letter), "letter", "", PLAIN)
    return found.errors
