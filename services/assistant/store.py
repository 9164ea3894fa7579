"""Receipts and consults in MongoDB, on the subset that every server of its protocol does alike.

An answer lies as one JSON string: it is read and written whole, and its bytes are what a replay is held against.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import orjson
from pymongo.errors import DuplicateKeyError

from services.assistant.domain.answers import Answer, Citation, Receipt
from services.assistant.domain.cases import CaseCode, Span
from services.assistant.domain.codes import CodeRef
from services.assistant.domain.consults import Consult
from services.assistant.domain.facts import Told
from services.chassis.outbox import Database, Document, Fact, reachable, telling, told

RECEIPTS: Final = "receipts"
CONSULTS: Final = "consults"
PUBLISHING: Final = (RECEIPTS, CONSULTS)
_LISTED: Final = 200

type Encode = Callable[[Told], Fact]
type Collection = Any  # Motor's, which has no type of its own
type Hand = Callable[[str, str, Sequence[Fact]], None]


class ReceiptStore:
    """Receipts, each by its id."""

    def __init__(self, database: Database, encode: Encode, hand: Hand) -> None:
        self._receipts = database[RECEIPTS]
        self._encode = encode
        self._hand = hand

    async def prepare(self) -> None:
        """Makes the indexes."""
        with reachable():
            await self._receipts.create_index("owner")
            await self._receipts.create_index("conversation_id")

    async def add(self, receipt: Receipt, said: Sequence[Told]) -> None:
        """Keeps a receipt; one that lies there already stays."""
        facts = [self._encode(fact) for fact in said]
        try:
            with reachable():
                await self._receipts.insert_one({**_receipt_document(receipt), **told(facts)})
        except DuplicateKeyError:
            return
        self._hand(RECEIPTS, receipt.id, facts)

    async def find(self, owner: str, receipt_id: str) -> Receipt | None:
        """A receipt of the owner's own."""
        with reachable():
            document = await self._receipts.find_one({"_id": receipt_id, "owner": owner})
        return _receipt(document) if document else None

    async def of(self, owner: str) -> list[Receipt]:
        """The owner's questions, the newest first."""
        wanted = {"owner": owner, "kind": "question"}
        with reachable():
            found = await self._receipts.find(wanted).sort("at", -1).limit(_LISTED).to_list(_LISTED)
        return [_receipt(document) for document in found]

    async def thread(self, owner: str, conversation_id: str, most: int) -> list[Receipt]:
        """The newest questions of one of the owner's conversations, the newest first."""
        wanted = {"conversation_id": conversation_id, "owner": owner}
        with reachable():
            found = await self._receipts.find(wanted).sort("at", -1).limit(most).to_list(most)
        return [_receipt(document) for document in found]

    async def resting_on(self, edition_id: str) -> int:
        """How many receipts of whomever name an edition: gone through one by one, for an operator's rare question."""
        with reachable():
            return sum([edition_id in document["editions"] async for document in self._receipts.find({})])

    async def erase(self, owner: str) -> None:
        """Deletes all that is the owner's."""
        await _erase(self._receipts, {"owner": owner})


class ConsultStore:
    """Consults, each by an id derived from account and Message-ID."""

    def __init__(self, database: Database, encode: Encode, hand: Hand) -> None:
        self._consults = database[CONSULTS]
        self._encode = encode
        self._hand = hand

    async def prepare(self) -> None:
        """Makes the index."""
        with reachable():
            await self._consults.create_index("account_id")

    async def add(self, consult: Consult, said: Sequence[Told]) -> None:
        """Keeps a consult with its fact in one write; one that lies there already stays."""
        facts = [self._encode(fact) for fact in said]
        try:
            with reachable():
                await self._consults.insert_one({**_consult_document(consult), **told(facts)})
        except DuplicateKeyError:
            return
        self._hand(CONSULTS, consult.id, facts)

    async def find(self, consult_id: str) -> Consult | None:
        """A consult."""
        with reachable():
            document = await self._consults.find_one({"_id": consult_id})
        return _consult(document) if document else None

    async def of(self, account_id: str) -> list[Consult]:
        """The account's consults, the newest first."""
        with reachable():
            cursor = self._consults.find({"account_id": account_id}).sort("received_at", -1).limit(100)
            found = await cursor.to_list(100)
        return [_consult(document) for document in found]

    async def in_thread(self, account_id: str, thread: str, since: int, limit: int) -> int:
        """How many of the account's consults of a thread came in since a time, up to `limit`."""
        wanted = {"account_id": account_id, "thread": thread, "received_at": {"$gt": since}}
        with reachable():
            return len(await self._consults.find(wanted, {"_id": 1}).limit(limit).to_list(limit))

    async def close(self, consult: Consult, said: Sequence[Told]) -> None:
        """Writes an answer or a refusal with its fact, where the consult is still open."""
        facts = [self._encode(fact) for fact in said]
        guard: Document = {"_id": consult.id, "status": "received"}
        after = _consult_document(consult)
        changed = {key: after[key] for key in ("status", "answered_at", "refusal", "answer", "case_codes")}
        with reachable():
            result = await self._consults.update_one(guard, telling({"$set": changed}, facts))
        if result.matched_count:
            self._hand(CONSULTS, consult.id, facts)

    async def erase(self, account_id: str) -> None:
        """Deletes all that is the account's."""
        await _erase(self._consults, {"account_id": account_id})


