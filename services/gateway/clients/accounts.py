"""Accounts, sessions and the quota."""

from collections.abc import Sequence
from typing import Final, Literal

import grpc.aio
from codingahead.accounts.v1 import service_pb2 as accounts_pb
from codingahead.accounts.v1.service_pb2_grpc import AccountServiceStub

from services.chassis.rpc import call
from services.gateway.domain import Caller, Credential, Json, LetterFacts, Quota, Resolved, Session, Spent

NAME: Final = "codingahead.accounts.v1.AccountService"
RETRIED: Final = [f"{NAME}/{m}" for m in ("Resolve", "Spend", "GetUsage", "GetLetterFacts", "FindByAddress")]

_KIND: Final[dict[int, Literal["guest", "user", "api_key"]]] = {
    accounts_pb.Principal.KIND_GUEST: "guest",
    accounts_pb.Principal.KIND_USER: "user",
    accounts_pb.Principal.KIND_API_KEY: "api_key",
}
_OUTCOME: Final[dict[int, str]] = {
    accounts_pb.SpendResponse.OUTCOME_CHARGED: "charged",
    accounts_pb.SpendResponse.OUTCOME_SEEN: "seen",
    accounts_pb.SpendResponse.OUTCOME_EXHAUSTED: "exhausted",
    accounts_pb.SpendResponse.OUTCOME_UNMETERED: "unmetered",
    accounts_pb.SpendResponse.OUTCOME_AVAILABLE: "available",
}


class AccountsClient:
    """Accounts, sessions and the quota."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = AccountServiceStub(channel)

    async def resolve(self, credential: Credential) -> Resolved:
        """Who a credential is."""
        answer = await call(self._stub.Resolve, accounts_pb.ResolveRequest(credential=_shown(credential)))
        return Resolved(_caller(answer.principal), (), answer.issued_guest_cookie)

    async def get_usage(self, credential: Credential) -> Resolved:
        """Who a credential is, with every quota."""
        answer = await call(self._stub.GetUsage, accounts_pb.GetUsageRequest(credential=_shown(credential)))
        quotas = tuple(_quota(q) for q in answer.quotas)
        return Resolved(_caller(answer.principal), quotas, answer.issued_guest_cookie)

    async def spend(
        self, credential: Credential, feature: str, resource: str, request_key: str, *, peek: bool
    ) -> Spent:
        """Charges, or peeks."""
        request = accounts_pb.SpendRequest(
            credential=_shown(credential), feature=feature, resource=resource, request_key=request_key, peek=peek
        )
        answer = await call(self._stub.Spend, request, timeout=1.8)
        return Spent(
            _OUTCOME[answer.outcome], _quota(answer.quota), _caller(answer.principal), answer.issued_guest_cookie
        )

    async def spend_for(self, account_id: str, feature: str, resource: str, request_key: str) -> Spent:
        """Charges an account whose mail was proven."""
        shown = Credential(account_id=account_id)
        return await self.spend(shown, feature, resource, request_key, peek=False)

    async def register(self, credential: Credential, email: str, password: str, name: str) -> str:
        """Makes an account; answers its id."""
        request = accounts_pb.RegisterRequest(email=email, password=password, name=name, credential=_shown(credential))
        return (await call(self._stub.Register, request, timeout=10)).account_id

    async def verify_email(self, token: str) -> None:
        """Marks an address verified."""
        await call(self._stub.VerifyEmail, accounts_pb.VerifyEmailRequest(token=token))

    async def log_in(self, credential: Credential, email: str, password: str) -> Session:
        """Opens a session."""
        request = accounts_pb.LogInRequest(
            email=email, password=password, credential=_shown(credential), stay_signed_in=True
        )
        answer = await call(self._stub.LogIn, request, timeout=10)
        return Session(answer.token, answer.expires_at_ms, _caller(answer.principal))

    async def log_out(self, credential: Credential) -> None:
        """Ends the session."""
        await call(self._stub.LogOut, accounts_pb.LogOutRequest(credential=_shown(credential)))

    async def find_by_address(self, address: str) -> Caller:
        """The account of a mail address; NOT_FOUND."""
        request = accounts_pb.FindByAddressRequest(address=address)
        return _caller((await call(self._stub.FindByAddress, request)).principal)

    async def get_account(self, account_id: str) -> Caller:
        """An account by id; NOT_FOUND."""
        request = accounts_pb.GetAccountRequest(account_id=account_id)
        return _caller((await call(self._stub.GetAccount, request)).principal)

    async def get_letter_facts(self, account_id: str, purpose: str) -> LetterFacts:
        """What a letter needs."""
        request = accounts_pb.GetLetterFactsRequest(account_id=account_id, purpose=purpose)
        answer = await call(self._stub.GetLetterFacts, request)
        return LetterFacts(answer.address, answer.name, answer.link_path, answer.verified)

    async def create_api_key(self, credential: Credential, name: str, scopes: Sequence[str]) -> Json:
        """Makes a key, shown this once; FORBIDDEN without a session, INVALID, CONFLICT."""
        request = accounts_pb.CreateApiKeyRequest(credential=_shown(credential), name=name, scopes=scopes)
        made = await call(self._stub.CreateApiKey, request)
        return {"id": made.id, "key": made.key}

    async def list_api_keys(self, credential: Credential) -> list[Json]:
        """The account's keys, without their secrets; FORBIDDEN without a session."""
        found = await call(self._stub.ListApiKeys, accounts_pb.ListApiKeysRequest(credential=_shown(credential)))
        return [
            {"id": key.id, "name": key.name, "scopes": list(key.scopes), "created_at": key.created_at_ms}
            for key in found.keys
        ]

    async def revoke_api_key(self, credential: Credential, key_id: str) -> None:
        """Ends a key at once; NOT_FOUND."""
        request = accounts_pb.RevokeApiKeyRequest(credential=_shown(credential), id=key_id)
        await call(self._stub.RevokeApiKey, request)


def _shown(credential: Credential) -> accounts_pb.Credential:
    return accounts_pb.Credential(
        session_token=credential.session_token,
        guest_cookie=credential.guest_cookie,
        api_key=credential.api_key,
        address=credential.address,
        account_id=credential.account_id,
    )


def _caller(principal: accounts_pb.Principal) -> Caller:
    return Caller(
        kind=_KIND[principal.kind],
        owner=principal.owner,
        account_id=principal.account_id,
        email=principal.email,
        name=principal.name,
        verified=principal.verified,
        role=principal.role,
    )


def _quota(quota: accounts_pb.Quota) -> Quota:
    return Quota(
        feature=quota.feature,
        limit=quota.limit if quota.HasField("limit") else None,
        used=quota.used,
        remaining=quota.remaining if quota.HasField("remaining") else None,
        period=quota.period,
        renews_at=quota.renews_at_ms if quota.HasField("renews_at_ms") else None,
    )
