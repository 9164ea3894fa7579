"""The RPCs: protobuf to domain, verb, domain to protobuf."""

# ruff: noqa: N802, ARG002 -- the contract names the methods, and every one is passed a context

import time
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import orjson
from codingahead.assistant.v1 import service_pb2 as pb
from codingahead.assistant.v1.service_pb2_grpc import AssistantServiceServicer

from services.assistant.answers.pilot import Step
from services.assistant.cases.several import service_date
from services.assistant.domain.answers import Answer, Citation, Receipt
from services.assistant.domain.cases import CaseCode
from services.assistant.domain.codes import CodeRef
from services.assistant.domain.consults import Consult
from services.assistant.domain.questions import Question
from services.assistant.service import Assistant, consult_id

NAME: Final = "codingahead.assistant.v1.AssistantService"

type Context = Any  # grpc.aio's context; no verb needs it


class AssistantServer(AssistantServiceServicer):
    """AssistantService over the verbs."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    async def Ask(self, request: pb.AskRequest, context: Context) -> AsyncIterator[pb.AskResponse]:
        """Answers a question, step by step."""
        question = Question(request.question, request.as_of, request.code, request.system)
        async for told in self._assistant.ask(request.owner, question, request.conversation_id):
            if isinstance(told, Step):
                yield pb.AskResponse(step=pb.AskResponse.Step(name=told.name, detail=told.detail))
            else:
                yield pb.AskResponse(answer=_answered(told))

    async def GetAnswer(self, request: pb.GetAnswerRequest, context: Context) -> pb.GetAnswerResponse:
        """An answer of the caller's own."""
        receipt = await self._assistant.get_receipt(request.owner, request.answer_id)
        return pb.GetAnswerResponse(answer=_answered(receipt))

    async def ListConversations(
        self, request: pb.ListConversationsRequest, context: Context
    ) -> pb.ListConversationsResponse:
        """The caller's conversations."""
        found, answers = await self._assistant.list_conversations(request.owner, request.conversation_id)
        return pb.ListConversationsResponse(
            conversations=[pb.Conversation(id=one.id, title=one.title, at_ms=one.at) for one in found],
            answers=[_answered(receipt) for receipt in answers],
        )

    async def CodeCase(self, request: pb.CodeCaseRequest, context: Context) -> pb.CodeCaseResponse:
        """Codes from a case."""
        codes, as_of = await self._assistant.code_case(request.text, request.as_of, request.care_setting)
        return pb.CodeCaseResponse(codes=_case_codes(codes), as_of=as_of)

    async def SubmitConsult(self, request: pb.SubmitConsultRequest, context: Context) -> pb.SubmitConsultResponse:
        """Stores a case."""
        wanted = Consult(
            id=consult_id(request.account_id, request.message_id),
            account_id=request.account_id,
            message_id=request.message_id,
            subject=request.subject,
            text=request.text,
            references=tuple(request.references),
            received_at=time.time_ns() // 1_000_000,
            as_of=service_date(request.text) or self._assistant.today(),
            notes=tuple(request.notes),
        )
        return pb.SubmitConsultResponse(consult_id=await self._assistant.submit_consult(wanted))

    async def GetConsult(self, request: pb.GetConsultRequest, context: Context) -> pb.GetConsultResponse:
        """A consult of the caller's own."""
        consult = await self._assistant.get_consult(request.account_id, request.consult_id)
        return pb.GetConsultResponse(consult=_consult(consult))

    async def ListConsults(self, request: pb.ListConsultsRequest, context: Context) -> pb.ListConsultsResponse:
        """The caller's consults."""
        found = await self._assistant.list_consults(request.account_id)
        return pb.ListConsultsResponse(consults=[_consult(consult, whole=False) for consult in found])

    async def GetReceipt(self, request: pb.GetReceiptRequest, context: Context) -> pb.GetReceiptResponse:
        """What an answer rested on."""
        receipt = await self._assistant.get_receipt(request.owner, request.receipt_id)
        return pb.GetReceiptResponse(
            receipt=pb.Receipt(
                id=receipt.id,
                kind=receipt.kind,
                inputs_json=orjson.dumps(dict(receipt.inputs)),
                editions=receipt.editions,
                release=receipt.release,
                answer=_answered(receipt),
                at_ms=receipt.at,
            )
        )

    async def CountReceipts(self, request: pb.CountReceiptsRequest, context: Context) -> pb.CountReceiptsResponse:
        """How many rest on an edition."""
        return pb.CountReceiptsResponse(count=await self._assistant.count_receipts(request.edition_id))

    async def ReplayReceipt(self, request: pb.ReplayReceiptRequest, context: Context) -> pb.ReplayReceiptResponse:
        """Works a receipt's inputs again."""
        replay = await self._assistant.replay_receipt(request.owner, request.receipt_id)
        return pb.ReplayReceiptResponse(
            same=not replay.differences,
            stored=_answer(replay.stored),
            now=_answer(replay.now),
            differences=replay.differences,
        )

    async def GetGuide(self, request: pb.GetGuideRequest, context: Context) -> pb.GetGuideResponse:
        """A guide, whole."""
        found = self._assistant.get_guide(request.guide_id)
        sections = [
            pb.GetGuideResponse.Section(
                heading=one.heading, text=one.markdown, source=one.source.locator, anchor=one.anchor
            )
            for one in found
        ]
        return pb.GetGuideResponse(title=found[0].title, sections=sections)


def _answered(receipt: Receipt) -> pb.Answer:
    answer = _answer(receipt.answer)
    answer.id, answer.conversation_id, answer.at_ms = receipt.id, receipt.conversation_id, receipt.at
    answer.question = receipt.inputs.get("question", "")
    return answer


def _answer(answer: Answer) -> pb.Answer:
    return pb.Answer(
        markdown=answer.markdown,
        abstained=answer.abstained,
        as_of=answer.as_of,
        codes=[_code(code) for code in answer.codes],
        citations=[_citation(one) for one in answer.citations],
    )


def _code(code: CodeRef) -> pb.CodeRef:
    return pb.CodeRef(system=code.system, code=code.code, display=code.display)


def _citation(one: Citation) -> pb.Citation:
    return pb.Citation(title=one.title, edition=one.edition, locator=one.locator, url=one.url, text=one.text)


def _case_codes(codes: Sequence[CaseCode]) -> list[pb.CaseCode]:
    return [
        pb.CaseCode(
            code=_code(code.ref),
            confidence=code.confidence,
            status=code.status,
            reason=code.reason,
            evidence=[pb.Span(start=span.start, end=span.end, text=span.text) for span in code.evidence],
        )
        for code in codes
    ]


def _consult(consult: Consult, *, whole: bool = True) -> pb.Consult:
    shown = pb.Consult(
        id=consult.id,
        subject=consult.subject,
        status=consult.status,
        received_at_ms=consult.received_at,
        answered_at_ms=consult.answered_at,
        refusal=consult.refusal,
    )
    if whole:
        shown.text, shown.message_id = consult.text, consult.message_id
        shown.references.extend(consult.references)
        shown.case_codes.extend(_case_codes(consult.case_codes))
        if consult.answer:
            shown.answer.CopyFrom(_answer(consult.answer))
            shown.answer.id = consult.id
    return shown
