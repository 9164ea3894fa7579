"""The assistant's verbs over stores in memory: receipts, conversations, consults, and bad input."""

import pytest
from codingahead.accounts.v1.events_pb2 import AccountClosed

from services.assistant.domain.consults import Consult
from services.assistant.domain.questions import Question
from services.assistant.events import handlers
from services.assistant.service import consult_id
from services.chassis.bus import Event
from services.chassis.errors import AppError
from tests.unit.assistant.world import assistant


async def asked(office, text: str, owner: str = "account:ann", conversation: str = "", as_of: str = ""):
    told = [one async for one in office.ask(owner, Question(text, as_of), conversation)]
    return told[:-1], told[-1]


def case(text: str, message_id: str = "<1@example.org>") -> Consult:
    return Consult(consult_id("ann", message_id), "ann", message_id, "A case", text, (message_id,), 1, "2026-11-24")


async def reason(awaitable) -> str:
    with pytest.raises(AppError) as refused:
        await awaitable
    assert refused.value.errors
    return refused.value.reason


async def test_four_steps_come_before_the_answer():
    steps, receipt = await asked(assistant(), "What is E11.42?")
    assert [step.name for step in steps] == ["understand", "evidence", "compose", "verify"]
    assert receipt.inputs["question"] == "What is E11.42?"


async def test_a_receipt_replays_to_the_same_bytes_and_for_its_owner_alone():
    office = assistant()
    _, receipt = await asked(office, "What does modifier 25 mean?")
    replay = await office.replay_receipt("account:ann", receipt.id)
    assert replay.now == receipt.answer
    assert replay.differences == ()
    with pytest.raises(AppError, match="UNKNOWN_RECEIPT"):
        await office.replay_receipt("account:bob", receipt.id)


async def test_a_date_in_the_words_is_the_date_of_service_unless_one_is_named():
    office = assistant()
    assert (await asked(office, "Is E11.42 valid on 2026-05-01?"))[1].answer.as_of == "2026-05-01"
    assert (await asked(office, "E11.42 on 2026-05-01?", as_of="2026-06-01"))[1].answer.as_of == "2026-06-01"


async def test_conversations_are_kept_for_accounts_alone():
    office = assistant()
    _, first = await asked(office, "What is E11.42?")
    await asked(office, "And I10?", conversation=first.conversation_id)
    _, guests = await asked(office, "What is I10?", owner="guest:1")
    assert guests.conversation_id == ""
    found, answers = await office.list_conversations("account:ann", first.conversation_id)
    assert [(one.id, one.title) for one in found] == [(first.conversation_id, "What is E11.42?")]
    assert [one.inputs["question"] for one in answers] == ["What is E11.42?", "And I10?"]
    assert await office.list_conversations("guest:1", "") == ([], [])


@pytest.mark.parametrize(
    ("text", "as_of", "expected"),
    [
        ("", "", "EMPTY_QUESTION"),
        ("?!", "", "EMPTY_QUESTION"),
        ("x" * 2001, "", "QUESTION_TOO_LONG"),
        ("I10", "yesterday", "BAD_DATE"),
        ("I10", "2026-02-30", "BAD_DATE"),
    ],
)
async def test_bad_questions_are_refused_with_the_field(text, as_of, expected):
    assert await reason(asked(assistant(), text, as_of=as_of)) == expected


async def test_a_foreign_conversation_id_is_refused():
    office = assistant()
    assert await reason(asked(office, "I10", conversation="mine")) == "BAD_CONVERSATION"
    _, first = await asked(office, "What is E11.42?")
    with pytest.raises(AppError, match="UNKNOWN_CONVERSATION"):
        await asked(office, "and I10?", owner="account:bob", conversation=first.conversation_id)


async def test_a_follow_up_is_answered_from_its_conversation_and_replays_by_itself():
    office = assistant()
    _, first = await asked(office, "Is E11.42 billable on 2026-05-01?")
    _, second = await asked(office, "and what does it exclude?", conversation=first.conversation_id)
    assert second.answer.markdown.startswith("**Excludes1** at E11")
    assert second.answer.as_of == "2026-05-01"
    assert second.inputs["earlier"] == "Is E11.42 billable on 2026-05-01?"
    assert (await office.replay_receipt("account:ann", second.id)).differences == ()


async def test_what_tells_who_a_patient_is_is_not_kept():
    _, receipt = await asked(assistant(), "Patient SSN 123-45-6789: what is I10?")
    assert receipt.inputs["question"] == "Patient SSN [removed]: what is I10?"


@pytest.mark.parametrize(
    ("text", "as_of", "setting", "expected"),
    [
        ("", "", "", "EMPTY_CASE"),
        ("x" * 100_001, "", "", "CASE_TOO_LONG"),
        ("cough", "tomorrow", "", "BAD_DATE"),
        ("cough", "", "spa", "BAD_CARE_SETTING"),
    ],
)
async def test_bad_cases_are_refused_with_the_field(text, as_of, setting, expected):
    assert await reason(assistant().code_case(text, as_of, setting)) == expected


async def test_a_consult_is_worked_once_however_often_it_is_delivered():
    office = assistant()
    one = case("Type 2 diabetes and diabetic polyneuropathy. What about I10?")
    for _ in range(2):
        await office.submit_consult(one)
        await office.work_consult(one.id)
    worked = await office.get_consult("ann", one.id)
    assert worked.status == "answered"
    assert "E11.42" in worked.answer.markdown
    assert "On a code you named" in worked.answer.markdown
    assert [type(fact).__name__ for fact in office.consults.said] == ["ConsultReceived", "ConsultAnswered"]
    assert (await office.replay_receipt("account:ann", one.id)).differences == ()


async def test_a_case_without_words_is_refused_with_a_reason():
    office = assistant()
    one = case("12 34 ...")
    await office.submit_consult(one)
    await office.work_consult(one.id)
    refused = await office.get_consult("ann", one.id)
    assert refused.status == "refused"
    assert "no words" in refused.refusal


async def test_a_consult_is_its_owners_alone():
    office = assistant()
    await office.submit_consult(case("cough"))
    with pytest.raises(AppError, match="UNKNOWN_CONSULT"):
        await office.get_consult("bob", case("cough").id)


async def test_the_words_of_a_mail_are_text_in_the_consult():
    office = assistant()
    one = case("<img src=x onerror=alert(1)> essential hypertension [x](http://evil)")
    await office.submit_consult(one)
    await office.work_consult(one.id)
    markdown = (await office.get_consult("ann", one.id)).answer.markdown
    assert "<img" not in markdown.replace("\\<img", "")


async def test_a_closed_account_leaves_no_consult_no_conversation_no_receipt():
    office = assistant()
    one = case("essential hypertension")
    await office.submit_consult(one)
    await office.work_consult(one.id)
    receipt = (await asked(office, "What is I10?"))[1]
    erase = next(handler for handler in handlers(office) if handler.name == "erase_consults_and_receipts")
    for _ in range(2):
        await erase.act(Event("closed_ann", erase.subject, AccountClosed(account_id="ann"), 1))
    assert await office.list_consults("ann") == []
    assert await office.list_conversations("account:ann", "") == ([], [])
    for receipt_id in (receipt.id, one.id):
        with pytest.raises(AppError, match="UNKNOWN_RECEIPT"):
            await office.get_receipt("account:ann", receipt_id)
