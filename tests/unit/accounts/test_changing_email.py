"""Asking for the letter once more, and moving an account to another address."""

import pytest

from services.accounts.credentials import attempts
from services.accounts.facts import EmailChangeRequested, EmailVerified, VerificationRequested
from services.accounts.membership.joining import VERIFY_LIVES
from services.chassis.errors import Kind as Refusal
from tests.unit.accounts.office import DAY, PASSWORD
from tests.unit.accounts.test_people import link_token, refusal

NEW = "ann@elsewhere.example"


async def change_token(office, account_id: str) -> str:
    facts = await office.verbs.get_letter_facts(account_id, "email_change")
    return facts.link_path.removeprefix("/verify?token=")


async def test_a_letter_sent_once_more_has_a_link_that_holds_another_week(office):
    member = await office.member()
    account = await office.verbs.find_by_address("ann@example.org")
    first = await link_token(office, account.id)
    office.now += VERIFY_LIVES
    await office.verbs.request_verification(member)
    assert office.told[-1] == VerificationRequested(account.id, office.now)
    second = await link_token(office, account.id)
    assert await refusal(office.verbs.verify_email(first)) == (Refusal.GONE, "LINK_EXPIRED")
    assert (await office.verbs.verify_email(second)).verified
    assert await refusal(office.verbs.request_verification(member)) == (Refusal.CONFLICT, "VERIFIED_ALREADY")


async def test_letters_are_not_asked_for_without_end(office):
    member = await office.member()
    for _ in range(attempts.VERIFY.free):
        await office.verbs.request_verification(member)
    assert await refusal(office.verbs.request_verification(member)) == (Refusal.LIMITED, "TOO_MANY_ATTEMPTS")


async def test_an_address_is_changed_once_its_own_letter_is_used(office):
    member = await office.member()
    account = await office.verbs.find_by_address("ann@example.org")
    await office.verbs.change_email(member, PASSWORD, NEW)
    asked = office.told[-1]
    assert isinstance(asked, EmailChangeRequested)
    assert (await office.verbs.get_letter_facts(account.id, "notice")).address == "ann@example.org"
    assert (await office.verbs.get_letter_facts(account.id, "email_change")).address == NEW
    assert (await office.verbs.resolve(member)).principal.email == "ann@example.org"
    token = await change_token(office, account.id)
    changed = await office.verbs.verify_email(token)
    assert (changed.email, changed.verified, changed.change) == (NEW, True, None)
    assert office.told[-1] == EmailVerified(account.id, asked.nonce, office.now)
    assert await office.verbs.log_in(NEW, PASSWORD)
    assert (await refusal(office.verbs.log_in("ann@example.org", PASSWORD)))[1] == "WRONG_CREDENTIALS"
    assert await refusal(office.verbs.verify_email(token)) == (Refusal.INVALID, "FORGED_LINK")


async def test_the_newest_address_named_counts(office):
    member = await office.member()
    account = await office.verbs.find_by_address("ann@example.org")
    await office.verbs.change_email(member, PASSWORD, NEW)
    first = await change_token(office, account.id)
    await office.verbs.change_email(member, PASSWORD, "third@example.org")
    assert await refusal(office.verbs.verify_email(first)) == (Refusal.INVALID, "FORGED_LINK")


async def test_a_changes_link_is_over_after_a_week(office):
    member = await office.member()
    account = await office.verbs.find_by_address("ann@example.org")
    await office.verbs.change_email(member, PASSWORD, NEW)
    token = await change_token(office, account.id)
    office.now += 8 * DAY
    assert await refusal(office.verbs.verify_email(token)) == (Refusal.GONE, "LINK_EXPIRED")


async def test_whether_the_new_address_is_taken_is_not_told_and_nothing_is_sent_to_it(office):
    member = await office.member()
    await office.register("bob@example.org")
    account = await office.verbs.find_by_address("ann@example.org")
    assert await office.verbs.change_email(member, PASSWORD, "bob@example.org") is None
    sent = office.verbs.get_letter_facts(account.id, "email_change")
    assert await refusal(sent) == (Refusal.NOT_FOUND, "ADDRESS_TAKEN")


async def test_an_address_taken_before_the_link_was_used_stays_the_others(office):
    member = await office.member()
    account = await office.verbs.find_by_address("ann@example.org")
    await office.verbs.change_email(member, PASSWORD, NEW)
    token = await change_token(office, account.id)
    await office.register(NEW)
    assert await refusal(office.verbs.verify_email(token)) == (Refusal.CONFLICT, "ADDRESS_TAKEN")
    assert (await office.verbs.get_account(account.id)).email == "ann@example.org"


@pytest.mark.parametrize(
    ("password", "email", "reason"),
    [
        ("wrong", NEW, "WRONG_PASSWORD"),
        (PASSWORD, "no address", "INVALID_ADDRESS"),
        (PASSWORD, "ANN@example.org", "SAME_ADDRESS"),
    ],
)
async def test_a_change_that_cannot_be_is_refused_and_nothing_is_told(office, password, email, reason):
    member = await office.member()
    told = len(office.told)
    assert (await refusal(office.verbs.change_email(member, password, email)))[1] == reason
    assert len(office.told) == told
