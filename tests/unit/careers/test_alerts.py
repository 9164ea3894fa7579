"""Alerts: whose they are, what they are told of, once each, and how a letter's link ends one."""

from dataclasses import replace

import pytest

from services.careers.domain.alerts import MOST_ALERTS, REMEMBERED, Alert, alert_id, read_token, token_of
from services.careers.domain.openings import Filters
from services.careers.domain.people import Caller
from services.chassis.errors import AppError
from tests.unit.careers.world import APPLICANT, DETAILS, EMPLOYER, OTHER, office, opened

CPC = Filters(query="surgery", credential="CPC", state="WI")


async def reason(awaitable) -> str:
    with pytest.raises(AppError) as refused:
        await awaitable
    return refused.value.reason


def matched(careers) -> list[str]:
    return [fact.alert_id for fact in careers.alerts.said]


@pytest.mark.parametrize(("caller", "expected"), [(Caller(), "SIGN_IN"), (Caller("new", "user"), "UNVERIFIED")])
async def test_an_alert_belongs_to_a_verified_account(caller, expected):
    assert await reason(office().create_alert(caller, CPC)) == expected


async def test_an_alert_is_told_of_what_fits_once_and_of_nothing_of_its_owner():
    careers = office()
    alert = await careers.create_alert(APPLICANT, CPC)
    await careers.create_alert(APPLICANT, Filters(state="ME"))
    await careers.create_alert(EMPLOYER, CPC)
    opening = await opened(careers)
    for _ in range(2):
        await careers.match(opening.id)
    assert matched(careers) == [alert.id]
    assert careers.alerts.said[0].account_id == APPLICANT.account_id


async def test_what_waits_is_closed_or_is_over_is_told_to_nobody():
    careers = office()
    await careers.create_alert(APPLICANT, Filters())
    waiting = await careers.post_opening(EMPLOYER, DETAILS)
    await careers.match(waiting.id)
    await careers.match("j" + "0" * 16)
    closed = await opened(careers, title="Closed")
    await careers.close_opening(EMPLOYER, closed.id)
    await careers.match(closed.id)
    over = await opened(careers, title="Over")
    await careers.on("2026-12-25").match(over.id)
    assert matched(careers) == []


async def test_two_openings_at_once_are_both_told(monkeypatch):
    careers = office()
    alert = await careers.create_alert(APPLICANT, Filters())
    first, second = await opened(careers, title="First"), await opened(careers, title="Second")
    plain, slow = careers.alerts.find, []

    async def find(key):
        found = await plain(key)
        if not slow:
            slow.append(key)
            await careers.match(second.id)  # between the read and the write of the first
        return found

    monkeypatch.setattr(careers.alerts, "find", find)
    await careers.match(first.id)
    assert sorted(fact.opening_id for fact in careers.alerts.said) == sorted((first.id, second.id))
    assert set(careers.alerts.kept[alert.id].matched) == {first.id, second.id}


async def test_the_same_search_is_one_alert_and_an_account_has_so_many():
    careers = office()
    await careers.create_alert(APPLICANT, Filters(query="Surgery coder"))
    assert await reason(careers.create_alert(APPLICANT, Filters(query=" coder  surgery"))) == "ALERT_EXISTS"
    for n in range(1, MOST_ALERTS):
        await careers.create_alert(APPLICANT, Filters(query=f"word{n}"))
    assert await reason(careers.create_alert(APPLICANT, Filters(query="more"))) == "TOO_MANY_ALERTS"
    assert await reason(careers.create_alert(OTHER, Filters(state="ZZ"))) == "BAD_FILTER"
    assert len(await careers.list_alerts(APPLICANT)) == MOST_ALERTS


async def test_an_alert_is_its_owners_and_its_token_ends_it_without_them():
    careers = office()
    alert = await careers.create_alert(APPLICANT, CPC)
    assert await reason(careers.get_alert(OTHER, alert.id)) == "UNKNOWN_ALERT"
    assert await reason(careers.delete_alert(OTHER, alert.id)) == "UNKNOWN_ALERT"
    _, token = await careers.get_alert(APPLICANT, alert.id)
    for bad in ("", "x", token[:-1], token.replace(alert.id, "a" + "0" * 24), f"{alert.id}.1.{'0' * 32}", "a.²b.c"):
        assert await reason(careers.end_by_token(bad)) == "BAD_TOKEN"
    for _ in range(2):
        await careers.end_by_token(token)
    assert await careers.list_alerts(APPLICANT) == []
    again = await careers.create_alert(APPLICANT, CPC)
    await careers.end_by_token(token)
    assert await careers.list_alerts(APPLICANT) == [again], "an old letter ends no later alert"


def test_a_token_is_signed_with_the_installations_secret():
    alert = Alert(alert_id("ann", CPC), "ann", CPC, 1_790_000_000_000)
    assert read_token(token_of(alert, "one"), "one") == (alert.id, alert.created_at)
    assert read_token(token_of(alert, "one"), "two") is None


def test_what_an_alert_remembers_is_bounded():
    alert = Alert("a1", "ann", CPC, 1)
    for n in range(REMEMBERED + 5):
        alert = alert.telling(f"j{n}")
    assert (len(alert.matched), alert.matched[-1]) == (REMEMBERED, f"j{REMEMBERED + 4}")
    assert replace(alert, matched=()).rev == REMEMBERED + 6
