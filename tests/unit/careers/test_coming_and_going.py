"""What comes twice, what comes back after its last day, and what is left of a closed account."""

from dataclasses import replace

import pytest

from services.careers.domain.openings import Filters, Page
from services.careers.domain.people import Caller
from services.chassis.errors import AppError
from tests.unit.careers.world import APPLICANT, DETAILS, EDITOR, EMPLOYER, OTHER, office, opened

LATER = "2026-12-25"
AGAIN = replace(DETAILS, valid_through="2027-01-24")


async def refused(awaitable) -> AppError:
    with pytest.raises(AppError) as caught:
        await awaitable
    return caught.value


async def test_an_employers_opening_that_is_up_already_is_named_to_them():
    careers = office()
    first = await careers.post_opening(EMPLOYER, DETAILS)
    same = replace(DETAILS, title="  OUTPATIENT  surgery coder", pay_max="40", valid_through="2026-12-01")
    told = await refused(careers.post_opening(EMPLOYER, same))
    assert (told.reason, told.errors[0].value) == ("DUPLICATE_OPENING", first.id)
    await careers.post_opening(OTHER, DETAILS)
    await careers.post_opening(EMPLOYER, replace(DETAILS, location="Milwaukee"))
    second = await careers.post_opening(EMPLOYER, replace(DETAILS, title="Auditor"))
    told = await refused(careers.update_opening(EMPLOYER, second.id, DETAILS, second.rev))
    assert told.reason == "DUPLICATE_OPENING"
    await careers.close_opening(EMPLOYER, first.id)
    assert (await careers.post_opening(EMPLOYER, DETAILS)).status == "waiting"


async def test_two_of_the_same_posted_at_once_are_one(monkeypatch):
    careers = office()

    async def nobody(twin):
        return None

    monkeypatch.setattr(careers.openings, "find_twin", nobody)
    await careers.post_opening(EMPLOYER, DETAILS)
    assert (await refused(careers.post_opening(EMPLOYER, DETAILS))).reason == "OPENING_EXISTS"
    assert len(careers.openings.kept) == 1


async def test_after_its_last_day_it_may_be_posted_anew_or_put_up_again_and_both_are_told():
    careers = office()
    first = await opened(careers)
    later = careers.on(LATER)
    back = await later.update_opening(EMPLOYER, first.id, AGAIN, first.rev)
    assert back.status == "open"
    assert [fact.id for fact in careers.openings.said] == [f"o{first.id}_1", f"o{first.id}_2"]
    assert (await refused(later.post_opening(EMPLOYER, AGAIN))).reason == "DUPLICATE_OPENING"
    much_later = careers.on("2027-01-25")
    posted = await much_later.post_opening(EMPLOYER, replace(DETAILS, valid_through="2027-02-24"))
    assert posted.id != first.id
    assert careers.openings.kept[first.id].status == "expired"


async def test_an_editor_says_why_an_opening_is_refused():
    careers = office()
    opening = await careers.post_opening(EMPLOYER, DETAILS)
    long = await refused(careers.moderate(EDITOR, opening.id, approve=False, reason="x" * 501))
    assert (long.reason, long.errors[0].where) == ("BAD_REASON", "reason")
    done = await careers.moderate(EDITOR, opening.id, approve=False, reason=" Name the hospital. ")
    assert (done.status, done.refusal) == ("refused", "Name the hospital.")


async def test_of_a_closed_account_no_word_stays():
    careers = office()
    own = await opened(careers)
    waiting = await careers.apply(APPLICANT, own.id, "Dear team")
    theirs = await careers.post_opening(OTHER, replace(DETAILS, title="Theirs"))
    await careers.moderate(EDITOR, theirs.id, approve=True)
    await careers.apply(EMPLOYER, theirs.id, "I code myself.")
    await careers.create_alert(EMPLOYER, Filters())
    for _ in range(2):
        await careers.forget(EMPLOYER.account_id)
        await careers.end_applications(own.id)
    assert await careers.list_alerts(EMPLOYER) == []
    assert (await careers.list_applications(EMPLOYER, "", Page()))[1] == 0
    assert not await careers.openings.trusted(EMPLOYER.account_id)
    bare = careers.openings.kept[own.id]
    assert (bare.account_id, bare.status, bare.details.description) == ("", "closed", "")
    assert (await careers.search_openings(Caller(), Filters(), Page()))[1] == 1
    seen, mine = await careers.get_opening(APPLICANT, own.id)
    assert (seen.details.title, mine.status) == (DETAILS.title, "closed")
    assert waiting.id == mine.id
    assert [fact.status for fact in careers.applications.said if hasattr(fact, "status")] == ["closed"]
    assert (await refused(careers.get_opening(Caller(), own.id))).reason == "OPENING_GONE"


async def test_an_application_whose_fact_is_still_to_be_told_is_forgotten_later(monkeypatch):
    careers = office()
    opening = await opened(careers)
    await careers.apply(APPLICANT, opening.id, "Dear team")

    async def untold(application_id):
        return False

    monkeypatch.setattr(careers.applications, "erase", untold)
    assert (await refused(careers.forget(APPLICANT.account_id))).reason == "FACT_ON_ITS_WAY"
    monkeypatch.undo()
    await careers.forget(APPLICANT.account_id)
    assert careers.applications.kept == {}
