"""Pages and doors of accounts, in front of the real service over gRPC, with its stores in memory."""

import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from codingahead.accounts.v1.service_pb2_grpc import add_AccountServiceServicer_to_server

from services.accounts.credentials.passwords import CHEAP, hashing
from services.accounts.events import encode
from services.accounts.membership.signing_in import OUTLIVES
from services.accounts.quota.plans import load
from services.accounts.server import NAME, AccountServer
from services.chassis import rpc
from services.chassis.boot import Settings
from services.chassis.bus import Event
from services.gateway.account_events import AccountLetters
from services.gateway.clients.accounts import AccountsClient
from services.gateway.letters.write import Desk
from services.gateway.service import CaseDesk, CodeDesk, ConsultDesk
from services.gateway.settings import GatewaySettings
from services.gateway.web.app import application
from services.gateway.web.webhook import signature
from tests.servers import free_port
from tests.unit.accounts.office import Office
from tests.unit.gateway.test_web import World

PASSWORD, NEW = "correct horse battery staple 9", "a spoon beside the yellow kettle"
ANN, SECRET = "ann@example.org", "a webhook secret of the tests"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18.0 Mobile Safari/604"


class Front(World):
    """The web in front of accounts as it is; letters are written from the facts that accounts tells."""

    def __init__(self, office: Office, people: AccountsClient) -> None:
        super().__init__()
        self.office, self.people, self.letters, self._written = office, people, [], 0
        parts = self.app._app.state.parts  # behind the edge
        cookies = parts.cookies
        cookies.newcomer = people.resolve
        given = {name: getattr(parts, name) for name in parts.__dataclass_fields__}
        given |= {"accounts": people, "desk": CodeDesk(self.lookup, people)}
        given["consults"] = ConsultDesk(self.assistant, people)
        given["cases"] = CaseDesk(self.assistant, people)
        settings = GatewaySettings(
            name="gateway",
            secret="tests",
            public_url="http://testserver",
            development=True,
            webhook_secret=SECRET,
        )

        async def probe() -> dict[str, bool]:
            return {}

        self.app = application(settings, type(parts)(**given), None, probe)

    async def send(self, letter) -> None:
        self.letters.append(letter)

    async def mail(self, to: str) -> list:
        """The letters to an address, written from what was told since the last look."""
        handlers = AccountLetters(self.people, Desk("http://testserver"), self).handlers()
        for told in self.office.people.told[self._written :]:
            fact = encode(told)
            for handler in handlers:
                if handler.subject == fact.subject:
                    await handler.act(Event(fact.id, fact.subject, handler.message.FromString(fact.body), fact.at))
        self._written = len(self.office.people.told)
        return [letter for letter in self.letters if letter.to == to]

    async def link(self, to: str, page: str) -> str:
        """The token in the newest letter to an address that links to a page."""
        found = [re.search(rf"{page}\?token=(\S+)", letter.text) for letter in await self.mail(to)]
        return next(one[1] for one in reversed(found) if one)


@pytest.fixture
async def front() -> AsyncIterator[Front]:
    settings = Settings(name="accounts", listen=f"127.0.0.1:{free_port()}", secret="tests")
    with hashing(CHEAP) as passwords:
        office = Office(load(), passwords, development=True)
        office.now = int(time.time() * 1000)
        server = AccountServer(office.verbs)
        async with (
            rpc.serve(settings, lambda at: add_AccountServiceServicer_to_server(server, at), [NAME]),
            rpc.channel(settings, settings.listen) as channel,
        ):
            yield Front(office, AccountsClient(channel))


@pytest.fixture
async def ann(front) -> AsyncIterator[httpx.AsyncClient]:
    """A visitor who registered by the page, and is signed in."""
    async with front.visitor(**{"User-Agent": FIREFOX}) as client:
        await client.get("/")
        answer = await submit(client, "/register", email=ANN, password=PASSWORD, name="Ann")
        assert answer.status_code == 303
        yield client


async def submit(client: httpx.AsyncClient, path: str, page: str = "", **fields: str) -> httpx.Response:
    """A form filled in and sent, with the token of the page it stands on."""
    shown = await client.get(page or path)
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', shown.text)
    assert token, shown.text
    return await client.post(path, data={"form_token": token[1], **fields})


async def sign_in(client: httpx.AsyncClient, password: str = PASSWORD, **fields: str) -> httpx.Response:
    return await submit(client, "/login", email=ANN, password=password, **fields)


