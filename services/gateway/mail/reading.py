"""Reads a mail as it came: who wrote it, what it says, and whether a machine sent it."""

import hashlib
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default
from email.utils import getaddresses
from html.parser import HTMLParser
from typing import Final

from services.chassis.errors import invalid

LONGEST_TEXT: Final = 100_000  # characters of a case that are read
MACHINES: Final = frozenset({"mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply"})
BULK: Final = frozenset({"bulk", "junk", "list", "auto_reply"})
_BREAKS: Final = frozenset({"p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "table", "ul", "ol", "blockquote"})
_UNREAD: Final = frozenset({"script", "style", "head", "title"})


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as the platform understands it; `message_id` is never empty."""

    message_id: str
    sender: str
    subject: str
    text: str
    references: tuple[str, ...]
    automatic: bool


def read_mail(raw: bytes) -> Mail:
    """Parses a mail; INVALID when it has not one author or no readable text part."""
    try:
        message = message_from_bytes(raw, policy=default)
        return _read(message, raw)
    except (LookupError, ValueError, AttributeError, TypeError, IndexError) as error:
        # The library's parser raises these on headers that break its grammar; the sender can mend the mail.
        raise invalid("UNREADABLE_MAIL", "The mail could not be read. Send it as plain text.") from error


def _read(message: EmailMessage, raw: bytes) -> Mail:
    automatic = is_automatic(message)
    message_id = _one_line(message.get("Message-ID", "")) or f"<{hashlib.sha256(raw).hexdigest()[:32]}@no-message-id>"
    references = [*_one_line(message.get("References", "")).split(), message_id]
    return Mail(
        message_id=message_id,
        sender=author(message, automatic=automatic),
        subject=_one_line(message.get("Subject", ""))[:200],
        text=body_text(message)[:LONGEST_TEXT],
        references=tuple(dict.fromkeys(references))[-20:],
        automatic=automatic,
    )


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
    if any(name in message for name in ("List-Id", "List-Unsubscribe", "X-Autoreply", "X-Autorespond", "X-Loop")):
        return True
    if message.get_content_type() == "multipart/report":
        return True
    locals_ = {a.partition("@")[0].lower() for _, a in getaddresses([str(v) for v in message.get_all("From", [])])}
    return bool(locals_ & MACHINES)


def body_text(message: EmailMessage) -> str:
    """The plain text part, or the HTML part as text; empty where there is neither."""
    part = message.get_body(("plain", "html"))
    if part is None or not part.get_content_type().startswith("text/"):
        return ""
    content = _decoded(part)
    text = html_text(content) if part.get_content_type() == "text/html" else content
    return text.replace("\r\n", "\n").replace("\x00", "").strip()


def _decoded(part: MIMEPart) -> str:
    """The part's text; a charset that lies or is unknown is read as Windows-1252, which is what such mail mostly is."""
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    for charset in (part.get_content_charset("utf-8"), "utf-8"):
        try:
            return raw.decode(charset)
        except (LookupError, UnicodeDecodeError):
            continue
    return raw.decode("windows-1252", "replace")


def html_text(html: str) -> str:
    """The words of an HTML part, a line a block."""
    reader = _Words()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).splitlines())
    return "\n".join(line for line in lines if line)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, _attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNREAD:
            self._unread += 1
        if tag in _BREAKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNREAD and self._unread:
            self._unread -= 1
        if tag in _BREAKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.pieces.append(data.replace("\n", " "))


def _one_line(value: object) -> str:
    return " ".join(str(value).split())
