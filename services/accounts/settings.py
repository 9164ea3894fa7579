"""The accounts service's own settings."""

from typing import Self

from pydantic import model_validator

from services.chassis.boot import Settings


class AccountsSettings(Settings):
    """`plans`: a plans file, or the preset "open"; empty: the default plans. `cheap_passwords` is for tests alone."""

    plans: str = ""
    cheap_passwords: bool = False

    @model_validator(mode="after")
    def _safe(self) -> Self:
        if self.cheap_passwords and not self.development:
            raise ValueError("CODINGAHEAD_CHEAP_PASSWORDS is for tests: it needs CODINGAHEAD_DEVELOPMENT")
        return self
