"""Registering, verifying, signing in and out, roles, letters, API keys, through the verbs."""

import asyncio
from dataclasses import replace

import pytest

from services.accounts.credentials import attempts, tokens
from services.accounts.domain import Attempts, Credential, Kind, Outcome
from services.accounts.facts import AccountRegistered, EmailVerified
from services.accounts.membership.joining import VERIFY_LIVES
from services.accounts.membership.signing_in import OUTLIVES, SESSION_LIVES, SESSIONS
from services.chassis.errors import AppError
from services.chassis.errors import Kind as Refusal
from tests.unit.accounts.office import DAY, PASSWORD


async def refusal(verb) -> tuple[Refusal, str]:
    with pytest.raises(AppError) as refused:
        await verb
    return refused.value.kind, refused.value.reason


async def link_token(office, account_id: str) -> str:
    facts = await office.verbs.get_letter_facts(account_id, "welcome")
    return facts.link_path.removeprefix("/verify?token=")


# Registering


async def test_a_new_account_is_free_unverified_and_told(office):
    account = await office.register("Ann@Example.org")
    assert (account.email, account.plan, account.role, account.verified) == ("Ann@Example.org", "free", "user", False)
    assert office.told == [AccountRegistered(account.id, office.now)]


async def test_a_password_is_not_kept(office):
    account = await office.register()
    assert PASSWORD not in str(account)
    assert account.password_hash.startswith("$argon2id$")


async def test_an_address_is_taken_in_any_spelling(office):
    await office.register("Ann@example.org")
    assert await refusal(office.register("ANN@EXAMPLE.ORG")) == (Refusal.CONFLICT, "ADDRESS_TAKEN")


async def test_of_registrations_at_once_one_holds(office):
    answers = await asyncio.gather(*(office.register() for _ in range(5)), return_exceptions=True)
    assert sum(not isinstance(answer, AppError) for answer in answers) == 1
    assert len(office.told) == 1


@pytest.mark.parametrize(
    ("email", "password", "name", "reason"),
    [
        ("ann", PASSWORD, "", "INVALID_ADDRESS"),
        ("ann@example.org", "password123", "", "WEAK_PASSWORD"),
        ("ann@example.org", "short", "", "WEAK_PASSWORD"),
        ("ann@example.org", "ann@example.org", "", "WEAK_PASSWORD"),
        ("ann@example.org", PASSWORD, "Ann\r\nBcc: all@example.org", "INVALID_NAME"),
        ("ann@example.org", PASSWORD, "A" * 101, "INVALID_NAME"),
    ],
)
async def test_a_bad_field_is_refused_by_name(office, email, password, name, reason):
    assert await refusal(office.verbs.register(email, password, name, Credential())) == (Refusal.INVALID, reason)
    assert office.people.accounts == {}


async def test_a_forged_cookie_does_not_register(office):
    forged = Credential(guest_cookie="0" * 32 + "." + "0" * 64)
    assert await refusal(office.register(credential=forged)) == (Refusal.UNAUTHENTICATED, "FORGED_COOKIE")


# Verifying


async def test_the_letters_link_verifies_the_address_and_tells_it(office):
    account = await office.register()
    assert (await office.verbs.verify_email(await link_token(office, account.id))).verified
    assert office.told[-1] == EmailVerified(account.id, account.verify_nonce, office.now)
    assert (await office.verbs.get_account(account.id)).verified


async def test_letter_facts_are_the_same_at_every_redelivery(office):
    account = await office.register()
    first = await office.verbs.get_letter_facts(account.id, "welcome")
    office.now += DAY
    assert await office.verbs.get_letter_facts(account.id, "welcome") == first
    assert (first.address, first.name, first.verified) == ("ann@example.org", "Ann", False)


async def test_a_letter_to_a_verified_account_has_no_link(office):
    account = await office.register()
    await office.verbs.verify_email(await link_token(office, account.id))
    facts = await office.verbs.get_letter_facts(account.id, "welcome")
    assert (facts.link_path, facts.verified) == ("", True)


@pytest.mark.parametrize("purpose", ["consult", "opening", "application"])
async def test_other_letters_have_no_link(office, purpose):
    assert (await office.verbs.get_letter_facts((await office.register()).id, purpose)).link_path == ""


