"""The RPCs: protobuf to domain, verb, domain to protobuf. A verb's AppError passes through to the chassis."""

# ruff: noqa: N802, ARG002 -- the contract names the methods, and every one is passed a context

from typing import Any, Final

from codingahead.accounts.v1 import service_pb2 as pb
from codingahead.accounts.v1.service_pb2_grpc import AccountServiceServicer
from opentelemetry import trace

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
        credential = _credential(request.credential)
        signed_in = await self._accounts.log_in(
            request.email, request.password, credential, stays=request.stay_signed_in
        )
        return pb.LogInResponse(
            token=signed_in.token,
            expires_at_ms=signed_in.expires_at,
            principal=_principal(signed_in.principal),
            reopened=signed_in.reopened,
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
            charges=[_charge(charge) for charge in usage.charges] if request.with_charges else [],
        )

    async def GetAccount(self, request: pb.GetAccountRequest, context: Context) -> pb.GetAccountResponse:
        """An account by id."""
        return _account(await self._accounts.get_account(request.account_id))

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

    async def RequestVerification(
        self, request: pb.RequestVerificationRequest, context: Context
    ) -> pb.RequestVerificationResponse:
        """Sends the letter once more."""
        await self._accounts.request_verification(_credential(request.credential))
        return pb.RequestVerificationResponse()

    async def ChangeEmail(self, request: pb.ChangeEmailRequest, context: Context) -> pb.ChangeEmailResponse:
        """Names another address."""
        await self._accounts.change_email(_credential(request.credential), request.password, request.email)
        return pb.ChangeEmailResponse()

    async def ListSessions(self, request: pb.ListSessionsRequest, context: Context) -> pb.ListSessionsResponse:
        """Open sessions."""
        found = await self._accounts.list_sessions(_credential(request.credential))
        return pb.ListSessionsResponse(sessions=[_session(one) for one in found])

    async def EndSession(self, request: pb.EndSessionRequest, context: Context) -> pb.EndSessionResponse:
        """Ends one, or all others."""
        ended = await self._accounts.end_session(_credential(request.credential), request.id)
        return pb.EndSessionResponse(ended=ended)

    async def ListSignIns(self, request: pb.ListSignInsRequest, context: Context) -> pb.ListSignInsResponse:
        """Tries to sign in."""
        found = await self._accounts.list_sign_ins(_credential(request.credential))
        return pb.ListSignInsResponse(sign_ins=[_sign_in(one) for one in found])

    async def RequestPasswordReset(
        self, request: pb.RequestPasswordResetRequest, context: Context
    ) -> pb.RequestPasswordResetResponse:
        """Sends a letter, where there is somebody to send it to."""
        await self._accounts.request_password_reset(request.email, _credential(request.credential))
        return pb.RequestPasswordResetResponse()

    async def ResetPassword(self, request: pb.ResetPasswordRequest, context: Context) -> pb.ResetPasswordResponse:
        """Sets a password by a link."""
        account = await self._accounts.reset_password(request.token, request.password)
        return pb.ResetPasswordResponse(account_id=account.id)

    async def ChangePassword(self, request: pb.ChangePasswordRequest, context: Context) -> pb.ChangePasswordResponse:
        """Sets a password, and opens a new session."""
        credential = _credential(request.credential)
        opened = await self._accounts.change_password(credential, request.password, request.new_password)
        return pb.ChangePasswordResponse(
            token=opened.token, expires_at_ms=opened.expires_at, stay_signed_in=opened.stays
        )

    async def ListAccounts(self, request: pb.ListAccountsRequest, context: Context) -> pb.ListAccountsResponse:
        """Accounts, the newest first."""
        found = await self._accounts.list_accounts(request.role, request.plan, request.limit)
        return pb.ListAccountsResponse(accounts=[_account(account) for account in found])

    async def SetPlan(self, request: pb.SetPlanRequest, context: Context) -> pb.SetPlanResponse:
        """Gives a plan."""
        account, changed = await self._accounts.set_plan(request.account_id, request.plan, request.order)
        return pb.SetPlanResponse(principal=_user(account), changed=changed)

    async def ListPlans(self, request: pb.ListPlansRequest, context: Context) -> pb.ListPlansResponse:
        """The plans in force."""
        now, at = self._accounts.list_plans(), self._accounts.clock()
        return pb.ListPlansResponse(
            plans=[
                pb.Plan(name=name, quotas=[_quota(allowance.quota(0, at)) for allowance in allowances.values()])
                for name, allowances in now.plans.allowances.items()
            ],
            free_systems=now.plans.free_systems,
            guests_per_network=now.plans.guests_per_network,
            source=now.source,
            refusal=now.refusal,
        )

    async def Lock(self, request: pb.LockRequest, context: Context) -> pb.LockResponse:
        """Locks an account, or lifts that."""
        return pb.LockResponse(account=_account(await self._accounts.lock(request.account_id, locked=request.locked)))

    async def ExportAccount(self, request: pb.ExportAccountRequest, context: Context) -> pb.ExportAccountResponse:
        """Everything, but secrets."""
        kept = await self._accounts.export_account(_credential(request.credential))
        return pb.ExportAccountResponse(
            account=_account(kept.account),
            sessions=[_session(one) for one in kept.sessions],
            api_keys=[_api_key(key) for key in kept.api_keys],
            sign_ins=[_sign_in(one) for one in kept.sign_ins],
            quotas=[_quota(quota) for quota in kept.usage.quotas],
            charges=[_charge(charge) for charge in kept.usage.charges],
            new_email=kept.account.change.email if kept.account.change else "",
        )

    async def CloseAccount(self, request: pb.CloseAccountRequest, context: Context) -> pb.CloseAccountResponse:
        """Closes the account."""
        erase_at = await self._accounts.close_account(_credential(request.credential))
        return pb.CloseAccountResponse(erase_at_ms=erase_at)

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
    return Credential(
        shown.session_token, shown.guest_cookie, shown.api_key, shown.address, shown.account_id, shown.device
    )


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
        plan=principal.plan,
    )


def _account(account: Account) -> pb.GetAccountResponse:
    return pb.GetAccountResponse(
        principal=_user(account),
        plan=account.plan,
        registered_at_ms=account.registered_at,
        locked=account.locked,
        erase_at_ms=account.erase_at,
        sessions=len(account.sessions),
        api_keys=len(account.api_keys),
    )


def _session(one: OpenSession) -> pb.Session:
    return pb.Session(
        id=one.id,
        device=one.session.device,
        opened_at_ms=one.session.opened_at,
        seen_at_ms=one.session.seen_at or one.session.opened_at,
        expires_at_ms=one.session.expires_at,
        current=one.current,
    )


def _sign_in(one: SignIn) -> pb.SignIn:
    return pb.SignIn(at_ms=one.at, device=one.device, outcome=one.outcome)


def _charge(charge: Charged) -> pb.Charge:
    return pb.Charge(feature=charge.feature, resource=charge.resource, at_ms=charge.at, carried=charge.carried)


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
    return pb.ApiKey(id=key.id, name=key.name, scopes=key.scopes, created_at_ms=key.created_at, used_at_ms=key.used_at)
