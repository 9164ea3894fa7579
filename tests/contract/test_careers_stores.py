"""Openings, applications and alerts: the stores, and their fakes, against every server."""

from dataclasses import replace

import pytest

from services.careers.domain.alerts import Alert
from services.careers.domain.applications import Application
from services.careers.domain.facts import AlertMatched, ApplicationReceived, OpeningPosted
from services.careers.domain.openings import Filters, Opening, Page
from services.careers.events import encode
from services.careers.store.alerts import AlertStore
from services.careers.store.applications import ApplicationStore
from services.careers.store.kept import OPENINGS
from services.careers.store.openings import OpeningStore
from tests.unit.careers.world import DETAILS, MemoryAlerts, MemoryApplications, MemoryOpenings

AT = 1_790_000_000_000
OPENING = Opening("j" + "0" * 16, DETAILS, "employer", "waiting", AT, AT)
APPLICATION = Application("p1", OPENING.id, "employer", "ann", "Dear 'team' $.x", AT)
ALERT = Alert("a1", "ann", Filters(query="surgery 'x'", remote=True), AT)
PAGE = Page()


class Stores:
    def __init__(self, openings, applications, alerts) -> None:
        self.openings, self.applications, self.alerts = openings, applications, alerts


@pytest.fixture
async def stores(database):
    if database is None:
        return Stores(MemoryOpenings(), MemoryApplications(), MemoryAlerts())
    made = [store(database, encode, lambda *_: None) for store in (OpeningStore, ApplicationStore, AlertStore)]
    for store in made:
        await store.prepare()
    return Stores(*made)


def other(number: int, **changed) -> Opening:
    """An opening of the same employer that says something else."""
    details = replace(DETAILS, title=f"Coder {number}", valid_through=changed.pop("valid_through", "2026-12-24"))
    return replace(OPENING, id=f"j{number}", details=details, **changed)


async def test_an_opening_comes_back_as_it_was_written_and_once(stores):
    assert await stores.openings.add(OPENING, [OpeningPosted(OPENING.id, "employer", waiting=True, at=AT)])
    assert not await stores.openings.add(OPENING, [])
    assert await stores.openings.find(OPENING.id) == OPENING
    assert await stores.openings.find("j1") is None


async def test_a_change_holds_only_over_the_rev_that_was_read(stores):
    await stores.openings.add(OPENING, [])
    after = replace(OPENING, status="open", rev=2, changed_at=AT + 5, refusal="a 'word'")
    assert await stores.openings.replace(after, 1, [])
    assert not await stores.openings.replace(replace(after, status="closed", rev=2), 1, [])
    assert await stores.openings.find(OPENING.id) == after


async def test_of_two_that_say_the_same_one_is_up(stores):
    twin = replace(OPENING, id="j2")
    assert await stores.openings.add(OPENING, [])
    assert not await stores.openings.add(twin, [])
    assert await stores.openings.find_twin(OPENING.twin) == OPENING
    assert await stores.openings.add(replace(twin, status="closed"), [])
    assert not await stores.openings.replace(replace(twin, rev=2), 1, []), "it may not come up beside the first"
    assert await stores.openings.replace(replace(OPENING, status="closed", rev=2), 1, [])
    assert await stores.openings.replace(replace(twin, rev=2), 1, [])
    assert (await stores.openings.find_twin(OPENING.twin)).id == "j2"


async def test_openings_are_listed_by_employer_by_state_and_by_change(stores):
    for number in range(3):
        status = "open" if number == 2 else "waiting"
        one = other(number, status=status, posted_at=AT + number, changed_at=AT + number)
        await stores.openings.add(one, [])
    await stores.openings.add(other(9, posted_at=AT - 9, valid_through="2026-11-23"), [])
    found, total = await stores.openings.of("employer", PAGE)
    assert ([one.id for one in found], total) == (["j2", "j1", "j0", "j9"], 4)
    found, total = await stores.openings.waiting("2026-11-24", PAGE)
    assert ([one.id for one in found], total) == (["j0", "j1"], 2)
    assert {one.id for one in await stores.openings.changed(AT)} == {"j1", "j2"}