async def confirmed(front, client: httpx.AsyncClient) -> httpx.AsyncClient:
    """The visitor, whose address is confirmed: notices go to no other."""
    await client.post("/api/v1/accounts/verify", json={"token": await front.link(ANN, "/verify")})
    return client


async def test_no_notice_goes_to_an_address_that_nobody_confirmed(front, ann):
    await ann.post("/api/v1/me/password", json={"password": PASSWORD, "new_password": NEW})
    await ann.delete("/api/v1/me")
    assert [letter.subject for letter in await front.mail(ANN)] == [
        "Welcome to Coding Ahead: please confirm your address"
    ]


# Signing in


async def test_a_session_that_does_not_stay_is_a_cookie_without_an_age(front, ann):
    async with front.visitor() as other:
        brief = await sign_in(other)
        staying = await sign_in(other, stay="1")
    assert re.search(r"session=cs_[^;]+; Path=/; HttpOnly; SameSite=Lax", brief.headers["set-cookie"])
    assert re.search(r"session=cs_[^;]+; Path=/; Max-Age=25[0-9]{5}; HttpOnly", staying.headers["set-cookie"])


@pytest.mark.parametrize(
    "onward", ["//evil.example", "/\\evil.example", "https://evil.example", "/\tx", "javascript:1"]
)
async def test_signing_in_leads_to_no_other_host(front, ann, onward):
    async with front.visitor() as other:
        assert (await sign_in(other, next=onward)).headers["location"] == "/"


async def test_a_wrong_password_and_an_unknown_address_are_shown_alike(front, ann):
    async with front.visitor() as other:
        shown = []
        for email in (ANN, "nobody@example.org"):
            answer = await submit(other, "/login", email=email, password="wrong")
            assert answer.status_code == 401
            shown.append(answer.text.replace(email, "").replace("nobody@example.org", ""))
    assert shown[0] == shown[1]


async def test_the_eleventh_try_is_429_on_page_and_door(front, ann):
    async with front.visitor() as other:
        for _ in range(10):
            await other.post("/api/v1/sessions", json={"email": ANN, "password": "wrong"})
        refused = await other.post("/api/v1/sessions", json={"email": ANN, "password": PASSWORD})
        assert (refused.status_code, refused.json()["reason"]) == (429, "TOO_MANY_ATTEMPTS")
        assert refused.headers["Retry-After"] == "60"
        assert "Try again in" in (await sign_in(other)).text


# Sessions


async def test_a_session_is_renewed_on_the_page_after_a_role_was_given(front, ann):
    stolen = ann.cookies["session"]
    (account,) = front.office.people.accounts.values()
    await front.office.verbs.set_role(account.id, "editor")
    answer = await ann.get("/account/security")
    assert "session=" in answer.headers["set-cookie"]
    assert ann.cookies["session"] != stolen
    assert "set-cookie" not in (await ann.get("/codes/icd-10-cm/E11.42")).headers
    token = re.search(r'name="form_token" value="([0-9a-f]+)"', answer.text)[1]  # of the page that renewed it
    changed = {"password": PASSWORD, "new_password": NEW, "again": NEW, "form_token": token}
    front.office.now += OUTLIVES
    async with front.visitor(Cookie=f"session={stolen}") as thief:
        assert (await thief.get("/api/v1/me")).status_code == 401
    assert (await ann.post("/account/password", data=changed)).status_code == 303


async def test_an_account_page_asks_accounts_once_what_was_used(front, ann, monkeypatch):
    asked, get_usage = [], front.people.get_usage

    async def counted(credential, *, with_charges=False):
        asked.append(with_charges)
        return await get_usage(credential, with_charges=with_charges)

    monkeypatch.setattr(front.people, "get_usage", counted)
    await ann.get("/codes/icd-10-cm/E11.42")
    assert "icd-10-cm/E11.42" in (await ann.get("/account")).text.replace("/codes/", "")
    assert asked == [True]
    assert (await ann.get("/account/keys")).status_code == 200
    assert asked == [True, False]


