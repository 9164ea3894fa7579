"""Consults: several cases in one mail, what was not read, dates of service, threads that do not end."""

import pytest

from services.assistant.cases.several import parts, service_date
from services.assistant.domain.consults import Consult
from services.assistant.service import THREAD, consult_id
from services.chassis.errors import AppError
from tests.unit.assistant.world import assistant

DAY_LATER = 1_790_100_000_000


def mailed(text: str, number: int = 1, thread: str = "<root@x>", at: int = 1, notes: tuple[str, ...] = ()) -> Consult:
    message_id = f"<{number}@example.org>"
    told = (consult_id("ann", message_id), "ann", message_id, "A case", text, (thread, message_id), at, "2026-11-24")
    return Consult(*told, notes=notes)


async def answered(consult: Consult) -> str:
    office = assistant()
    await office.submit_consult(consult)
    await office.work_consult(consult.id)
    found = await office.get_consult("ann", consult.id)
    return found.answer.markdown if found.answer else found.refusal


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Case 1: gout\nCase 2: cough", [("Case 1", "gout"), ("Case 2", "cough")]),
        ("Hello,\nPatient A\nGout.\n\nPatient B\nCough.\n", [("Patient A", "Gout."), ("Patient B", "Cough.")]),
        ("Case #1. gout\nCase #2. cough", [("Case #1", "gout"), ("Case #2", "cough")]),
        ("Case one - gout\nSecond case: cough", [("Case one", "gout"), ("Second case", "cough")]),
        ("Case 1: gout", [("", "Case 1: gout")]),
        ("Patient has gout.", [("", "Patient has gout.")]),
    ],
)
def test_the_cases_of_a_mail(text, expected):
    found = parts(text)
    assert [(one.title, one.text.strip()) for one in found] == expected
    assert all(text[one.start :].startswith(one.text) for one in found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DOS: 03/02/2026. Gout.", "2026-03-02"),
        ("Date of service 2026-03-02", "2026-03-02"),
        ("DOS 03/02/2026 and DOS 04/02/2026", ""),
        ("DOS: 13/45/2026", ""),
        ("Seen on 2026-03-02", ""),
    ],
)
def test_a_date_of_service_is_one_that_is_called_so(text, expected):
    assert service_date(text) == expected


async def test_two_cases_are_coded_apart_with_their_places_in_the_mail():
    office = assistant()
    consult = mailed("Case 1: Essential hypertension.\nCase 2: No hypertension. Chest pain.")
    await office.submit_consult(consult)
    await office.work_consult(consult.id)
    found = await office.get_consult("ann", consult.id)
    assert found.answer is not None
    assert "## Suggested ICD-10-CM codes of Case 1" in found.answer.markdown
    assert "## Considered and left out of Case 2" in found.answer.markdown
    for code in found.case_codes:
        for span in code.evidence:
            assert consult.text[span.start : span.end] == span.text


async def test_what_was_not_read_is_said_in_the_answer_and_in_a_refusal():
    note = "scan.pdf was not read: it is protected by a password."
    assert "scan.pdf was not read" in await answered(mailed("Essential hypertension.", notes=(note,)))
    assert "scan.pdf was not read" in await answered(mailed("...", notes=(note,)))


async def test_markup_in_a_case_or_a_file_name_is_text():
    told = await answered(mailed("# <b>Essential</b> *hypertension*", notes=("<script>.pdf was not read: [x](y).",)))
    assert "<script>" not in told.replace("\\<", "")
    assert "[x](y)" not in told


async def test_inpatient_care_is_read_where_the_mail_says_so():
    assert "Read as inpatient care" in await answered(mailed("Discharge summary: probable pneumonia."))
    assert "Read as outpatient care" in await answered(mailed("Probable pneumonia."))


async def test_a_receipt_replays_with_its_notes():
    office = assistant()
    consult = mailed("Essential hypertension.", notes=("a.zip was not read: archives are not opened.",))
    await office.submit_consult(consult)
    await office.work_consult(consult.id)
    assert (await office.replay_receipt("account:ann", consult.id)).differences == ()


async def test_a_thread_has_so_many_consults_a_day():
    office = assistant()
    for number in range(THREAD):
        await office.submit_consult(mailed("Gout.", number))
    with pytest.raises(AppError, match="THREAD_FULL"):
        await office.submit_consult(mailed("Gout.", THREAD))
    await office.submit_consult(mailed("Gout.", THREAD, thread="<other@x>"))
    await office.submit_consult(mailed("Gout.", THREAD + 1, at=DAY_LATER))
