"""API keys: for programs, each with a name, the features it reaches, and its last use."""

from collections.abc import Iterable, Sequence
from typing import Final

from services.accounts.credentials import tokens
from services.accounts.domain import ApiKey, Credential, MadeKey
from services.accounts.membership.desk import LONGEST_NAME, Desk, printable, unknown
from services.accounts.quota.plans import FEATURES
from services.chassis import errors

API_KEYS: Final = 20  # an account may have


class Keys(Desk):
    """CreateApiKey, ListApiKeys, RevokeApiKey."""

    __slots__ = ()

    async def create_api_key(self, credential: Credential, name: str, scopes: Sequence[str]) -> MadeKey:
        """Makes a key, shown this once; scopes are features, none means all. INVALID, CONFLICT for too many."""
        called = printable("name", name, LONGEST_NAME, fewest=1)
        for scope in scopes:
            if scope not in FEATURES:
                raise unknown("scope", scope, FEATURES)
        account = await self.signed_in(credential)
        if len(account.api_keys) >= API_KEYS:
            raise errors.conflict("TOO_MANY_API_KEYS", f"An account has at most {API_KEYS} keys. Revoke one first.")
        kept = ApiKey(tokens.new_id(), called, tuple(dict.fromkeys(scopes)), self.clock())
        key = tokens.issue(tokens.API_KEY, account.id)
        await self.accounts.add_api_key(account.id, tokens.digest(key), kept)
        return MadeKey(kept.id, key)

    async def list_api_keys(self, credential: Credential) -> tuple[ApiKey, ...]:
        """The account's keys, oldest first, without their secrets."""
        return by_age((await self.signed_in(credential)).api_keys.values())

    async def revoke_api_key(self, credential: Credential, key_id: str) -> None:
        """Ends a key at once. NOT_FOUND where the account has no such key."""
        account = await self.signed_in(credential)
        digest = next((digest for digest, key in account.api_keys.items() if key.id == key_id), None)
        if digest is None:
            raise errors.not_found("UNKNOWN_API_KEY", "The account has no such key.")
        await self.accounts.remove_api_key(account.id, digest)


def by_age(keys: Iterable[ApiKey]) -> tuple[ApiKey, ...]:
    """The oldest first."""
    return tuple(sorted(keys, key=lambda key: (key.created_at, key.id)))
