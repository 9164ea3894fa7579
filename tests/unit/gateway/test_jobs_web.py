"""CareerCenter's doors over small seams: shapes, refusals, markup that stays text."""

import json

import pytest
from codingahead.careers.v1.events_pb2 import OpeningPosted

from services.chassis.bus import Event
from services.gateway.domain import Caller, Resolved
from services.gateway.events import Letters
from services.gateway.letters.write import Desk
from services.gateway.web.job_posting import description_html, job_posting
from tests.unit.gateway.fakes import JOB, SmallAccounts, SmallCareers
from tests.unit.gateway.test_web import PASSWORD, World


@pytest.fixture
def world():
    return World()


@pytest.fixture
async def guest(world):
    async with world.visitor() as client:
        yield client


@pytest.fixture
async def member(world):
    world.accounts.verified = True
    async with world.visitor() as client:
        await client.post("/api/v1/accounts", json={"email": "ann@example.org", "password": PASSWORD})
        await client.post("/api/v1/sessions", json={"email": "ann@example.org", "password": PASSWORD})
        yield client


async def test_jobs_answer_in_the_public_shape_without_what_is_the_employers(guest):
    answer = (await guest.get("/api/v1/jobs")).json()
    assert answer["total"] == 1
    assert {"id", "title", "employer"} <= answer["jobs"][0].keys()
    assert not {"account_id", "rev"} & answer["jobs"][0].keys()


@pytest.mark.parametrize("query", ["page=0", "page=x", "limit=101", "cpc_a=perhaps", "list=theirs"])
async def test_a_bad_query_is_refused_with_its_field(guest, query):
    refused = await guest.get(f"/api/v1/jobs?{query}")
    assert refused.status_code == 400
    assert query.partition("=")[0] in refused.json()["errors"][0]["where"]


async def test_the_page_of_a_job_carries_a_job_posting_that_cannot_end_its_script(guest):
    page = (await guest.get("/careers/j1")).text
    script = page.split('<script type="application/ld+json">')[1].split("</script>")[0]
    assert json.loads(script)["@type"] == "JobPosting"
    assert "<script>alert" not in page
    assert "Code &lt;b&gt;charts&lt;/b&gt;." in page


async def test_a_job_that_is_over_is_gone(guest):
    assert (await guest.get("/careers/j9")).status_code == 410
    assert (await guest.get("/api/v1/jobs/j9")).json()["reason"] == "OPENING_GONE"
    assert (await guest.get("/careers/j2")).status_code == 404


async def test_a_filter_that_cannot_be_is_said_on_the_page(guest):
    page = await guest.get("/careers?state=ZZ")
    assert page.status_code == 400
    assert "There is no state ZZ." in page.text


async def test_guests_are_asked_to_sign_in_before_they_post_or_apply(guest):
    assert (await guest.get("/careers/new")).headers["location"] == "/login?next=/careers/new"
    assert (await guest.post("/api/v1/jobs", json={"title": "x"})).status_code == 401
    assert (await guest.post("/api/v1/jobs/j1/applications", json={"letter": "x"})).status_code == 401


async def test_a_member_applies_once(member):
    token = (await member.get("/careers/j1")).text.split('name="form_token" value="')[1].split('"')[0]
    form = {"form_token": token, "letter": "Dear team"}
    assert (await member.post("/careers/j1/applications", data=form)).status_code == 303
    assert "You applied" in (await member.get("/careers/j1")).text
    again = await member.post("/careers/j1/applications", data=form)
    assert again.status_code == 409
    assert "You have applied already." in again.text


async def test_a_form_that_is_refused_keeps_what_was_typed(member):
    token = (await member.get("/careers/new")).text.split('name="form_token" value="')[1].split('"')[0]
    refused = await member.post("/careers/new", data={"form_token": token, "title": "", "employer": "Clinic & Co"})
    assert refused.status_code == 400
    assert "Clinic &amp; Co" in refused.text


async def test_amounts_may_be_numbers_or_text(world, member):
    for given, kept in ((28, "28"), (34.5, "34.50"), ("61500", "61500"), (None, "")):
        await member.post("/api/v1/jobs", json={"title": "Coder", "pay_min": given})
        assert world.careers.posted[-1]["pay_min"] == kept


async def test_what_a_job_does_not_say_has_its_default_and_a_change_holds_what_it_names(world, member):
    await member.post("/api/v1/jobs", json={"title": "Coder"})
    assert world.careers.posted[-1]["employment_type"] == "FULL_TIME"
    assert (await member.patch("/api/v1/jobs/j1", json={"title": "Other", "rev": 7})).status_code == 200
    changed = world.careers.posted[-1]
    assert (changed["title"], changed["rev"]) == ("Other", 7)
    assert changed["description"] == JOB["description"]
    await member.patch("/api/v1/jobs/j1", json={"title": "Other"})
    assert world.careers.posted[-1]["rev"] == JOB["rev"]


