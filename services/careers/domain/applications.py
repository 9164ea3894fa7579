"""Applications."""

import hashlib
from dataclasses import dataclass
from typing import Final

STATUSES: Final = ("received", "reviewed", "interview", "offered", "hired", "declined")  # what an employer may set
RUNNING: Final = frozenset({"received", "reviewed", "interview", "offered"})


@dataclass(frozen=True, slots=True)
class Application:
    """A person's letter to an opening."""

    id: str
    opening_id: str
    employer_id: str
    applicant_id: str
    letter: str
    received_at: int  # Unix milliseconds
    status: str = "received"
    rev: int = 1


def application_id(opening_id: str, account_id: str) -> str:
    """The same for the same person and opening."""
    return "p" + hashlib.sha256(f"{opening_id}\n{account_id}".encode()).hexdigest()[:24]