@pytest.mark.parametrize(("limit", "text"), [(5, "five more"), (12_000, "12,000 more"), (None, "more")])
async def test_what_registering_brings_is_read_from_the_plans(front, limit, text):
    plans = front.office.verbs.meter.plans
    free = {**plans.allowances["free"], "code_page": replace(plans.allowances["free"]["code_page"], limit=limit)}
    front.office.verbs.meter.in_force.plans = replace(plans, allowances={**plans.allowances, "free": free})
    async with front.visitor() as guest:
        assert f">Register for {text}</a>" in (await guest.get("/codes/icd-10-cm/I10")).text
        assert f"opens {text} pages whole" in (await guest.get("/codes/icd-10-cm/E11.42")).text
        assert f"is free and opens {text}." in (await guest.get("/")).text


async def test_a_key_reaches_saved_lists_with_the_scope_of_code_pages_alone(front, ann):
    for scopes, status in ((["check"], 403), (["code_page"], 200), ([], 200)):
        key = (await ann.post("/api/v1/me/api-keys", json={"name": "run", "scopes": scopes})).json()["key"]
        async with front.visitor(Authorization=f"Bearer {key}") as program:
            assert (await program.get("/api/v1/me/lists")).status_code == status


async def test_sessions_are_seen_and_ended_on_the_page(front, ann):
    async with front.visitor(**{"User-Agent": PHONE}) as phone:
        await sign_in(phone)
        page = (await ann.get("/account/security")).text
        assert "Firefox on Linux" in page
        assert "Safari on iPhone" in page
        session_id = re.search(r'name="id" value="([0-9a-f]+)"', page)[1]
        ended = await submit(ann, "/account/sessions/end", "/account/security", id=session_id)
        assert ended.headers["location"] == "/account/security?done=ended"
        assert (await phone.get("/account")).headers["location"].startswith("/login")
        assert (await ann.get("/account")).status_code == 200


async def test_sessions_are_listed_and_ended_at_the_doors(front, ann):
    front.office.now += 1
    async with front.visitor() as program:
        opened = await program.post("/api/v1/sessions", json={"email": ANN, "password": PASSWORD})
        assert opened.status_code == 201
        listed = (await ann.get("/api/v1/me/sessions")).json()["sessions"]
        assert [(one["device"], one["current"]) for one in listed] == [("Python", False), ("Firefox on Linux", True)]
        assert set(listed[0]) == {"id", "device", "opened_at", "seen_at", "expires_at", "current"}
        assert (await ann.delete("/api/v1/me/sessions")).json() == {"ended": 1}
        assert (await program.get("/api/v1/me/usage")).status_code == 401
    assert (await ann.delete("/api/v1/me/sessions/0123456789abcdef")).json()["reason"] == "UNKNOWN_SESSION"
    tries = (await ann.get("/api/v1/me/sign-ins")).json()["sign_ins"]
    assert [one["outcome"] for one in tries] == ["signed_in", "signed_in"]


# Passwords


async def test_a_password_is_changed_on_the_page_and_this_visitor_stays_signed_in(front, ann):
    await confirmed(front, ann)
    changed = await submit(
        ann, "/account/password", "/account/security", password=PASSWORD, new_password=NEW, again=NEW
    )
    assert changed.headers["location"] == "/account/security?done=password"
    assert "Your password is changed" in (await ann.get(changed.headers["location"])).text
    assert "was changed just now" in (await front.mail(ANN))[-1].text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"password": "wrong", "new_password": NEW, "again": NEW}, "That is not the password"),
        ({"password": PASSWORD, "new_password": "short", "again": "short"}, "10 to 256 characters"),
        ({"password": PASSWORD, "new_password": NEW, "again": "other"}, "the same password once more"),
    ],
)
async def test_a_password_that_cannot_be_is_refused_at_its_field(ann, fields, said):
    refused = await submit(ann, "/account/password", "/account/security", **fields)
    assert 400 <= refused.status_code < 500
    assert said in refused.text
    assert not {NEW, PASSWORD} & set(re.findall(r'value="([^"]*)"', refused.text))


async def test_a_password_is_changed_at_the_door_and_the_old_session_is_over(front, ann):
    before = ann.cookies["session"]
    body = {"password": PASSWORD, "new_password": NEW}
    changed = await ann.post("/api/v1/me/password", json=body)
    assert changed.status_code == 200
    assert ann.cookies["session"] == changed.json()["token"] != before
    async with front.visitor(Authorization=f"Bearer {before}") as old:
        assert (await old.get("/api/v1/me")).status_code == 401


