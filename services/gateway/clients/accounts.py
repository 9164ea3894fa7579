"""Accounts: who asks, the quota, and what letters need. What a person does with an account is in membership.py."""

from typing import Final

from codingahead.accounts.v1 import service_pb2 as accounts_pb

from services.chassis.rpc import call
from services.gateway.clients.membership import MembershipCalls, charge_of
from services.gateway.clients.principals import caller_of, quota_of, shown_to
from services.gateway.domain import Caller, Credential, LetterFacts, Resolved, Spent

NAME: Final = "codingahead.accounts.v1.AccountService"
_READS: Final = ("Resolve", "Spend", "GetUsage", "GetLetterFacts", "FindByAddress", "GetAccount")
RETRIED: Final = [f"{NAME}/{m}" for m in (*_READS, "ListSessions", "ListSignIns", "ListApiKeys", "ExportAccount")]

_OUTCOME: Final[dict[int, str]] = {
    accounts_pb.SpendResponse.OUTCOME_CHARGED: "charged",
    accounts_pb.SpendResponse.OUTCOME_SEEN: "seen",
    accounts_pb.SpendResponse.OUTCOME_EXHAUSTED: "exhausted",
    accounts_pb.SpendResponse.OUTCOME_UNMETERED: "unmetered",
    accounts_pb.SpendResponse.OUTCOME_AVAILABLE: "available",
}


class AccountsClient(MembershipCalls):
    """Accounts, sessions and the quota."""

    async def resolve(self, credential: Credential) -> Resolved:
        """Who a credential is."""
        answer = await call(self._stub.Resolve, accounts_pb.ResolveRequest(credential=shown_to(credential)))
        return Resolved(caller_of(answer.principal), (), answer.issued_guest_cookie)

    async def get_usage(self, credential: Credential, *, with_charges: bool = False) -> Resolved:
        """Who a credential is, with every quota, and what was charged where that is asked for."""
        request = accounts_pb.GetUsageRequest(credential=shown_to(credential), with_charges=with_charges)
        answer = await call(self._stub.GetUsage, request)
        quotas = tuple(quota_of(q) for q in answer.quotas)
        charges = tuple(charge_of(charge) for charge in answer.charges)
        return Resolved(caller_of(answer.principal), quotas, answer.issued_guest_cookie, charges)

    async def spend(
        self, credential: Credential, feature: str, resource: str, request_key: str, *, peek: bool
    ) -> Spent:
        """Charges, or peeks."""
        request = accounts_pb.SpendRequest(
            credential=shown_to(credential), feature=feature, resource=resource, request_key=request_key, peek=peek
        )
        answer = await call(self._stub.Spend, request, timeout=1.8)
        return Spent(
            _OUTCOME[answer.outcome], quota_of(answer.quota), caller_of(answer.principal), answer.issued_guest_cookie
        )

    async def spend_for(self, account_id: str, feature: str, resource: str, request_key: str) -> Spent:
        """Charges an account whose mail was proven."""
        shown = Credential(account_id=account_id)
        return await self.spend(shown, feature, resource, request_key, peek=False)

    async def find_by_address(self, address: str) -> Caller:
        """The account of a mail address; NOT_FOUND."""
        request = accounts_pb.FindByAddressRequest(address=address)
        return caller_of((await call(self._stub.FindByAddress, request)).principal)

    async def get_account(self, account_id: str) -> Caller:
        """An account by id; NOT_FOUND."""
        request = accounts_pb.GetAccountRequest(account_id=account_id)
        return caller_of((await call(self._stub.GetAccount, request)).principal)

    async def get_letter_facts(self, account_id: str, purpose: str) -> LetterFacts:
        """What a letter needs."""
        request = accounts_pb.GetLetterFactsRequest(account_id=account_id, purpose=purpose)
        answer = await call(self._stub.GetLetterFacts, request)
        return LetterFacts(answer.address, answer.name, answer.link_path, answer.verified)
