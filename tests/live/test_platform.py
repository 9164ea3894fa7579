"""The running platform, used as a client would: the quota, the letters, the traces, and what survives a kill."""

import asyncio
import json
import os
import re
import signal
import socket
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import nats
import pytest

from services.chassis.telemetry import SPAN_ATTRIBUTES
from tests.live.running import PASSWORD

pytestmark = pytest.mark.live


def whole(answer: httpx.Response) -> bool:
    assert answer.status_code == 200, answer.text
    return not any(section["locked"] for section in answer.json()["sections"])


def traced() -> tuple[str, dict[str, str]]:
    trace_id = uuid.uuid4().hex
    return trace_id, {"traceparent": f"00-{trace_id}-{uuid.uuid4().hex[:16]}-01"}


def test_a_guest_opens_one_page_and_registering_opens_five_more(platform):
    guest = platform.visitor()
    assert whole(guest.get("/api/v1/codes/icd-10-cm/E11.42"))
    second = guest.get("/api/v1/codes/cpt/20701")
    assert not whole(second)
    assert second.json()["quota"]["remaining"] == 0
    assert len([s for s in second.json()["sections"] if s["locked"]]) == 8
    address = f"{uuid.uuid4().hex[:8]}@example.org"
    assert guest.post("/api/v1/accounts", json={"email": address, "password": PASSWORD}).status_code == 201
    guest.post("/api/v1/sessions", json={"email": address, "password": PASSWORD})
    codes = ("I10", "J45.909", "N39.0", "M54.50", "R07.9", "K21.9", "F41.1")
    assert [whole(guest.get(f"/api/v1/codes/icd-10-cm/{c}")) for c in codes] == [True] * 5 + [False] * 2
    assert whole(guest.get("/api/v1/codes/icd-10-cm/E11.42")), "the page seen as a guest came along"


def test_two_hundred_at_once_open_one_page(platform):
    crowd = platform.visitor()
    crowd.get("/")
    codes = [f"A0{n}.0" for n in range(9) if n != 1] * 25
    cookies = dict(crowd.cookies)

    def opened(code: str) -> bool:
        return whole(httpx.get(f"{platform.base}/api/v1/codes/icd-10-cm/{code}", cookies=cookies, timeout=30))

    with ThreadPoolExecutor(32) as pool:
        granted = {code for code, got in zip(codes, pool.map(opened, codes), strict=True) if got}
    assert len(granted) == 1
    assert crowd.get("/api/v1/me/usage").json()["quotas"][0]["used"] == 1


def test_the_welcome_letter_verifies_the_address(platform):
    client, address = platform.member(verified=True)
    assert client.get("/api/v1/me").json()["principal"]["verified"] is True
    letter = platform.letters(address)[0]
    assert letter["headers"]["Auto-Submitted"] == "auto-generated"
    token = letter["text"].split("token=")[1].split()[0]
    assert client.get("/verify", params={"token": token}).status_code == 200
    assert client.post("/api/v1/accounts/verify", json={"token": token}).status_code in {200, 410}


def test_one_trace_runs_from_the_request_through_accounts_and_lookup(platform, spans):
    trace_id, headers = traced()
    not_kept = platform.visitor().get("/codes/icd-10-cm/M25.561", headers=headers)  # no other test asks for it
    assert not_kept.status_code == 200
    wanted = {
        "gateway: GET /codes/{system}/{code:path} < the caller",
        "lookup: codingahead.lookup.v1.CodeService/GetCode < GET /codes/{system}/{code:path}",
        "accounts: codingahead.accounts.v1.AccountService/Spend < GET /codes/{system}/{code:path}",
    } | {
        "accounts: publish codingahead.accounts.quota.spent.v1 < codingahead.accounts.v1.AccountService/Spend",
        "accounts: publish codingahead.accounts.quota.exhausted.v1 < codingahead.accounts.v1.AccountService/Spend",
    }
    assert spans.tree(trace_id, wanted) == wanted


