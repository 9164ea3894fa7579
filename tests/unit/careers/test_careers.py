"""Openings and applications through the verbs: who may what, what waits, what is told, what is refused."""

import time
import tomllib
from dataclasses import replace

import pytest

from services.careers.domain.openings import Details, Filters, Page
from services.careers.domain.people import Caller
from services.careers.domain.wrong import dollars, letter_wrong, wrong
from services.chassis.errors import AppError
from services.cli.operator import SEED
from tests.unit.careers.world import APPLICANT, DETAILS, EDITOR, EMPLOYER, OTHER, TODAY, office, opened

GUEST = Caller()
FIRST = Page()
NEW = Caller("new", "user", verified=False)


async def reason(awaitable) -> str:
    with pytest.raises(AppError) as refused:
        await awaitable
    return refused.value.reason


async def found(careers, page: Page = FIRST, **wanted) -> list[str]:
    openings, _ = await careers.search_openings(GUEST, Filters(**wanted), page)
    return [one.details.title for one in openings]


def told(store) -> list[str]:
    return [type(fact).__name__ for fact in store.said]


async def test_the_first_job_of_an_employer_waits_and_the_next_one_does_not():
    careers = office()
    first = await careers.post_opening(EMPLOYER, DETAILS)
    assert first.status == "waiting"
    assert await found(careers) == []
    assert await reason(careers.get_opening(GUEST, first.id)) == "UNKNOWN_OPENING"
    assert (await careers.get_opening(EMPLOYER, first.id))[0].status == "waiting"
    assert [one.id for one in (await careers.search_openings(EDITOR, Filters(), FIRST, "waiting"))[0]] == [first.id]
    await careers.moderate(EDITOR, first.id, approve=True)
    assert await found(careers) == [DETAILS.title]
    assert (await careers.post_opening(EMPLOYER, replace(DETAILS, title="Second"))).status == "open"
    assert told(careers.openings) == ["OpeningPosted"] * 3


async def test_a_refused_opening_never_appears():
    careers = office()
    first = await careers.post_opening(EMPLOYER, DETAILS)
    assert (await careers.moderate(EDITOR, first.id, approve=False)).status == "refused"
    assert await reason(careers.get_opening(GUEST, first.id)) == "OPENING_GONE"
    assert await reason(careers.moderate(EDITOR, first.id, approve=True)) == "NOT_WAITING"
    assert (await careers.post_opening(EMPLOYER, DETAILS)).status == "waiting"


@pytest.mark.parametrize(("caller", "expected"), [(GUEST, "SIGN_IN"), (NEW, "UNVERIFIED")])
async def test_who_is_not_known_posts_and_applies_nothing(caller, expected):
    careers = office()
    opening = await opened(careers)
    assert await reason(careers.post_opening(caller, DETAILS)) == expected
    assert await reason(careers.apply(caller, opening.id, "Dear team")) == expected


async def test_only_editors_moderate_and_only_employers_change_theirs():
    careers = office()
    opening = await opened(careers)
    assert await reason(careers.moderate(OTHER, opening.id, approve=True)) == "EDITORS_ONLY"
    assert await reason(careers.update_opening(OTHER, opening.id, DETAILS, 1)) == "UNKNOWN_OPENING"
    assert await reason(careers.close_opening(OTHER, opening.id)) == "UNKNOWN_OPENING"
    assert await reason(careers.list_applications(OTHER, opening.id, FIRST)) == "UNKNOWN_OPENING"


async def test_of_two_changes_at_once_one_is_told_to_read_again():
    careers = office()
    opening = await opened(careers)
    changed = await careers.update_opening(EMPLOYER, opening.id, replace(DETAILS, title="Changed"), opening.rev)
    assert changed.rev == 2
    assert await reason(careers.update_opening(EMPLOYER, opening.id, DETAILS, opening.rev)) == "OPENING_CHANGED"
    assert await reason(careers.update_opening(EMPLOYER, opening.id, DETAILS, 9)) == "OPENING_CHANGED"
    assert await found(careers) == ["Changed"]


async def test_after_its_last_day_an_opening_is_gone_save_to_those_it_concerns():
    careers = office()
    opening = await opened(careers)
    await careers.apply(APPLICANT, opening.id, "Dear team")
    later = careers.on("2026-12-25")
    assert await reason(later.get_opening(GUEST, opening.id)) == "OPENING_GONE"
    assert (await later.get_opening(EMPLOYER, opening.id))[0].status == "expired"
    assert (await later.get_opening(APPLICANT, opening.id))[0].status == "expired"
    assert await found(later) == []
    assert await reason(later.apply(OTHER, opening.id, "Dear team")) == "OPENING_GONE"


async def test_a_person_applies_once_and_not_to_oneself():
    careers = office()
    opening = await opened(careers)
    await careers.apply(APPLICANT, opening.id, " Dear team ")
    assert await reason(careers.apply(APPLICANT, opening.id, "Again")) == "ALREADY_APPLIED"
    assert await reason(careers.apply(EMPLOYER, opening.id, "Me")) == "OWN_OPENING"
    assert await reason(careers.apply(OTHER, opening.id, "  ")) == "INVALID_LETTER"
    ((application, _),), _ = await careers.list_applications(EMPLOYER, opening.id, FIRST)
    assert (application.letter, application.status) == ("Dear team", "received")
    assert told(careers.applications) == ["ApplicationReceived"]


