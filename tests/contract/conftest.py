"""The servers a store is held against: its fake in memory, the embedded one, and whichever MONGO_URL names.

A suite takes `database` (None: the fake's turn) and builds its store from it; every test has a database of its own.
"""

import os
import uuid
from collections.abc import AsyncIterator

import pytest

from services.chassis.boot import Settings
from services.chassis.outbox import Database, open_database

SECOND = os.environ.get("MONGO_URL", "")
SERVERS = ("memory", "nx-27017", *(["MONGO_URL"] if SECOND else []))


@pytest.fixture(params=SERVERS)
def server_url(request: pytest.FixtureRequest) -> str:
    """The server's address; empty for memory."""
    if request.param == "memory":
        return ""
    if request.param == "nx-27017":
        return str(request.getfixturevalue("mongo_url"))
    return SECOND


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
