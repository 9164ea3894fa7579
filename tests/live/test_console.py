"""The console on a platform of its own: a mail's way from SMTP to the letter is one trace."""

import time

import httpx
import pytest

from tests.live.running import CACHE, Platform
from tests.live.test_assistant import mail, replies

pytestmark = pytest.mark.live


@pytest.fixture
def watched(tmp_path):
    for name in ("editions", "catalog.json"):  # bundles are immutable: the session's are used
        (tmp_path / name).symlink_to(CACHE / name)
    running = Platform(tmp_path)
    yield running
    assert running.stop() == 0


def test_a_mail_is_one_trace_from_smtp_to_the_letter(watched):
    console = watched.run_json()["console"]
    _, address = watched.member()
    replies(watched, address, mail(watched, address))
    until = time.monotonic() + 20
    wanted = {"SMTP DATA", "handle work_consult", "handle send_consult_letter"}
    names: set[str] = set()
    while not wanted <= names and time.monotonic() < until:
        page = httpx.get(f"{console}/", params={"q": "SMTP"}, timeout=5).text
        for trace_id in {part.split('"')[0] for part in page.split('href="/traces/')[1:]}:
            trace = httpx.get(f"{console}/api/traces/{trace_id}", timeout=5).json()
            names = {span["name"] for span in trace["spans"]}
        time.sleep(0.2)
    assert wanted <= names
    streams = httpx.get(f"{console}/api/streams", timeout=5).json()["streams"]
    assert {"ACCOUNTS", "ASSISTANT", "CAREERS", "DEAD", "REPLAY"} <= {one["name"] for one in streams}
    assert httpx.get(f"{console}/api/dead", timeout=5).json() == {"dead": []}