def test_one_trace_runs_from_registration_through_the_stream_to_the_letter(platform, spans):
    trace_id, headers = traced()
    address = f"{uuid.uuid4().hex[:8]}@example.org"
    body = {"email": address, "password": PASSWORD}
    platform.visitor().post("/api/v1/accounts", json=body, headers=headers)
    assert platform.letters(address)
    published = "publish codingahead.accounts.account.registered.v1"
    register = "codingahead.accounts.v1.AccountService/Register"
    wanted = {
        "gateway: POST /api/v1/accounts < the caller",
        f"accounts: {register} < POST /api/v1/accounts",
        f"accounts: {published} < {register}",
        f"gateway: handle send_welcome_letter < {published}",
        "accounts: codingahead.accounts.v1.AccountService/GetLetterFacts < handle send_welcome_letter",
    }
    assert spans.tree(trace_id, wanted) >= wanted


def test_spans_carry_only_listed_attributes(platform, spans):
    platform.visitor().get("/api/v1/search", params={"q": "diabetes"})
    time.sleep(1)
    used = {key for trace in spans.traces.values() for span in trace for key in span.attributes}
    assert used
    assert used <= SPAN_ATTRIBUTES


def test_the_bus_takes_nobody_without_its_token(platform):
    token, _, place = platform.run_json()["nats_url"].removeprefix("nats://").partition("@")
    host, _, port = place.partition(":")
    for shown, answer in ((token, "PONG"), ("", "-ERR"), (token[:-1] + "!", "-ERR")):
        with socket.create_connection((host, int(port)), timeout=5) as line, line.makefile("rw", newline="") as said:
            assert said.readline().startswith("INFO ")
            said.write(f"CONNECT {json.dumps({'auth_token': shown, 'verbose': False})}\r\nPING\r\n")
            said.flush()
            assert said.readline().startswith(answer), shown


async def test_an_event_delivered_twice_sends_one_letter(platform):
    _, address = platform.member(verified=False)
    assert len(platform.letters(address)) == 1
    run = platform.run_json()
    connection = await nats.connect(run["nats_url"])
    js = connection.jetstream()
    subject = "codingahead.accounts.account.registered.v1"
    last = await js.get_last_msg("ACCOUNTS", subject)
    await js.publish(subject, last.data, headers={**last.headers, "Nats-Msg-Id": uuid.uuid4().hex})
    await asyncio.sleep(2)
    await connection.close()
    assert len(platform.letters(address)) == 1


def test_killing_accounts_between_the_write_and_the_publish_loses_nothing(platform):
    """NATS is held still, so that the fact is written and not published when accounts dies."""
    broker, accounts = platform.child("nats"), platform.child("accounts")
    address = f"{uuid.uuid4().hex[:8]}@example.org"
    os.kill(broker, signal.SIGSTOP)
    try:
        made = platform.visitor().post("/api/v1/accounts", json={"email": address, "password": PASSWORD})
        assert made.status_code == 201
        os.kill(accounts, signal.SIGKILL)
    finally:
        os.kill(broker, signal.SIGCONT)
    assert len(platform.letters(address, seconds=30)) == 1
    time.sleep(1)
    assert len(platform.letters(address)) == 1