async def test_a_forgotten_password_is_set_by_letter_once(front, ann):
    async with front.visitor() as visitor:
        sent = await submit(visitor, "/reset", email=ANN)
        assert "a letter is on its way" in sent.text
        token = await front.link(ANN, "/reset")
        form = await visitor.get(f"/reset?token={token}")
        assert form.headers["referrer-policy"] == "same-origin"  # the address holds the token
        done = await submit(visitor, "/reset", f"/reset?token={token}", token=token, password=NEW, again=NEW)
        assert "Your new password holds" in done.text
        again = await submit(visitor, "/reset", f"/reset?token={token}", token=token, password=NEW, again=NEW)
        assert again.status_code == 410
        assert (await sign_in(visitor, NEW)).status_code == 303
    assert (await ann.get("/account")).headers["location"].startswith("/login")


async def test_a_reset_at_the_door_is_answered_alike_for_unknown_addresses(front, ann):
    async with front.visitor() as visitor:
        answers = [
            await visitor.post("/api/v1/password-resets", json={"email": email})
            for email in (ANN, "nobody@example.org")
        ]
        assert [(one.status_code, one.json()) for one in answers] == [(202, {"requested": True})] * 2
        assert await front.mail("nobody@example.org") == []
        token = await front.link(ANN, "/reset")
        weak = await visitor.post("/api/v1/password-resets", json={"token": token, "password": "short"})
        assert (weak.status_code, weak.json()["errors"][0]["where"]) == (400, "password")
        done = await visitor.post("/api/v1/password-resets", json={"token": token, "password": NEW})
        assert (done.status_code, done.json()) == (200, {"reset": True})
        assert (await visitor.post("/api/v1/password-resets", json={})).status_code == 400
        assert (await visitor.post("/api/v1/password-resets", json={"email": "x"})).json()[
            "reason"
        ] == "INVALID_ADDRESS"


# Addresses


async def test_the_welcome_letter_comes_again_and_confirms_the_address(front, ann):
    assert "Send the letter again" in (await ann.get("/account")).text
    asked = await submit(ann, "/account/verification", "/account")
    assert asked.headers["location"] == "/account?done=sent"
    token = await front.link(ANN, "/verify")
    assert [letter.subject for letter in await front.mail(ANN)][-1] == "Coding Ahead: please confirm your address"
    done = await submit(ann, "/verify", f"/verify?token={token}", token=token)
    assert "Your address is confirmed" in done.text
    assert (await ann.post("/api/v1/me/verification")).json()["reason"] == "VERIFIED_ALREADY"


async def test_an_address_is_changed_by_the_letter_to_the_new_one_with_a_notice_to_the_old(front, ann):
    new = "ann@elsewhere.example"
    await confirmed(front, ann)
    asked = await submit(ann, "/account/email", "/account/security", email=new, email_password=PASSWORD)
    assert asked.headers["location"] == "/account/security?done=email"
    token = await front.link(new, "/verify")
    assert "is about to change" in (await front.mail(ANN))[-1].subject
    assert (await ann.post("/api/v1/accounts/verify", json={"token": token})).json() == {"verified": True}
    assert (await ann.get("/api/v1/me")).json()["principal"]["email"] == new


async def test_an_address_that_is_taken_is_told_to_nobody(front, ann):
    async with front.visitor() as bob:
        await bob.post("/api/v1/accounts", json={"email": "bob@example.org", "password": PASSWORD})
    body = {"email": "bob@example.org", "password": PASSWORD}
    assert (await ann.post("/api/v1/me/email", json=body)).status_code == 202
    assert [letter.subject for letter in await front.mail("bob@example.org")] == [
        "Welcome to Coding Ahead: please confirm your address"
    ]


# Keys


async def test_a_key_is_shown_once_used_and_revoked_on_the_page(front, ann):
    made = await submit(ann, "/account/keys", name="billing", scope_check="1")
    key = re.search(r"ca_[\w-]+", made.text)[0]
    assert made.headers["cache-control"] == "no-store"
    async with front.visitor(Authorization=f"Bearer {key}") as program:
        assert (await program.get("/api/v1/me/usage")).status_code == 200
        page = (await ann.get("/account/keys")).text
        assert key not in page
        assert "Claim checks" in page
        assert ">never<" not in page
        key_id = re.search(r'name="id" value="([0-9a-f]+)"', page)[1]
        await submit(ann, "/account/keys/revoke", "/account/keys", id=key_id)
        assert (await program.get("/api/v1/me/usage")).status_code == 401


