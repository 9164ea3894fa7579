"""What stands at the edge: messages in and out, facts as events, settings."""

from typing import get_args

import pytest
from codingahead.accounts.v1 import events_pb2
from codingahead.accounts.v1 import service_pb2 as pb
from pydantic import ValidationError

from services.accounts import facts
from services.accounts.domain import Kind, Outcome
from services.accounts.events import SUBJECTS, encode
from services.accounts.messages import KINDS, OUTCOMES
from services.accounts.quota.plans import load
from services.accounts.quota.tallies import entry_of
from services.accounts.server import NAME, AccountServer
from services.accounts.settings import AccountsSettings
from services.chassis.errors import AppError
from tests.unit.accounts.office import HOME, NOON, PASSWORD

DAY_LATER = NOON + 86_400_000
FACTS = [
    (facts.AccountRegistered("a1", NOON), events_pb2.AccountRegistered(account_id="a1", at_ms=NOON)),
    (facts.EmailVerified("a1", "nonce", NOON), events_pb2.EmailVerified(account_id="a1", at_ms=NOON)),
    (facts.VerificationRequested("a1", NOON), events_pb2.EmailVerificationRequested(account_id="a1", at_ms=NOON)),
    (facts.EmailChangeRequested("a1", "nonce", NOON), events_pb2.EmailChangeRequested(account_id="a1", at_ms=NOON)),
    (facts.PasswordResetRequested("a1", NOON), events_pb2.PasswordResetRequested(account_id="a1", at_ms=NOON)),
    (facts.PasswordChanged("a1", NOON), events_pb2.PasswordChanged(account_id="a1", at_ms=NOON)),
    (
        facts.PlanChanged("a1", "paid", "order", NOON),
        events_pb2.PlanChanged(account_id="a1", plan="paid", at_ms=NOON),
    ),
    (facts.PlansPublished("d", 2, NOON), events_pb2.PlansPublished(digest="d", revision=2, at_ms=NOON)),
    (
        facts.ClosingRequested("a1", DAY_LATER, NOON),
        events_pb2.AccountClosingRequested(account_id="a1", erase_at_ms=DAY_LATER, at_ms=NOON),
    ),
    (facts.AccountClosed("a1", NOON), events_pb2.AccountClosed(account_id="a1", at_ms=NOON)),
    (
        facts.QuotaSpent(entry_of("t", "r"), "guest:1", "code_page", "cpt/20701", 1, NOON),
        events_pb2.QuotaSpent(owner="guest:1", feature="code_page", resource="cpt/20701", used=1, at_ms=NOON),
    ),
    (
        facts.QuotaExhausted("t", 1, "guest:1", "code_page", NOON),
        events_pb2.QuotaExhausted(owner="guest:1", feature="code_page", at_ms=NOON),
    ),
]


@pytest.fixture
def server(office):
    return AccountServer(office.verbs)


@pytest.mark.parametrize(("fact", "message"), FACTS)
def test_a_fact_becomes_its_event(fact, message):
    encoded = encode(fact)
    assert type(message).FromString(encoded.body) == message
    assert (encoded.id, encoded.subject, encoded.at) == (fact.id, SUBJECTS[type(fact)], NOON)
    assert encoded.id.replace("_", "").isalnum()


def test_every_fact_has_a_subject_of_this_service():
    assert set(SUBJECTS) == set(get_args(facts.Told.__value__)) == {type(fact) for fact, _ in FACTS}
    assert all(subject.startswith("codingahead.accounts.") and subject.endswith(".v1") for subject in SUBJECTS.values())


def test_no_event_has_a_field_for_a_name_an_address_or_a_token():
    fields = {field.name for _, message in FACTS for field in message.DESCRIPTOR.fields}
    of_quota, of_plans = {"owner", "feature", "resource", "used"}, {"plan", "digest", "revision"}
    assert fields == {"account_id", "at_ms", "erase_at_ms"} | of_quota | of_plans


def test_every_kind_and_outcome_has_its_word_in_the_contract():
    assert set(KINDS) == set(Kind)
    assert set(OUTCOMES) == set(Outcome)
    assert set(KINDS.values()) == set(pb.Principal.Kind.values()) - {pb.Principal.KIND_UNSPECIFIED}
    assert set(OUTCOMES.values()) == set(pb.SpendResponse.Outcome.values()) - {pb.SpendResponse.OUTCOME_UNSPECIFIED}


