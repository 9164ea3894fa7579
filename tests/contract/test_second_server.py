"""Says in one line where the stores were held against the embedded server alone."""

import pytest

from tests.contract.second import THERE


def test_a_second_server_is_there():
    if not THERE:
        pytest.skip("no MONGO_URL and no FerretDB: the stores were held against the fake and the embedded server alone")
    assert THERE
