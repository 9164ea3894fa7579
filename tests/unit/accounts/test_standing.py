"""Plans given, accounts locked and listed, and accounts that leave."""

import pytest

from services.accounts.domain import Credential, Outcome
from services.accounts.facts import AccountClosed, ClosingRequested, PlanChanged
from services.chassis.errors import Kind as Refusal
from tests.unit.accounts.office import DAY, NOON, PASSWORD
from tests.unit.accounts.test_people import refusal

# Plans


async def test_a_plan_holds_at_once_and_is_told(office):
    member = await office.member()
    account_id = (await office.verbs.resolve(member)).principal.account_id
    account, changed = await office.verbs.set_plan(account_id, "paid", "invoice 7")
    assert (account.plan, changed) == ("paid", True)
    assert (await office.open(member, "a")).outcome is Outcome.UNMETERED
    told = [fact for fact in office.told if isinstance(fact, PlanChanged)]
    assert [(fact.plan, fact.at) for fact in told] == [("paid", NOON)]


async def test_an_order_is_carried_out_once_even_after_another(office):
    account = await office.register()
    for plan, order, changed in (("paid", "1", True), ("free", "2", True), ("paid", "1", False), ("free", "3", False)):
        after, did = await office.verbs.set_plan(account.id, plan, order)
        assert did == changed
    assert after.plan == "free"
    assert len([fact for fact in office.told if isinstance(fact, PlanChanged)]) == 2


@pytest.mark.parametrize("plan", ["gold", "guest", ""])
async def test_a_plan_that_the_file_does_not_name_is_refused(office, plan):
    account = await office.register()
    assert await refusal(office.verbs.set_plan(account.id, plan, "")) == (Refusal.INVALID, "UNKNOWN_PLAN")
    assert (await refusal(office.verbs.set_plan("0" * 32, "paid", "")))[1] == "UNKNOWN_ACCOUNT"


# Locked


async def test_a_locked_account_loses_sessions_and_keys_and_cannot_sign_in(office):
    member = await office.member()
    key = Credential(api_key=(await office.verbs.create_api_key(member, "run", [])).key)
    account = await office.verbs.find_by_address("ann@example.org")
    locked = await office.verbs.lock(account.id, locked=True)
    assert (locked.locked, locked.sessions, locked.api_keys) == (True, {}, {})
    assert (await refusal(office.verbs.resolve(member)))[1] == "SESSION_ENDED"
    assert (await refusal(office.verbs.resolve(key)))[1] == "UNKNOWN_API_KEY"
    assert await refusal(office.sign_in()) == (Refusal.FORBIDDEN, "ACCOUNT_LOCKED")
    vouched = office.verbs.resolve(Credential(account_id=account.id))
    assert await refusal(vouched) == (Refusal.UNAUTHENTICATED, "ACCOUNT_LOCKED")


async def test_who_does_not_know_the_password_learns_nothing_of_a_lock(office):
    account = await office.register()
    await office.verbs.lock(account.id, locked=True)
    assert (await refusal(office.verbs.log_in("ann@example.org", "wrong")))[1] == "WRONG_CREDENTIALS"


async def test_a_lock_is_lifted(office):
    account = await office.register()
    await office.verbs.lock(account.id, locked=True)
    await office.verbs.lock(account.id, locked=False)
    assert await office.sign_in()
    assert (await refusal(office.verbs.lock("0" * 32, locked=True)))[1] == "UNKNOWN_ACCOUNT"


# Listed


async def test_accounts_are_listed_newest_first_by_role_and_plan(office):
    for number in range(3):
        office.now += 1
        account = await office.register(f"p{number}@example.org")
    await office.verbs.set_role(account.id, "admin")
    await office.verbs.set_plan(account.id, "paid", "")
    assert [a.email[:2] for a in await office.verbs.list_accounts("", "", 0)] == ["p2", "p1", "p0"]
    assert [a.email[:2] for a in await office.verbs.list_accounts("admin", "paid", 0)] == ["p2"]
    assert [a.email[:2] for a in await office.verbs.list_accounts("", "free", 1)] == ["p1"]
    assert (await refusal(office.verbs.list_accounts("king", "", 0)))[1] == "UNKNOWN_ROLE"
    assert (await refusal(office.verbs.list_accounts("", "", 1001)))[1] == "INVALID_LIMIT"