def test_the_server_has_every_rpc_of_the_contract():
    service = pb.DESCRIPTOR.services_by_name["AccountService"]
    assert service.full_name == NAME
    for method in service.methods:
        assert method.name in vars(AccountServer), method.name


async def test_a_guests_spend_over_the_wire_format(server):
    spend = pb.SpendRequest(
        credential=pb.Credential(address=HOME), feature="code_page", resource="cpt/20701", request_key="k"
    )
    answer = await server.Spend(spend, None)
    assert answer.outcome == pb.SpendResponse.OUTCOME_CHARGED
    assert (answer.quota.limit, answer.quota.used, answer.quota.remaining) == (1, 1, 0)
    assert not answer.quota.HasField("renews_at_ms")
    assert answer.principal.kind == pb.Principal.KIND_GUEST
    assert answer.issued_guest_cookie


async def test_no_limit_is_absent_over_the_wire(server, office):
    office.under(load("open"))
    opened = AccountServer(office.verbs)
    answer = await opened.Spend(pb.SpendRequest(feature="check", request_key="k"), None)
    assert answer.outcome == pb.SpendResponse.OUTCOME_UNMETERED
    assert not answer.quota.HasField("limit")
    assert not answer.quota.HasField("remaining")
    assert answer.quota.HasField("renews_at_ms")


async def test_an_account_from_register_to_log_out(server, office):
    registered = await server.Register(pb.RegisterRequest(email="Ann@example.org", password=PASSWORD, name="Ann"), None)
    facts = await server.GetLetterFacts(
        pb.GetLetterFactsRequest(account_id=registered.account_id, purpose="welcome"), None
    )
    assert (facts.address, facts.name, facts.verified) == ("Ann@example.org", "Ann", False)
    verified = await server.VerifyEmail(pb.VerifyEmailRequest(token=facts.link_path.split("token=")[1]), None)
    assert verified.account_id == registered.account_id
    signed_in = await server.LogIn(pb.LogInRequest(email="ann@EXAMPLE.org", password=PASSWORD), None)
    session = pb.Credential(session_token=signed_in.token)
    known = await server.Resolve(pb.ResolveRequest(credential=session), None)
    assert known.principal == signed_in.principal
    assert (known.principal.verified, known.principal.role, known.principal.name) == (True, "user", "Ann")
    account = await server.GetAccount(pb.GetAccountRequest(account_id=registered.account_id), None)
    assert (account.principal, account.plan, account.registered_at_ms) == (known.principal, "free", NOON)
    found = await server.FindByAddress(pb.FindByAddressRequest(address="ann@example.org"), None)
    assert found.principal == known.principal
    role = await server.SetRole(pb.SetRoleRequest(account_id=registered.account_id, role="admin"), None)
    assert role.principal.role == "admin"
    usage = await server.GetUsage(pb.GetUsageRequest(credential=session), None)
    assert [quota.feature for quota in usage.quotas] == ["code_page", "question", "consult", "case", "check"]
    await server.LogOut(pb.LogOutRequest(credential=session), None)
    with pytest.raises(AppError, match="SESSION_ENDED"):
        await server.Resolve(pb.ResolveRequest(credential=session), None)


async def test_an_api_key_from_making_to_revoking(server, office):
    session = pb.Credential(session_token=(await office.member()).session_token)
    made = await server.CreateApiKey(pb.CreateApiKeyRequest(credential=session, name="run", scopes=["check"]), None)
    (listed,) = (await server.ListApiKeys(pb.ListApiKeysRequest(credential=session), None)).keys
    assert (listed.id, listed.name, list(listed.scopes), listed.created_at_ms) == (made.id, "run", ["check"], NOON)
    key = pb.Credential(api_key=made.key)
    known = await server.Resolve(pb.ResolveRequest(credential=key), None)
    assert known.principal.kind == pb.Principal.KIND_API_KEY
    await server.RevokeApiKey(pb.RevokeApiKeyRequest(credential=session, id=made.id), None)
    assert not (await server.ListApiKeys(pb.ListApiKeysRequest(credential=session), None)).keys


def test_cheap_passwords_are_for_development_alone():
    assert AccountsSettings(cheap_passwords=True, development=True).cheap_passwords
    with pytest.raises(ValidationError, match="CODINGAHEAD_CHEAP_PASSWORDS is for tests"):
        AccountsSettings(cheap_passwords=True)


def test_the_plans_file_is_named_in_the_environment(monkeypatch):
    monkeypatch.setenv("CODINGAHEAD_PLANS", "open")
    assert AccountsSettings().plans == "open"
