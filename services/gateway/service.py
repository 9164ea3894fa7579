"""What the gateway does by composing services: opens code pages under the quota."""

from typing import Protocol

from services.chassis.errors import AppError, Kind
from services.gateway.domain import Code, Credential, OpenedCode, Spent


class Lookup(Protocol):
    """The reference data, as the gateway needs it."""

    async def get_code(self, system: str, code: str, as_of: str) -> Code:
        """One code; NOT_FOUND, INVALID."""
        ...


class Accounts(Protocol):
    """The quota, as the gateway needs it."""

    async def spend(
        self, credential: Credential, feature: str, resource: str, request_key: str, *, peek: bool
    ) -> Spent:
        """Charges, or with `peek` says what a charge would come to."""
        ...


class CodeDesk:
    """Opens code pages: looks up first, charges after, so that what does not exist costs nothing."""

    def __init__(self, lookup: Lookup, accounts: Accounts) -> None:
        self._lookup = lookup
        self._accounts = accounts

    async def look_up(self, system: str, code: str, as_of: str) -> Code:
        """The code itself, uncharged."""
        return await self._lookup.get_code(system, code, as_of)

    async def open(self, credential: Credential, code: Code, request_key: str, *, peek: bool) -> OpenedCode:
        """Charges the page and says what of it is open. With accounts away the page stays up, locked."""
        free = peek or code.status == "no_data"
        try:
            spent = await self._accounts.spend(credential, "code_page", code.resource, request_key, peek=free)
        except AppError as refusal:
            if refusal.kind is not Kind.UNAVAILABLE:
                raise
            return OpenedCode(code, None)
        return OpenedCode(code, spent)
