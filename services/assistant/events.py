"""Facts as events, and what is done about them: a stored case is worked."""

from collections.abc import Callable
from typing import Any, Final, Protocol

from codingahead.assistant.v1 import events_pb2 as pb
from google.protobuf.message import Message

from services.assistant.domain import ConsultAnswered, ConsultReceived, ConsultRefused, QuestionAnswered, Told
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
    """What a stored case needs."""

    async def work_consult(self, consult_id: str) -> None:
        """Answers or refuses it; a closed one is left as it is."""
        ...


def handlers(assistant: Works) -> list[Handler[Any]]:
    """One: cases are worked."""

    async def work(event: Event[pb.ConsultReceived]) -> None:
        await assistant.work_consult(event.body.consult_id)

    return [Handler("work_consult", SUBJECTS[ConsultReceived], pb.ConsultReceived, work)]


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