async def test_letters_are_written_for_known_purposes_to_known_accounts(office):
    account = await office.register()
    assert await refusal(office.verbs.get_letter_facts(account.id, "spam")) == (Refusal.INVALID, "UNKNOWN_PURPOSE")
    nobody = office.verbs.get_letter_facts("0" * 32, "welcome")
    assert await refusal(nobody) == (Refusal.NOT_FOUND, "UNKNOWN_ACCOUNT")


async def test_a_link_used_twice_is_over(office):
    token = await link_token(office, (await office.register()).id)
    await office.verbs.verify_email(token)
    assert await refusal(office.verbs.verify_email(token)) == (Refusal.GONE, "LINK_USED")
    assert len(office.told) == 2


async def test_a_link_is_over_after_a_week(office):
    token = await link_token(office, (await office.register()).id)
    office.now += VERIFY_LIVES
    assert await refusal(office.verbs.verify_email(token)) == (Refusal.GONE, "LINK_EXPIRED")


async def test_a_links_expiry_cannot_be_moved(office):
    account_id, until, mac = (await link_token(office, (await office.register()).id)).split(".")
    later = f"{account_id}.{int(until) + DAY}.{mac}"
    assert await refusal(office.verbs.verify_email(later)) == (Refusal.INVALID, "FORGED_LINK")


@pytest.mark.parametrize("token", ["", "x", "0" * 32 + ".1." + "0" * 64])
async def test_what_is_no_link_is_refused(office, token):
    assert await refusal(office.verbs.verify_email(token)) == (Refusal.INVALID, "FORGED_LINK")


# Signing in and out


async def test_a_session_is_its_account(office):
    account = await office.register()
    signed_in = await office.sign_in(" ANN@example.org")
    known = await office.verbs.resolve(Credential(session_token=signed_in.token))
    assert known.principal == signed_in.principal == account.principal()
    assert known.principal.owner == f"account:{account.id}"


async def test_a_session_token_is_not_kept(office):
    await office.register()
    assert (await office.sign_in()).token not in str(office.people.accounts)


async def test_an_unknown_address_and_a_wrong_password_are_refused_alike(office):
    await office.register()
    answers = []
    for email, password in (("ann@example.org", "wrong"), ("nobody@example.org", PASSWORD), ("no address", PASSWORD)):
        with pytest.raises(AppError) as refused:
            await office.verbs.log_in(email, password)
        answers.append((refused.value.kind, refused.value.reason, refused.value.message, refused.value.errors))
    assert len(set(answers)) == 1
    assert answers[0][:2] == (Refusal.UNAUTHENTICATED, "WRONG_CREDENTIALS")


async def test_an_unknown_address_costs_a_hash_like_a_wrong_password(office, monkeypatch):
    await office.register()
    verified, verify = [], office.verbs.passwords.verify

    async def counted(kept, password):
        verified.append(kept is None)
        return await verify(kept, password)

    monkeypatch.setattr(office.verbs.passwords, "verify", counted)
    for email in ("ann@example.org", "nobody@example.org"):
        await refusal(office.verbs.log_in(email, "wrong"))
    assert verified == [False, True]


@pytest.mark.parametrize("email", ["ann@example.org", "nobody@example.org"])
async def test_the_eleventh_try_has_to_wait_known_address_or_not(office, email):
    await office.register()
    for _ in range(10):
        assert await refusal(office.verbs.log_in(email, "wrong")) == (Refusal.UNAUTHENTICATED, "WRONG_CREDENTIALS")
    assert await refusal(office.verbs.log_in(email, PASSWORD)) == (Refusal.LIMITED, "TOO_MANY_ATTEMPTS")
    office.now += attempts.FIRST_WAIT
    assert await refusal(office.verbs.log_in(email, "wrong")) == (Refusal.UNAUTHENTICATED, "WRONG_CREDENTIALS")
    office.now += attempts.FIRST_WAIT
    assert (await refusal(office.verbs.log_in(email, "wrong")))[0] is Refusal.LIMITED


