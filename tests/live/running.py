"""The whole platform, started once a session by its own command, as a user starts it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.chassis.boot import Settings
from services.chassis.trust import HEADER, trust_of
from tests.live.collector import Collector
from tests.servers import free_port

ROOT = Path(__file__).parents[2]
COMMAND = str(Path(sys.executable).parent / "codingahead")
PASSWORD = "correct horse battery staple 9"
# The bundle of ICD-10-CM takes some ten seconds to build; it is immutable, so the sessions share it.
CACHE = Path(tempfile.gettempdir()) / f"codingahead-tests-{os.getuid()}"


class Platform:
    """A running platform: its addresses, its processes, its letters."""

    def __init__(self, data_dir: Path, otlp: str = "", *, with_vectors: bool = False) -> None:
        self.data_dir = data_dir
        self.visitors: list[httpx.Client] = []
        self.port, self.smtp_port = free_port(), free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        traced = {"CODINGAHEAD_OTLP_ENDPOINT": otlp, "CODINGAHEAD_TRACE_READ_RATIO": "1"} if otlp else {}
        vectors = "true" if with_vectors else "false"  # they take minutes to make: most tests need none
        closing = {"CODINGAHEAD_CLOSING_DAYS": "0.00002"}  # some two seconds in which a closed account can be kept
        environment = {"CODINGAHEAD_VECTORS": vectors, **closing, **os.environ, **traced}
        self.log = (data_dir / "up.log").open("wb")
        self.process = subprocess.Popen(
            [COMMAND, "up", "--port", str(self.port), "--smtp-port", str(self.smtp_port), "--data-dir", str(data_dir)],
            stdout=self.log,
            stderr=self.log,
            env=environment,
            start_new_session=True,
        )
        self.wait_ready(120)

    def wait_ready(self, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self.process.poll() is None, (self.data_dir / "up.log").read_text()
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.base}/readyz", timeout=2).status_code == 200:
                    return
            time.sleep(0.1)
        raise TimeoutError((self.data_dir / "up.log").read_text())

    def run_json(self) -> dict:
        return json.loads((self.data_dir / "run.json").read_text())

    def token(self) -> tuple[str, str]:
        """What a call to one of its services shows, as a metadata entry."""
        return HEADER, trust_of(Settings(secret=self.secret())).token

    def secret(self) -> str:
        """The installation's secret."""
        return (self.data_dir / "secret").read_text().strip()

    def child(self, name: str) -> int:
        """The process id of a child, from what the supervisor writes down."""
        return int(self.run_json()["children"][name])

    def kill(self, name: str, seconds: float = 10) -> None:
        """Kills a child as a crash would, and waits until the supervisor has started the next."""
        before, until = self.child(name), time.monotonic() + seconds
        os.kill(before, signal.SIGKILL)
        while self.child(name) == before:
            assert time.monotonic() < until, f"{name} was not started again"
            time.sleep(0.05)

    def visitor(self) -> httpx.Client:
        self.visitors.append(httpx.Client(base_url=self.base, timeout=30))
        return self.visitors[-1]

    def member(self, *, verified: bool = True) -> tuple[httpx.Client, str]:
        """A signed-in account of its own."""
        client, address = self.visitor(), f"{uuid.uuid4().hex[:10]}@example.org"
        registered = client.post("/api/v1/accounts", json={"email": address, "password": PASSWORD})
        assert registered.status_code == 201, registered.text
        assert client.post("/api/v1/sessions", json={"email": address, "password": PASSWORD}).status_code == 201
        if verified:
            token = self.letters(address)[0]["text"].split("token=")[1].split()[0]
            assert client.post("/api/v1/accounts/verify", json={"token": token}).status_code == 200
        return client, address

    def letters(self, to: str, count: int = 1, seconds: float = 20) -> list[dict]:
        """The development mailbox's letters to an address, once there are `count`."""
        until = time.monotonic() + seconds
        while True:
            found = httpx.get(f"{self.base}/dev/letters", params={"to": to}, timeout=5).json()["letters"]
            if len(found) >= count or time.monotonic() > until:
                return found
            time.sleep(0.1)

    def stop(self) -> int:
        for visitor in self.visitors:
            visitor.close()
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.log.close()


@pytest.fixture(scope="session")
def spans() -> Iterator[Collector]:
    """An OTLP collector that keeps what it gets."""
    with Collector() as collector:
        yield collector


@pytest.fixture(scope="session")
def platform(spans) -> Iterator[Platform]:
    """The platform on a fresh database, with the session's shared bundles."""
    CACHE.mkdir(mode=0o700, exist_ok=True)
    for name in ("mongo", "nats"):  # a fresh start for documents and events; bundles stay
        subprocess.run(["rm", "-rf", str(CACHE / name)], check=True)
    running = Platform(CACHE, f"http://127.0.0.1:{spans.port}")
    yield running
    assert running.stop() == 0