async def test_pages_are_exact_where_many_are_of_one_time(stores):
    for number in range(45):
        await stores.openings.add(other(number, posted_at=AT + number // 20), [])
    pages = [await stores.openings.of("employer", Page(number, 7)) for number in range(1, 9)]
    assert {total for _, total in pages} == {45}
    listed = [one.id for found, _ in pages for one in found]
    assert len(listed) == 45
    expected = sorted((other(number, posted_at=AT + number // 20) for number in range(45)), key=lambda o: o.id)
    assert listed == [one.id for one in sorted(expected, key=lambda o: -o.posted_at)]


async def test_trust_is_kept_and_forgotten(stores):
    assert not await stores.openings.trusted("employer")
    for _ in range(2):
        await stores.openings.trust("employer")
    assert await stores.openings.trusted("employer")
    for _ in range(2):
        await stores.openings.distrust("employer")
    assert not await stores.openings.trusted("employer")


async def test_openings_of_before_twins_are_taken_along(database):
    if database is None:
        pytest.skip("memory keeps nothing from before")
    store = OpeningStore(database, encode, lambda *_: None)
    for key in ("j1", "j2"):
        details = {**vars_of(DETAILS), "credentials": ["CPC"]}
        old = {
            "account_id": "e",
            "status": "open",
            "posted_at": AT,
            "changed_at": AT,
            "rev": 1,
            "out": {},
            "pending": 0,
        }
        await database[OPENINGS].insert_one({"_id": key, "details": details, **old})
    for _ in range(2):
        await store.prepare()
    found, total = await store.of("e", PAGE)
    assert ([one.id for one in found], total) == (["j1", "j2"], 2)


def vars_of(details) -> dict:
    return {name: getattr(details, name) for name in details.__slots__}


async def test_applications_are_found_from_both_ends(stores):
    told = ApplicationReceived("p1", OPENING.id, "employer", "ann", AT)
    assert await stores.applications.add(APPLICATION, [told])
    assert not await stores.applications.add(APPLICATION, [])
    await stores.applications.add(replace(APPLICATION, id="p2", applicant_id="bob", received_at=AT + 1), [])
    found, total = await stores.applications.to(OPENING.id, PAGE)
    assert ([one.id for one in found], total) == (["p2", "p1"], 2)
    assert [one.id for one in (await stores.applications.to(OPENING.id, Page(2, 1)))[0]] == ["p1"]
    assert [one.id for one in (await stores.applications.by("ann", PAGE))[0]] == ["p1"]
    moved = replace(APPLICATION, status="hired", rev=2)
    assert await stores.applications.replace(moved, 1, [])
    assert await stores.applications.find("p1") == moved
    assert [one.id for one in await stores.applications.running(OPENING.id, 10)] == ["p2"]


async def test_an_application_is_erased_and_erasing_again_is_no_error(stores):
    await stores.applications.add(APPLICATION, [])
    for _ in range(2):
        assert await stores.applications.erase("p1")
    assert await stores.applications.find("p1") is None


async def test_an_application_with_an_untold_fact_is_not_erased(database):
    if database is None:
        pytest.skip("memory has no outbox")
    store = ApplicationStore(database, encode, lambda *_: None)
    await store.add(APPLICATION, [ApplicationReceived("p1", OPENING.id, "employer", "ann", AT)])
    assert not await store.erase("p1")
    assert await store.find("p1") == APPLICATION


async def test_alerts_come_back_change_by_rev_and_go_by_the_time_they_were_made(stores):
    assert await stores.alerts.add(ALERT)
    assert not await stores.alerts.add(ALERT)
    later = replace(ALERT, id="a2", created_at=AT + 1)
    await stores.alerts.add(later)
    await stores.alerts.add(replace(ALERT, id="a3", account_id="bob"))
    assert await stores.alerts.of("ann") == [later, ALERT]
    told = ALERT.telling("j1")
    assert await stores.alerts.replace(told, 1, [AlertMatched("a1", "j1", "ann", AT)])
    assert not await stores.alerts.replace(told, 1, [])
    assert await stores.alerts.find("a1") == told
    await stores.alerts.delete("a1", AT + 1)
    assert await stores.alerts.find("a1") == told
    for _ in range(2):
        await stores.alerts.delete("a1", AT)
    assert await stores.alerts.find("a1") is None


async def test_every_alert_is_read_however_many(stores):
    for number in range(250):
        await stores.alerts.add(replace(ALERT, id=f"a{number}"))
    assert len({one.id async for one in stores.alerts.every()}) == 250
