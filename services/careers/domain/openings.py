"""Openings, and how they are asked for."""

import hashlib
import unicodedata
from dataclasses import dataclass, replace
from typing import Final

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
UP: Final = frozenset({"open", "waiting"})


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
    """An opening. `status` is waiting, open, closed, refused or expired; before it is noted, the date tells expired.

    `account_id` is empty where the employer's account is closed; `refusal` is what an editor told its employer.
    """

    id: str
    details: Details
    account_id: str
    status: str
    posted_at: int  # Unix milliseconds
    changed_at: int
    rev: int = 1
    refusal: str = ""

    def on(self, today: str) -> "Opening":
        """The opening as it stands on a day: expired once its last day is over."""
        over = self.status in UP and today > self.details.valid_through
        return replace(self, status="expired") if over else self

    @property
    def twin(self) -> str:
        """The same for two openings of an employer that say the same, while both are up: only one of them may be."""
        return twin(self.account_id, self.details) if self.status in UP else self.id


def twin(account_id: str, details: Details) -> str:
    """What an employer's opening says, case, accents and spaces aside; pay and last day are no part of it."""
    texts = (details.title, details.employer, details.description, details.location, details.state)
    said = "\n".join(" ".join(unicodedata.normalize("NFKC", text).casefold().split()) for text in texts)
    told = f"{account_id}\n{said}\n{details.employment_type}\n{details.remote}"
    return "t" + hashlib.sha256(told.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Filters:
    """What an opening has to fit; empty ones ask for nothing."""

    query: str = ""
    credential: str = ""
    cpc_a: bool = False
    remote: bool = False
    state: str = ""
    employment_type: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list: `number` counts from 1."""

    number: int = 1
    limit: int = 20

    @property
    def start(self) -> int:
        """How many stand before it."""
        return (self.number - 1) * self.limit