async def test_a_key_without_a_name_is_refused_at_its_field(ann):
    refused = await submit(ann, "/account/keys", name=" ", scope_check="1")
    assert refused.status_code == 400
    assert 'aria-invalid="true"' in refused.text
    assert 'name="scope_check" type="checkbox" value="1" checked' in refused.text


async def test_a_key_changes_nothing_of_its_account(front, ann):
    key = (await ann.post("/api/v1/me/api-keys", json={"name": "run"})).json()["key"]
    async with front.visitor(Authorization=f"Bearer {key}") as program:
        for method, path, body in (
            ("DELETE", "/api/v1/me", None),
            ("GET", "/api/v1/me/export", None),
            ("GET", "/api/v1/me/sessions", None),
            ("POST", "/api/v1/me/password", {"password": PASSWORD, "new_password": NEW}),
            ("POST", "/api/v1/me/email", {"email": "x@example.org", "password": PASSWORD}),
            ("POST", "/api/v1/me/api-keys", {"name": "more"}),
        ):
            refused = await program.request(method, path, json=body)
            assert (refused.status_code, refused.json()["reason"]) == (403, "SIGN_IN_NEEDED"), path


# Usage


async def test_the_account_says_what_was_used_left_and_spent_and_the_banner_is_the_same_number(front, ann):
    for code in ("E11.42", "I10"):
        front.office.now += 1
        await ann.get(f"/codes/icd-10-cm/{code}")
    page = (await ann.get("/account")).text
    assert 'href="/codes/icd-10-cm/E11.42"' in page
    banner = "2 of 5 page views used. 3 remain."
    for path in ("/account", "/account/security", "/", "/codes/icd-10-cm/I10", "/nowhere", "/codes/icd-10-cm/ZZZ"):
        assert banner in (await ann.get(path)).text, path
    usage = (await ann.get("/api/v1/me/usage")).json()
    assert (usage["quotas"][0]["used"], usage["quotas"][0]["remaining"]) == (2, 3)
    assert [one["resource"] for one in usage["charges"]] == ["icd-10-cm/I10", "icd-10-cm/E11.42"]


async def test_a_used_up_quota_says_what_to_do_next_with_its_state(front):
    async with front.visitor() as guest:
        refused = await guest.post("/api/v1/case2code", json={"text": "hypertension"})
    problem = refused.json()
    assert (refused.status_code, problem["reason"]) == (402, "QUOTA_EXHAUSTED")
    assert problem["detail"] == "Guests have no pasted cases. Register, free, at /register."
    assert (problem["quota"]["limit"], problem["quota"]["remaining"]) == (0, 0)
    assert refused.headers["RateLimit"].startswith('"case";r=0;t=')


async def test_a_consult_tells_what_is_left_of_its_quota(front, ann):
    await confirmed(front, ann)
    sent = await ann.post("/api/v1/consults", json={"text": "hypertension"})
    assert (sent.status_code, sent.headers["RateLimit-Policy"]) == (201, '"consult";q=5')
    assert sent.headers["RateLimit"].startswith('"consult";r=4;t=')


