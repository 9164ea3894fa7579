"""What a caller may open, through the verbs."""

import asyncio
from dataclasses import replace

import pytest

from services.accounts.domain import Credential, Kind, Outcome
from services.accounts.facts import QuotaExhausted, QuotaSpent
from services.accounts.quota.plans import FEATURES, load
from services.chassis.errors import AppError
from services.chassis.errors import Kind as Refusal
from tests.unit.accounts.office import DAY, HOME, HOUR, NOON, Office


def with_limit(plans, plan, feature, limit):
    changed = {**plans.of(plan), feature: replace(plans.allowance(plan, feature), limit=limit)}
    return replace(plans, allowances={**plans.allowances, plan: changed})


async def test_a_guest_opens_one_page_and_not_a_second(office):
    guest = await office.guest()
    first, second = await office.open(guest, "icd-10-cm/E11.42"), await office.open(guest, "cpt/20701")
    assert (first.outcome, first.quota.remaining) == (Outcome.CHARGED, 0)
    assert (second.outcome, second.quota.remaining) == (Outcome.EXHAUSTED, 0)


async def test_a_page_seen_before_is_free(office):
    guest = await office.guest()
    await office.open(guest, "icd-10-cm/E11.42")
    again = await office.open(guest, "icd-10-cm/E11.42")
    assert (again.outcome, again.quota.used) == (Outcome.SEEN, 1)


async def test_a_newcomer_is_charged_as_the_guest_whose_cookie_is_issued(office):
    first = await office.open(Credential(address=HOME), "a")
    cookie = Credential(guest_cookie=first.known.issued_guest_cookie, address=HOME)
    assert first.known.principal.kind is Kind.GUEST
    assert (await office.open(cookie, "a")).outcome is Outcome.SEEN
    assert (await office.open(cookie, "a")).known.issued_guest_cookie == ""


async def test_an_account_opens_five_pages(office):
    member = await office.member()
    outcomes = [(await office.open(member, f"page/{n}")).outcome for n in range(7)]
    assert outcomes == [Outcome.CHARGED] * 5 + [Outcome.EXHAUSTED] * 2


async def test_the_page_a_guest_has_seen_goes_along_and_counts_nothing(office):
    guest = await office.guest()
    await office.open(guest, "page/0")
    member = await office.member(credential=guest)
    assert (await office.open(member, "page/0")).outcome is Outcome.SEEN
    outcomes = [(await office.open(member, f"page/{n}")).outcome for n in range(1, 7)]
    assert outcomes == [Outcome.CHARGED] * 5 + [Outcome.EXHAUSTED]


async def test_a_guests_page_goes_along_once(office):
    guest = await office.guest()
    await office.open(guest, "page/0")
    await office.member("one@example.org", guest)
    second = await office.member("two@example.org", guest)
    assert (await office.open(second, "page/0")).outcome is Outcome.CHARGED


async def test_of_registrations_at_once_with_one_cookie_one_gets_the_page(office):
    guest = await office.guest()
    await office.open(guest, "page/0")
    await asyncio.gather(*(office.register(f"p{n}@example.org", guest) for n in range(4)))
    assert sum(bool(tally.carried) for tally in office.quotas.tallies.values()) == 1


async def test_a_registration_tried_again_after_a_lost_answer_still_gets_the_page(office, monkeypatch):
    guest = await office.guest()
    await office.open(guest, "page/0")

    async def away(*_):
        raise AppError(Refusal.UNAVAILABLE, "DATABASE_AWAY", "")

    with monkeypatch.context() as broken:
        broken.setattr(office.people, "add", away)
        with pytest.raises(AppError):
            await office.register(credential=guest)
    member = await office.member(credential=guest)
    assert (await office.open(member, "page/0")).outcome is Outcome.SEEN


async def test_a_refused_registration_leaves_the_page_to_the_next(office):
    guest = await office.guest()
    await office.open(guest, "page/0")
    await office.register("taken@example.org")
    with pytest.raises(AppError):
        await office.register("taken@example.org", guest)
    member = await office.member("free@example.org", guest)
    assert (await office.open(member, "page/0")).outcome is Outcome.SEEN


async def test_registering_without_a_page_seen_writes_no_tally(office):
    await office.register(credential=await office.guest())
    assert office.quotas.writes == 0


async def test_signing_in_merges_nothing(office):
    member, guest = await office.member(), await office.guest()
    await office.open(guest, "page/0")
    both = replace(member, guest_cookie=guest.guest_cookie)
    assert (await office.open(both, "page/0")).outcome is Outcome.CHARGED


