"""Reads a mail as it came: who wrote it, what it says, and whether a machine sent it."""

import hashlib
import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses
from typing import Final

from services.chassis.errors import invalid
from services.gateway.mail.attachments import Attached, attached
from services.gateway.mail.bodies import body_text

MADE: Final = "no-message-id"  # the host of ids that are made here, for mails without one
MACHINES: Final = frozenset({"mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply"})
BULK: Final = frozenset({"bulk", "junk", "list", "auto_reply"})
_MACHINE_HEADERS: Final = (
    *("List-Id", "List-Unsubscribe", "List-Post", "X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress"),
    *("X-Loop", "X-Failed-Recipients", "Feedback-ID"),
)
_AWAY: Final = re.compile(
    r"\s*(?:automatic reply|auto(?:matic)?[- ]?(?:reply|response)|out of (?:the )?office)\b", re.IGNORECASE
)
_ID: Final = re.compile(r"<[^<>\s]{1,250}>")
_LONGEST_REFERENCES: Final = 900  # characters


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as the platform understands it; `message_id` is never empty.

    `attached` are the parts beside the text, not opened yet.
    """

    message_id: str
    sender: str
    subject: str
    text: str
    references: tuple[str, ...]
    automatic: bool
    attached: tuple[Attached, ...] = ()


def read_mail(raw: bytes) -> Mail:
    """Parses a mail; INVALID when it has not one author or cannot be parsed."""
    try:
        message = message_from_bytes(raw, policy=default)
        return _read(message)
    except (LookupError, ValueError, AttributeError, TypeError, RecursionError) as error:
        # The library's parser raises these on headers that break its grammar; the sender can mend the mail.
        raise invalid("UNREADABLE_MAIL", "The mail could not be read. Send it as plain text.") from error


def _read(message: EmailMessage) -> Mail:
    automatic = is_automatic(message)
    sender, subject, text = (
        author(message, automatic=automatic),
        _one_line(message.get("Subject", "")),
        body_text(message),
    )
    told = _one_line(message.get("Message-ID", ""))
    message_id = (
        told if _ID.fullmatch(told) else _made(told or f"{sender}\n{message.get('Date', '')}\n{subject}\n{text}")
    )
    references = [*_ID.findall(_one_line(message.get("References", message.get("In-Reply-To", "")))), message_id]
    return Mail(
        message_id=message_id,
        sender=sender,
        subject=subject[:200],
        text=text,
        references=_thread([one for one in dict.fromkeys(references) if not one.endswith(f"@{MADE}>")]),
        automatic=automatic,
        attached=attached(message),
    )


def _thread(ids: list[str]) -> tuple[str, ...]:
    """The first and the newest, as many as one header line takes unfolded (RFC 5322, section 2.1.1)."""
    kept, room = ids[-1:], _LONGEST_REFERENCES
    for one in [*ids[:1], *reversed(ids[1:-1])] if len(ids) > 1 else []:
        room -= len(one) + 1
        if room >= len(ids[-1]):
            kept.append(one)
    return tuple(one for one in ids if one in kept)


def _made(stable: str) -> str:
    """An id of what a second delivery of the same mail has in common with the first."""
    return f"<{hashlib.sha256(stable.encode('utf-8', 'replace')).hexdigest()[:32]}@{MADE}>"


def author(message: EmailMessage, *, automatic: bool) -> str:
    """The one address of the From header; several or none are refused, but for automatic mail, which nobody answers."""
    found = [address for _, address in getaddresses([str(v) for v in message.get_all("From", [])]) if "@" in address]
    if len(found) != 1 and not automatic:
        raise invalid("NO_AUTHOR", "The mail needs one From address, the one of your account.")
    return found[0].lower() if found else ""


def is_automatic(message: EmailMessage) -> bool:
    """Whether a machine sent it: answering those makes loops (RFC 3834, section 2; RFC 2919; RFC 2369)."""
    if str(message.get("Auto-Submitted", "no")).strip().lower() not in {"", "no"}:
        return True
    if str(message.get("Precedence", "")).strip().lower() in BULK:
        return True
    if any(name in message for name in _MACHINE_HEADERS) or str(message.get("Return-Path", "")).strip() == "<>":
        return True
    if message.get_content_type() == "multipart/report" or _AWAY.match(_one_line(message.get("Subject", ""))):
        return True
    locals_ = {a.partition("@")[0].lower() for _, a in getaddresses([str(v) for v in message.get_all("From", [])])}
    return bool(locals_ & MACHINES)


def _one_line(value: object) -> str:
    return " ".join(str(value).split())
