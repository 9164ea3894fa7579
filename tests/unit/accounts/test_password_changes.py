"""Changing a password, and resetting it by letter."""

from collections import Counter
from dataclasses import replace

import pytest

from services.accounts.credentials import attempts
from services.accounts.domain import Credential
from services.accounts.facts import EmailVerified, PasswordChanged, PasswordResetRequested
from services.accounts.membership import desk
from services.accounts.membership.passwords import RESET_LIVES
from services.chassis.errors import AppError
from services.chassis.errors import Kind as Refusal
from tests.unit.accounts.office import HOUR, PASSWORD
from tests.unit.accounts.test_people import link_token, refusal

NEW = "a spoon beside the yellow kettle"


async def reset_token(office, email: str = "ann@example.org") -> str:
    await office.verbs.request_password_reset(email, Credential())
    account = await office.verbs.find_by_address(email)
    facts = await office.verbs.get_letter_facts(account.id, "reset")
    return facts.link_path.removeprefix("/reset?token=")


async def test_a_changed_password_ends_every_session_and_opens_a_new_one_in_the_place_of_this(office):
    member, other = await office.member(), Credential(session_token=(await office.sign_in()).token)
    opened = await office.verbs.change_password(member, PASSWORD, NEW)
    for ended in (member, other):
        assert (await refusal(office.verbs.resolve(ended)))[1] == "SESSION_ENDED"
    known = await office.verbs.resolve(Credential(session_token=opened.token))
    assert known.principal.email == "ann@example.org"
    assert office.told[-1] == PasswordChanged(known.principal.account_id, office.now)
    assert (await refusal(office.sign_in()))[1] == "WRONG_CREDENTIALS"
    assert await office.verbs.log_in("ann@example.org", NEW)


async def test_keys_live_on_when_the_password_changes(office):
    member = await office.member()
    key = Credential(api_key=(await office.verbs.create_api_key(member, "run", [])).key)
    await office.verbs.change_password(member, PASSWORD, NEW)
    assert await office.verbs.resolve(key)


async def test_a_wrong_password_changes_nothing_and_is_counted_with_the_sign_ins(office):
    member = await office.member()
    for _ in range(attempts.SIGN_IN.free):
        wrong = office.verbs.change_password(member, "wrong", NEW)
        assert await refusal(wrong) == (Refusal.FORBIDDEN, "WRONG_PASSWORD")
    assert (await refusal(office.verbs.change_password(member, PASSWORD, NEW)))[0] is Refusal.LIMITED
    assert await office.verbs.resolve(member)


async def test_a_weak_password_is_refused_by_its_field(office):
    member = await office.member()
    with pytest.raises(AppError) as refused:
        await office.verbs.change_password(member, PASSWORD, "password123")
    assert (refused.value.reason, refused.value.errors[0].where) == ("WEAK_PASSWORD", "password")
    assert await office.sign_in()


async def test_neither_a_key_nor_a_guest_changes_a_password(office):
    key = Credential(api_key=(await office.verbs.create_api_key(await office.member(), "one", [])).key)
    for caller in (key, await office.guest()):
        assert (await refusal(office.verbs.change_password(caller, PASSWORD, NEW)))[1] == "SIGN_IN_NEEDED"


async def test_a_reset_sets_the_password_once_ends_sessions_and_shows_the_address_to_be_the_owners(office):
    member = await office.member()
    token = await reset_token(office)
    account = await office.verbs.reset_password(token, NEW)
    assert (await refusal(office.verbs.resolve(member)))[1] == "SESSION_ENDED"
    assert (await office.verbs.log_in("ann@example.org", NEW)).principal.verified
    assert await refusal(office.verbs.reset_password(token, "something else entirely")) == (Refusal.GONE, "LINK_OVER")
    told = [type(fact) for fact in office.told]
    assert Counter(told)[PasswordChanged] == Counter(told)[EmailVerified] == Counter(told)[PasswordResetRequested] == 1
    assert account.id


async def test_who_registered_with_anothers_address_keeps_no_key_after_its_owner_reset(office):
    stranger = await office.member()
    key = Credential(api_key=(await office.verbs.create_api_key(stranger, "kept", [])).key)
    await office.verbs.reset_password(await reset_token(office), NEW)
    assert (await refusal(office.verbs.resolve(key)))[1] == "UNKNOWN_API_KEY"