async def test_signing_in_forgets_the_wrong_tries(office):
    await office.register()
    for _ in range(3):
        for _ in range(9):
            await refusal(office.verbs.log_in("ann@example.org", "wrong"))
        await office.sign_in()


def test_waits_double_up_to_a_quarter_of_an_hour():
    minutes = [attempts.wait_after(attempts.SIGN_IN, tried) / 60_000 for tried in (0, 9, 10, 11, 12, 13, 14, 99)]
    assert minutes == [0, 0, 1, 2, 4, 8, 15, 15]


def test_the_wait_is_said_in_seconds():
    with pytest.raises(AppError, match="Try again in 31 seconds"):
        attempts.check(attempts.SIGN_IN, Attempts(10, 1_000_000), 1_000_000 + 29_500)


async def test_a_session_ends_when_told_and_ending_it_twice_is_no_error(office):
    member = await office.member()
    await office.verbs.log_out(member)
    await office.verbs.log_out(member)
    await office.verbs.log_out(Credential(session_token="nonsense"))
    assert await refusal(office.verbs.resolve(member)) == (Refusal.UNAUTHENTICATED, "SESSION_ENDED")


async def test_a_session_ends_after_thirty_days(office):
    member = await office.member()
    office.now += SESSION_LIVES - 1
    assert (await office.verbs.resolve(member)).principal.kind is Kind.USER
    office.now += 1
    assert (await refusal(office.verbs.resolve(member)))[1] == "SESSION_ENDED"


async def test_the_oldest_session_ends_where_there_are_too_many(office):
    await office.register()
    opened = []
    for _ in range(SESSIONS + 1):
        office.now += 1
        opened.append(Credential(session_token=(await office.sign_in()).token))
    assert (await refusal(office.verbs.resolve(opened[0])))[1] == "SESSION_ENDED"
    for member in opened[1:]:
        assert await office.verbs.resolve(member)


@pytest.mark.parametrize(
    ("shown", "reason"),
    [
        (Credential(session_token="nonsense"), "SESSION_ENDED"),
        (Credential(session_token=tokens.issue(tokens.SESSION, "0" * 32)), "SESSION_ENDED"),
        (Credential(api_key="ca_forged"), "UNKNOWN_API_KEY"),
        (Credential(api_key=tokens.issue(tokens.API_KEY, "0" * 32)), "UNKNOWN_API_KEY"),
        (Credential(guest_cookie="forged"), "FORGED_COOKIE"),
    ],
)
async def test_a_credential_that_is_none_is_refused_by_its_sort(office, shown, reason):
    for verb in (office.verbs.resolve(shown), office.verbs.get_usage(shown), office.open(shown, "a")):
        assert await refusal(verb) == (Refusal.UNAUTHENTICATED, reason)


async def test_a_made_up_token_of_a_real_account_is_refused(office):
    account = await office.register()
    made_up = Credential(session_token=tokens.issue(tokens.SESSION, account.id))
    assert (await refusal(office.verbs.resolve(made_up)))[1] == "SESSION_ENDED"


async def test_a_newcomer_becomes_a_guest_and_stays_that_guest(office):
    known = await office.verbs.resolve(Credential())
    again = await office.verbs.resolve(Credential(guest_cookie=known.issued_guest_cookie))
    assert known.principal == again.principal
    assert (known.principal.kind, known.principal.account_id, again.issued_guest_cookie) == (Kind.GUEST, "", "")


# Accounts, roles, API keys


async def test_an_account_is_found_by_its_address_in_any_spelling(office):
    account = await office.register()
    assert (await office.verbs.find_by_address("ANN@Example.Org")).id == account.id
    for address in ("other@example.org", "no address", ""):
        assert await refusal(office.verbs.find_by_address(address)) == (Refusal.NOT_FOUND, "UNKNOWN_ACCOUNT")


async def test_a_role_holds_for_sessions_already_open(office):
    member = await office.member()
    principal = (await office.verbs.resolve(member)).principal
    assert (await office.verbs.set_role(principal.account_id, "editor")).role == "editor"
    assert (await office.verbs.resolve(member)).principal.role == "editor"


