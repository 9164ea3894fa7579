"""Facts as events, and what is done about them.

Alerts are told of a new opening, applicants of a closed one, and a closed account leaves nothing here.
"""

from collections.abc import Callable
from typing import Any, Final

from codingahead.accounts.v1.events_pb2 import AccountClosed
from codingahead.careers.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.careers.domain.facts import (
    AlertMatched,
    ApplicationReceived,
    ApplicationUpdated,
    OpeningClosed,
    OpeningPosted,
    Told,
)
from services.careers.service import Careers
from services.chassis import telemetry
from services.chassis.bus import Event, Handler
from services.chassis.outbox import Fact

ACCOUNT_CLOSED: Final = "codingahead.accounts.account.closed.v1"
SUBJECTS: Final[dict[type[Any], str]] = {
    OpeningPosted: "codingahead.careers.opening.posted.v1",
    OpeningClosed: "codingahead.careers.opening.closed.v1",
    ApplicationReceived: "codingahead.careers.application.received.v1",
    ApplicationUpdated: "codingahead.careers.application.updated.v1",
    AlertMatched: "codingahead.careers.alert.matched.v1",
}


def handlers(careers: Careers) -> list[Handler[Any]]:
    """One a fact that the board acts on."""

    async def match(event: Event[pb.OpeningPosted]) -> None:
        if not event.body.waiting:
            await careers.alerts.match(event.body.opening_id)

    async def end(event: Event[pb.OpeningClosed]) -> None:
        await careers.applications.end_applications(event.body.opening_id)

    async def forget(event: Event[AccountClosed]) -> None:
        await careers.leaving.forget(event.body.account_id)

    return [
        Handler("match_alerts", SUBJECTS[OpeningPosted], pb.OpeningPosted, match),
        Handler("end_applications", SUBJECTS[OpeningClosed], pb.OpeningClosed, end),
        Handler("forget_account", ACCOUNT_CLOSED, AccountClosed, forget),
    ]


def _posted(fact: OpeningPosted) -> pb.OpeningPosted:
    return pb.OpeningPosted(opening_id=fact.opening_id, account_id=fact.account_id, waiting=fact.waiting, at_ms=fact.at)


def _closed(fact: OpeningClosed) -> pb.OpeningClosed:
    return pb.OpeningClosed(opening_id=fact.opening_id, account_id=fact.account_id, status=fact.status, at_ms=fact.at)


def _received(fact: ApplicationReceived) -> pb.ApplicationReceived:
    return pb.ApplicationReceived(
        application_id=fact.application_id,
        opening_id=fact.opening_id,
        employer_id=fact.employer_id,
        applicant_id=fact.applicant_id,
        at_ms=fact.at,
    )


def _updated(fact: ApplicationUpdated) -> pb.ApplicationUpdated:
    return pb.ApplicationUpdated(
        application_id=fact.application_id,
        opening_id=fact.opening_id,
        employer_id=fact.employer_id,
        applicant_id=fact.applicant_id,
        status=fact.status,
        at_ms=fact.at,
    )


def _matched(fact: AlertMatched) -> pb.AlertMatched:
    return pb.AlertMatched(
        alert_id=fact.alert_id, opening_id=fact.opening_id, account_id=fact.account_id, at_ms=fact.at
    )


_MESSAGES: Final[dict[type[Any], Callable[[Any], Message]]] = {
    OpeningPosted: _posted,
    OpeningClosed: _closed,
    ApplicationReceived: _received,
    ApplicationUpdated: _updated,
    AlertMatched: _matched,
}


def encode(fact: Told) -> Fact:
    """A fact as the outbox keeps it, in the trace that is current."""
    body = _MESSAGES[type(fact)](fact).SerializeToString()
    return Fact(fact.id, SUBJECTS[type(fact)], body, fact.at, telemetry.carrier().get("traceparent", ""))
