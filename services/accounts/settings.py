"""The accounts service's own settings."""

from typing import Self

from pydantic import Field, model_validator

from services.chassis.boot import Settings


class AccountsSettings(Settings):
    """`plans`: a plans file, or the preset "open"; empty: plans.toml in the data folder, or the plans that ship.

    `closing_days` is how long an account that is closed can still be kept. `cheap_passwords` is for tests alone.
    """

    plans: str = ""
    closing_days: float = Field(default=14, ge=0)
    cheap_passwords: bool = False

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if self.cheap_passwords and not self.development:
            raise ValueError("CODINGAHEAD_CHEAP_PASSWORDS is for tests: it needs CODINGAHEAD_DEVELOPMENT")
        return self