async def test_a_verified_accounts_keys_live_on_after_a_reset(office):
    member = await office.member()
    account = await office.verbs.find_by_address("ann@example.org")
    await office.verbs.verify_email(await link_token(office, account.id))
    key = Credential(api_key=(await office.verbs.create_api_key(member, "run", [])).key)
    await office.verbs.reset_password(await reset_token(office), NEW)
    assert await office.verbs.resolve(key)


async def test_a_reset_link_is_over_after_an_hour(office):
    await office.register()
    token = await reset_token(office)
    office.now += RESET_LIVES
    assert await refusal(office.verbs.reset_password(token, NEW)) == (Refusal.GONE, "LINK_OVER")


async def test_two_letters_asked_for_hold_until_one_is_used(office):
    await office.register()
    first = await reset_token(office)
    office.now += 1000
    second = await reset_token(office)
    await office.verbs.reset_password(first, NEW)
    assert await refusal(office.verbs.reset_password(second, PASSWORD)) == (Refusal.GONE, "LINK_OVER")


async def test_a_password_changed_meanwhile_ends_the_link(office):
    member = await office.member()
    token = await reset_token(office)
    await office.verbs.change_password(member, PASSWORD, NEW)
    assert await refusal(office.verbs.reset_password(token, PASSWORD)) == (Refusal.GONE, "LINK_OVER")


async def test_a_link_for_another_purpose_resets_nothing(office):
    account = await office.register()
    assert (await refusal(office.verbs.reset_password(await link_token(office, account.id), NEW)))[1] == "LINK_OVER"
    assert (await refusal(office.verbs.reset_password("nonsense", NEW)))[1] == "FORGED_LINK"


async def test_a_weak_password_leaves_the_reset_link_unused(office):
    await office.register()
    token = await reset_token(office)
    assert (await refusal(office.verbs.reset_password(token, "short")))[1] == "WEAK_PASSWORD"
    assert await office.verbs.reset_password(token, NEW)


async def test_an_unknown_address_is_answered_with_the_same_steps_and_no_letter(office, monkeypatch):
    await office.register()
    steps = []

    def counted(name):
        act = getattr(office.people, name)

        async def counting(*arguments):
            steps.append(name)
            return await act(*arguments)

        return counting

    for name in ("find_by_key", "ask_reset"):
        monkeypatch.setattr(office.people, name, counted(name))
    before = len(office.told)
    assert await office.verbs.request_password_reset("nobody@example.org", Credential()) is None
    of_nobody, told = [*steps], len(office.told)
    steps.clear()
    assert await office.verbs.request_password_reset("ann@example.org", Credential()) is None
    assert steps == of_nobody
    assert (told, len(office.told)) == (before, before + 1)


async def test_letters_are_limited_alike_for_known_and_unknown_addresses(office):
    await office.register()
    for email in ("ann@example.org", "nobody@example.org"):
        for _ in range(attempts.RESET.free):
            await office.verbs.request_password_reset(email, Credential())
        asked = office.verbs.request_password_reset(email, Credential())
        assert await refusal(asked) == (Refusal.LIMITED, "TOO_MANY_ATTEMPTS")


async def test_a_reset_lifts_the_lock_out(office):
    await office.register()
    for _ in range(attempts.SIGN_IN.free):
        await refusal(office.verbs.log_in("ann@example.org", "wrong"))
    assert (await refusal(office.sign_in()))[0] is Refusal.LIMITED
    await office.verbs.reset_password(await reset_token(office), NEW)
    assert await office.verbs.log_in("ann@example.org", NEW)
    office.now += HOUR


async def test_the_answer_about_a_reset_is_held_back_to_the_same_time_for_all(office, monkeypatch):
    await office.register()
    verbs, slept = replace(office.verbs, floor=0.3), []

    async def sleep(seconds):
        slept.append(seconds)

    monkeypatch.setattr(desk.asyncio, "sleep", sleep)
    for email in ("ann@example.org", "nobody@example.org"):
        await verbs.request_password_reset(email, Credential())
    assert len(slept) == 2
    assert all(0 < seconds <= 0.3 for seconds in slept)