async def test_a_peek_answers_as_a_charge_would_and_writes_nothing(office):
    guest = await office.guest()
    assert (await office.open(guest, "a", peek=True)).outcome is Outcome.AVAILABLE
    assert office.quotas.writes == 0
    await office.open(guest, "a")
    written = office.quotas.writes
    assert (await office.open(guest, "a", peek=True)).outcome is Outcome.SEEN
    locked = await office.open(guest, "b", peek=True)
    assert (locked.outcome, locked.quota.remaining) == (Outcome.EXHAUSTED, 0)
    assert office.quotas.writes == written


async def test_a_peek_needs_no_request_key(office):
    spent = await office.verbs.spend(Credential(), "question", "", "", peek=True)
    assert spent.outcome is Outcome.AVAILABLE


async def test_a_repeat_with_the_same_request_key_is_charged_once(office):
    member = await office.member()
    for _ in range(3):
        asked = await office.use(member, "question", key="the same")
        assert (asked.outcome, asked.quota.used) == (Outcome.CHARGED, 1)


async def test_every_request_of_a_counted_feature_is_charged(office):
    guest = await office.guest()
    outcomes = [(await office.use(guest, "question")).outcome for _ in range(4)]
    assert outcomes == [Outcome.CHARGED] * 3 + [Outcome.EXHAUSTED]


async def test_a_days_quota_renews_at_utc_midnight(office):
    guest = await office.guest()
    for _ in range(4):
        asked = await office.use(guest, "question")
    assert asked.quota.renews_at == NOON + 12 * HOUR
    office.now = asked.quota.renews_at - 1
    assert (await office.use(guest, "question")).outcome is Outcome.EXHAUSTED
    office.now += 1
    renewed = await office.use(guest, "question")
    assert (renewed.outcome, renewed.quota.used) == (Outcome.CHARGED, 1)


async def test_a_lifetimes_quota_does_not_renew(office):
    guest = await office.guest()
    await office.open(guest, "a")
    office.now += 365 * DAY
    assert (await office.open(guest, "b")).outcome is Outcome.EXHAUSTED


async def test_a_limit_raised_in_the_plans_holds_without_migration(office, plans):
    guest = await office.guest()
    await office.open(guest, "a")
    assert (await office.open(guest, "b")).outcome is Outcome.EXHAUSTED
    office.under(with_limit(plans, "guest", "code_page", 2))
    assert (await office.open(guest, "b")).outcome is Outcome.CHARGED
    assert (await office.open(guest, "c")).outcome is Outcome.EXHAUSTED


async def test_no_limit_grants_without_a_write(office):
    office.under(load("open"))
    guest = await office.guest()
    spent = await office.open(guest, "a")
    assert (spent.outcome, spent.quota.limit, spent.quota.remaining) == (Outcome.UNMETERED, None, None)
    assert (await office.open(guest, "a", peek=True)).outcome is Outcome.UNMETERED
    assert office.quotas.writes == 0


async def test_a_guest_is_offered_no_consults(office):
    assert (await office.use(await office.guest(), "consult")).outcome is Outcome.EXHAUSTED


# Networks


async def test_twenty_guests_a_day_come_from_one_network(office):
    outcomes = [(await office.open(await office.guest(), "a")).outcome for _ in range(22)]
    assert outcomes == [Outcome.CHARGED] * 20 + [Outcome.EXHAUSTED] * 2


async def test_a_guest_whose_network_ran_out_has_nothing_left_and_a_peek_says_so(office):
    for _ in range(20):
        await office.open(await office.guest(), "a")
    late = await office.guest()
    for peek in (True, False):
        spent = await office.open(late, "a", peek=peek)
        assert (spent.outcome, spent.quota.used, spent.quota.remaining) == (Outcome.EXHAUSTED, 0, 0)


async def test_another_network_another_day_and_an_account_are_not_held_up(office):
    for _ in range(21):
        await office.open(await office.guest(), "a")
    assert (await office.open(await office.guest("198.51.100.1"), "a")).outcome is Outcome.CHARGED
    member = replace(await office.member(), address=HOME)
    assert (await office.open(member, "a")).outcome is Outcome.CHARGED
    office.now += DAY
    assert (await office.open(await office.guest(), "a")).outcome is Outcome.CHARGED