async def test_an_api_key_neither_posts_nor_reads_applications(world, member, monkeypatch):
    key = Caller("api_key", "account:ann", "ann", verified=True)

    async def resolve(credential):
        return Resolved(key)

    monkeypatch.setattr(world.accounts, "resolve", resolve)
    tries = [
        await member.post("/api/v1/jobs", json={"title": "Coder"}),
        await member.get("/api/v1/jobs/j1/applications"),
        await member.post("/api/v1/jobs/j1/applications", json={"letter": "Dear team"}),
        await member.get("/api/v1/jobs?list=mine"),
    ]
    assert {one.json()["reason"] for one in tries} == {"SIGN_IN_NEEDED"}
    assert (await member.get("/api/v1/jobs")).status_code == 200


async def test_an_applicant_whose_account_is_gone_keeps_the_list_open(world, member):
    await member.post("/api/v1/jobs/j1/applications", json={"letter": "Dear team"})
    world.careers.applied["lost"] = {**world.careers.applied["ann@example.org"], "applicant_id": "lost"}
    found = (await member.get("/api/v1/jobs/j1/applications")).json()["applications"]
    assert [(one["name"], one["email"]) for one in found] == [("Ann", "ann@example.org"), ("", "")]


async def test_half_a_surrogate_pair_is_refused_and_not_a_bug(member):
    refused = await member.post(
        "/api/v1/jobs", content=b'{"title": "\\ud800"}', headers={"content-type": "application/json"}
    )
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["where"] == "body.title"


async def test_an_opening_of_the_operator_sends_no_letter():
    letters = Letters(SmallAccounts(), None, SmallCareers(), Desk("http://testserver"), None)
    body = OpeningPosted(opening_id="j1", account_id="operator")
    await letters.send_opening_letter(Event("o1", "codingahead.careers.opening.posted.v1", body, 1))


def test_a_job_posting_says_place_and_pay_as_schema_org_wants_them():
    posted = job_posting(JOB)
    assert posted["jobLocationType"] == "TELECOMMUTE"
    assert posted["baseSalary"]["value"] == {
        "@type": "QuantitativeValue",
        "minValue": 28.0,
        "maxValue": 34.5,
        "unitText": "HOUR",
    }
    assert posted["description"] == "<p>Code &lt;b&gt;charts&lt;/b&gt;.</p>"
    assert posted["applicantLocationRequirements"] == {"@type": "State", "name": "Wisconsin, USA"}
    assert posted["jobLocation"]["address"]["addressLocality"] == "Madison"
    assert posted["qualifications"] == "CPC; CPC-A holders are welcome"
    assert (posted["datePosted"], posted["validThrough"]) == ("2026-09-21", "2026-12-31T23:59:59Z")
    assert "baseSalary" not in job_posting({**JOB, "pay_min": None, "pay_max": None})
    home = job_posting({**JOB, "state": "", "location": ""}, "https://coding.example/")
    assert home["applicantLocationRequirements"] == {"@type": "Country", "name": "USA"}
    assert "jobLocation" not in home, "work from home without a place has none"
    assert home["url"] == "https://coding.example/careers/j1"
    office = job_posting({**JOB, "remote": False, "location": ""})
    assert office["jobLocation"]["address"] == {
        "@type": "PostalAddress",
        "addressCountry": "US",
        "addressRegion": "WI",
    }
    assert "jobLocationType" not in office


@pytest.mark.parametrize("job", [JOB, {**JOB, "remote": False}, {**JOB, "location": "", "state": ""}])
def test_a_job_posting_has_all_that_search_engines_ask_for(job):
    posted = job_posting(job)
    assert {
        "title",
        "description",
        "datePosted",
        "validThrough",
        "hiringOrganization",
        "employmentType",
    } <= posted.keys()
    assert posted["directApply"] is True
    if posted.get("jobLocationType") == "TELECOMMUTE":
        assert posted["applicantLocationRequirements"]["name"]
    else:
        assert posted["jobLocation"]["address"]["addressCountry"] == "US"


def test_lines_and_paragraphs_of_a_description_stay():
    html = description_html({"description": "One\r\ntwo\r\n\r\n\r\n<three>"})
    assert html == "<p>One<br>two</p><p>&lt;three&gt;</p>"


async def test_a_status_of_closed_closes_and_no_other_is_an_employers_to_set(world, member):
    assert (await member.patch("/api/v1/jobs/j1", json={"status": "closed"})).status_code == 200
    assert (world.careers.closed, world.careers.posted) == (["j1"], [])
    refused = await member.patch("/api/v1/jobs/j1", json={"status": "open"})
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (400, "body.status")


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "page=99999999", "page=²", "remote=perhaps"])
async def test_a_page_that_cannot_be_is_refused_on_the_page_with_its_field(guest, query):
    refused = await guest.get(f"/careers?{query}")
    assert refused.status_code == 400
    assert f"<li>{query.partition('=')[0]}: " in refused.text


async def test_a_page_past_the_end_says_which_is_the_last(guest):
    page = await guest.get("/careers?page=7&state=WI")
    assert page.status_code == 200
    assert "There is no page 7" in page.text
    assert "/careers?state=WI&amp;page=1" in page.text
