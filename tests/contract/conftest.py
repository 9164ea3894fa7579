"""The servers a store is held against: its fake in memory, the embedded one, and a second where there is one.

A suite takes `database` (None: the fake's turn) and builds its store from it; every test has a database of its own.
"""

import uuid
from collections.abc import AsyncIterator, Iterator

import pytest

from services.chassis.boot import Settings
from services.chassis.outbox import Database, open_database
from tests.contract.second import MONGO_URL, THERE, ferretdb_command
from tests.servers import free_port, server_process

SERVERS = ("memory", "nx-27017", *(["second"] if THERE else []))


@pytest.fixture(scope="session")
def second_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The second server's address."""
    if MONGO_URL:
        yield MONGO_URL
        return
    folder, port = tmp_path_factory.mktemp("ferretdb"), free_port()
    with server_process(ferretdb_command(folder, port), port):
        yield f"mongodb://127.0.0.1:{port}"


@pytest.fixture(params=SERVERS)
def server_url(request: pytest.FixtureRequest) -> str:
    """The server's address; empty for memory."""
    if request.param == "memory":
        return ""
    return str(request.getfixturevalue("mongo_url" if request.param == "nx-27017" else "second_url"))


@pytest.fixture
async def database(server_url: str) -> AsyncIterator[Database | None]:
    """A database of the test's own, dropped afterwards; None for memory."""
    if not server_url:
        yield None
        return
    settings = Settings(name="store", mongo_url=server_url, mongo_database=f"contract_{uuid.uuid4().hex[:12]}")
    async with open_database(settings) as opened:
        yield opened
        await opened.client.drop_database(opened.name)


@pytest.fixture
def atomic(request: pytest.FixtureRequest, server_url: str) -> None:
    """For tests of many writers at once: FerretDB v1 reads, then writes, so that guarded updates overlap there."""
    if server_url and not MONGO_URL and request.node.callspec.params["server_url"] == "second":
        pytest.skip("FerretDB v1 does not keep a guarded update atomic: it is no server to run the platform on")
