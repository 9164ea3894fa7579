"""Who asks."""

from dataclasses import dataclass
from typing import Final

EDITORS: Final = frozenset({"editor", "admin"})


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
