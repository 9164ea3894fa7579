"""What keeps a session its owner's: cookies behind TLS, forms bound to their visitor, secrets compared evenly."""

import hmac

import httpx
import pytest
from starlette.requests import Request

from services.accounts.credentials import guests, tokens
from services.accounts.domain import Account
from services.chassis.errors import AppError
from services.gateway.domain import Caller, Credential, Session
from services.gateway.web import webhook
from services.gateway.web.cookies import Cookies
from services.gateway.web.devices import device_of, is_crawler
from services.gateway.web.edge import Edge

TOKEN = "cs_" + "0" * 32 + "_" + "x" * 43


def request(**cookies: str) -> Request:
    said = "; ".join(f"{name}={value}" for name, value in cookies.items()).encode()
    return Request({"type": "http", "method": "POST", "path": "/", "headers": [(b"cookie", said)], "client": None})


async def set_cookies(cookies: Cookies, **state: object) -> list[str]:
    scope = {"type": "http", "path": "/healthz", "headers": [], "state": state}
    return [value.decode() for _, value in await cookies.asked(scope, 200)]


async def test_behind_tls_cookies_are_secure_and_bound_to_their_host():
    cookies = Cookies("https://codes.example.org", "s")
    (header,) = await set_cookies(cookies, open_session=TOKEN, session_seconds=60)
    assert header == f"__Host-session={TOKEN}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"


@pytest.mark.parametrize(
    ("url", "told"),
    [("https://codes.example.org", ["max-age=31536000; includeSubDomains"]), ("http://127.0.0.1:8080", [])],
)
async def test_behind_tls_a_browser_is_told_to_stay_there(url, told):
    async def app(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    edge = Edge(app, Cookies(url, "s"), url, development=False)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=edge), base_url=url) as client:
        answer = await client.get("/healthz")
    assert answer.headers.get_list("strict-transport-security") == told


async def test_a_session_that_does_not_stay_has_no_age():
    (header,) = await set_cookies(Cookies("https://x", "s"), open_session=TOKEN, session_seconds=None)
    assert "Max-Age" not in header


def test_a_form_is_bound_to_its_visitors_session():
    cookies = Cookies("http://x", "s")
    own, other = request(session="one"), request(session="two")
    cookies.check_form(own, cookies.form_token(own))
    for token in (cookies.form_token(other), "", "ä", "0" * 32):
        with pytest.raises(AppError, match="FORM_EXPIRED"):
            cookies.check_form(own, token)


def test_secrets_are_compared_in_a_time_that_tells_nothing(monkeypatch):
    compared = []
    digest = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda one, other: compared.append(1) or digest(one, other))
    account = Account("0" * 32, "a@b.org", "a@b.org", "", "", 1, verify_nonce="n", verify_until=99)
    purpose = tokens.verifying(account)
    assert guests.read("s", guests.issue("s")[1])
    assert tokens.read_link(tokens.link("s", account.id, purpose)).proves("s", purpose)
    Cookies("http://x", "s").check_form(request(), Cookies("http://x", "s").form_token(request()))
    with pytest.raises(AppError, match="STALE_SIGNATURE"):
        webhook.check("s", "1", webhook.signature("s", "1", b"{}"), b"{}")
    assert len(compared) == 4


def test_no_secret_is_in_the_text_of_what_a_request_shows():
    told = f"{Credential(TOKEN, 'guest', 'ca_key', '203.0.113.7')} {Session(TOKEN, 1, Caller('user', 'account:1'))}"
    assert not [secret for secret in (TOKEN, "'guest'", "ca_key", "203.0.113.7") if secret in told]


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15; Pixel) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) Version/18.0 Safari/605", "Safari on Mac"),
        ("curl/8.5.0", "curl"),
        ("", ""),
        ("<script>alert(1)</script>", ""),
    ],
)
def test_a_device_is_named_as_coarse_as_a_person_needs(agent, device):
    assert device_of(agent) == device


@pytest.mark.parametrize(
    ("agent", "crawls"),
    [
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("Mozilla/5.0 (compatible; bingbot/2.0)", True),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36", False),
        ("Mozilla/5.0 (Linux; Android 11; CUBOT X30) Chrome/140.0", False),
        ("", False),
    ],
)
def test_who_says_to_be_a_crawler_is_one(agent, crawls):
    assert is_crawler(agent) is crawls
