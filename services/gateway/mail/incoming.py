"""Mail in: cases to consult@…, refused early, accepted only once they are stored.

RCPT   unknown mailbox 550 · unknown sender 550 with where to register · null sender and our own addresses go on
DATA   automatic mail 250, recorded, never answered · a From address that nothing proves, no account, unverified, quota
       used up 550 · away 451 · 250 only after the consult is stored
"""

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator
from email.utils import parseaddr
from typing import Final, Protocol

from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession
from opentelemetry.trace import SpanKind

from services.chassis import telemetry
from services.chassis.errors import SMTP_REPLY, AppError, Kind
from services.gateway.domain import Caller, SentCase
from services.gateway.mail.attachments import opened
from services.gateway.mail.origin import Origin
from services.gateway.mail.reading import Mail, read_mail

log = logging.getLogger(__name__)

LARGEST_MAIL: Final = 10 << 20  # bytes
MAILBOX: Final = "consult"
LONGEST_CASE: Final = 100_000  # characters of body and attachments together
_LARGE: Final = 200_000  # bytes of a mail that is parsed off the event loop
OWN: Final = frozenset({"consult", "no-reply"})
TAKEN: Final = "250 OK"
ANYWHERE: Final = Origin()
AWAY: Final = "451 The platform is away for the moment; the mail is not lost if you try again"


class Accounts(Protocol):
    """What mail needs of accounts."""

    async def find_by_address(self, address: str) -> Caller:
        """The account of an address; NOT_FOUND."""
        ...


class Consults(Protocol):
    """Where cases go."""

    async def submit(self, caller: Caller, case: SentCase) -> str:
        """Charges and stores a case with its fact, once a Message-ID; FORBIDDEN, EXHAUSTED, UNAVAILABLE."""
        ...


class Intake:
    """aiosmtpd's handler. Every hook answers a reply line; none may raise: the text of a bug would go to a stranger."""

    def __init__(
        self, accounts: Accounts, consults: Consults, hosts: frozenset[str], register_at: str, origin: Origin = ANYWHERE
    ) -> None:
        self._accounts = accounts
        self._consults = consults
        self._hosts = hosts
        self._register_at = register_at
        self._origin = origin

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, _server: SMTP, _session: SmtpSession, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Refuses unknown mailboxes and senders before the letter is sent."""
        local, _, host = parseaddr(address)[1].lower().rpartition("@")
        if local.partition("+")[0] != MAILBOX or host not in self._hosts:
            return "550 There is no such mailbox here; cases go to consult"
        reply = await self._sender_reply(_sender(envelope))
        if reply == TAKEN:
            envelope.rcpt_tos.append(address)
        return reply

    async def _sender_reply(self, sender: str) -> str:
        if not sender or self._is_own(sender):
            return TAKEN  # bounces and our own letters are taken, recorded, and never answered
        try:
            await self._accounts.find_by_address(sender)
        except AppError as refusal:
            return self._reply(refusal)
        except Exception:
            log.exception("RCPT failed")
            return AWAY
        return TAKEN

    async def handle_DATA(  # noqa: N802 -- aiosmtpd's name
        self, _server: SMTP, session: SmtpSession, envelope: Envelope
    ) -> str:
        """Takes the mail, or says why not."""
        with telemetry.span("SMTP DATA", SpanKind.SERVER, {}) as span:
            try:
                reply = await self._take(session, envelope)
            except AppError as refusal:
                span.set_attribute("codingahead.reason", refusal.reason)
                reply = self._reply(refusal)
            except Exception:
                log.exception("DATA failed")
                reply = AWAY
            span.set_attribute("smtp.reply_code", int(reply[:3]))
            return reply

    async def _take(self, session: SmtpSession, envelope: Envelope) -> str:
        raw = envelope.original_content or b""
        mail = await asyncio.to_thread(read_mail, raw) if len(raw) > _LARGE else read_mail(raw)
        sender = _sender(envelope)
        if not sender or mail.automatic or self._is_own(sender) or self._is_own(mail.sender):
            log.info("automatic mail taken and not answered")
            return TAKEN
        self._origin.check(session.peer[0] if session.peer else "0.0.0.0", mail.sender, raw)  # noqa: S104 -- means: unknown
        caller = await self._accounts.find_by_address(mail.sender)
        await self._consults.submit(caller, await _case(mail))
        return TAKEN

    def _is_own(self, address: str) -> bool:
        local, _, host = address.lower().rpartition("@")
        return local.partition("+")[0] in OWN and host in self._hosts

    def _reply(self, refusal: AppError) -> str:
        if refusal.kind is Kind.NOT_FOUND:
            return f"550 Unknown sender; register at {self._register_at}"
        return f"{SMTP_REPLY[refusal.kind]} {re.sub(r'[^ -~]', ' ', refusal.message)}"


async def _case(mail: Mail) -> SentCase:
    """The body and what the attachments hold; notes tell what was not read."""
    more, notes = await opened(mail.attached)
    text = "\n\n".join(part for part in (mail.text, more) if part)
    if len(text) > LONGEST_CASE:
        notes = (*notes, f"The case has {len(text):,} characters, of which the first {LONGEST_CASE:,} were read.")
    return SentCase(mail.message_id, mail.subject, text[:LONGEST_CASE], mail.references, notes)


def _sender(envelope: Envelope) -> str:
    """The envelope's sender; empty for the null sender of bounces (RFC 5321, section 4.5.5)."""
    return (envelope.mail_from or "").strip("<> ")


class _LongLines(SMTP):
    """Takes lines longer than RFC 5321, section 4.5.3.1.6, allows: programs do send HTML as one line."""

    line_length_limit = 1 << 20


@contextlib.asynccontextmanager
async def listen(intake: Intake, address: str) -> AsyncIterator[None]:
    """Serves SMTP on `address` ("host:port") in this loop; open sessions get a moment to end."""
    loop = asyncio.get_running_loop()
    host, _, port = address.rpartition(":")
    server = await loop.create_server(
        lambda: _LongLines(
            intake, hostname="codingahead", data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True, loop=loop, timeout=60
        ),
        host,
        int(port),
    )
    try:
        yield
    finally:
        server.close()
        with contextlib.suppress(TimeoutError):  # it waits for open sessions, which may sit idle for a minute
            await asyncio.wait_for(server.wait_closed(), 1)