async def test_a_crawler_reads_the_public_part_is_charged_nothing_and_is_no_guest(front):
    async with front.visitor(**{"User-Agent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}) as crawler:
        for code in ("E11.42", "I10"):
            page = await crawler.get(f"/codes/icd-10-cm/{code}")
            assert page.status_code == 200
            assert "locked" in page.text
            assert "Accounts are away" not in page.text
            assert "set-cookie" not in page.headers
    assert front.office.quotas.tallies == {}


# Leaving


async def test_an_export_holds_every_part_and_no_secret(ann):
    made = (await ann.post("/api/v1/me/api-keys", json={"name": "run"})).json()
    await ann.get("/codes/icd-10-cm/I10")
    exported = await ann.get("/api/v1/me/export")
    kept = exported.json()
    assert kept["account"]["email"] == ANN
    parts = {"account", "quotas", "charges", "sessions", "sign_ins", "api_keys", "conversations", "consults", "lists"}
    assert parts <= set(kept)
    assert made["key"] not in exported.text
    assert ann.cookies["session"] not in exported.text


async def test_a_closed_account_is_signed_out_told_by_letter_and_kept_by_signing_in(front, ann):
    await confirmed(front, ann)
    unsure = await submit(ann, "/account/close")
    assert (unsure.status_code, "Nothing was closed" in unsure.text) == (400, True)
    closed = await submit(ann, "/account/close", sure="1")
    assert "Your account is closed" in closed.text
    assert (await ann.get("/account")).headers["location"].startswith("/login")
    assert "will be erased on" in (await front.mail(ANN))[-1].subject
    kept = await sign_in(ann)
    assert kept.headers["location"] == "/account?kept=1"
    assert "so it is kept" in (await ann.get("/account?kept=1")).text


async def test_an_account_is_closed_at_the_door(ann):
    closed = await ann.delete("/api/v1/me")
    assert closed.status_code == 202
    assert closed.json()["erased_at"] > time.time() * 1000
    assert closed.json()["kept"]
    assert (await ann.get("/api/v1/me")).json() == {"principal": {"kind": "guest"}}


# Forms of others, and parts that are away


FORMS = ("password", "email", "verification", "sessions/end", "keys", "keys/revoke", "close")


@pytest.mark.parametrize("form", FORMS)
async def test_a_form_without_its_token_does_nothing(ann, form):
    refused = await ann.post(f"/account/{form}", data={"form_token": "0" * 32, "sure": "1", "name": "x"})
    assert refused.status_code == 403
    assert (await ann.get("/account")).status_code == 200


@pytest.mark.parametrize("page", ["", "/security", "/keys", "/close"])
async def test_a_guest_is_sent_to_sign_in_and_comes_back(front, page):
    async with front.visitor() as guest:
        answer = await guest.get(f"/account{page}")
    assert answer.headers["location"] == f"/login?next=/account{page}"


# The webhook


async def order(front, body: dict | bytes, at: float | None = None, secret: str = SECRET, **headers: str):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    stamp = str(int(at or time.time()))
    signed = {"Webhook-Timestamp": stamp, "Webhook-Signature": signature(secret, stamp, text)}
    signed["Content-Type"] = "application/json"
    async with front.visitor() as provider:
        return await provider.post("/api/v1/webhooks/plan", content=text, headers={**signed, **headers})


async def test_a_signed_order_sets_the_plan_once(front, ann):
    await confirmed(front, ann)
    body = {"id": "order 1", "email": ANN, "plan": "paid"}
    first, again = await order(front, body), await order(front, body)
    assert (first.status_code, first.json()) == (200, {"id": "order 1", "changed": True})
    assert again.json() == {"id": "order 1", "changed": False}
    assert (await ann.get("/api/v1/me")).json()["principal"]["plan"] == "paid"
    assert (await front.mail(ANN))[-1].subject == "Coding Ahead: your plan is now paid"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"secret": "another"}, "BAD_SIGNATURE"),
        ({"at": time.time() - 3_600}, "STALE_SIGNATURE"),
        ({"at": time.time() + 3_600}, "STALE_SIGNATURE"),
        ({"Webhook-Signature": "v1=" + "0" * 64}, "BAD_SIGNATURE"),
        ({"Webhook-Signature": ""}, "BAD_SIGNATURE"),
        ({"Webhook-Timestamp": "soon"}, "BAD_SIGNATURE"),
        ({"Webhook-Timestamp": "9" * 400}, "BAD_SIGNATURE"),
    ],
)
async def test_an_order_not_signed_just_now_is_refused(front, ann, changed, reason):
    refused = await order(front, {"id": "1", "email": ANN, "plan": "paid"}, **changed)
    assert (refused.status_code, refused.json()["reason"]) == (401, reason)
    assert (await ann.get("/api/v1/me")).json()["principal"]["plan"] == "free"


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b"{", 400, "BAD_JSON"),
        ({"id": "1", "plan": "paid"}, 400, "INVALID_ORDER"),
        ({"id": "", "email": ANN, "plan": "paid"}, 400, "INVALID_REQUEST"),
        ({"id": "1", "email": ANN, "plan": "gold"}, 400, "UNKNOWN_PLAN"),
        ({"id": "1", "email": "nobody@example.org", "plan": "paid"}, 404, "UNKNOWN_ACCOUNT"),
    ],
)
async def test_a_signed_order_that_cannot_be_is_refused_by_its_field(front, ann, body, status, reason):
    refused = await order(front, body)
    assert (refused.status_code, refused.json()["reason"]) == (status, reason)
