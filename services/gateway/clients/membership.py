"""What a person does with an account, and an operator's webhook with its plan, over accounts' RPCs."""

from collections.abc import Sequence
from typing import Final

import grpc.aio
from codingahead.accounts.v1 import service_pb2 as pb
from codingahead.accounts.v1.service_pb2_grpc import AccountServiceStub

from services.chassis.rpc import call
from services.gateway.clients.principals import caller_of, quota_of, shown_to
from services.gateway.domain import Credential, Json, Session

SLOW: Final = 10.0  # seconds: a password's hash waits for its turn


class MembershipCalls:
    """Sessions, passwords, addresses, keys, plans, leaving."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = AccountServiceStub(channel)

    async def register(self, credential: Credential, email: str, password: str, name: str) -> str:
        """Makes an account; answers its id."""
        request = pb.RegisterRequest(email=email, password=password, name=name, credential=shown_to(credential))
        return (await call(self._stub.Register, request, timeout=SLOW)).account_id

    async def verify_email(self, token: str) -> None:
        """Marks an address verified, or puts the new one in the old one's place."""
        await call(self._stub.VerifyEmail, pb.VerifyEmailRequest(token=token))

    async def request_verification(self, credential: Credential) -> None:
        """Sends the letter that verifies the address once more; CONFLICT, LIMITED."""
        request = pb.RequestVerificationRequest(credential=shown_to(credential))
        await call(self._stub.RequestVerification, request)

    async def change_email(self, credential: Credential, password: str, email: str) -> None:
        """Sends a letter to another address; FORBIDDEN for a wrong password."""
        request = pb.ChangeEmailRequest(credential=shown_to(credential), password=password, email=email)
        await call(self._stub.ChangeEmail, request, timeout=SLOW)

    async def log_in(self, credential: Credential, email: str, password: str, *, stays: bool = True) -> Session:
        """Opens a session, for thirty days or for twelve hours."""
        request = pb.LogInRequest(email=email, password=password, credential=shown_to(credential), stay_signed_in=stays)
        opened = await call(self._stub.LogIn, request, timeout=SLOW)
        caller = caller_of(opened.principal)
        return Session(opened.token, opened.expires_at_ms, caller, stays=stays, reopened=opened.reopened)

    async def log_out(self, credential: Credential) -> None:
        """Ends the session."""
        await call(self._stub.LogOut, pb.LogOutRequest(credential=shown_to(credential)))

    async def list_sessions(self, credential: Credential) -> list[Json]:
        """Open sessions, the newest first; FORBIDDEN without a session."""
        found = await call(self._stub.ListSessions, pb.ListSessionsRequest(credential=shown_to(credential)))
        return [_session(one) for one in found.sessions]

    async def end_session(self, credential: Credential, session_id: str = "") -> int:
        """Ends one, or all but the one that asks; answers how many. NOT_FOUND."""
        request = pb.EndSessionRequest(credential=shown_to(credential), id=session_id)
        return int((await call(self._stub.EndSession, request)).ended)

    async def list_sign_ins(self, credential: Credential) -> list[Json]:
        """Tries to sign in, the newest first."""
        found = await call(self._stub.ListSignIns, pb.ListSignInsRequest(credential=shown_to(credential)))
        return [_sign_in(one) for one in found.sign_ins]

    async def request_password_reset(self, credential: Credential, email: str) -> None:
        """Sends a letter, where there is somebody to send it to."""
        request = pb.RequestPasswordResetRequest(email=email, credential=shown_to(credential))
        await call(self._stub.RequestPasswordReset, request)

    async def reset_password(self, token: str, password: str) -> None:
        """Sets the password by a letter's link; GONE, INVALID."""
        await call(self._stub.ResetPassword, pb.ResetPasswordRequest(token=token, password=password), timeout=SLOW)

    async def change_password(self, credential: Credential, password: str, new: str) -> Session:
        """Sets the password; answers the session that takes the place of the one shown."""
        request = pb.ChangePasswordRequest(credential=shown_to(credential), password=password, new_password=new)
        opened = await call(self._stub.ChangePassword, request, timeout=SLOW)
        return Session(opened.token, opened.expires_at_ms, None, stays=opened.stay_signed_in)

    async def renew_session(self, credential: Credential) -> Session | None:
        """The session under a new token; None where the one shown stays."""
        opened = await call(self._stub.RenewSession, pb.RenewSessionRequest(credential=shown_to(credential)))
        return Session(opened.token, opened.expires_at_ms, None, stays=opened.stay_signed_in) if opened.token else None

    async def create_api_key(self, credential: Credential, name: str, scopes: Sequence[str]) -> Json:
        """Makes a key, shown this once; FORBIDDEN without a session, INVALID, CONFLICT."""
        request = pb.CreateApiKeyRequest(credential=shown_to(credential), name=name, scopes=scopes)
        made = await call(self._stub.CreateApiKey, request)
        return {"id": made.id, "key": made.key}

    async def list_api_keys(self, credential: Credential) -> list[Json]:
        """The account's keys, without their secrets; FORBIDDEN without a session."""
        found = await call(self._stub.ListApiKeys, pb.ListApiKeysRequest(credential=shown_to(credential)))
        return [_key(key) for key in found.keys]

    async def revoke_api_key(self, credential: Credential, key_id: str) -> None:
        """Ends a key at once; NOT_FOUND."""
        request = pb.RevokeApiKeyRequest(credential=shown_to(credential), id=key_id)
        await call(self._stub.RevokeApiKey, request)

    async def set_plan(self, account_id: str, plan: str, order: str) -> bool:
        """Puts an account on a plan, once an order; whether that changed anything. NOT_FOUND, INVALID."""
        request = pb.SetPlanRequest(account_id=account_id, plan=plan, order=order)
        return bool((await call(self._stub.SetPlan, request)).changed)

    async def export_account(self, credential: Credential) -> Json:
        """All that accounts keeps of the session's account, but secrets; FORBIDDEN without a session."""
        kept = await call(self._stub.ExportAccount, pb.ExportAccountRequest(credential=shown_to(credential)))
        account = kept.account
        return {
            "account": {
                "id": account.principal.account_id,
                "email": account.principal.email,
                "name": account.principal.name,
                "verified": account.principal.verified,
                "role": account.principal.role,
                "plan": account.plan,
                "registered_at": account.registered_at_ms,
                **({"new_email": kept.new_email} if kept.new_email else {}),
            },
            "quotas": [quota_of(quota) for quota in kept.quotas],
            "charges": [charge_of(charge) for charge in kept.charges],
            "sessions": [_session(one) for one in kept.sessions],
            "sign_ins": [_sign_in(one) for one in kept.sign_ins],
            "api_keys": [_key(key) for key in kept.api_keys],
        }

    async def close_account(self, credential: Credential) -> int:
        """Closes the account; when it is erased, in Unix milliseconds. FORBIDDEN without a session."""
        request = pb.CloseAccountRequest(credential=shown_to(credential))
        return int((await call(self._stub.CloseAccount, request)).erase_at_ms)


def charge_of(charge: pb.Charge) -> Json:
    """What was charged, as answers carry it."""
    carried = {"carried": True} if charge.carried else {}
    return {"feature": charge.feature, "resource": charge.resource, "at": charge.at_ms, **carried}


def _session(one: pb.Session) -> Json:
    return {
        "id": one.id,
        "device": one.device,
        "opened_at": one.opened_at_ms,
        "seen_at": one.seen_at_ms,
        "expires_at": one.expires_at_ms,
        "current": one.current,
    }


def _sign_in(one: pb.SignIn) -> Json:
    return {"at": one.at_ms, "device": one.device, "outcome": one.outcome}


def _key(key: pb.ApiKey) -> Json:
    return {
        "id": key.id,
        "name": key.name,
        "scopes": list(key.scopes),
        "created_at": key.created_at_ms,
        "used_at": key.used_at_ms or None,
    }
