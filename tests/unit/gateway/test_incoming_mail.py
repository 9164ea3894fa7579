"""SMTP in, spoken by a real client to a real listener, with small seams behind it."""

import asyncio
import smtplib
from dataclasses import dataclass, field
from email.message import EmailMessage

import pytest

from services.chassis.errors import not_found, unavailable
from services.gateway.domain import Caller, Quota, SentCase, Spent
from services.gateway.mail.incoming import LARGEST_MAIL, Intake, listen
from services.gateway.service import ConsultDesk
from tests.servers import free_port


@dataclass
class SmallWorld:
    """Two accounts, one of them unverified, and a drawer of consults."""

    away: bool = False
    left: int = 3
    consults: dict[str, SentCase] = field(default_factory=dict)
    charged: set[str] = field(default_factory=set)

    async def find_by_address(self, address: str) -> Caller:
        if self.away:
            raise unavailable("SERVICE_AWAY", "Accounts are away.")
        if address not in {"ann@example.org", "new@example.org"}:
            raise not_found("UNKNOWN_ADDRESS", "There is no such account.")
        return Caller("user", f"account:{address}", address, address, "", address.startswith("ann"), "user")

    async def spend_for(self, account_id: str, feature: str, resource: str, request_key: str) -> Spent:
        granted = resource in self.charged or len(self.charged) < self.left
        if granted:
            self.charged.add(resource)
        quota = Quota(feature, self.left, len(self.charged), self.left - len(self.charged), "day")
        return Spent("charged" if granted else "exhausted", quota, await self.find_by_address(account_id))

    async def submit_consult(self, account_id: str, sent: SentCase) -> str:
        self.consults.setdefault(sent.message_id, sent)
        return sent.message_id


@pytest.fixture
async def world():
    small = SmallWorld()
    small.port = free_port()
    intake = Intake(small, ConsultDesk(small, small), frozenset({"localhost"}), "http://localhost/register")
    async with listen(intake, f"127.0.0.1:{small.port}"):
        yield small


def case(number: int = 1, sender: str = "ann@example.org", text: str = "Type 2 diabetes.", **headers: str):
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, "consult@localhost", "A case"
    letter["Message-ID"] = f"<{number}@example.org>"
    for name, value in headers.items():
        letter[name.replace("_", "-")] = value
    letter.set_content(text)
    return letter


async def send(world, letter, **envelope) -> tuple[int, bytes] | None:
    """None when it was taken, the refusal otherwise."""
    return await asyncio.to_thread(_send, world.port, letter, envelope)


def _send(port, letter, envelope):
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as smtp:
        try:
            smtp.send_message(letter, **envelope)
        except smtplib.SMTPRecipientsRefused as refused:
            return next(iter(refused.recipients.values()))
        except smtplib.SMTPResponseException as refused:
            return refused.smtp_code, refused.smtp_error
    return None


async def test_a_case_is_taken_once_a_message_id(world):
    assert await send(world, case()) is None
    assert await send(world, case()) is None
    assert [m.text for m in world.consults.values()] == ["Type 2 diabetes."]
    assert len(world.charged) == 1


async def test_a_stranger_is_told_where_to_register(world):
    code, text = await send(world, case(sender="stranger@example.net"))
    assert code == 550
    assert b"http://localhost/register" in text


async def test_another_mailbox_is_refused(world):
    letter = case()
    assert (await send(world, letter, to_addrs=["sales@localhost"]))[0] == 550
    assert (await send(world, letter, to_addrs=["consult@elsewhere.example"]))[0] == 550


async def test_an_unverified_account_is_refused(world):
    assert (await send(world, case(sender="new@example.org")))[0] == 550


async def test_the_header_from_is_the_account(world):
    assert (await send(world, case(sender="boss@example.net"), from_addr="ann@example.org"))[0] == 550
    assert not world.consults


async def test_a_used_up_quota_is_refused_and_a_repeat_is_not(world):
    world.left = 1
    assert await send(world, case(1)) is None
    code, text = await send(world, case(2))
    assert code == 550
    assert b"1 consults" in text
    assert await send(world, case(1)) is None


async def test_with_services_away_the_mail_may_try_again(world):
    world.away = True
    assert (await send(world, case()))[0] == 451


async def test_a_bug_is_451_and_says_nothing(world, monkeypatch):
    async def broken(*_args):
        raise ZeroDivisionError("a secret")

    monkeypatch.setattr(world, "submit_consult", broken)
    code, text = await send(world, case())
    assert code == 451
    assert b"secret" not in text


@pytest.mark.parametrize(
    "letter",
    [
        case(Auto_Submitted="auto-replied"),
        case(List_Id="<l.example.org>"),
        case(Precedence="bulk"),
        case(sender="consult@localhost"),
    ],
)
async def test_automatic_mail_and_our_own_is_taken_and_never_answered(world, letter):
    assert await send(world, letter, from_addr="ann@example.org") is None
    assert not world.consults


async def test_a_bounce_is_taken_and_never_answered(world):
    assert await send(world, case(), from_addr="<>") is None
    assert not world.consults


async def test_a_mail_over_the_limit_is_552(world):
    assert (await send(world, case(text="x" * 70 + ("\n" + "x" * 70) * (LARGEST_MAIL // 70))))[0] == 552
    assert not world.consults


async def test_two_authors_are_refused(world):
    letter = case()
    del letter["From"]
    letter["From"] = "ann@example.org, bob@example.org"
    assert (await send(world, letter, from_addr="ann@example.org"))[0] == 550
