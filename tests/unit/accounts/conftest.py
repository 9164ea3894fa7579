"""Accounts' verbs over stores in memory."""

from collections.abc import Iterator

import pytest

from services.accounts.credentials.passwords import CHEAP, hashing
from services.accounts.quota.plans import Plans, load
from tests.unit.accounts.office import Office


@pytest.fixture(scope="session")
def plans() -> Plans:
    """The plans that ship."""
    return load()


@pytest.fixture
def office(plans: Plans) -> Iterator[Office]:
    """Everything empty, the default plans, and a clock that stands still."""
    with hashing(CHEAP) as passwords:
        yield Office(plans, passwords)