async def test_a_session_open_when_a_role_was_given_gets_a_new_token_once(office):
    member = await office.member()
    principal = (await office.verbs.resolve(member)).principal
    assert (await office.verbs.renew_session(member)).token == ""
    await office.verbs.set_role(principal.account_id, "user")  # the one it has
    assert not (await office.verbs.resolve(member)).principal.renew
    await office.verbs.set_role(principal.account_id, "editor")
    assert (await office.verbs.resolve(member)).principal.renew
    made = await office.verbs.renew_session(member)
    renewed = Credential(session_token=made.token)
    assert (await office.verbs.resolve(renewed)).principal == replace(principal, role="editor")
    assert (await office.verbs.renew_session(member)).token == ""
    assert (await office.verbs.resolve(member)).principal.role == "editor"  # for what is on its way
    office.now += OUTLIVES
    assert await refusal(office.verbs.resolve(member)) == (Refusal.UNAUTHENTICATED, "SESSION_ENDED")
    (left,) = await office.verbs.list_sessions(renewed)
    assert left.session.expires_at == made.expires_at
    assert (await office.verbs.renew_session(Credential())).token == ""  # a guest has none


async def test_roles_are_four_and_accounts_exist(office):
    account = await office.register()
    assert await refusal(office.verbs.set_role(account.id, "king")) == (Refusal.INVALID, "UNKNOWN_ROLE")
    assert await refusal(office.verbs.set_role("0" * 32, "admin")) == (Refusal.NOT_FOUND, "UNKNOWN_ACCOUNT")


async def test_an_api_key_is_its_account_and_shares_its_quota(office):
    member = await office.member()
    made = await office.verbs.create_api_key(member, "billing run", [])
    key = Credential(api_key=made.key)
    assert (await office.verbs.resolve(key)).principal.kind is Kind.API_KEY
    await office.open(member, "a")
    assert (await office.open(key, "a")).outcome is Outcome.SEEN
    assert made.key not in str(office.people.accounts)


async def test_a_key_reaches_its_scopes_alone(office):
    member = await office.member()
    key = Credential(api_key=(await office.verbs.create_api_key(member, "checks", ["check"])).key)
    assert (await office.use(key, "check")).outcome is Outcome.CHARGED
    assert await refusal(office.use(key, "question")) == (Refusal.FORBIDDEN, "SCOPE_MISSING")


async def test_keys_are_listed_oldest_first_and_a_revoked_one_is_unknown(office):
    member = await office.member()
    made = []
    for name in ("first", "second"):
        office.now += 1
        made.append(await office.verbs.create_api_key(member, name, []))
    assert [key.name for key in await office.verbs.list_api_keys(member)] == ["first", "second"]
    await office.verbs.revoke_api_key(member, made[0].id)
    assert [key.name for key in await office.verbs.list_api_keys(member)] == ["second"]
    gone = Credential(api_key=made[0].key)
    assert await refusal(office.verbs.resolve(gone)) == (Refusal.UNAUTHENTICATED, "UNKNOWN_API_KEY")
    assert (await refusal(office.verbs.revoke_api_key(member, made[0].id)))[0] is Refusal.NOT_FOUND


async def test_neither_a_key_nor_a_guest_makes_keys(office):
    key = Credential(api_key=(await office.verbs.create_api_key(await office.member(), "one", [])).key)
    for caller in (key, await office.guest(), Credential()):
        made = office.verbs.create_api_key(caller, "two", [])
        assert await refusal(made) == (Refusal.FORBIDDEN, "SIGN_IN_NEEDED")


@pytest.mark.parametrize(
    ("name", "scopes", "reason"),
    [("", [], "INVALID_NAME"), ("x" * 101, [], "INVALID_NAME"), ("x", ["all"], "UNKNOWN_SCOPE")],
)
async def test_a_key_needs_a_name_and_known_scopes(office, name, scopes, reason):
    made = office.verbs.create_api_key(await office.member(), name, scopes)
    assert await refusal(made) == (Refusal.INVALID, reason)


async def test_an_account_has_twenty_keys_at_most(office):
    member = await office.member()
    for number in range(20):
        await office.verbs.create_api_key(member, f"key {number}", [])
    made = office.verbs.create_api_key(member, "one more", [])
    assert await refusal(made) == (Refusal.CONFLICT, "TOO_MANY_API_KEYS")
