"""Sessions, the tries to open one, and their limits by account and network."""

import asyncio

import pytest

from services.accounts.credentials import attempts
from services.accounts.domain import Credential
from services.accounts.membership.desk import SEEN_EVERY
from services.accounts.membership.signing_in import BRIEF_SESSION_LIVES, SESSION_LIVES
from services.chassis.errors import AppError
from services.chassis.errors import Kind as Refusal
from tests.unit.accounts.office import HOME, HOUR, NOON, PASSWORD, Office
from tests.unit.accounts.test_people import refusal

ELSEWHERE = Credential(address="198.51.100.9", device="Safari on iPhone")


async def signed_in(office, shown=ELSEWHERE, **how) -> Credential:
    opened = await office.verbs.log_in("ann@example.org", PASSWORD, shown, **how)
    return Credential(session_token=opened.token)


async def test_a_session_stays_thirty_days_or_twelve_hours(office):
    await office.register()
    for stays, lives in ((True, SESSION_LIVES), (False, BRIEF_SESSION_LIVES)):
        opened = await office.verbs.log_in("ann@example.org", PASSWORD, ELSEWHERE, stays=stays)
        assert (opened.expires_at - NOON, opened.stays) == (lives, stays)


async def test_sessions_are_listed_newest_first_with_device_and_the_own_one_marked(office):
    first = await office.member()
    office.now += 1
    second = await signed_in(office)
    listed = await office.verbs.list_sessions(first)
    assert [(one.session.device, one.current) for one in listed] == [("Safari on iPhone", False), ("", True)]
    assert [one.current for one in await office.verbs.list_sessions(second)] == [True, False]
    assert second.session_token not in str(listed)


async def test_one_session_is_ended_by_its_id_and_the_others_live_on(office):
    first = await office.member()
    second = await signed_in(office)
    other = next(one for one in await office.verbs.list_sessions(first) if not one.current)
    assert await office.verbs.end_session(first, other.id) == 1
    assert (await refusal(office.verbs.resolve(second)))[1] == "SESSION_ENDED"
    assert await office.verbs.resolve(first)
    assert await refusal(office.verbs.end_session(first, other.id)) == (Refusal.NOT_FOUND, "UNKNOWN_SESSION")


async def test_all_others_are_ended_at_once(office):
    first = await office.member()
    others = [await signed_in(office) for _ in range(3)]
    assert await office.verbs.end_session(first, "") == 3
    for other in others:
        assert (await refusal(office.verbs.resolve(other)))[1] == "SESSION_ENDED"
    assert [one.current for one in await office.verbs.list_sessions(first)] == [True]


async def test_another_accounts_session_cannot_be_ended(office):
    ann = await office.member()
    bob = await office.member("bob@example.org")
    of_bob = (await office.verbs.list_sessions(bob))[0].id
    assert await refusal(office.verbs.end_session(ann, of_bob)) == (Refusal.NOT_FOUND, "UNKNOWN_SESSION")


async def test_signing_in_ends_the_session_it_came_with(office):
    before = await office.member()
    after = await signed_in(office, before)
    assert (await refusal(office.verbs.resolve(before)))[1] == "SESSION_ENDED"
    assert await office.verbs.resolve(after)


async def test_when_a_session_or_key_was_used_is_known_to_the_hour_and_costs_no_write_a_request(office, monkeypatch):
    member = await office.member()
    key = Credential(api_key=(await office.verbs.create_api_key(member, "run", [])).key)
    written, saw = [], office.people.saw

    async def counted(shown, at):
        written.append(type(shown.entry).__name__)
        await saw(shown, at)

    monkeypatch.setattr(office.people, "saw", counted)
    for _ in range(50):
        await office.verbs.resolve(member)
        await office.verbs.resolve(key)
    office.now += SEEN_EVERY
    for _ in range(50):
        await office.verbs.resolve(member)
        await office.verbs.resolve(key)
    assert written == ["ApiKey", "Session", "ApiKey"]
    assert (await office.verbs.list_sessions(member))[0].session.seen_at == office.now
    assert (await office.verbs.list_api_keys(member))[0].used_at == office.now


