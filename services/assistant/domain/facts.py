"""What the assistant tells of."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QuestionAnswered:
    """A question was answered."""

    answer_id: str
    owner: str
    abstained: bool
    at: int

    @property
    def id(self) -> str:
        """The same for the same answer."""
        return f"q{self.answer_id}"


@dataclass(frozen=True, slots=True)
class ConsultReceived:
    """A case was stored."""

    consult_id: str
    account_id: str
    at: int

    @property
    def id(self) -> str:
        """The same for the same case."""
        return f"r{self.consult_id}"


@dataclass(frozen=True, slots=True)
class ConsultAnswered:
    """A consult is written."""

    consult_id: str
    account_id: str
    at: int

    @property
    def id(self) -> str:
        """The same for the same consult."""
        return f"a{self.consult_id}"


@dataclass(frozen=True, slots=True)
class ConsultRefused:
    """A case cannot be worked."""

    consult_id: str
    account_id: str
    reason: str
    at: int

    @property
    def id(self) -> str:
        """The same for the same consult."""
        return f"x{self.consult_id}"


type Told = QuestionAnswered | ConsultReceived | ConsultAnswered | ConsultRefused
