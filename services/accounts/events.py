"""Facts as events: subject, message, and how one becomes the other. Accounts handles none itself."""

from collections.abc import Callable
from typing import Any, Final

from codingahead.accounts.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.accounts import facts
from services.chassis import telemetry
from services.chassis.outbox import Fact

SUBJECTS: Final[dict[type[Any], str]] = {
    facts.AccountRegistered: "codingahead.accounts.account.registered.v1",
    facts.EmailVerified: "codingahead.accounts.email.verified.v1",
    facts.VerificationRequested: "codingahead.accounts.email.verification_requested.v1",
    facts.EmailChangeRequested: "codingahead.accounts.email.change_requested.v1",
    facts.PasswordResetRequested: "codingahead.accounts.password.reset_requested.v1",
    facts.PasswordChanged: "codingahead.accounts.password.changed.v1",
    facts.PlanChanged: "codingahead.accounts.plan.changed.v1",
    facts.PlansPublished: "codingahead.accounts.plans.published.v1",
    facts.ClosingRequested: "codingahead.accounts.account.closing_requested.v1",
    facts.AccountClosed: "codingahead.accounts.account.closed.v1",
    facts.QuotaSpent: "codingahead.accounts.quota.spent.v1",
    facts.QuotaExhausted: "codingahead.accounts.quota.exhausted.v1",
}


def _of_account(message: Callable[..., Message]) -> Callable[[Any], Message]:
    """Of a fact that says no more than whose it is and when."""
    return lambda fact: message(account_id=fact.account_id, at_ms=fact.at)


def _plan(fact: facts.PlanChanged) -> pb.PlanChanged:
    return pb.PlanChanged(account_id=fact.account_id, plan=fact.plan, at_ms=fact.at)


def _plans(fact: facts.PlansPublished) -> pb.PlansPublished:
    return pb.PlansPublished(digest=fact.digest, revision=fact.revision, at_ms=fact.at)


def _closing(fact: facts.ClosingRequested) -> pb.AccountClosingRequested:
    return pb.AccountClosingRequested(account_id=fact.account_id, erase_at_ms=fact.erase_at, at_ms=fact.at)


def _spent(fact: facts.QuotaSpent) -> pb.QuotaSpent:
    return pb.QuotaSpent(owner=fact.owner, feature=fact.feature, resource=fact.resource, used=fact.used, at_ms=fact.at)


def _exhausted(fact: facts.QuotaExhausted) -> pb.QuotaExhausted:
    return pb.QuotaExhausted(owner=fact.owner, feature=fact.feature, at_ms=fact.at)


_MESSAGES: Final[dict[type[Any], Callable[[Any], Message]]] = {
    facts.AccountRegistered: _of_account(pb.AccountRegistered),
    facts.EmailVerified: _of_account(pb.EmailVerified),
    facts.VerificationRequested: _of_account(pb.EmailVerificationRequested),
    facts.EmailChangeRequested: _of_account(pb.EmailChangeRequested),
    facts.PasswordResetRequested: _of_account(pb.PasswordResetRequested),
    facts.PasswordChanged: _of_account(pb.PasswordChanged),
    facts.PlanChanged: _plan,
    facts.PlansPublished: _plans,
    facts.ClosingRequested: _closing,
    facts.AccountClosed: _of_account(pb.AccountClosed),
    facts.QuotaSpent: _spent,
    facts.QuotaExhausted: _exhausted,
}


def encode(fact: facts.Told) -> Fact:
    """A fact as the outbox keeps it, in the trace that is current."""
    body = _MESSAGES[type(fact)](fact).SerializeToString()
    return Fact(fact.id, SUBJECTS[type(fact)], body, fact.at, telemetry.carrier().get("traceparent", ""))
