"""The RPCs: protobuf to domain, verb, domain to protobuf. A verb's AppError passes through to the chassis."""

# ruff: noqa: N802, ARG002 -- the contract names the methods, and every one is passed a context

from typing import Any, Final

from codingahead.accounts.v1 import service_pb2 as pb
from codingahead.accounts.v1.service_pb2_grpc import AccountServiceServicer
from opentelemetry import trace

from services.accounts.domain import Account, ApiKey, Credential, Kind, Outcome, Principal, Quota
from services.accounts.service import Accounts

NAME: Final = "codingahead.accounts.v1.AccountService"

type Context = Any  # grpc.aio's context; no verb needs it

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


class AccountServer(AccountServiceServicer):
    """AccountService over the verbs."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def Register(self, request: pb.RegisterRequest, context: Context) -> pb.RegisterResponse:
        """Makes a free account."""
        credential = _credential(request.credential)
        account = await self._accounts.register(request.email, request.password, request.name, credential)
        return pb.RegisterResponse(account_id=account.id, email=account.email)

    async def VerifyEmail(self, request: pb.VerifyEmailRequest, context: Context) -> pb.VerifyEmailResponse:
        """Marks an address verified."""
        account = await self._accounts.verify_email(request.token)
        return pb.VerifyEmailResponse(account_id=account.id)

    async def LogIn(self, request: pb.LogInRequest, context: Context) -> pb.LogInResponse:
        """Opens a session."""
        signed_in = await self._accounts.log_in(request.email, request.password)
        return pb.LogInResponse(
            token=signed_in.token,
            expires_at_ms=signed_in.expires_at,
            principal=_principal(signed_in.principal),
        )

    async def LogOut(self, request: pb.LogOutRequest, context: Context) -> pb.LogOutResponse:
        """Ends a session."""
        await self._accounts.log_out(_credential(request.credential))
        return pb.LogOutResponse()

    async def Resolve(self, request: pb.ResolveRequest, context: Context) -> pb.ResolveResponse:
        """Who a credential is."""
        known = await self._accounts.resolve(_credential(request.credential))
        return pb.ResolveResponse(principal=_principal(known.principal), issued_guest_cookie=known.issued_guest_cookie)

    async def Spend(self, request: pb.SpendRequest, context: Context) -> pb.SpendResponse:
        """Resolves and charges."""
        spent = await self._accounts.spend(
            _credential(request.credential), request.feature, request.resource, request.request_key, peek=request.peek
        )
        trace.get_current_span().set_attribute("codingahead.outcome", spent.outcome)
        return pb.SpendResponse(
            outcome=OUTCOMES[spent.outcome],
            quota=_quota(spent.quota),
            principal=_principal(spent.known.principal),
            issued_guest_cookie=spent.known.issued_guest_cookie,
        )

    async def GetUsage(self, request: pb.GetUsageRequest, context: Context) -> pb.GetUsageResponse:
        """Every quota."""
        usage = await self._accounts.get_usage(_credential(request.credential))
        return pb.GetUsageResponse(
            principal=_principal(usage.known.principal),
            quotas=[_quota(quota) for quota in usage.quotas],
            issued_guest_cookie=usage.known.issued_guest_cookie,
        )

    async def GetAccount(self, request: pb.GetAccountRequest, context: Context) -> pb.GetAccountResponse:
        """An account by id."""
        account = await self._accounts.get_account(request.account_id)
        return pb.GetAccountResponse(
            principal=_user(account), plan=account.plan, registered_at_ms=account.registered_at
        )

    async def FindByAddress(self, request: pb.FindByAddressRequest, context: Context) -> pb.FindByAddressResponse:
        """An account by mail address."""
        return pb.FindByAddressResponse(principal=_user(await self._accounts.find_by_address(request.address)))

    async def GetLetterFacts(self, request: pb.GetLetterFactsRequest, context: Context) -> pb.GetLetterFactsResponse:
        """What a letter needs."""
        facts = await self._accounts.get_letter_facts(request.account_id, request.purpose)
        return pb.GetLetterFactsResponse(
            address=facts.address, name=facts.name, link_path=facts.link_path, verified=facts.verified
        )

    async def SetRole(self, request: pb.SetRoleRequest, context: Context) -> pb.SetRoleResponse:
        """Gives a role."""
        return pb.SetRoleResponse(principal=_user(await self._accounts.set_role(request.account_id, request.role)))

    async def CreateApiKey(self, request: pb.CreateApiKeyRequest, context: Context) -> pb.CreateApiKeyResponse:
        """Makes an API key."""
        credential = _credential(request.credential)
        made = await self._accounts.create_api_key(credential, request.name, tuple(request.scopes))
        return pb.CreateApiKeyResponse(id=made.id, key=made.key)

    async def ListApiKeys(self, request: pb.ListApiKeysRequest, context: Context) -> pb.ListApiKeysResponse:
        """The account's keys."""
        keys = await self._accounts.list_api_keys(_credential(request.credential))
        return pb.ListApiKeysResponse(keys=[_api_key(key) for key in keys])

    async def RevokeApiKey(self, request: pb.RevokeApiKeyRequest, context: Context) -> pb.RevokeApiKeyResponse:
        """Ends a key."""
        await self._accounts.revoke_api_key(_credential(request.credential), request.id)
        return pb.RevokeApiKeyResponse()


def _credential(shown: pb.Credential) -> Credential:
    return Credential(shown.session_token, shown.guest_cookie, shown.api_key, shown.address, shown.account_id)


def _user(account: Account) -> pb.Principal:
    return _principal(account.principal())


def _principal(principal: Principal) -> pb.Principal:
    return pb.Principal(
        kind=KINDS[principal.kind],
        account_id=principal.account_id,
        email=principal.email,
        verified=principal.verified,
        role=principal.role,
        name=principal.name,
        owner=principal.owner,
    )


def _quota(quota: Quota) -> pb.Quota:
    return pb.Quota(
        feature=quota.feature,
        limit=quota.limit,
        used=quota.used,
        remaining=quota.remaining,
        period=quota.period,
        renews_at_ms=quota.renews_at,
    )


def _api_key(key: ApiKey) -> pb.ApiKey:
    return pb.ApiKey(id=key.id, name=key.name, scopes=key.scopes, created_at_ms=key.created_at)
