"""Cases sent in, and what became of them."""

from dataclasses import dataclass, field

from services.assistant.domain.answers import Answer
from services.assistant.domain.cases import CaseCode


@dataclass(frozen=True, slots=True)
class Consult:
    """A case that was sent in, and its answer once there is one."""

    id: str
    account_id: str
    message_id: str
    subject: str
    text: str
    references: tuple[str, ...]
    received_at: int
    as_of: str
    status: str = "received"  # answered, refused
    answered_at: int = 0
    refusal: str = ""
    answer: Answer | None = None
    case_codes: tuple[CaseCode, ...] = field(default=())
    notes: tuple[str, ...] = ()  # sentences on what of the mail was not read

    @property
    def thread(self) -> str:
        """The Message-ID that the thread begins with; empty for a form."""
        return self.references[0] if self.references else ""
