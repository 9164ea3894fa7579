"""What accounts asks of its stores, of every one alike."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from services.accounts.domain import Account, ApiKey, Attempts, EmailChange, NewPassword, Session, Shown, SignIn
from services.accounts.events import encode
from services.accounts.facts import (
    AccountClosed,
    AccountRegistered,
    ClosingRequested,
    EmailVerified,
    PasswordChanged,
    PasswordResetRequested,
    PlanChanged,
    PlansPublished,
    QuotaExhausted,
    QuotaSpent,
    VerificationRequested,
)
from services.accounts.quota.tallies import Charge, Opened, Tally, entry_of
from services.accounts.store import ACCOUNTS, QUOTAS, AccountStore, AttemptStore, PlansStore, QuotaStore, SignInStore
from tests.unit.accounts.memory import (
    MemoryAccountStore,
    MemoryAttemptStore,
    MemoryPlansStore,
    MemoryQuotaStore,
    MemorySignInStore,
)

AT = 1_790_000_000_000
DIGEST, OTHER = "s" + "a" * 64, "s" + "b" * 64


@dataclass
class Stores:
    accounts: AccountStore | MemoryAccountStore
    quotas: QuotaStore | MemoryQuotaStore
    attempts: AttemptStore | MemoryAttemptStore
    sign_ins: SignInStore | MemorySignInStore
    plans: PlansStore | MemoryPlansStore
    handed: list[tuple[str, str, str]] = field(default_factory=list)
    told: Callable[[], list[str]] = list  # ids of the facts that were told with a write


@pytest.fixture
async def stores(database):
    if database is None:
        people, quotas = MemoryAccountStore(), MemoryQuotaStore()
        tries = MemoryAttemptStore(), MemorySignInStore(), MemoryPlansStore()
        yield Stores(people, quotas, *tries, told=lambda: [f.id for f in (*people.told, *quotas.told)])
        return
    handed = []

    def hand(collection, document, facts):
        handed.extend((collection, document, fact.id) for fact in facts)

    made = Stores(
        AccountStore(database, encode, hand),
        QuotaStore(database, encode, hand),
        AttemptStore(database),
        SignInStore(database),
        PlansStore(database, encode, hand),
        handed,
        lambda: [fact for _, _, fact in handed],
    )
    for store in (made.accounts, made.quotas, made.attempts, made.sign_ins):
        await store.prepare()
    yield made


def account(number: int = 1, **changed) -> Account:
    made = Account(
        id=f"{number:032x}",
        email=f"Person.{number}@Example.org",
        address_key=f"person.{number}@example.org",
        name='Ann "A" O\'Neil',
        password_hash="$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA",
        registered_at=AT,
        verify_nonce="n1",
        verify_until=AT + 5,
    )
    return replace(made, **changed)


def tally(owner: str = "guest:1", **changed) -> Tally:
    return replace(Tally(f"{owner}:code_page:lifetime"), **changed)


def opened(resource: str, key: str = "k", at: int = AT) -> Opened:
    return Opened(key, resource, at)


def charge(of: Tally, resource: str, **changed) -> Charge:
    k = entry_of(of.id, resource)
    spent = QuotaSpent(k, "guest:1", "code_page", resource, of.used + 1, AT)
    made = Charge(of.id, k, opened(resource), limit=5, last=False, told=(spent,))
    return replace(made, **changed)


# Accounts


async def test_an_account_comes_back_as_it_was_written(stores):
    assert await stores.accounts.add(account(), [])
    assert await stores.accounts.find(account().id) == account()
    assert await stores.accounts.find_by_key("person.1@example.org") == account()


async def test_an_account_that_is_not_there_is_none(stores):
    assert await stores.accounts.find("0" * 32) is None
    assert await stores.accounts.find_by_key("nobody@example.org") is None


async def test_an_account_kept_in_mind_is_read_anew_after_a_write_of_ours(stores):
    await stores.accounts.add(account(), [])
    assert await stores.accounts.known(account().id) == account()
    await stores.accounts.set_role(account(), "editor")
    assert (await stores.accounts.known(account().id)).role == "editor"
    assert await stores.accounts.known("0" * 32) is None


async def test_an_address_is_found_by_its_whole_key_only(stores):
    await stores.accounts.add(account(address_key="ünï'\"$.x@xn--bcher-kva.example"), [])
    assert await stores.accounts.find_by_key("ünï'\"$.x@xn--bcher-kva.example")
    for near in (
        "ÜNÏ'\"$.X@xn--bcher-kva.example",
        "ünï'\"$.x@xn--bcher-kva.exampl",
        "%",
        "",
        "ünï'\"$_x@xn--bcher-kva.example",
    ):
        assert await stores.accounts.find_by_key(near) is None


async def test_an_address_is_taken_once(stores):
    assert await stores.accounts.add(account(), [AccountRegistered(account().id, AT)])
    second = account(2, address_key=account().address_key)
    assert not await stores.accounts.add(second, [AccountRegistered(second.id, AT)])
    assert await stores.accounts.find(second.id) is None
    assert stores.told() == [AccountRegistered(account().id, AT).id]


async def test_of_registrations_at_once_with_one_address_one_holds(stores):
    rivals = [account(n, address_key="one@example.org") for n in range(1, 9)]
    assert sum(await asyncio.gather(*(stores.accounts.add(rival, []) for rival in rivals))) == 1


async def test_an_address_is_verified_once_and_tells_it_once(stores):
    await stores.accounts.add(account(), [])
    said = [EmailVerified(account().id, "n1", AT)]
    assert await stores.accounts.verify(account(), AT, said)
    assert (await stores.accounts.find(account().id)).verified
    assert not await stores.accounts.verify(account(), AT, said)
    assert stores.told() == [said[0].id]


async def test_an_address_that_has_changed_is_not_verified_by_the_old_letter(stores):
    await stores.accounts.add(account(), [])
    assert not await stores.accounts.verify(account(address_key="old@example.org"), AT, [])
    assert not (await stores.accounts.find(account().id)).verified


async def test_a_role_is_given_and_nobody_is_made_by_it(stores):
    await stores.accounts.add(account(), [])
    await stores.accounts.set_role(account(), "editor")
    await stores.accounts.set_role(account(9), "admin")
    assert (await stores.accounts.find(account().id)).role == "editor"
    assert await stores.accounts.find(account(9).id) is None


async def test_a_session_that_was_open_when_a_role_was_given_is_renewed_once(stores):
    older, later = Session(AT, AT + 99, AT, "Firefox", stays=False), Session(AT, AT + 5, AT + 1, "Firefox", stays=False)
    await stores.accounts.add(account(sessions={DIGEST: older}), [])
    renewed = (account().id, (DIGEST, later), (OTHER, older))
    assert not await stores.accounts.renew_session(*renewed)
    await stores.accounts.set_role(account(sessions={DIGEST: older}), "editor")
    assert (await stores.accounts.known(account().id)).renewing == {DIGEST}
    assert await stores.accounts.renew_session(*renewed)
    assert not await stores.accounts.renew_session(*renewed)
    found = await stores.accounts.known(account().id)
    assert (found.role, found.sessions, found.renewing) == ("editor", {DIGEST: later, OTHER: older}, frozenset())


async def test_sessions_open_and_end_each_by_its_digest(stores):
    await stores.accounts.add(account(), [])
    await stores.accounts.open_session(account().id, DIGEST, Session(AT, AT + 1), [])
    await stores.accounts.open_session(account().id, OTHER, Session(AT + 2, AT + 3), [])
    await stores.accounts.end_sessions(account().id, [DIGEST])
    await stores.accounts.end_sessions(account().id, [DIGEST])
    assert (await stores.accounts.find(account().id)).sessions == {OTHER: Session(AT + 2, AT + 3)}


async def test_a_new_session_can_end_older_ones(stores):
    await stores.accounts.add(account(), [])
    digests = [f"s{n:064x}" for n in range(20)]
    for number, digest in enumerate(digests):
        await stores.accounts.open_session(account().id, digest, Session(AT + number, AT), [])
    await stores.accounts.open_session(account().id, DIGEST, Session(AT, AT), digests[:19])
    assert set((await stores.accounts.find(account().id)).sessions) == {digests[19], DIGEST}


async def test_api_keys_are_kept_with_their_scopes_and_forgotten(stores):
    await stores.accounts.add(account(), [])
    key, bare = ApiKey("1", 'billing\'s "run"', ("check", "code_page"), AT), ApiKey("2", "all", (), AT + 1)
    await stores.accounts.add_api_key(account().id, DIGEST, key)
    await stores.accounts.add_api_key(account().id, OTHER, bare)
    assert (await stores.accounts.find(account().id)).api_keys == {DIGEST: key, OTHER: bare}
    await stores.accounts.remove_api_key(account().id, DIGEST)
    assert (await stores.accounts.find(account().id)).api_keys == {OTHER: bare}


# What changes an account


CHANGE = EmailChange("New@Example.org", "new@example.org", "n2", AT + 9)


async def changed(stores, number: int = 1) -> Account:
    return await stores.accounts.find(account(number).id)


async def test_an_account_comes_back_with_all_it_can_hold(stores):
    whole = account(
        role="editor",
        plan="paid",
        reset_nonce="r",
        reset_until=AT + 3,
        change=CHANGE,
        locked=True,
        erase_at=AT + 7,
        orders=("s1", "s2"),
        sessions={DIGEST: Session(AT, AT + 1, AT, "Firefox on Linux", stays=False)},
        api_keys={OTHER: ApiKey("1", "run", ("check",), AT, AT + 2)},
    )
    await stores.accounts.add(whole, [])
    assert await changed(stores) == whole


async def test_a_letter_once_more_moves_the_end_of_its_link(stores):
    await stores.accounts.add(account(), [])
    await stores.accounts.ask_verification(account().id, AT + 99, [VerificationRequested(account().id, AT)])
    assert await changed(stores) == account(verify_until=AT + 99)
    assert stores.told() == [VerificationRequested(account().id, AT).id]


async def test_a_new_address_takes_the_old_ones_place_once(stores):
    await stores.accounts.add(account(), [])
    await stores.accounts.ask_email_change(account().id, CHANGE, [])
    asked = await changed(stores)
    assert asked == account(change=CHANGE)
    assert await stores.accounts.change_email(asked, AT, [EmailVerified(asked.id, "n2", AT)])
    assert await changed(stores) == account(email="New@Example.org", address_key="new@example.org", verified=True)
    assert await stores.accounts.find_by_key("new@example.org")
    assert await stores.accounts.find_by_key(account().address_key) is None
    assert not await stores.accounts.change_email(asked, AT, [])
    assert stores.told() == [EmailVerified(asked.id, "n2", AT).id]


async def test_a_new_address_that_is_taken_or_named_anew_changes_nothing(stores):
    await stores.accounts.add(account(), [])
    await stores.accounts.add(account(2, address_key="new@example.org"), [])
    await stores.accounts.ask_email_change(account().id, CHANGE, [])
    assert not await stores.accounts.change_email(await changed(stores), AT, [])
    assert not await stores.accounts.change_email(account(change=replace(CHANGE, nonce="n1")), AT, [])
    assert await changed(stores) == account(change=CHANGE)


async def test_a_reset_asked_for_is_kept_and_nobody_is_made_by_it(stores):
    await stores.accounts.add(account(), [])
    for owner in (account().id, "0" * 32):
        await stores.accounts.ask_reset(owner, "r1", AT + 5, [PasswordResetRequested(owner, AT)])
    assert await changed(stores) == account(reset_nonce="r1", reset_until=AT + 5)
    assert stores.told() == [PasswordResetRequested(account().id, AT).id]
    assert await stores.accounts.find("0" * 32) is None


async def test_a_password_is_set_once_with_the_sessions_that_remain(stores):
    session = Session(AT, AT + 1, AT, "x", stays=False)
    before = account(
        reset_nonce="r", sessions={DIGEST: Session(AT, AT + 1)}, api_keys={OTHER: ApiKey("1", "k", (), AT)}
    )
    await stores.accounts.add(before, [])
    new = NewPassword("$argon2id$new", {OTHER: session}, verified=True)
    assert await stores.accounts.set_password(before, new, [PasswordChanged(before.id, AT)])
    after = replace(before, password_hash="$argon2id$new", sessions={OTHER: session}, reset_nonce="", verified=True)
    assert await changed(stores) == after
    assert not await stores.accounts.set_password(before, new, [])
    assert not await stores.accounts.set_password(replace(after, reset_nonce="r"), new, [])
    assert await stores.accounts.set_password(after, replace(new, sessions={}, keeps_keys=False), [])
    assert ((await changed(stores)).sessions, (await changed(stores)).api_keys) == ({}, {})
    assert stores.told() == [PasswordChanged(before.id, AT).id]


async def test_an_order_sets_a_plan_once_and_the_newest_are_remembered(stores):
    await stores.accounts.add(account(), [])
    told = PlanChanged(account().id, "paid", "s1", AT)
    assert await stores.accounts.set_plan(await changed(stores), "paid", "s1", [told])
    assert not await stores.accounts.set_plan(await changed(stores), "free", "s1", [])
    for number in range(2, 25):
        assert await stores.accounts.set_plan(await changed(stores), "free", f"s{number}", [])
    after = await changed(stores)
    assert (after.plan, len(after.orders), after.orders[-1]) == ("free", 20, "s24")
    assert stores.told() == [told.id]


async def test_a_lock_ends_sessions_and_keys_and_is_lifted(stores):
    held = account(sessions={DIGEST: Session(AT, AT + 1)}, api_keys={OTHER: ApiKey("1", "k", (), AT)})
    await stores.accounts.add(held, [])
    await stores.accounts.set_locked(held.id, locked=True)
    assert await changed(stores) == account(locked=True)
    await stores.accounts.set_locked(held.id, locked=False)
    assert await changed(stores) == account()


async def test_use_is_noted_only_where_it_still_is_as_it_was_shown(stores):
    session, key = Session(AT, AT + 1, AT), ApiKey("1", "k", ("check",), AT)
    await stores.accounts.add(account(sessions={DIGEST: session}, api_keys={OTHER: key}), [])
    for digest, entry in ((DIGEST, session), (OTHER, key)):
        await stores.accounts.saw(Shown(account().id, digest, entry), AT + 60)
        await stores.accounts.saw(Shown(account().id, digest, entry), AT + 90)
    after = await changed(stores)
    assert after.sessions[DIGEST] == replace(session, seen_at=AT + 60)
    assert after.api_keys[OTHER] == replace(key, used_at=AT + 60)
    await stores.accounts.end_sessions(account().id, [DIGEST])
    await stores.accounts.saw(Shown(account().id, DIGEST, after.sessions[DIGEST]), AT + 99)
    assert (await changed(stores)).sessions == {}


async def test_accounts_are_listed_newest_first_by_role_and_plan(stores):
    for number, role in enumerate(("user", "admin", "user"), 1):
        await stores.accounts.add(account(number, registered_at=AT + number, role=role), [])
    assert [a.id[-1] for a in await stores.accounts.newest({}, 9)] == ["3", "2", "1"]
    assert [a.id[-1] for a in await stores.accounts.newest({"role": "user", "plan": "free"}, 1)] == ["3"]


async def test_a_closed_account_is_due_and_leaves_nothing_but_its_id(stores, database):
    held = account(sessions={DIGEST: Session(AT, AT + 1)})
    await stores.accounts.add(held, [])
    await stores.accounts.close(held.id, AT + 5, [])
    closing = await changed(stores)
    assert closing == account(erase_at=AT + 5)
    assert await stores.accounts.due(AT + 5, 9) == []
    assert await stores.accounts.due(AT + 6, 9) == [closing]
    closed = AccountClosed(held.id, AT + 6)
    assert not await stores.accounts.erase(replace(closing, erase_at=AT), AT + 6, AT + 99, [closed])
    assert await stores.accounts.erase(closing, AT + 6, AT + 99, [closed])
    assert await changed(stores) is None
    assert await stores.accounts.find_by_key(held.address_key) is None
    assert await stores.accounts.newest({}, 9) == await stores.accounts.due(AT + 99, 9) == []
    await stores.accounts.set_role(held, "admin")
    assert stores.told() == [closed.id]
    assert await stores.accounts.add(account(2, address_key=held.address_key), [])
    if database is not None:
        left = await database[ACCOUNTS].find_one({"_id": held.id})
        assert set(left) == {"_id", "address_key", "erased_at", "forget_at", "out", "pending"}
        assert await stores.accounts.sweep(AT + 100) == 0  # its fact is not told yet
        await database[ACCOUNTS].update_one({"_id": held.id}, {"$set": {"out": {}, "pending": 0}})
        assert await stores.accounts.sweep(AT + 99) == 0
        assert await stores.accounts.sweep(AT + 100) == 1
        assert await database[ACCOUNTS].find_one({"_id": held.id}) is None


async def test_a_sign_in_keeps_an_account_that_was_being_closed(stores):
    await stores.accounts.add(account(), [])
    await stores.accounts.close(account().id, AT + 5, [ClosingRequested(account().id, AT + 5, AT)])
    await stores.accounts.open_session(account().id, DIGEST, Session(AT, AT + 1), [])
    assert await stores.accounts.due(AT + 9, 9) == []


async def test_an_account_with_facts_to_tell_waits_to_be_erased(stores, database):
    if database is None:
        pytest.skip("a memory store has no documents")
    await stores.accounts.add(account(erase_at=AT), [AccountRegistered(account().id, AT)])
    assert not await stores.accounts.erase(await changed(stores), AT, AT, [])


async def test_documents_of_earlier_releases_are_read(stores, database):
    if database is None:
        pytest.skip("a memory store has no documents")
    await stores.accounts.add(account(), [])
    older = await database[ACCOUNTS].find_one({"_id": account().id})
    for name in ("reset_nonce", "reset_until", "change", "locked", "erase_at", "orders"):
        del older[name]
    older["sessions"] = {DIGEST: {"opened_at": AT, "expires_at": AT + 1}}
    older["api_keys"] = {OTHER: {"id": "1", "name": "k", "scopes": [], "created_at": AT}}
    await database[ACCOUNTS].replace_one({"_id": account().id}, older)
    held = account(sessions={DIGEST: Session(AT, AT + 1)}, api_keys={OTHER: ApiKey("1", "k", (), AT)})
    assert await changed(stores) == held
    assert await stores.accounts.set_plan(held, "paid", "s1", [])


# Tries to sign in, and plans told of


async def test_the_newest_fifty_tries_are_kept_newest_first_and_forgotten(stores):
    for number in range(60):
        await stores.sign_ins.note("a", SignIn(AT + number, "x", "signed_in"), AT + 100 + number)
    kept = await stores.sign_ins.find("a")
    assert [one.at - AT for one in kept] == list(range(59, 9, -1))
    assert await stores.sign_ins.find("b") == ()
    assert await stores.sign_ins.sweep(AT + 159) == 0
    assert await stores.sign_ins.sweep(AT + 160) == 1
    await stores.sign_ins.note("a", kept[0], AT)
    await stores.sign_ins.forget("a")
    assert await stores.sign_ins.find("a") == ()


@pytest.mark.usefixtures("atomic")
async def test_tries_at_once_are_all_kept(stores):
    await asyncio.gather(*(stores.sign_ins.note("a", SignIn(AT + n, "", "wrong_password"), AT) for n in range(8)))
    assert len(await stores.sign_ins.find("a")) == 8


async def test_plans_are_told_once_by_whoever_is_quicker(stores):
    first, second = PlansPublished("d1", 1, AT), PlansPublished("d2", 2, AT)
    assert await stores.plans.published() == ("", 0)
    assert await stores.plans.text() == ""
    assert [await stores.plans.publish("", first, "one") for _ in range(2)] == [True, False]
    assert [await stores.plans.publish("d1", second, 'two "2"\n') for _ in range(2)] == [True, False]
    assert await stores.plans.published() == ("d2", 2)
    assert await stores.plans.text() == 'two "2"\n'


# Tallies


async def test_a_tally_is_deleted_once_it_has_told_everything(stores, database):
    await stores.quotas.begin(tally(used=1), 0)
    for _ in range(2):
        await stores.quotas.delete(tally().id)
    assert await stores.quotas.find(tally().id) is None
    if database is not None:
        telling = [QuotaSpent("r1", "guest:1", "code_page", "a", 1, AT)]
        await stores.quotas.begin(tally(used=1), 0, telling)
        await stores.quotas.delete(tally().id)
        assert await stores.quotas.find(tally().id)


async def test_a_tally_begins_once(stores):
    first = tally(used=1, seen={entry_of(tally().id, "a"): opened("a")}, carried={"r1": opened("b")})
    assert await stores.quotas.begin(first, 0)
    assert not await stores.quotas.begin(tally(used=1), 0)
    assert await stores.quotas.find(tally().id) == first


async def test_of_first_charges_at_once_one_begins_the_tally(stores):
    rivals = [stores.quotas.begin(tally(used=1), 0) for _ in range(10)]
    assert sum(await asyncio.gather(*rivals)) == 1


async def test_tallies_are_found_together_and_the_missing_are_left_out(stores):
    await stores.quotas.begin(tally("guest:1"), 0)
    await stores.quotas.begin(tally("guest:2"), 0)
    wanted = [tally(owner).id for owner in ("guest:1", "guest:2", "guest:3")]
    assert set(await stores.quotas.find_all(wanted)) == set(wanted[:2])
    assert await stores.quotas.find_all([]) == {}


async def test_a_charge_counts_keeps_its_entry_and_tells_its_fact(stores):
    await stores.quotas.begin(tally(), 0)
    asked = charge(tally(), "cpt/20701")
    assert await stores.quotas.charge(asked)
    assert await stores.quotas.find(tally().id) == tally(used=1, seen={asked.k: asked.opened})
    assert stores.told() == [asked.k]


async def test_an_entry_is_charged_once(stores):
    await stores.quotas.begin(tally(), 0)
    assert await stores.quotas.charge(charge(tally(), "a"))
    assert not await stores.quotas.charge(charge(tally(), "a"))
    assert (await stores.quotas.find(tally().id)).used == 1


async def test_a_charge_needs_a_tally(stores):
    assert not await stores.quotas.charge(charge(tally(), "a"))
    assert await stores.quotas.find(tally().id) is None


@pytest.mark.parametrize(
    ("used", "last", "holds"),
    [(3, False, True), (4, False, False), (5, False, False), (3, True, False), (4, True, True), (5, True, False)],
)
async def test_only_the_last_charge_reaches_the_limit(stores, used, last, holds):
    await stores.quotas.begin(tally(used=used), 0)
    told = (QuotaExhausted(tally().id, 5, "guest:1", "code_page", AT),) if last else ()
    assert await stores.quotas.charge(charge(tally(), "a", last=last, told=told)) == holds
    assert (await stores.quotas.find(tally().id)).used == used + holds


@pytest.mark.usefixtures("atomic")
async def test_of_charges_at_once_as_many_hold_as_there_is_room_for(stores):
    await stores.quotas.begin(tally(used=1), 0)
    rivals = [stores.quotas.charge(charge(tally(), f"page/{n}")) for n in range(20)]
    assert sum(await asyncio.gather(*rivals)) == 3
    found = await stores.quotas.find(tally().id)
    assert (found.used, len(found.seen)) == (4, 3)


@pytest.mark.usefixtures("atomic")
async def test_of_charges_at_once_each_is_told_on_its_own(stores):
    for owner, used in (("guest:1", 1), ("guest:2", 4), ("guest:3", 1)):
        await stores.quotas.begin(tally(owner, used=used), 0)
    one, full, other = (tally(owner, used=1) for owner in ("guest:1", "guest:2", "guest:3"))
    rival = replace(charge(one, "a"), opened=opened("a", key="another request"))
    asked = [charge(one, "a"), charge(full, "a"), rival, charge(other, "a"), charge(tally("guest:4"), "a")]
    told = await asyncio.gather(*(stores.quotas.charge(each) for each in asked))
    assert told[1:] == [False, not told[0], True, False]
    assert {fact for fact in stores.told() if fact in {asked[0].k, asked[1].k, asked[3].k}} == {asked[0].k, asked[3].k}
    assert (await stores.quotas.find(full.id)).used == 4


async def test_a_charge_can_forget_older_entries(stores):
    old = {f"r{n:032x}": opened(f"{n}", at=AT + n) for n in range(50)}
    await stores.quotas.begin(tally(used=50, seen=old), 0)
    asked = charge(tally(), "new", limit=5000, forgotten=tuple(old)[:49])
    assert await stores.quotas.charge(asked)
    assert set((await stores.quotas.find(tally().id)).seen) == {f"r{49:032x}", asked.k}


async def test_a_tally_is_claimed_once(stores):
    await stores.quotas.begin(tally(), 0)
    assert await stores.quotas.claim(tally().id, "x")
    assert not await stores.quotas.claim(tally().id, "y")
    assert (await stores.quotas.find(tally().id)).carried_to == "x"
    assert not await stores.quotas.claim(tally("guest:9").id, "x")


async def test_tallies_go_when_they_expire_and_those_without_expiry_stay(stores):
    for owner, expires_at in (("guest:1", AT - 1), ("guest:2", AT + 1), ("account:1", 0)):
        await stores.quotas.begin(tally(owner), expires_at)
    assert await stores.quotas.sweep(AT) == 1
    wanted = [tally(owner).id for owner in ("guest:1", "guest:2", "account:1")]
    assert set(await stores.quotas.find_all(wanted)) == set(wanted[1:])


async def test_a_tally_with_an_untold_fact_does_not_go(stores, database):
    if database is None:
        pytest.skip("a memory store tells at once")
    await stores.quotas.begin(tally(used=1), AT - 1, charge(tally(), "a").told)
    assert await stores.quotas.sweep(AT) == 0


# What a document that publishes must look like, for the relay to find it


async def test_facts_lie_in_the_document_they_were_written_with(stores, database):
    if database is None:
        pytest.skip("a memory store has no documents")
    await stores.accounts.add(account(), [AccountRegistered(account().id, AT)])
    await stores.quotas.begin(tally(), 0)
    await stores.quotas.charge(charge(tally(), "a"))
    for collection, document_id, fact_id in stores.handed:
        document = await database[collection].find_one({"_id": document_id})
        assert document["pending"] == 1
        assert set(document["out"]) == {fact_id}
        assert document["out"][fact_id]["at"] == AT
    assert [collection for collection, _, _ in stores.handed] == [ACCOUNTS, QUOTAS]


async def test_every_document_counts_its_untold_facts_even_when_there_are_none(stores, database):
    if database is None:
        pytest.skip("a memory store has no documents")
    await stores.accounts.add(account(), [])
    await stores.quotas.begin(tally(), 0)
    for collection in (ACCOUNTS, QUOTAS):
        assert (await database[collection].find_one({}))["pending"] == 0


# Sign-in tries


async def test_tries_are_counted_and_cleared(stores):
    assert await stores.attempts.find("a:1") == Attempts()
    await stores.attempts.note("a:1", AT, AT + 9)
    await stores.attempts.note("a:1", AT + 1, AT + 9)
    assert await stores.attempts.find("a:1") == Attempts(2, AT + 1)
    await stores.attempts.clear("a:1")
    await stores.attempts.clear("a:1")
    assert await stores.attempts.find("a:1") == Attempts()


@pytest.mark.usefixtures("atomic")
async def test_tries_at_once_are_all_counted(stores):
    await asyncio.gather(*(stores.attempts.note("a:1", AT, AT + 9) for _ in range(12)))
    assert (await stores.attempts.find("a:1")).tried == 12


async def test_tries_are_forgotten_when_they_expire(stores):
    await stores.attempts.note("a:1", AT, AT + 9)
    await stores.attempts.note("b:1", AT, AT + 99)
    assert await stores.attempts.sweep(AT + 10) == 1
    assert await stores.attempts.find("a:1") == Attempts()
    assert (await stores.attempts.find("b:1")).tried == 1
