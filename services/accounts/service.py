"""The verbs of accounts. Each is named as its RPC; what it refuses is an AppError.

Those of people stand in membership/, by what they are about; here are those of the quota.
"""

from services.accounts.domain import Credential, Spent, Usage
from services.accounts.membership.closing import Closing
from services.accounts.membership.desk import LONGEST, once_more, printable, unknown
from services.accounts.membership.joining import Joining
from services.accounts.membership.keys import Keys
from services.accounts.membership.passwords import PasswordChanges
from services.accounts.membership.signing_in import SigningIn
from services.accounts.membership.standing import Standing
from services.accounts.quota.metering import Asked
from services.accounts.quota.plans import COUNTED, FEATURES
from services.chassis import errors


class Accounts(Joining, SigningIn, PasswordChanges, Keys, Standing, Closing):
    """Every verb, over one desk."""

    __slots__ = ()

    async def spend(
        self, credential: Credential, feature: str, resource: str, request_key: str, *, peek: bool = False
    ) -> Spent:
        """Resolves and charges; a repeat with the same request key is answered as before. A peek writes nothing."""
        _check_asked(feature, resource, request_key, peek=peek)
        known = await self.resolve(credential)
        if not known.principal.may(feature):
            raise errors.forbidden("SCOPE_MISSING", f"This API key has no scope {feature}.")
        newcomer = bool(known.issued_guest_cookie)
        asked = Asked(known.principal, credential.address, feature, resource, request_key, newcomer)
        act, at = self.meter.peek if peek else self.meter.charge, self.clock()
        outcome, quota = await once_more(lambda: act(asked, at))
        return Spent(outcome, quota, known)

    async def get_usage(self, credential: Credential) -> Usage:
        """Every quota of the credential's principal, and what was charged."""
        known = await self.resolve(credential)
        newcomer = bool(known.issued_guest_cookie)
        used = self.meter.usage(known.principal, credential.address, self.clock(), newcomer=newcomer)
        quotas, charges = await used
        return Usage(known, quotas, charges)


def _check_asked(feature: str, resource: str, request_key: str, *, peek: bool) -> None:
    if feature not in FEATURES:
        raise unknown("feature", feature, FEATURES)
    printable("resource", resource, LONGEST, fewest=0 if feature in COUNTED else 1)
    printable("request_key", request_key, LONGEST, fewest=0 if peek else 1)
