"""The RPCs: protobuf to domain, verb, domain to protobuf. A verb's AppError passes through to the chassis."""

# ruff: noqa: N802, ARG002 -- the contract names the methods, and every one is passed a context

from typing import Any, Final

from codingahead.accounts.v1 import service_pb2 as pb
from codingahead.accounts.v1.service_pb2_grpc import AccountServiceServicer
from opentelemetry import trace

from services.accounts.messages import (
    OUTCOMES,
    account_of,
    api_key_of,
    charge_of,
    credential_of,
    principal_of,
    quota_of,
    session_of,
    sign_in_of,
    user_of,
)
from services.accounts.service import Accounts

NAME: Final = "codingahead.accounts.v1.AccountService"

type Context = Any  # grpc.aio's context; no verb needs it


class AccountServer(AccountServiceServicer):
    """AccountService over the verbs."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def Register(self, request: pb.RegisterRequest, context: Context) -> pb.RegisterResponse:
        """Makes a free account."""
        credential = credential_of(request.credential)
        account = await self._accounts.register(request.email, request.password, request.name, credential)
        return pb.RegisterResponse(account_id=account.id, email=account.email)

    async def VerifyEmail(self, request: pb.VerifyEmailRequest, context: Context) -> pb.VerifyEmailResponse:
        """Marks an address verified."""
        account = await self._accounts.verify_email(request.token)
        return pb.VerifyEmailResponse(account_id=account.id)

    async def LogIn(self, request: pb.LogInRequest, context: Context) -> pb.LogInResponse:
        """Opens a session."""
        credential = credential_of(request.credential)
        signed_in = await self._accounts.log_in(
            request.email, request.password, credential, stays=request.stay_signed_in
        )
        return pb.LogInResponse(
            token=signed_in.token,
            expires_at_ms=signed_in.expires_at,
            principal=principal_of(signed_in.principal),
            reopened=signed_in.reopened,
        )

    async def LogOut(self, request: pb.LogOutRequest, context: Context) -> pb.LogOutResponse:
        """Ends a session."""
        await self._accounts.log_out(credential_of(request.credential))
        return pb.LogOutResponse()

    async def Resolve(self, request: pb.ResolveRequest, context: Context) -> pb.ResolveResponse:
        """Who a credential is."""
        known = await self._accounts.resolve(credential_of(request.credential))
        return pb.ResolveResponse(
            principal=principal_of(known.principal), issued_guest_cookie=known.issued_guest_cookie
        )

    async def Spend(self, request: pb.SpendRequest, context: Context) -> pb.SpendResponse:
        """Resolves and charges."""
        spent = await self._accounts.spend(
            credential_of(request.credential), request.feature, request.resource, request.request_key, peek=request.peek
        )
        trace.get_current_span().set_attribute("codingahead.outcome", spent.outcome)
        return pb.SpendResponse(
            outcome=OUTCOMES[spent.outcome],
            quota=quota_of(spent.quota),
            principal=principal_of(spent.known.principal),
            issued_guest_cookie=spent.known.issued_guest_cookie,
        )

    async def GetUsage(self, request: pb.GetUsageRequest, context: Context) -> pb.GetUsageResponse:
        """Every quota."""
        usage = await self._accounts.get_usage(credential_of(request.credential))
        return pb.GetUsageResponse(
            principal=principal_of(usage.known.principal),
            quotas=[quota_of(quota) for quota in usage.quotas],
            issued_guest_cookie=usage.known.issued_guest_cookie,
            charges=[charge_of(charge) for charge in usage.charges] if request.with_charges else [],
        )

    async def GetAccount(self, request: pb.GetAccountRequest, context: Context) -> pb.GetAccountResponse:
        """An account by id."""
        return account_of(await self._accounts.get_account(request.account_id))

    async def FindByAddress(self, request: pb.FindByAddressRequest, context: Context) -> pb.FindByAddressResponse:
        """An account by mail address."""
        return pb.FindByAddressResponse(principal=user_of(await self._accounts.find_by_address(request.address)))

    async def GetLetterFacts(self, request: pb.GetLetterFactsRequest, context: Context) -> pb.GetLetterFactsResponse:
        """What a letter needs."""
        facts = await self._accounts.get_letter_facts(request.account_id, request.purpose)
        return pb.GetLetterFactsResponse(
            address=facts.address, name=facts.name, link_path=facts.link_path, verified=facts.verified
        )

    async def SetRole(self, request: pb.SetRoleRequest, context: Context) -> pb.SetRoleResponse:
        """Gives a role."""
        return pb.SetRoleResponse(principal=user_of(await self._accounts.set_role(request.account_id, request.role)))

    async def RequestVerification(
        self, request: pb.RequestVerificationRequest, context: Context
    ) -> pb.RequestVerificationResponse:
        """Sends the letter once more."""
        await self._accounts.request_verification(credential_of(request.credential))
        return pb.RequestVerificationResponse()

    async def ChangeEmail(self, request: pb.ChangeEmailRequest, context: Context) -> pb.ChangeEmailResponse:
        """Names another address."""
        await self._accounts.change_email(credential_of(request.credential), request.password, request.email)
        return pb.ChangeEmailResponse()

    async def ListSessions(self, request: pb.ListSessionsRequest, context: Context) -> pb.ListSessionsResponse:
        """Open sessions."""
        found = await self._accounts.list_sessions(credential_of(request.credential))
        return pb.ListSessionsResponse(sessions=[session_of(one) for one in found])

    async def EndSession(self, request: pb.EndSessionRequest, context: Context) -> pb.EndSessionResponse:
        """Ends one, or all others."""
        ended = await self._accounts.end_session(credential_of(request.credential), request.id)
        return pb.EndSessionResponse(ended=ended)

    async def ListSignIns(self, request: pb.ListSignInsRequest, context: Context) -> pb.ListSignInsResponse:
        """Tries to sign in."""
        found = await self._accounts.list_sign_ins(credential_of(request.credential))
        return pb.ListSignInsResponse(sign_ins=[sign_in_of(one) for one in found])

    async def RequestPasswordReset(
        self, request: pb.RequestPasswordResetRequest, context: Context
    ) -> pb.RequestPasswordResetResponse:
        """Sends a letter, where there is somebody to send it to."""
        await self._accounts.request_password_reset(request.email, credential_of(request.credential))
        return pb.RequestPasswordResetResponse()

    async def ResetPassword(self, request: pb.ResetPasswordRequest, context: Context) -> pb.ResetPasswordResponse:
        """Sets a password by a link."""
        account = await self._accounts.reset_password(request.token, request.password)
        return pb.ResetPasswordResponse(account_id=account.id)

    async def ChangePassword(self, request: pb.ChangePasswordRequest, context: Context) -> pb.ChangePasswordResponse:
        """Sets a password, and opens a new session."""
        credential = credential_of(request.credential)
        opened = await self._accounts.change_password(credential, request.password, request.new_password)
        return pb.ChangePasswordResponse(
            token=opened.token, expires_at_ms=opened.expires_at, stay_signed_in=opened.stays
        )

    async def RenewSession(self, request: pb.RenewSessionRequest, context: Context) -> pb.RenewSessionResponse:
        """Gives a session a new token."""
        opened = await self._accounts.renew_session(credential_of(request.credential))
        return pb.RenewSessionResponse(token=opened.token, expires_at_ms=opened.expires_at, stay_signed_in=opened.stays)

    async def ListAccounts(self, request: pb.ListAccountsRequest, context: Context) -> pb.ListAccountsResponse:
        """Accounts, the newest first."""
        found = await self._accounts.list_accounts(request.role, request.plan, request.limit)
        return pb.ListAccountsResponse(accounts=[account_of(account) for account in found])

    async def SetPlan(self, request: pb.SetPlanRequest, context: Context) -> pb.SetPlanResponse:
        """Gives a plan."""
        account, changed = await self._accounts.set_plan(request.account_id, request.plan, request.order)
        return pb.SetPlanResponse(principal=user_of(account), changed=changed)

    async def ListPlans(self, request: pb.ListPlansRequest, context: Context) -> pb.ListPlansResponse:
        """The plans in force."""
        now, at = self._accounts.list_plans(), self._accounts.clock()
        return pb.ListPlansResponse(
            plans=[
                pb.Plan(name=name, quotas=[quota_of(allowance.quota(0, at)) for allowance in allowances.values()])
                for name, allowances in now.plans.allowances.items()
            ],
            free_systems=now.plans.free_systems,
            guests_per_network=now.plans.guests_per_network,
            source=now.source,
            refusal=now.refusal,
        )

    async def Lock(self, request: pb.LockRequest, context: Context) -> pb.LockResponse:
        """Locks an account, or lifts that."""
        return pb.LockResponse(account=account_of(await self._accounts.lock(request.account_id, locked=request.locked)))

    async def ExportAccount(self, request: pb.ExportAccountRequest, context: Context) -> pb.ExportAccountResponse:
        """Everything, but secrets."""
        kept = await self._accounts.export_account(credential_of(request.credential))
        return pb.ExportAccountResponse(
            account=account_of(kept.account),
            sessions=[session_of(one) for one in kept.sessions],
            api_keys=[api_key_of(key) for key in kept.api_keys],
            sign_ins=[sign_in_of(one) for one in kept.sign_ins],
            quotas=[quota_of(quota) for quota in kept.usage.quotas],
            charges=[charge_of(charge) for charge in kept.usage.charges],
            new_email=kept.account.change.email if kept.account.change else "",
        )

    async def CloseAccount(self, request: pb.CloseAccountRequest, context: Context) -> pb.CloseAccountResponse:
        """Closes the account."""
        erase_at = await self._accounts.close_account(credential_of(request.credential))
        return pb.CloseAccountResponse(erase_at_ms=erase_at)

    async def CreateApiKey(self, request: pb.CreateApiKeyRequest, context: Context) -> pb.CreateApiKeyResponse:
        """Makes an API key."""
        credential = credential_of(request.credential)
        made = await self._accounts.create_api_key(credential, request.name, tuple(request.scopes))
        return pb.CreateApiKeyResponse(id=made.id, key=made.key)

    async def ListApiKeys(self, request: pb.ListApiKeysRequest, context: Context) -> pb.ListApiKeysResponse:
        """The account's keys."""
        keys = await self._accounts.list_api_keys(credential_of(request.credential))
        return pb.ListApiKeysResponse(keys=[api_key_of(key) for key in keys])

    async def RevokeApiKey(self, request: pb.RevokeApiKeyRequest, context: Context) -> pb.RevokeApiKeyResponse:
        """Ends a key."""
        await self._accounts.revoke_api_key(credential_of(request.credential), request.id)
        return pb.RevokeApiKeyResponse()