async def test_one_guest_takes_one_place_of_the_network_however_many_calls_come_at_once(office):
    guest = await office.guest()
    await asyncio.gather(*(office.open(guest, f"page/{n % 10}") for n in range(60)))
    networks = [tally for tally_id, tally in office.quotas.tallies.items() if tally_id.startswith("network:")]
    assert [tally.used for tally in networks] == [1]


async def test_a_guest_who_got_in_keeps_opening_when_the_network_is_full(office, plans):
    office.under(with_limit(plans, "guest", "code_page", 2))
    early = await office.guest()
    await office.open(early, "a")
    for _ in range(20):
        await office.open(await office.guest(), "a")
    assert (await office.open(early, "b")).outcome is Outcome.CHARGED


@pytest.mark.parametrize(
    ("development", "address", "granted"),
    [(True, "127.0.0.1", 25), (True, "::1", 25), (True, HOME, 20), (False, "127.0.0.1", 20), (False, "", 20)],
)
async def test_this_machine_is_exempt_in_development_alone(plans, office, development, address, granted):
    local = Office(plans, office.verbs.passwords, development=development)
    outcomes = [(await local.open(await local.guest(address), "a")).outcome for _ in range(25)]
    assert outcomes.count(Outcome.CHARGED) == granted


async def test_no_address_is_kept(office):
    await office.open(await office.guest(), "a")
    assert HOME not in str(office.quotas.tallies)


# Usage, facts, refusals


async def test_usage_lists_every_feature_in_order(office):
    member = await office.member()
    await office.open(member, "a")
    await office.use(member, "question")
    usage = await office.verbs.get_usage(member)
    assert [quota.feature for quota in usage.quotas] == list(FEATURES)
    assert [(quota.used, quota.remaining) for quota in usage.quotas] == [(1, 4), (1, 19), (0, 5), (0, 20), (0, 5000)]
    assert usage.known.principal.email == "ann@example.org"


async def test_usage_of_a_newcomer_is_a_guests_and_sets_a_cookie(office):
    usage = await office.verbs.get_usage(Credential())
    assert usage.known.issued_guest_cookie
    assert [quota.remaining for quota in usage.quotas] == [1, 3, 0, 0, 20]


async def test_every_charge_is_told_once_and_the_last_one_too(office):
    guest = await office.guest()
    owner = (await office.verbs.resolve(guest)).principal.owner
    for resource in ("icd-10-cm/I10", "icd-10-cm/I10", "cpt/20701"):
        await office.open(guest, resource)
    spent, exhausted = office.told
    assert isinstance(spent, QuotaSpent)
    assert (spent.owner, spent.feature, spent.resource, spent.used) == (owner, "code_page", "icd-10-cm/I10", 1)
    assert isinstance(exhausted, QuotaExhausted)
    assert exhausted.owner == owner


@pytest.mark.parametrize(
    ("feature", "resource", "key", "reason"),
    [
        ("pages", "a", "k", "UNKNOWN_FEATURE"),
        ("code_page", "", "k", "INVALID_RESOURCE"),
        ("code_page", "a\nb", "k", "INVALID_RESOURCE"),
        ("code_page", "a" * 201, "k", "INVALID_RESOURCE"),
        ("code_page", "a", "", "INVALID_REQUEST_KEY"),
        ("question", "", "k" * 201, "INVALID_REQUEST_KEY"),
    ],
)
async def test_a_charge_of_nothing_in_particular_is_refused(office, feature, resource, key, reason):
    with pytest.raises(AppError) as refused:
        await office.verbs.spend(Credential(), feature, resource, key)
    assert (refused.value.kind, refused.value.reason) == (Refusal.INVALID, reason)


async def test_a_database_that_comes_back_at_once_is_asked_again(office, monkeypatch):
    guest, find, failures = await office.guest(), office.quotas.find, [1]

    async def once(tally_id):
        if failures:
            failures.pop()
            raise AppError(Refusal.UNAVAILABLE, "DATABASE_AWAY", "")
        return await find(tally_id)

    monkeypatch.setattr(office.quotas, "find", once)
    assert (await office.open(guest, "a")).outcome is Outcome.CHARGED


async def test_a_database_that_stays_away_is_said_to_be(office, monkeypatch):
    async def away(tally_id):
        raise AppError(Refusal.UNAVAILABLE, "DATABASE_AWAY", "")

    monkeypatch.setattr(office.quotas, "find", away)
    with pytest.raises(AppError, match="DATABASE_AWAY"):
        await office.open(Credential(), "a")
