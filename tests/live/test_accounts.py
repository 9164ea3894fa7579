"""Accounts on the running platform: every letter, an operator's commands, plans that change, an account that leaves."""

import json
import re
import subprocess
import sys
import time
import urllib.parse
import uuid
from pathlib import Path

import httpx
import pytest

from tests.live.running import PASSWORD

pytestmark = pytest.mark.live
NEW = "a spoon beside the yellow kettle"
SHIPPED = Path(__file__).parents[2] / "services/accounts/quota/plans.toml"


def command(platform, *args: str, code: int | None = 0) -> dict | list:
    """What an operator's command answers; what it refuses as {"refused"}. `code` None takes either."""
    found = subprocess.run(
        [sys.executable, "-m", "services.cli", "accounts", *args, "--json", "--data-dir", str(platform.data_dir)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert code in {None, found.returncode}, found.stderr
    return json.loads(found.stdout) if found.stdout else {"refused": found.stderr}


def token(platform, address: str, page: str) -> str:
    """The token of the newest letter to an address that links to a page."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        letters = httpx.get(f"{platform.base}/dev/letters", params={"to": address}, timeout=10).json()["letters"]
        told = [re.search(rf"{page}\?token=(\S+)", one["text"]) for one in letters]
        if found := [one[1] for one in told if one]:
            return urllib.parse.unquote(found[-1])
        time.sleep(0.1)
    raise AssertionError(f"no letter to {address} links to {page}")


def eventually(look, wanted):
    until = time.monotonic() + 90
    while (found := look()) != wanted and time.monotonic() < until:
        time.sleep(0.2)
    assert found == wanted


def test_an_account_from_its_first_letter_to_the_day_nothing_is_left(platform):
    client, address = platform.member()
    api, new = "/api/v1", f"{uuid.uuid4().hex[:10]}@example.org"
    assert client.post(f"{api}/me/email", json={"email": new, "password": PASSWORD}).status_code == 202
    client.post(f"{api}/accounts/verify", json={"token": token(platform, new, "/verify")}).raise_for_status()
    client.post(f"{api}/password-resets", json={"email": new}).raise_for_status()
    reset = {"token": token(platform, new, "/reset"), "password": NEW}
    client.post(f"{api}/password-resets", json=reset).raise_for_status()
    assert client.post(f"{api}/password-resets", json=reset).status_code == 410
    assert client.post(f"{api}/sessions", json={"email": address, "password": PASSWORD}).status_code == 401
    opened = client.post(f"{api}/sessions", json={"email": new, "password": NEW})
    assert opened.status_code == 201
    client.post(f"{api}/ask", json={"question": "What is I10?"}).raise_for_status()
    client.put(f"{api}/me/lists/mine", json={"codes": [{"system": "icd-10-cm", "code": "I10"}]}).raise_for_status()
    kept = client.get(f"{api}/me/export").json()
    assert [len(kept[part]) for part in ("conversations", "lists", "sessions")] == [1, 1, 1]
    assert command(platform, "show", new)["email"] == new
    assert client.delete(f"{api}/me").status_code == 202
    assert client.get(f"{api}/me").json()["principal"] == {"kind": "guest"}
    eventually(lambda: "refused" in command(platform, "show", new, code=None), wanted=True)
    assert client.post(f"{api}/sessions", json={"email": new, "password": NEW}).status_code == 401
    secrets = (PASSWORD, NEW, opened.json()["token"], reset["token"])
    for log in (platform.data_dir / "logs").glob("*.log"):
        text = log.read_text(errors="replace")
        assert not [secret for secret in secrets if secret in text], log.name


def test_an_operator_lists_shows_sets_plans_grants_and_locks(platform):
    client, address = platform.member()
    assert address in [one["email"] for one in command(platform, "list", "--plan", "free")]
    assert command(platform, "set-plan", address, "paid", "--order", "i7") == {
        "email": address,
        "plan": "paid",
        "changed": True,
    }
    assert command(platform, "set-plan", address, "paid", "--order", "i7")["changed"] is False
    assert client.get("/api/v1/me/usage").json()["quotas"][0]["limit"] is None
    assert command(platform, "grant", address, "editor")["role"] == "editor"
    assert command(platform, "make-admin", address)["role"] == "admin"
    assert [one["email"] for one in command(platform, "list", "--role", "admin")] == [address]
    assert "UNKNOWN_PLAN" in command(platform, "set-plan", address, "gold", code=1)["refused"]
    assert "UNKNOWN_ACCOUNT" in command(platform, "show", "nobody@example.org", code=1)["refused"]
    assert command(platform, "lock", address)["locked"] is True
    eventually(lambda: client.get("/api/v1/me/usage").status_code, 401)
    refused = client.post("/api/v1/sessions", json={"email": address, "password": PASSWORD})
    assert (refused.status_code, refused.json()["reason"]) == (403, "ACCOUNT_LOCKED")
    assert command(platform, "lock", address, "--undo")["locked"] is False
    assert client.post("/api/v1/sessions", json={"email": address, "password": PASSWORD}).status_code == 201


def test_changed_plans_hold_without_a_restart_and_broken_ones_do_not(platform):
    client, _ = platform.member()
    own = platform.data_dir / "plans.toml"

    def limit() -> int:
        return client.get("/api/v1/me/usage").json()["quotas"][0]["limit"]

    assert limit() == 5
    text = SHIPPED.read_text().replace("code_page = { limit = 5,", "code_page = { limit = 9,")
    own.write_text(text)
    eventually(limit, 9)
    own.write_text(text.replace("limit = 9,", "limit = -9,"))
    eventually(lambda: bool(command(platform, "plans", code=None)["refusal"]), wanted=True)
    assert "plans.free.code_page.limit is -9" in command(platform, "plans", code=1)["refusal"]
    assert limit() == 9
    own.unlink()
    eventually(limit, 5)
