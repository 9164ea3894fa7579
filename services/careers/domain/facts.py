"""What the board tells. A fact's id is derived from what happened, so that a repeat is the same fact."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpeningPosted:
    """An opening was posted, let through, or put up again after its last day; `rev` is the opening's then."""

    opening_id: str
    account_id: str
    waiting: bool
    at: int
    rev: int = 1

    @property
    def id(self) -> str:
        """Once each time it goes up or begins to wait."""
        return f"{'w' if self.waiting else 'o'}{self.opening_id}_{self.rev}"


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


@dataclass(frozen=True, slots=True)
class AlertMatched:
    """A new opening fits an alert."""

    alert_id: str
    opening_id: str
    account_id: str
    at: int

    @property
    def id(self) -> str:
        """Once an alert and opening."""
        return f"m{self.alert_id}_{self.opening_id}"


type Told = OpeningPosted | OpeningClosed | ApplicationReceived | ApplicationUpdated | AlertMatched
