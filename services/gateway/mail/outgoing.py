"""Where letters go: a mail server, or in development the mailbox that a page shows."""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Final, Protocol

import aiosmtplib

from services.chassis.errors import unavailable
from services.gateway.domain import Letter
from services.gateway.mail.signing import Signer

# Lines up to what RFC 5322, section 2.1.1, allows: where the library folds, it turns a long address or id into
# encoded words, which a mail program can neither open nor thread by.
UNFOLDED: Final = SMTP.clone(max_line_length=998)


class Sender(Protocol):
    """Takes a letter once per Message-ID, or raises UNAVAILABLE; the handler's retry brings it again."""

    async def send(self, letter: Letter) -> None:
        """Sends; a repeat of the same id is no second letter."""
        ...


class SmtpSender:
    """Hands letters to a mail server ("host:port"), signed where there is a key."""

    def __init__(self, server: str, signer: Signer | None = None) -> None:
        host, _, port = server.rpartition(":")
        self._host, self._port = host, int(port)
        self._signer = signer

    async def send(self, letter: Letter) -> None:
        """One connection a letter; the server keeps the queue."""
        message = as_message(letter).as_bytes()
        try:
            await aiosmtplib.send(
                self._signer.signed(message) if self._signer else message,
                sender=parseaddr(letter.sender)[1],
                recipients=[letter.to],
                hostname=self._host,
                port=self._port,
                timeout=10,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise unavailable("MAIL_SERVER_AWAY", f"The mail server does not take the letter: {error}") from error


def as_message(letter: Letter) -> EmailMessage:
    """The letter as MIME, plain text and HTML."""
    message = EmailMessage(policy=UNFOLDED)
    message["Message-ID"], message["From"], message["To"] = letter.id, letter.sender, letter.to
    message["Subject"] = letter.subject
    for name, value in letter.headers.items():
        message[name] = value
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return message
