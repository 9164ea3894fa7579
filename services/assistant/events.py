"""Facts as events, and what is done about them: a stored case is worked, a closed account's things are erased."""

from collections.abc import Callable
from typing import Any, Final, Protocol

from codingahead.accounts.v1.events_pb2 import AccountClosed
from codingahead.assistant.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.assistant.domain.facts import ConsultAnswered, ConsultReceived, ConsultRefused, QuestionAnswered, Told
from services.chassis import telemetry
from services.chassis.bus import Event, Handler
from services.chassis.outbox import Fact

SUBJECTS: Final[dict[type[Any], str]] = {
    QuestionAnswered: "codingahead.assistant.question.answered.v1",
    ConsultReceived: "codingahead.assistant.consult.received.v1",
    ConsultAnswered: "codingahead.assistant.consult.answered.v1",
    ConsultRefused: "codingahead.assistant.consult.refused.v1",
}


class Works(Protocol):
    """What stored cases and closed accounts need."""

    async def work_consult(self, consult_id: str) -> None:
        """Answers or refuses it; a closed one is left as it is."""
        ...

    async def erase_account(self, account_id: str) -> None:
        """Deletes all that is an account's."""
        ...


def handlers(assistant: Works) -> list[Handler[Any]]:
    """Two: cases are worked, and closed accounts leave nothing here."""

    async def work(event: Event[pb.ConsultReceived]) -> None:
        await assistant.work_consult(event.body.consult_id)

    async def erase(event: Event[AccountClosed]) -> None:
        await assistant.erase_account(event.body.account_id)

    return [
        Handler("work_consult", SUBJECTS[ConsultReceived], pb.ConsultReceived, work),
        Handler("erase_consults_and_receipts", "codingahead.accounts.account.closed.v1", AccountClosed, erase),
    ]


def _question_answered(fact: QuestionAnswered) -> pb.QuestionAnswered:
    return pb.QuestionAnswered(answer_id=fact.answer_id, owner=fact.owner, abstained=fact.abstained, at_ms=fact.at)


def _received(fact: ConsultReceived) -> pb.ConsultReceived:
    return pb.ConsultReceived(consult_id=fact.consult_id, account_id=fact.account_id, at_ms=fact.at)


def _answered(fact: ConsultAnswered) -> pb.ConsultAnswered:
    return pb.ConsultAnswered(consult_id=fact.consult_id, account_id=fact.account_id, at_ms=fact.at)


def _refused(fact: ConsultRefused) -> pb.ConsultRefused:
    return pb.ConsultRefused(consult_id=fact.consult_id, account_id=fact.account_id, reason=fact.reason, at_ms=fact.at)


_MESSAGES: Final[dict[type[Any], Callable[[Any], Message]]] = {
    QuestionAnswered: _question_answered,
    ConsultReceived: _received,
    ConsultAnswered: _answered,
    ConsultRefused: _refused,
}


def encode(fact: Told) -> Fact:
    """A fact as the outbox keeps it, in the trace that is current."""
    body = _MESSAGES[type(fact)](fact).SerializeToString()
    return Fact(fact.id, SUBJECTS[type(fact)], body, fact.at, telemetry.carrier().get("traceparent", ""))
