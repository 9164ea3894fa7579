"""Questions, cases, consults and receipts."""

from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import grpc.aio
import orjson
from codingahead.assistant.v1 import service_pb2 as pb
from codingahead.assistant.v1.service_pb2_grpc import AssistantServiceStub

from services.chassis.rpc import call, stream
from services.gateway.domain import Ask, Consult, Json, SentCase

NAME: Final = "codingahead.assistant.v1.AssistantService"
_READS: Final = (
    "GetAnswer",
    "ListConversations",
    "GetConsult",
    "ListConsults",
    "GetReceipt",
    "SubmitConsult",
    "GetGuide",
)
RETRIED: Final = [f"{NAME}/{method}" for method in _READS]
_WORK: Final = 20.0  # seconds an answer, a case or a replay may take


class AssistantClient:
    """The assistant."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = AssistantServiceStub(channel)

    async def ask(self, owner: str, asked: Ask) -> AsyncIterator[tuple[str, Json]]:
        """("step", …) for each step that is done, then ("answer", the public answer)."""
        request = pb.AskRequest(
            owner=owner,
            question=asked.question,
            as_of=asked.as_of,
            conversation_id=asked.conversation_id,
            code=asked.code,
            system=asked.system,
        )
        async for told in stream(self._stub.Ask, request, timeout=_WORK):
            if told.WhichOneof("told") == "step":
                yield "step", {"name": told.step.name, "detail": told.step.detail}
            else:
                yield "answer", _answer(told.answer)

    async def conversations(self, owner: str, conversation_id: str = "") -> Json:
        """The caller's conversations, and the answers of the named one; NOT_FOUND."""
        request = pb.ListConversationsRequest(owner=owner, conversation_id=conversation_id)
        found = await call(self._stub.ListConversations, request)
        return {
            "conversations": [{"id": c.id, "title": c.title, "at": c.at_ms} for c in found.conversations],
            "answers": [_answer(answer) for answer in found.answers],
        }

    async def code_case(self, text: str, as_of: str, care_setting: str) -> Json:
        """The public answer of a pasted case; INVALID."""
        request = pb.CodeCaseRequest(text=text, as_of=as_of, care_setting=care_setting)
        answer = await call(self._stub.CodeCase, request, timeout=_WORK)
        return {"as_of": answer.as_of, "codes": [_case_code(code) for code in answer.codes]}

    async def submit_consult(self, account_id: str, case: SentCase) -> str:
        """Stores a case once a Message-ID; answers the consult's id."""
        request = pb.SubmitConsultRequest(
            account_id=account_id,
            message_id=case.message_id,
            subject=case.subject,
            text=case.text,
            references=case.references,
            notes=case.notes,
        )
        return (await call(self._stub.SubmitConsult, request)).consult_id

    async def get_consult(self, account_id: str, consult_id: str) -> Consult:
        """A consult of the account's own; NOT_FOUND."""
        request = pb.GetConsultRequest(account_id=account_id, consult_id=consult_id)
        return _consult((await call(self._stub.GetConsult, request)).consult)

    async def list_consults(self, account_id: str) -> list[Consult]:
        """The account's consults, the newest first."""
        answer = await call(self._stub.ListConsults, pb.ListConsultsRequest(account_id=account_id))
        return [_consult(one) for one in answer.consults]

    async def get_receipt(self, owner: str, receipt_id: str) -> Json:
        """The public receipt; NOT_FOUND."""
        request = pb.GetReceiptRequest(owner=owner, receipt_id=receipt_id)
        receipt = (await call(self._stub.GetReceipt, request)).receipt
        return {
            "id": receipt.id,
            "kind": receipt.kind,
            "at": receipt.at_ms,
            "release": receipt.release,
            "editions": list(receipt.editions),
            "inputs": orjson.loads(receipt.inputs_json),
            "answer": _answer(receipt.answer),
        }

    async def replay_receipt(self, owner: str, receipt_id: str) -> Json:
        """The public replay; NOT_FOUND."""
        request = pb.ReplayReceiptRequest(owner=owner, receipt_id=receipt_id)
        replay = await call(self._stub.ReplayReceipt, request, timeout=_WORK)
        stored, now = _bare(replay.stored), _bare(replay.now)
        return {"same": replay.same, "stored": stored, "now": now, "differences": list(replay.differences)}

    async def get_guide(self, guide_id: str) -> Json:
        """A guide with its sections; NOT_FOUND."""
        guide = await call(self._stub.GetGuide, pb.GetGuideRequest(guide_id=guide_id))
        sections = [
            {"heading": s.heading, "text": s.text, "source": s.source, "anchor": s.anchor} for s in guide.sections
        ]
        return {"title": guide.title, "sections": sections}


def _answer(answer: pb.Answer) -> Json:
    return {
        "answer_id": answer.id,
        "conversation_id": answer.conversation_id or None,
        "question": answer.question,
        **_bare(answer),
        "receipt": {"id": answer.id},
    }


def _bare(answer: pb.Answer) -> Json:
    return {
        "answer_markdown": answer.markdown,
        "abstained": answer.abstained,
        "as_of": answer.as_of,
        "codes": _codes(answer.codes),
        "citations": [
            {"title": c.title, "edition": c.edition, "locator": c.locator, "url": c.url, "text": c.text}
            for c in answer.citations
        ],
    }


def _codes(codes: Sequence[pb.CodeRef]) -> list[dict[str, str]]:
    return [{"system": code.system, "code": code.code, "display": code.display} for code in codes]


def _case_code(code: pb.CaseCode) -> dict[str, Any]:
    return {
        **_codes([code.code])[0],
        "confidence": code.confidence,
        "status": code.status,
        "reason": code.reason,
        "evidence": [{"start": span.start, "end": span.end, "text": span.text} for span in code.evidence],
    }


def _consult(consult: pb.Consult) -> Consult:
    return Consult(
        id=consult.id,
        subject=consult.subject,
        status=consult.status,
        received_at=consult.received_at_ms,
        answered_at=consult.answered_at_ms or None,
        text=consult.text,
        refusal=consult.refusal,
        message_id=consult.message_id,
        references=tuple(consult.references),
        answer=_answer(consult.answer) if consult.HasField("answer") else None,
        case_codes=tuple(_case_code(code) for code in consult.case_codes),
    )