async def test_a_session_that_ended_meanwhile_is_not_brought_back_by_its_use(office):
    member = await office.member()
    known = await office.verbs.resolve(member)
    await office.verbs.log_out(member)
    await office.people.saw(known.shown, office.now + HOUR)
    assert (await refusal(office.verbs.resolve(member)))[1] == "SESSION_ENDED"


# The history of sign-ins


async def test_every_try_is_in_the_history_of_its_account(office):
    member = await office.member()
    office.now += 1
    await refusal(office.verbs.log_in("ann@example.org", "wrong", ELSEWHERE))
    told = [(one.outcome, one.device) for one in await office.verbs.list_sign_ins(member)]
    assert told == [("wrong_password", "Safari on iPhone"), ("signed_in", "")]


async def test_an_unknown_address_is_written_to_like_a_known_one(office):
    await office.register()
    for email in ("ann@example.org", "nobody@example.org"):
        await refusal(office.verbs.log_in(email, "wrong", ELSEWHERE))
    assert [len(tries) for tries in office.sign_ins.tries.values()] == [1, 1]
    assert "nobody" not in str(office.sign_ins.tries)


# Limits


async def test_a_burst_gets_no_further_than_one_after_another(office):
    await office.register()
    answers = await asyncio.gather(
        *(office.verbs.log_in("ann@example.org", "wrong") for _ in range(40)), return_exceptions=True
    )
    reasons = [answer.reason for answer in answers]
    assert reasons.count("WRONG_CREDENTIALS") <= attempts.SIGN_IN.free
    assert set(reasons) == {"WRONG_CREDENTIALS", "TOO_MANY_ATTEMPTS"}


async def test_a_network_that_tries_many_addresses_has_to_wait_and_another_has_not(office):
    for number in range(attempts.SIGN_IN_NETWORK.free):
        assert (await refusal(office.verbs.log_in(f"p{number}@example.org", "x", ELSEWHERE)))[0] != Refusal.LIMITED
    with pytest.raises(AppError, match="from your network"):
        await office.verbs.log_in("new@example.org", "x", ELSEWHERE)
    assert (await refusal(office.verbs.log_in("new@example.org", "x", Credential(address=HOME))))[0] != Refusal.LIMITED


async def test_registrations_are_limited_by_network(office):
    for number in range(attempts.REGISTER_NETWORK.free):
        await office.verbs.register(f"p{number}@example.org", PASSWORD, "", ELSEWHERE)
    refused = office.verbs.register("more@example.org", PASSWORD, "", ELSEWHERE)
    assert await refusal(refused) == (Refusal.LIMITED, "TOO_MANY_ATTEMPTS")


async def test_this_machine_is_exempt_from_network_limits_in_development_alone(plans, office):
    loopback = Credential(address="127.0.0.1")
    at_work = Office(plans, office.verbs.passwords, development=True)
    for number in range(attempts.REGISTER_NETWORK.free + 1):
        await at_work.verbs.register(f"p{number}@example.org", PASSWORD, "", loopback)
    for number in range(attempts.REGISTER_NETWORK.free):
        await office.verbs.register(f"p{number}@example.org", PASSWORD, "", loopback)
    assert (await refusal(office.verbs.register("more@example.org", PASSWORD, "", loopback)))[0] is Refusal.LIMITED


async def test_no_address_of_a_caller_is_kept(office):
    await refusal(office.verbs.log_in("ann@example.org", "wrong", ELSEWHERE))
    assert ELSEWHERE.address not in f"{office.attempts.attempts}{office.sign_ins.tries}"


async def test_a_house_full_of_people_who_know_their_passwords_is_not_held_up(office):
    await office.register()
    for _ in range(attempts.SIGN_IN_NETWORK.free + 5):
        assert await signed_in(office)


async def test_signing_in_as_somebody_else_ends_the_session_it_came_with(office):
    bob = await office.member("bob@example.org")
    await office.register()
    assert await signed_in(office, bob)
    assert (await refusal(office.verbs.resolve(bob)))[1] == "SESSION_ENDED"