async def _erase(collection: Collection, wanted: Document) -> None:
    """Deletes one by one: what comes in meanwhile is found by the next look."""
    with reachable():
        while found := await collection.find(wanted).limit(_LISTED).to_list(_LISTED):
            for document in found:
                await collection.delete_one({"_id": document["_id"]})


def _receipt_document(receipt: Receipt) -> Document:
    return {
        "_id": receipt.id,
        "owner": receipt.owner,
        "kind": receipt.kind,
        "inputs": orjson.dumps(dict(receipt.inputs)).decode(),
        "editions": list(receipt.editions),
        "release": receipt.release,
        "answer": _answer_text(receipt.answer),
        "at": receipt.at,
        "conversation_id": receipt.conversation_id,
    }


def _receipt(document: Document) -> Receipt:
    return Receipt(
        id=document["_id"],
        owner=document["owner"],
        kind=document["kind"],
        inputs=orjson.loads(document["inputs"]),
        release=document["release"],
        answer=_answer(orjson.loads(document["answer"]) | {"editions": document["editions"]}),
        at=document["at"],
        conversation_id=document["conversation_id"],
    )


def _consult_document(consult: Consult) -> Document:
    return {
        "_id": consult.id,
        "account_id": consult.account_id,
        "message_id": consult.message_id,
        "subject": consult.subject,
        "text": consult.text,
        "references": list(consult.references),
        "received_at": consult.received_at,
        "as_of": consult.as_of,
        "status": consult.status,
        "answered_at": consult.answered_at,
        "refusal": consult.refusal,
        "answer": _answer_text(consult.answer) if consult.answer else "",
        "case_codes": orjson.dumps([asdict(code) for code in consult.case_codes]).decode(),
        "notes": list(consult.notes),
        "thread": consult.thread,
    }


def _consult(document: Document) -> Consult:
    return Consult(
        id=document["_id"],
        account_id=document["account_id"],
        message_id=document["message_id"],
        subject=document["subject"],
        text=document["text"],
        references=tuple(document["references"]),
        received_at=document["received_at"],
        as_of=document["as_of"],
        status=document["status"],
        answered_at=document["answered_at"],
        refusal=document["refusal"],
        answer=_answer(orjson.loads(document["answer"])) if document["answer"] else None,
        case_codes=tuple(_case_code(code) for code in orjson.loads(document["case_codes"])),
        notes=tuple(document.get("notes", ())),
    )


def _answer_text(answer: Answer) -> str:
    return orjson.dumps(asdict(answer)).decode()


def _answer(kept: Mapping[str, Any]) -> Answer:
    return Answer(
        markdown=kept["markdown"],
        abstained=kept["abstained"],
        as_of=kept["as_of"],
        codes=tuple(CodeRef(**code) for code in kept["codes"]),
        citations=tuple(Citation(**citation) for citation in kept["citations"]),
        editions=tuple(kept.get("editions", ())),
    )


def _case_code(kept: Mapping[str, Any]) -> CaseCode:
    spans = tuple(Span(**span) for span in kept["evidence"])
    return CaseCode(CodeRef(**kept["ref"]), kept["confidence"], kept["status"], kept["reason"], spans)
