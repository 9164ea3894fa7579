"""Callers, credentials and quotas, to and from accounts' messages."""

from typing import Final, Literal

from codingahead.accounts.v1 import service_pb2 as pb

from services.gateway.domain import Caller, Credential, Quota

_KIND: Final[dict[int, Literal["guest", "user", "api_key"]]] = {
    pb.Principal.KIND_GUEST: "guest",
    pb.Principal.KIND_USER: "user",
    pb.Principal.KIND_API_KEY: "api_key",
}


def shown_to(credential: Credential) -> pb.Credential:
    """What a request showed, for accounts."""
    return pb.Credential(
        session_token=credential.session_token,
        guest_cookie=credential.guest_cookie,
        api_key=credential.api_key,
        address=credential.address,
        account_id=credential.account_id,
        device=credential.device,
    )


def caller_of(principal: pb.Principal) -> Caller:
    """Who it is."""
    return Caller(
        kind=_KIND[principal.kind],
        owner=principal.owner,
        account_id=principal.account_id,
        email=principal.email,
        name=principal.name,
        verified=principal.verified,
        role=principal.role,
        plan=principal.plan,
        renew=principal.renew,
    )


def quota_of(quota: pb.Quota) -> Quota:
    """One feature's quota."""
    return Quota(
        feature=quota.feature,
        limit=quota.limit if quota.HasField("limit") else None,
        used=quota.used,
        remaining=quota.remaining if quota.HasField("remaining") else None,
        period=quota.period,
        renews_at=quota.renews_at_ms if quota.HasField("renews_at_ms") else None,
        registered_limit=quota.registered_limit if quota.HasField("registered_limit") else None,
    )