async def test_a_state_is_told_once_and_an_unknown_one_is_refused():
    careers = office()
    opening = await opened(careers)
    application = await careers.apply(APPLICANT, opening.id, "Dear team")
    for _ in range(2):
        moved, _ = await careers.set_application_status(EMPLOYER, application.id, "interview")
    assert moved.status == "interview"
    assert await reason(careers.set_application_status(EMPLOYER, application.id, "adored")) == "BAD_STATUS"
    assert await reason(careers.set_application_status(OTHER, application.id, "hired")) == "UNKNOWN_OPENING"
    assert told(careers.applications) == ["ApplicationReceived", "ApplicationUpdated"]
    ((mine, of),), _ = await careers.list_applications(APPLICANT, "", FIRST)
    assert (mine.status, of.id) == ("interview", opening.id)


async def test_closing_tells_whoever_still_waits_and_nobody_twice():
    careers = office()
    opening = await opened(careers)
    running = await careers.apply(APPLICANT, opening.id, "Dear team")
    ended = await careers.apply(OTHER, opening.id, "Dear team")
    await careers.set_application_status(EMPLOYER, ended.id, "declined")
    for _ in range(2):
        await careers.close_opening(EMPLOYER, opening.id)
        await careers.end_applications(opening.id)
    assert (await careers.applications.find(running.id)).status == "closed"
    assert (await careers.applications.find(ended.id)).status == "declined"
    assert told(careers.applications).count("ApplicationUpdated") == 2
    assert await reason(careers.update_opening(EMPLOYER, opening.id, DETAILS, 2)) == "OPENING_CLOSED"


async def test_words_filters_and_pages():
    careers = office()
    await opened(careers, title="Radiology coder", remote=True, state="", location="", cpc_a_accepted=True)
    await opened(careers, title="Surgery auditor", credentials=("CPMA",), employment_type="PART_TIME")
    await opened(careers, title="Inpatient coder", state="ME", location="Portland")
    assert await found(careers, query="coder") == ["Inpatient coder", "Radiology coder"]
    assert await found(careers, query="CODER radiology") == ["Radiology coder"]
    assert await found(careers, query="portl") == ["Inpatient coder"]
    assert await found(careers, credential="CPMA") == ["Surgery auditor"]
    assert await found(careers, cpc_a=True) == ["Radiology coder"]
    assert await found(careers, remote=True) == ["Radiology coder"]
    assert await found(careers, state="ME") == ["Inpatient coder", "Radiology coder"]
    assert await found(careers, employment_type="PART_TIME") == ["Surgery auditor"]
    assert await found(careers, Page(2, 1)) == ["Surgery auditor"]
    assert await found(careers, query="nothing") == []
    assert await reason(careers.search_openings(GUEST, Filters(state="ZZ"), FIRST)) == "BAD_FILTER"


async def test_a_beginning_of_a_word_finds_and_every_word_has_to_fit():
    careers = office()
    await opened(careers, title="Cardiology coder", description="Catheterization and ablation.")
    assert await found(careers, query="cathet ABLAT") == ["Cardiology coder"]
    assert await found(careers, query="cathet zebra") == []
    assert await found(careers, query="blation") == [], "a middle is no beginning"


async def test_a_long_search_costs_little_and_a_longer_one_is_refused():
    careers = office()
    assert await reason(careers.search_openings(GUEST, Filters(query="a" * 501), FIRST)) == "BAD_FILTER"
    many = " ".join(f"word{n}" for n in range(2_000))
    long = await opened(careers, description=many)
    careers.board.put([replace(long, id=f"j{n}") for n in range(500)])
    began = time.process_time()
    assert await found(careers, query="aab " * 125) == []
    assert time.process_time() - began < 0.1


def test_text_has_no_control_characters():
    assert [one.where for one in wrong(replace(DETAILS, description="a\0b"), TODAY)] == ["description"]
    assert [one.where for one in letter_wrong("a\x07b")] == ["letter"]
    assert not wrong(replace(DETAILS, description="one\r\n\ttwo"), TODAY)


def test_everything_that_is_wrong_is_said_at_once():
    bad = Details(
        title="",
        employer="x" * 121,
        description=" ",
        state="ZZ",
        employment_type="ALWAYS",
        credentials=("CPC", "MD"),
        pay_min="40",
        pay_max="30",
        pay_period="week",
        valid_through="2027-12-31",
    )
    fields = [one.where for one in wrong(bad, TODAY)]
    assert fields == [
        *("title", "employer", "description", "state", "employment_type", "credentials"),
        *("pay_max", "pay_period", "valid_through"),
    ]
    assert wrong(DETAILS, TODAY) == []


@pytest.mark.parametrize("text", ["0", "-1", "1e5", "28.505", "abc", "NaN", "12345678", " 28"])
def test_what_is_no_amount_of_dollars(text):
    assert dollars(text) is None


@pytest.mark.parametrize("day", ["", "tomorrow", "2026-02-30", "2026-11-23", "2026-1-1"])
def test_what_is_no_last_day(day):
    assert [one.where for one in wrong(replace(DETAILS, valid_through=day), TODAY)] == ["valid_through"]


def test_the_thirty_openings_that_ship_are_right():
    openings = tomllib.loads(SEED.read_text(encoding="utf-8"))["openings"]
    assert len(openings) == 30
    assert len({(one["title"], one["employer"]) for one in openings}) == 30
    for one in openings:
        details = Details(**{**one, "credentials": tuple(one["credentials"]), "valid_through": "2026-12-24"})
        assert wrong(details, TODAY) == [], one["title"]
