"""The web in front of small seams: shapes, quota, cookies, and every refusal."""

import json
import re

import httpx
import pytest

from services.gateway.seen import Seen
from services.gateway.service import CaseDesk, CheckDesk, CodeDesk, ConsultDesk, QuestionDesk
from services.gateway.settings import GatewaySettings
from services.gateway.web.api import Parts
from services.gateway.web.app import application
from services.gateway.web.cookies import Cookies
from tests.unit.gateway.fakes import SmallAccounts, SmallAssistant, SmallCareers, SmallLists, SmallLookup

PASSWORD = "correct horse battery staple 9"


class World:
    def __init__(self) -> None:
        self.lookup, self.accounts = SmallLookup(), SmallAccounts()
        settings = GatewaySettings(name="gateway", secret="tests", public_url="http://testserver", development=True)
        cookies = Cookies(settings.public_url, settings.secret)
        cookies.newcomer = self.accounts.resolve
        self.assistant, self.careers, self.lists = SmallAssistant(), SmallCareers(), SmallLists()
        parts = Parts(
            self.lookup,
            self.accounts,
            CodeDesk(self.lookup, self.accounts),
            self.assistant,
            QuestionDesk(self.assistant, self.accounts),
            CheckDesk(self.lookup, self.accounts),
            CaseDesk(self.assistant, self.accounts),
            ConsultDesk(self.assistant, self.accounts),
            self.careers,
            self.lists,
            cookies,
            Seen(self.lists),
        )

        async def probe() -> dict[str, bool]:
            return {"lookup": not self.lookup.away, "accounts": not self.accounts.away}

        self.app = application(settings, parts, None, probe)

    def visitor(self, **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://testserver", headers=headers)


@pytest.fixture
def world():
    return World()


@pytest.fixture
async def guest(world):
    async with world.visitor() as client:
        yield client


async def test_a_code_answers_in_the_public_shape(guest):
    answer = (await guest.get("/api/v1/codes/icd-10-cm/e1142")).json()
    assert answer["code"] == "E11.42"
    assert answer["edition"] == {
        "system": "icd-10-cm",
        "version": "FY2026 April",
        "effective_from": "2026-04-01",
        "effective_to": "2026-09-30",
        "stale": True,
        "file": "a.xml",
        "sha256": "ab" * 32,
    }
    assert [s["locked"] for s in answer["sections"]] == [False, False]
    assert answer["sections"][1]["body"] == {"events": []}
    assert answer["quota"] == {"feature": "code_page", "limit": 1, "used": 1, "remaining": 0, "period": "lifetime"}


async def test_the_second_page_of_a_guest_keeps_titles_and_loses_bodies(guest):
    await guest.get("/api/v1/codes/icd-10-cm/E11.42")
    second = await guest.get("/api/v1/codes/icd-10-cm/I10")
    assert second.status_code == 200
    assert second.json()["sections"][1] == {"key": "history", "title": "History", "locked": True}
    assert second.headers["RateLimit"] == '"code_page";r=0'
    assert not any(s["locked"] for s in (await guest.get("/api/v1/codes/icd-10-cm/E11.42")).json()["sections"])


@pytest.mark.parametrize(
    ("method", "headers"), [("HEAD", {}), ("GET", {"Sec-Purpose": "prefetch"}), ("GET", {"Purpose": "prefetch"})]
)
async def test_heads_and_prefetches_cost_nothing(guest, method, headers):
    await guest.get("/api/v1/me")
    for path in ("/api/v1/codes/icd-10-cm/I10", "/codes/icd-10-cm/I10"):
        assert (await guest.request(method, path, headers=headers)).status_code == 200
    assert (await guest.get("/api/v1/me/usage")).json()["quotas"][0]["used"] == 0


async def test_another_spelling_of_a_page_is_sent_to_the_canonical_one(guest):
    moved = await guest.get("/codes/icd-10-cm/e1142?as_of=2026-05-01")
    assert (moved.status_code, moved.headers["location"]) == (308, "/codes/icd-10-cm/E11.42?as_of=2026-05-01")
    assert (await guest.get("/api/v1/me/usage")).json()["quotas"][0]["used"] == 0


async def test_every_newcomer_gets_a_guest_cookie_and_keeps_it(guest):
    first = await guest.get("/api/v1/search?q=diabetes")
    assert "guest=" in first.headers["set-cookie"]
    assert "HttpOnly" in first.headers["set-cookie"]
    assert "set-cookie" not in (await guest.get("/")).headers


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "reason"),
    [
        ("GET", "/api/v1/codes/icd-10-cm/ZZZ99", None, 404, "UNKNOWN_CODE"),
        ("GET", "/api/v1/codes/nope/E11.42", None, 404, "UNKNOWN_SYSTEM"),
        ("GET", "/api/v1/codes/icd-10-cm/E11.42?as_of=yesterday", None, 400, "BAD_DATE"),
        ("GET", "/api/v1/search?q=x&limit=many", None, 400, "INVALID_REQUEST"),
        ("GET", "/api/nothing", None, 404, "UNKNOWN_PATH"),
        ("PUT", "/api/v1/search", None, 405, "METHOD_NOT_ALLOWED"),
        ("POST", "/api/v1/sessions", "{", 400, "BAD_JSON"),
        ("POST", "/api/v1/sessions", "[]", 400, "INVALID_REQUEST"),
        ("POST", "/api/v1/accounts", '{"email": "a@example.org", "password": "short"}', 400, "WEAK_PASSWORD"),
        ("POST", "/api/v1/accounts", '{"email": 3, "password": "x"}', 400, "INVALID_REQUEST"),
        ("POST", "/api/v1/sessions", '{"email": "a@b.c", "password": "wrong"}', 401, "WRONG_SIGN_IN"),
        ("POST", "/api/v1/accounts", '"' + "x" * (1 << 20) + '"', 413, "BODY_TOO_LARGE"),
        ("POST", "/api/v1/accounts/verify", '{"token": "used"}', 410, "LINK_USED"),
    ],
)
async def test_each_bad_request_is_a_problem_with_its_reason(guest, method, path, body, status, reason):
    answer = await guest.request(method, path, content=body, headers={"Content-Type": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["status"], problem["reason"]) == (status, status, reason)
    assert problem["detail"]
    assert len(problem["trace_id"]) == 32


async def test_a_password_is_never_echoed(guest):
    answer = await guest.post("/api/v1/accounts", json={"email": "a@example.org", "password": ["hunter2hunter2"]})
    assert answer.status_code == 400
    assert "hunter2" not in answer.text


async def test_a_body_of_another_type_is_refused(guest):
    answer = await guest.post("/api/v1/sessions", content="email=a", headers={"Content-Type": "text/plain"})
    assert (answer.status_code, answer.json()["reason"]) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_body_that_lies_about_its_length_is_refused(guest):
    async def endless():
        for _ in range(200):
            yield b"x" * 10_000

    answer = await guest.post("/api/v1/sessions", content=endless(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
async def test_a_foreign_site_cannot_act(guest, headers):
    answer = await guest.post("/api/v1/accounts", json={}, headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (403, "FOREIGN_ORIGIN")


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver@evil.example", "", "[::"])
async def test_under_a_name_that_is_not_ours_nothing_is_answered_but_probes(guest, host):
    answer = await guest.get("/login", headers={"Host": host})
    assert (answer.status_code, answer.json()["reason"]) == (400, "UNKNOWN_HOST")
    assert (await guest.get("/healthz", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize("host", ["testserver", "TestServer:8443", "localhost:8080", "127.0.0.1", "[::1]:8080"])
async def test_our_own_names_are_answered(guest, host):
    assert (await guest.get("/login", headers={"Host": host})).status_code == 200


async def test_our_own_origin_may_act(guest):
    answer = await guest.post(
        "/api/v1/accounts",
        json={"email": "o@example.org", "password": PASSWORD},
        headers={"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 201


async def test_a_forged_cookie_is_refused_and_taken_away(world):
    async with world.visitor(Cookie="guest=me.forged") as forger:
        answer = await forger.get("/api/v1/codes/icd-10-cm/I10")
    assert (answer.status_code, answer.json()["reason"]) == (401, "FORGED_COOKIE")
    assert "guest=; Path=/; Max-Age=0" in answer.headers["set-cookie"]


async def test_an_ended_session_is_401_for_programs_and_a_guest_on_pages(world):
    async with world.visitor(Cookie="session=old; guest=g.signed") as client:
        assert (await client.get("/api/v1/me/usage")).status_code == 401
        page = await client.get("/codes/icd-10-cm/I10")
    assert page.status_code == 200
    assert "session=; Path=/; Max-Age=0" in page.headers["set-cookie"]


async def test_with_accounts_away_the_page_stays_up_and_locked(world, guest):
    world.accounts.away = True
    answer = await guest.get("/api/v1/codes/icd-10-cm/I10")
    assert answer.status_code == 200
    assert answer.json()["sections"][1]["locked"]
    assert answer.json()["notice"]["reason"] == "SERVICE_AWAY"
    for path in ("/", "/codes/icd-10-cm/I10", "/case2code?q=diabetes"):
        assert (await guest.get(path)).status_code == 200


async def test_with_lookup_away_people_get_a_page_that_says_so(world, guest):
    world.lookup.away = True
    page = await guest.get("/codes/icd-10-cm/I10")
    assert page.status_code == 503
    assert page.headers["retry-after"] == "2"
    assert "text/html" in page.headers["content-type"]
    assert (await guest.get("/readyz")).status_code == 503


async def test_a_bug_shows_its_trace_alone(world, guest, monkeypatch):
    async def broken(*_args):
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(world.lookup, "get_code", broken)
    for path in ("/api/v1/codes/icd-10-cm/I10", "/codes/icd-10-cm/I10"):
        answer = await guest.get(path)
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text


async def test_every_answer_carries_the_security_headers(guest):
    for path in ("/", "/api/v1/editions", "/api/nothing", "/healthz"):
        headers = (await guest.get(path)).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


async def test_what_may_be_one_visitors_is_kept_by_nobody_between(guest):
    css = re.search(r'href="(/static/app\.css\?v=\w+)"', (await guest.get("/")).text)[1]
    assert (await guest.get(css)).headers["cache-control"] == "public, max-age=31536000, immutable"
    for path in ("/", "/codes/icd-10-cm/I10", "/api/v1/me/usage", "/api/nothing", "/static/app.css"):
        assert (await guest.get(path)).headers["cache-control"] == "private, no-cache"


async def test_registering_by_form_signs_in_and_goes_on(world, guest):
    form_page = (await guest.get("/register?next=/codes/icd-10-cm/I10")).text
    token = form_page.split('name="form_token" value="')[1].split('"')[0]
    fields = {"email": "f@example.org", "password": PASSWORD, "next": "/codes/icd-10-cm/I10", "form_token": token}
    answer = await guest.post("/register", data=fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/codes/icd-10-cm/I10")
    assert (await guest.get("/api/v1/me/usage")).json()["principal"]["email"] == "f@example.org"


async def test_a_form_without_its_token_is_refused(guest):
    await guest.get("/register")
    answer = await guest.post("/register", data={"email": "f@example.org", "password": PASSWORD})
    assert answer.status_code == 403
    assert "no longer valid" in answer.text


@pytest.mark.parametrize("onward", ["https://evil.example", "//evil.example", "/\\evil.example"])
async def test_a_form_leads_nowhere_else(guest, onward):
    page = (await guest.get("/register")).text
    token = page.split('name="form_token" value="')[1].split('"')[0]
    fields = {"email": f"{len(onward)}@example.org", "password": PASSWORD, "next": onward, "form_token": token}
    assert (await guest.post("/register", data=fields)).headers["location"] == "/"


async def test_a_form_refused_says_why_and_keeps_what_was_typed(guest):
    page = (await guest.get("/register")).text
    token = page.split('name="form_token" value="')[1].split('"')[0]
    fields = {"email": "kept@example.org", "password": "short", "form_token": token}
    answer = await guest.post("/register", data=fields)
    assert answer.status_code == 400
    assert "at least 10 characters" in answer.text
    assert "kept@example.org" in answer.text


async def test_markup_in_a_search_is_text(guest):
    answer = await guest.get("/case2code", params={"q": "<script>alert(1)</script>"})
    assert "<script>alert" not in answer.text


async def test_the_mailbox_is_not_there_outside_development(guest):
    assert (await guest.get("/dev/letters")).status_code == 404


async def test_the_openapi_document_names_the_public_paths(guest):
    paths = json.loads((await guest.get("/api/v1/openapi.json")).text)["paths"]
    assert {"/api/v1/codes/{system}/{code}", "/api/v1/search", "/api/v1/me/usage", "/api/v1/accounts"} <= set(paths)
