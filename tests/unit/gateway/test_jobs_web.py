"""CareerCenter's doors over small seams: shapes, refusals, markup that stays text."""

import json

import pytest

from services.gateway.web.job_posting import job_posting
from tests.unit.gateway.fakes import JOB
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
    assert "baseSalary" not in job_posting({**JOB, "pay_min": None, "pay_max": None})
