"""Receipts and consults: the stores, and their fakes, against every server."""

from dataclasses import replace

import pytest

from services.assistant.domain.answers import Answer, Citation, Receipt
from services.assistant.domain.cases import CaseCode, Span
from services.assistant.domain.codes import CodeRef
from services.assistant.domain.consults import Consult
from services.assistant.domain.facts import ConsultAnswered, ConsultReceived, QuestionAnswered
from services.assistant.events import encode
from services.assistant.service import consult_id
from services.assistant.store import ConsultStore, ReceiptStore
from tests.unit.assistant.world import MemoryConsults, MemoryReceipts

AT = 1_790_000_000_000
DAY = "2026-11-24"
REF = CodeRef("icd-10-cm", "I10", "Essential (primary) hypertension")
CITED = (Citation("ICD-10-CM I10", "", "x", "/data", "t"),)
ANSWER = Answer(
    "**I10** \u201cis\u201d it\n", abstained=False, as_of=DAY, codes=(REF,), citations=CITED, editions=("cm",)
)
RECEIPT = Receipt("a1", "account:ann", "question", {"question": "I10?"}, "1", ANSWER, AT, "c1")
CONSULT = Consult(consult_id("ann", "<1@x>"), "ann", "<1@x>", "A case", "Cough.\n$.x", ("<0@x>", "<1@x>"), AT, DAY)


class Stores:
    def __init__(self, receipts, consults) -> None:
        self.receipts, self.consults = receipts, consults


@pytest.fixture
async def stores(database):
    if database is None:
        return Stores(MemoryReceipts(), MemoryConsults())
    made = Stores(ReceiptStore(database, encode, lambda *_: None), ConsultStore(database, encode, lambda *_: None))
    await made.receipts.prepare()
    await made.consults.prepare()
    return made


async def test_a_receipt_comes_back_to_its_owner_byte_for_byte(stores):
    await stores.receipts.add(RECEIPT, [QuestionAnswered("a1", "account:ann", abstained=False, at=AT)])
    assert await stores.receipts.find("account:ann", "a1") == RECEIPT
    assert await stores.receipts.find("account:bob", "a1") is None


async def test_a_receipt_that_lies_there_stays(stores):
    await stores.receipts.add(RECEIPT, [])
    await stores.receipts.add(replace(RECEIPT, at=AT + 1), [])
    assert (await stores.receipts.find("account:ann", "a1")).at == AT


async def test_questions_are_listed_newest_first_without_consults(stores):
    for number, kind in enumerate(("question", "consult", "question")):
        await stores.receipts.add(replace(RECEIPT, id=f"a{number}", kind=kind, at=AT + number), [])
    assert [one.id for one in await stores.receipts.of("account:ann")] == ["a2", "a0"]


async def test_a_conversation_is_read_newest_first_and_by_its_owner_alone(stores):
    for number, conversation in enumerate(("c1", "c2", "c1", "c1")):
        await stores.receipts.add(replace(RECEIPT, id=f"a{number}", conversation_id=conversation, at=AT + number), [])
    assert [one.id for one in await stores.receipts.thread("account:ann", "c1", 2)] == ["a3", "a2"]
    assert await stores.receipts.thread("account:bob", "c1", 2) == []


async def test_receipts_that_rest_on_an_edition_are_counted_whoever_owns_them(stores):
    other = replace(ANSWER, editions=("hcpcs",))
    others = replace(RECEIPT, id="a2", owner="account:bob"), replace(RECEIPT, id="a3", answer=other)
    for receipt in (RECEIPT, *others):
        await stores.receipts.add(receipt, [])
    assert [await stores.receipts.resting_on(one) for one in ("cm", "hcpcs", "never")] == [2, 1, 0]


async def test_the_same_mail_is_one_consult(stores):
    for text in (CONSULT.text, "another"):
        await stores.consults.add(replace(CONSULT, text=text), [ConsultReceived(CONSULT.id, "ann", AT)])
    assert await stores.consults.find(CONSULT.id) == CONSULT
    assert [one.id for one in await stores.consults.of("ann")] == [CONSULT.id]


async def test_consults_of_a_thread_are_counted_since_a_time(stores):
    for number in range(4):
        message_id = f"<{number}@x>"
        told = (consult_id("ann", message_id), "ann", message_id, "s", "t", ("<0@x>", message_id), AT + number, DAY)
        await stores.consults.add(Consult(*told, notes=("a.zip was not read.",)), [])
    assert await stores.consults.in_thread("ann", "<0@x>", AT, 9) == 3
    assert await stores.consults.in_thread("ann", "<0@x>", AT, 2) == 2
    assert await stores.consults.in_thread("bob", "<0@x>", 0, 9) == 0
    assert (await stores.consults.of("ann"))[0].notes == ("a.zip was not read.",)


async def test_a_consult_is_closed_once(stores):
    await stores.consults.add(CONSULT, [])
    codes = (CaseCode(REF, 0.9, "suggested", "said", (Span(0, 12, "Hypertension"),)),)
    done = replace(CONSULT, status="answered", answered_at=AT + 5, answer=ANSWER, case_codes=codes)
    await stores.consults.close(done, [ConsultAnswered(CONSULT.id, "ann", AT + 5)])
    await stores.consults.close(replace(done, status="refused", refusal="late"), [])
    assert await stores.consults.find(CONSULT.id) == done


async def test_the_documents_tell_their_facts(stores, database):
    if database is None:
        pytest.skip("a memory store has no documents")
    await stores.consults.add(CONSULT, [ConsultReceived(CONSULT.id, "ann", AT)])
    kept = await database["consults"].find_one({"_id": CONSULT.id})
    assert kept["pending"] == 1
    assert [entry["subject"] for entry in kept["out"].values()] == ["codingahead.assistant.consult.received.v1"]


async def test_what_is_an_accounts_is_erased_and_no_more(stores):
    other = replace(CONSULT, id="k2", account_id="bob"), replace(RECEIPT, id="a2", owner="account:bob")
    for consult, receipt in ((CONSULT, RECEIPT), other):
        await stores.consults.add(consult, [])
        await stores.receipts.add(receipt, [])
    for _ in range(2):
        await stores.consults.erase("ann")
        await stores.receipts.erase("account:ann")
    assert await stores.consults.find(CONSULT.id) is None
    assert await stores.receipts.find("account:ann", "a1") is None
    assert await stores.consults.find("k2") == other[0]
    assert await stores.receipts.find("account:bob", "a2") == other[1]