# Leaving


async def test_everything_but_secrets_is_exported(office):
    member = await office.member()
    made = await office.verbs.create_api_key(member, "run", ["check"])
    await office.open(member, "icd-10-cm/E11.9")
    kept = await office.verbs.export_account(member)
    assert (kept.account.email, kept.api_keys[0].name) == ("ann@example.org", "run")
    assert [one.current for one in kept.sessions] == [True]
    assert [one.outcome for one in kept.sign_ins] == ["signed_in"]
    assert [charge.resource for charge in kept.usage.charges] == ["icd-10-cm/E11.9"]
    for secret in (made.key, member.session_token, kept.account.password_hash, kept.account.verify_nonce):
        assert secret not in str(kept)


async def test_a_closed_account_is_signed_out_and_erased_after_its_time(office):
    member = await office.member()
    key = Credential(api_key=(await office.verbs.create_api_key(member, "run", [])).key)
    await office.open(member, "a")
    account = await office.verbs.find_by_address("ann@example.org")
    erase_at = await office.verbs.close_account(member)
    assert erase_at == NOON + 14 * DAY
    assert office.told[-2:-1] or office.told
    assert ClosingRequested(account.id, erase_at, NOON) in office.told
    assert (await refusal(office.verbs.resolve(member)))[1] == "SESSION_ENDED"
    assert (await refusal(office.verbs.resolve(key)))[1] == "UNKNOWN_API_KEY"
    assert await office.verbs.erase_due(erase_at) == 0
    assert await office.verbs.erase_due(erase_at + 1) == 1
    assert AccountClosed(account.id, erase_at + 1) in office.told
    assert (await refusal(office.verbs.get_account(account.id)))[1] == "UNKNOWN_ACCOUNT"
    assert office.sign_ins.tries == office.quotas.tallies == {}
    assert await office.verbs.erase_due(erase_at + 2) == 0


async def test_signing_in_keeps_an_account_that_was_being_closed(office):
    member = await office.member()
    key = Credential(api_key=(await office.verbs.create_api_key(member, "run", [])).key)
    erase_at = await office.verbs.close_account(member)
    opened = await office.sign_in()
    assert opened.reopened
    assert not (await office.sign_in()).reopened
    assert await office.verbs.resolve(key)
    assert await office.verbs.erase_due(erase_at + 1) == 0


async def test_the_address_of_an_erased_account_is_free_again(office):
    erase_at = await office.verbs.close_account(await office.member())
    await office.verbs.erase_due(erase_at + 1)
    assert (await office.register()).email == "ann@example.org"


async def test_a_crash_while_erasing_leaves_the_account_due(office, monkeypatch):
    erase_at = await office.verbs.close_account(await office.member())
    erase = office.people.erase
    monkeypatch.setattr(office.people, "erase", lambda *_: (_ for _ in ()).throw(ConnectionError()))
    with pytest.raises(ConnectionError):
        await office.verbs.erase_due(erase_at + 1)
    monkeypatch.setattr(office.people, "erase", erase)
    assert await office.verbs.erase_due(erase_at + 1) == 1


async def test_a_key_closes_no_account(office):
    key = Credential(api_key=(await office.verbs.create_api_key(await office.member(), "one", [])).key)
    for verb in (office.verbs.close_account, office.verbs.export_account, office.verbs.list_sessions):
        assert (await refusal(verb(key)))[1] == "SIGN_IN_NEEDED"
    assert await office.verbs.log_in("ann@example.org", PASSWORD)


# Secrets


async def test_no_secret_is_in_a_values_text(office):
    opened = await office.sign_in() if await office.register() else None
    account = await office.verbs.find_by_address("ann@example.org")
    member = Credential(session_token=opened.token, address="203.0.113.7")
    made = await office.verbs.create_api_key(member, "run", [])
    known = await office.verbs.resolve(Credential())
    facts = await office.verbs.get_letter_facts(account.id, "welcome")
    told = f"{opened}{account}{member}{made}{known}{facts}{Credential(api_key=made.key, guest_cookie='gc')}"
    secrets = (opened.token, made.key, known.issued_guest_cookie, account.password_hash, account.verify_nonce)
    for secret in (*secrets, facts.link_path, "203.0.113.7", "'gc'"):
        assert secret not in told
