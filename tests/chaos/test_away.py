"""A database that hangs: what needs it says so before anybody gives up, and what does not need it stays up."""

import contextlib
import os
import signal
import time

import httpx
import pytest

from tests.live.running import PASSWORD

pytestmark = pytest.mark.live

PATIENCE = 4.0  # seconds; who hears nothing for that long has left. DESIGN.md asks for an answer within two.


@contextlib.contextmanager
def held_still(pid):
    """A process that neither answers nor ends, as one on a full disk would."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_with_the_database_hanging_sign_in_and_sections_say_so_and_public_parts_stay_up(platform):
    member, address = platform.member(verified=False)
    assert not any(s["locked"] for s in member.get("/api/v1/codes/icd-10-cm/I10").json()["sections"])
    time.sleep(1.1)  # who a session is, is remembered for a second
    with held_still(platform.child("mongo")), httpx.Client(base_url=platform.base, timeout=PATIENCE) as client:
        client.cookies.update(member.cookies)
        gated = client.get("/api/v1/codes/icd-10-cm/I10")
        assert (gated.status_code, gated.json()["notice"]["reason"]) == (200, "SERVICE_AWAY")
        assert [s["key"] for s in gated.json()["sections"] if not s["locked"]] == ["official", "common"]
        signing_in = client.post("/api/v1/sessions", json={"email": address, "password": PASSWORD})
        assert (signing_in.status_code, signing_in.headers["retry-after"]) == (503, "2")
        for path in ("/", "/codes/icd-10-cm/I10", "/case2code?q=asthma", "/login", "/api/v1/search?q=asthma"):
            assert client.get(path).status_code == 200, path
    until = time.monotonic() + 10
    while member.post("/api/v1/sessions", json={"email": address, "password": PASSWORD}).status_code != 201:
        assert time.monotonic() < until
        time.sleep(0.2)
    assert not any(s["locked"] for s in member.get("/api/v1/codes/icd-10-cm/I10").json()["sections"])
