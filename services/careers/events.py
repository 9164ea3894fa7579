"""Facts as events, and what is done about them: applicants of a closed opening are told."""

from collections.abc import Callable
from typing import Any, Final, Protocol

from codingahead.careers.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.careers.domain import ApplicationReceived, ApplicationUpdated, OpeningClosed, OpeningPosted, Told
from services.chassis import telemetry
from services.chassis.bus import Event, Handler
from services.chassis.outbox import Fact

SUBJECTS: Final[dict[type[Any], str]] = {
    OpeningPosted: "codingahead.careers.opening.posted.v1",
    OpeningClosed: "codingahead.careers.opening.closed.v1",
    ApplicationReceived: "codingahead.careers.application.received.v1",
    ApplicationUpdated: "codingahead.careers.application.updated.v1",
}


class Ends(Protocol):
    """What a closed opening needs."""

    async def end_applications(self, opening_id: str) -> None:
        """Tells whoever still waits."""
        ...


def handlers(careers: Ends) -> list[Handler[Any]]:
    """One: applications to a closed opening end."""

    async def end(event: Event[pb.OpeningClosed]) -> None:
        await careers.end_applications(event.body.opening_id)

    return [Handler("end_applications", SUBJECTS[OpeningClosed], pb.OpeningClosed, end)]


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


_MESSAGES: Final[dict[type[Any], Callable[[Any], Message]]] = {
    OpeningPosted: _posted,
    OpeningClosed: _closed,
    ApplicationReceived: _received,
    ApplicationUpdated: _updated,
}


def encode(fact: Told) -> Fact:
    """A fact as the outbox keeps it, in the trace that is current."""
    body = _MESSAGES[type(fact)](fact).SerializeToString()
    return Fact(fact.id, SUBJECTS[type(fact)], body, fact.at, telemetry.carrier().get("traceparent", ""))
