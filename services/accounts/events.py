"""Facts as events: subject, message, and how one becomes the other. Accounts handles none itself."""

from collections.abc import Callable
from typing import Any, Final

from codingahead.accounts.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.accounts.domain import AccountRegistered, EmailVerified, QuotaExhausted, QuotaSpent, Told
from services.chassis import telemetry
from services.chassis.outbox import Fact

SUBJECTS: Final[dict[type[Any], str]] = {
    AccountRegistered: "codingahead.accounts.account.registered.v1",
    EmailVerified: "codingahead.accounts.email.verified.v1",
    QuotaSpent: "codingahead.accounts.quota.spent.v1",
    QuotaExhausted: "codingahead.accounts.quota.exhausted.v1",
}


def _registered(fact: AccountRegistered) -> pb.AccountRegistered:
    return pb.AccountRegistered(account_id=fact.account_id, at_ms=fact.at)


def _verified(fact: EmailVerified) -> pb.EmailVerified:
    return pb.EmailVerified(account_id=fact.account_id, at_ms=fact.at)


def _spent(fact: QuotaSpent) -> pb.QuotaSpent:
    return pb.QuotaSpent(owner=fact.owner, feature=fact.feature, resource=fact.resource, used=fact.used, at_ms=fact.at)


def _exhausted(fact: QuotaExhausted) -> pb.QuotaExhausted:
    return pb.QuotaExhausted(owner=fact.owner, feature=fact.feature, at_ms=fact.at)


_MESSAGES: Final[dict[type[Any], Callable[[Any], Message]]] = {
    AccountRegistered: _registered,
    EmailVerified: _verified,
    QuotaSpent: _spent,
    QuotaExhausted: _exhausted,
}


def encode(fact: Told) -> Fact:
    """A fact as the outbox keeps it, in the trace that is current."""
    body = _MESSAGES[type(fact)](fact).SerializeToString()
    return Fact(fact.id, SUBJECTS[type(fact)], body, fact.at, telemetry.carrier().get("traceparent", ""))
