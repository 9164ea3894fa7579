"""Says in one line that the stores were held against the embedded server alone."""

import pytest

from tests.contract.conftest import SECOND


async def test_a_second_server_answers(database):
    if not SECOND:
        pytest.skip("MONGO_URL is not set: the stores were held against the fake and the embedded server alone")
    assert database is None or (await database.command("ping"))["ok"]
