"""What accounts knows, as the messages of its contract."""

from typing import Final

from codingahead.accounts.v1 import service_pb2 as pb

from services.accounts.domain import (
    Account,
    ApiKey,
    Charged,
    Credential,
    Kind,
    OpenSession,
    Outcome,
    Principal,
    Quota,
    SignIn,
)

KINDS: Final = {
    Kind.GUEST: pb.Principal.KIND_GUEST,
    Kind.USER: pb.Principal.KIND_USER,
    Kind.API_KEY: pb.Principal.KIND_API_KEY,
}
OUTCOMES: Final = {
    Outcome.CHARGED: pb.SpendResponse.OUTCOME_CHARGED,
    Outcome.SEEN: pb.SpendResponse.OUTCOME_SEEN,
    Outcome.EXHAUSTED: pb.SpendResponse.OUTCOME_EXHAUSTED,
    Outcome.UNMETERED: pb.SpendResponse.OUTCOME_UNMETERED,
    Outcome.AVAILABLE: pb.SpendResponse.OUTCOME_AVAILABLE,
}


def credential_of(shown: pb.Credential) -> Credential:
    """What a request showed."""
    return Credential(
        shown.session_token, shown.guest_cookie, shown.api_key, shown.address, shown.account_id, shown.device
    )


def user_of(account: Account) -> pb.Principal:
    """An account as the one who asks."""
    return principal_of(account.principal())


def principal_of(principal: Principal) -> pb.Principal:
    """Who asks."""
    return pb.Principal(
        kind=KINDS[principal.kind],
        account_id=principal.account_id,
        email=principal.email,
        verified=principal.verified,
        role=principal.role,
        name=principal.name,
        owner=principal.owner,
        plan=principal.plan,
        renew=principal.renew,
    )


def account_of(account: Account) -> pb.GetAccountResponse:
    """An account as an operator sees it."""
    return pb.GetAccountResponse(
        principal=user_of(account),
        plan=account.plan,
        registered_at_ms=account.registered_at,
        locked=account.locked,
        erase_at_ms=account.erase_at,
        sessions=len(account.sessions),
        api_keys=len(account.api_keys),
    )


def session_of(one: OpenSession) -> pb.Session:
    """A session as its owner sees it."""
    return pb.Session(
        id=one.id,
        device=one.session.device,
        opened_at_ms=one.session.opened_at,
        seen_at_ms=one.session.seen_at or one.session.opened_at,
        expires_at_ms=one.session.expires_at,
        current=one.current,
    )


def sign_in_of(one: SignIn) -> pb.SignIn:
    """A try to sign in."""
    return pb.SignIn(at_ms=one.at, device=one.device, outcome=one.outcome)


def charge_of(charge: Charged) -> pb.Charge:
    """What was charged."""
    return pb.Charge(feature=charge.feature, resource=charge.resource, at_ms=charge.at, carried=charge.carried)


def quota_of(quota: Quota) -> pb.Quota:
    """One feature's state."""
    return pb.Quota(
        feature=quota.feature,
        limit=quota.limit,
        used=quota.used,
        remaining=quota.remaining,
        period=quota.period,
        renews_at_ms=quota.renews_at,
        registered_limit=quota.registered_limit,
    )


def api_key_of(key: ApiKey) -> pb.ApiKey:
    """A key, without its secret."""
    return pb.ApiKey(id=key.id, name=key.name, scopes=key.scopes, created_at_ms=key.created_at, used_at_ms=key.used_at)
