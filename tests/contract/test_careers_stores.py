"""Openings and applications: the stores, and their fakes, against every server."""

from dataclasses import replace

import pytest

from services.careers.domain import Application, ApplicationReceived, Opening, OpeningPosted
from services.careers.events import encode
from services.careers.store import ApplicationStore, OpeningStore
from tests.unit.careers.world import DETAILS, MemoryApplications, MemoryOpenings

AT = 1_790_000_000_000
OPENING = Opening("j" + "0" * 16, DETAILS, "employer", "waiting", AT, AT)
APPLICATION = Application("p1", OPENING.id, "employer", "ann", "Dear 'team' $.x", AT)


class Stores:
    def __init__(self, openings, applications) -> None:
        self.openings, self.applications = openings, applications


@pytest.fixture
async def stores(database):
    if database is None:
        return Stores(MemoryOpenings(), MemoryApplications())
    made = Stores(OpeningStore(database, encode, lambda *_: None), ApplicationStore(database, encode, lambda *_: None))
    await made.openings.prepare()
    await made.applications.prepare()
    return made


async def test_an_opening_comes_back_as_it_was_written_and_once(stores):
    assert await stores.openings.add(OPENING, [OpeningPosted(OPENING.id, "employer", waiting=True, at=AT)])
    assert not await stores.openings.add(OPENING, [])
    assert await stores.openings.find(OPENING.id) == OPENING
    assert await stores.openings.find("j1") is None


async def test_a_change_holds_only_over_the_rev_that_was_read(stores):
    await stores.openings.add(OPENING, [])
    after = replace(OPENING, status="open", rev=2, changed_at=AT + 5)
    assert await stores.openings.replace(after, 1, [])
    assert not await stores.openings.replace(replace(after, status="closed", rev=2), 1, [])
    assert await stores.openings.find(OPENING.id) == after


async def test_openings_are_listed_by_employer_by_state_and_by_change(stores):
    for number in range(3):
        one = replace(OPENING, id=f"j{number}", posted_at=AT + number, changed_at=AT + number)
        await stores.openings.add(replace(one, status="open" if number == 2 else "waiting"), [])
    assert [one.id for one in await stores.openings.of("employer")] == ["j2", "j1", "j0"]
    assert [one.id for one in await stores.openings.waiting()] == ["j0", "j1"]
    assert {one.id for one in await stores.openings.changed(AT)} == {"j1", "j2"}


async def test_trust_is_kept(stores):
    assert not await stores.openings.trusted("employer")
    for _ in range(2):
        await stores.openings.trust("employer")
    assert await stores.openings.trusted("employer")


async def test_applications_are_found_from_both_ends(stores):
    told = ApplicationReceived("p1", OPENING.id, "employer", "ann", AT)
    assert await stores.applications.add(APPLICATION, [told])
    assert not await stores.applications.add(APPLICATION, [])
    await stores.applications.add(replace(APPLICATION, id="p2", applicant_id="bob", received_at=AT + 1), [])
    assert [one.id for one in await stores.applications.to(OPENING.id)] == ["p2", "p1"]
    assert [one.id for one in await stores.applications.by("ann")] == ["p1"]
    moved = replace(APPLICATION, status="hired", rev=2)
    assert await stores.applications.replace(moved, 1, [])
    assert await stores.applications.find("p1") == moved
