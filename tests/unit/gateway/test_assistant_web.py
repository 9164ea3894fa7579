"""CasePilot's and CaseConsultant's doors over small seams: shapes, quota, refusals, markup that stays text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.web.case_pages import pieces
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


async def ask(client, question: str, **headers: str):
    return await client.post("/api/v1/ask", json={"question": question}, headers=headers)


async def test_an_answer_has_the_public_shape_and_a_receipt_of_its_owner_alone(world, guest):
    answer = (await ask(guest, "What is I10?")).json()
    assert answer["abstained"] is False
    assert answer["citations"][0]["title"] == "ICD-10-CM I10"
    receipt = answer["receipt"]["id"]
    assert (await guest.get(f"/api/v1/receipts/{receipt}")).json()["id"] == receipt
    assert (await guest.post(f"/api/v1/receipts/{receipt}/replay")).json()["same"] is True
    async with world.visitor() as stranger:
        assert (await stranger.get(f"/api/v1/receipts/{receipt}")).json()["reason"] == "UNKNOWN_RECEIPT"


async def test_the_stream_tells_the_steps_and_then_the_answer(guest):
    answer = await ask(guest, "What is I10?", accept="text/event-stream")
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [block.split("\ndata: ") for block in answer.text.strip().split("\n\n")]
    assert [kind for kind, _ in events] == ["event: step", "event: answer"]
    assert json.loads(events[-1][1])["question"] == "What is I10?"


async def test_a_question_is_charged_once_and_an_abstention_never(guest):
    for _ in range(3):
        assert (await ask(guest, "one")).status_code == 200
    for _ in range(3):
        assert (await ask(guest, "football?")).json()["abstained"] is True
    assert (await ask(guest, "two")).headers["ratelimit"] == '"question";r=0'
    refused = await ask(guest, "three")
    assert (refused.status_code, refused.json()["reason"]) == (402, "QUOTA_EXHAUSTED")
    assert (await ask(guest, "one")).status_code == 200


async def test_an_empty_question_is_refused_and_costs_nothing(guest):
    refused = await ask(guest, "  ")
    assert (refused.status_code, refused.json()["reason"]) == (400, "EMPTY_QUESTION")
    streamed = await ask(guest, "  ", accept="text/event-stream")
    assert "event: problem" in streamed.text
    assert (await ask(guest, "one")).headers["ratelimit"] == '"question";r=1'


async def test_the_page_shows_a_question_as_text_never_as_markup(guest):
    page = await guest.get("/casepilot", params={"q": "<script>alert(1)</script>"})
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert '<a class="mark" href="#cite-1">1</a>' in page.text


async def test_a_prefetch_asks_nothing(world, guest):
    page = await guest.get("/casepilot", params={"q": "What is I10?"}, headers={"sec-purpose": "prefetch"})
    assert page.status_code == 200
    assert not world.assistant.kept


async def test_a_case_by_form_is_one_consult_however_often_it_is_sent(world, member):
    page = (await member.get("/caseconsultant")).text
    token = page.split('name="form_token" value="')[1].split('"')[0]
    form = {"form_token": token, "subject": "Knee", "text": "Left knee pain."}
    for _ in range(2):
        sent = await member.post("/caseconsultant", data=form)
        assert sent.status_code == 303
    assert len(world.assistant.consults) == 1
    shown = await member.get(sent.headers["location"])
    assert "Left knee pain." in shown.text
    assert "being written" in shown.text


async def test_consults_need_an_account_with_a_verified_address(world, guest, member):
    assert (await guest.get("/api/v1/consults")).json()["reason"] == "SIGN_IN"
    world.accounts.verified = False
    refused = await member.post("/api/v1/consults", json={"text": "Left knee pain."})
    assert (refused.status_code, refused.json()["reason"]) == (403, "UNVERIFIED")
    world.accounts.verified = True
    assert (await member.post("/api/v1/consults", json={"text": "Left knee pain."})).status_code == 201
    assert [one["status"] for one in (await member.get("/api/v1/consults")).json()["consults"]] == ["received"]


async def test_a_guide_opens_as_text_and_an_unknown_one_is_404(guest):
    page = await guest.get("/guides/abn")
    assert "A &lt;b&gt;notice&lt;/b&gt;." in page.text
    assert (await guest.get("/guides/none")).status_code == 404


async def test_a_pasted_case_is_metered(member):
    for text in ("one", "two"):
        assert (await member.post("/api/v1/case2code", json={"text": text})).status_code == 200
    assert (await member.post("/api/v1/case2code", json={"text": "three"})).status_code == 402


async def test_a_case_is_coded_on_its_page_with_its_words_marked(member):
    page = (await member.get("/case2code/case")).text
    token = page.split('name="form_token" value="')[1].split('"')[0]
    form = {"form_token": token, "text": "<b>Has gout</b>\r\nand more", "as_of": "", "care_setting": "inpatient"}
    answer = await member.post("/case2code/case", data=form)
    assert answer.status_code == 200
    assert '<mark title="I10">gout</mark>' in answer.text
    assert "<b>Has" not in answer.text
    assert (await member.post("/case2code/case", data={**form, "form_token": "x"})).status_code == 403
    empty = await member.post("/case2code/case", data={**form, "text": " "})
    assert empty.status_code == 400
    assert "Paste a case." in empty.text


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=6))
def test_the_pieces_of_a_text_are_the_text(text, spans):
    inside = [(min(a, b), max(a, b)) for a, b in spans if max(a, b) <= len(text)]
    codes = [{"code": f"C{n}", "evidence": [{"start": a, "end": b}]} for n, (a, b) in enumerate(inside)]
    found = list(pieces(text, codes))
    assert "".join(one["text"] for one in found) == text
    for n, (a, b) in enumerate(inside):
        assert "".join(one["text"] for one in found if f"C{n}" in one["codes"]) == text[a:b]