@pytest.mark.parametrize("name", ["accounts", "lookup", "mongo", "nats", "gateway"])
def test_the_platform_serves_again_after_a_kill(platform, name):
    member, _ = platform.member(verified=False)
    assert whole(member.get("/api/v1/codes/icd-10-cm/I10"))
    before = platform.child(name)
    os.kill(before, signal.SIGKILL)
    time.sleep(0.5)
    platform.wait_ready(10)
    deadline = time.monotonic() + 10
    while True:
        with_kill = member.get("/api/v1/codes/icd-10-cm/I10")
        if with_kill.status_code == 200 and whole(with_kill):
            break
        assert time.monotonic() < deadline, with_kill.text
        time.sleep(0.2)
    assert platform.child(name) != before
    assert member.get("/api/v1/me/usage").json()["quotas"][0]["used"] == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/codes/icd-10-cm/ZZZ99", 404),
        ("GET", "/codes/icd-10-cm/E11.4!2", 400),
        ("GET", "/codes/nope/E11.42", 404),
        ("GET", "/codes/icd-10-cm/E11.42?as_of=2026-13-01", 400),
        ("GET", "/no/such/page", 404),
        ("POST", "/", 405),
        ("GET", "/case2code?q=" + "x" * 9_000, 400),
    ],
)
def test_people_get_a_page_that_says_what_was_wrong(platform, method, path, status):
    answer = platform.visitor().request(method, path, headers={"Accept": "text/html"})
    assert answer.status_code == status
    assert "text/html" in answer.headers["content-type"]
    assert not re.search(r"Traceback|File \"", answer.text)


def test_a_code_of_every_kind_answers(platform):
    visitor = platform.visitor()
    for system, code, status in (
        ("icd-10-cm", "E08-E13", "active"),
        ("cpt", "99999", "no_data"),
        ("hcpcs", "J1885", "no_data"),
        ("icd-10-pcs", "0DTJ4ZZ", "no_data"),
    ):
        answer = visitor.get(f"/api/v1/codes/{system}/{code}")
        assert (answer.status_code, answer.json()["status"]) == (200, status), code
    assert visitor.get("/api/v1/me/usage").json()["quotas"][0]["used"] == 1


def test_an_account_can_be_exported_whole(platform):
    client, address = platform.member()
    client.post("/api/v1/ask", json={"question": "What is CPT code 99213?"})
    client.post("/api/v1/me/api-keys", json={"name": "mine"})
    saved = {"codes": [{"system": "icd-10-cm", "code": "i10", "note": "mine"}]}
    client.put("/api/v1/me/lists/Clinic", json=saved).raise_for_status()
    kept = client.get("/api/v1/me/export").json()
    assert [(one["name"], one["codes"][0]["code"]) for one in kept["lists"]] == [("Clinic", "I10")]
    assert kept["principal"]["email"] == address
    assert [key["name"] for key in kept["api_keys"]] == ["mine"]
    assert kept["conversations"][0]["answers"][0]["question"] == "What is CPT code 99213?"
    assert platform.visitor().get("/api/v1/me/export").status_code == 401


def test_a_claim_is_checked_by_every_door(platform):
    client, _ = platform.member()
    line = {"id": "1", "code": "99213", "units": 1, "modifiers": [], "diagnoses": ["E11"]}
    answer = client.post(
        "/api/v1/claims/check", json={"as_of": "2026-05-01", "setting": "practitioner", "lines": [line]}
    ).json()
    assert answer["verdict"] == "problems"
    assert [one["rule"] for one in answer["findings"]] == ["code-validity"]
    assert answer["findings"][0]["source"]["edition"].startswith("ICD-10-CM FY2026")
    heading = "claim,line,code,units,modifiers,diagnoses,pos,date,sex,age\n"
    text = heading + "a,1,99213,1,,E11,,2026-05-01,,\na,2,99213,0,,,,,,\n"
    rows = client.post("/api/v1/claims/check", content=text, headers={"content-type": "text/csv"}).text.splitlines()
    assert "it lacks further characters" in rows[1]
    assert "units of the line cannot be read" in rows[2]
    wrong = client.post("/api/v1/claims/check", json={"lines": [{**line, "units": "two"}]})
    assert (wrong.status_code, wrong.json()["errors"][0]["where"]) == (400, "body.lines.0.units")
    assert client.post("/api/v1/claims/check", content="x", headers={"content-type": "text/plain"}).status_code == 415
    page = client.get("/claim-check")
    assert page.status_code == 200
