"""The parts of a mail beside its text: which are read as part of the case, and why the others are not."""

import asyncio
import contextlib
import sys
from dataclasses import dataclass
from email.message import EmailMessage, MIMEPart
from pathlib import PurePath
from typing import Final

import orjson

from services.gateway.mail.bodies import body_text, clean, decoded, html_text

MOST: Final = 10  # attachments that are opened
LARGEST: Final = 8 << 20  # bytes of one
LONGEST_TEXT: Final = 60_000  # characters of one
_SECONDS: Final = 10.0  # a document may take
_TEXTS: Final = frozenset({"text/plain", "text/markdown", "text/csv", "text/html"})
_TEXT_ENDINGS: Final = frozenset({".txt", ".md", ".csv"})
_DOCUMENTS: Final = {".pdf": "pdf", ".docx": "docx"}
_TYPES: Final = {
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
}
_WHY: Final = {
    ".zip": "archives are not opened; attach the documents themselves",
    ".rar": "archives are not opened; attach the documents themselves",
    ".7z": "archives are not opened; attach the documents themselves",
    ".gz": "archives are not opened; attach the documents themselves",
    ".dat": "it is in Outlook's own format; send the mail as HTML or plain text, or the document as PDF",
    ".doc": "the old Word format is not read; save it as .docx or PDF",
    ".rtf": "rich text is not read; save it as .docx or PDF",
    ".tif": "pictures are not read; send the text",
    ".ics": "invitations are not read",
}
_KINDS: Final = {
    "image": "pictures are not read; send the text",
    "audio": "recordings are not read; send the text",
    "video": "recordings are not read; send the text",
}
_TNEF: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


@dataclass(frozen=True, slots=True)
class Attached:
    """A part beside the text: read already (`text`), a document to be opened (`kind`, `raw`), or not read (`why`)."""

    name: str
    kind: str = ""
    raw: bytes = b""
    text: str = ""
    why: str = ""


def attached(message: EmailMessage) -> tuple[Attached, ...]:
    """The parts beside the text, in their order; pictures that the text itself shows are no attachments."""
    found: list[Attached] = []
    for part in message.iter_attachments() if message.is_multipart() else _alone(message):
        if part.get_content_disposition() != "inline" or part.get_content_maintype() not in {"image", "text"}:
            found.append(_attached(part, len(found)))
    return tuple(found)


def _alone(message: EmailMessage) -> list[MIMEPart]:
    """A mail that is nothing but its one document."""
    return [message] if message.get_content_maintype() not in {"text", "multipart"} else []


def _attached(part: MIMEPart, number: int) -> Attached:
    name = " ".join((part.get_filename() or f"part {number + 1}").split())[:100]
    kind = part.get_content_type()
    if number >= MOST:
        return Attached(name, why=f"only the first {MOST} attachments are opened")
    if kind == "message/rfc822":
        inner = part.get_content()
        return Attached(name, text=body_text(inner) if isinstance(inner, EmailMessage) else "")
    if kind in _TEXTS or PurePath(name).suffix.lower() in _TEXT_ENDINGS:
        words = html_text(decoded(part)) if kind == "text/html" else decoded(part)
        return Attached(name, text=clean(words)[:LONGEST_TEXT])
    return _document(name, part)


def _document(name: str, part: MIMEPart) -> Attached:
    ending, kind = PurePath(name).suffix.lower(), part.get_content_type()
    known = _TYPES.get(kind) or _DOCUMENTS.get(ending, "")
    if not known:
        other = _KINDS.get(part.get_content_maintype(), f"{kind} is not read")
        return Attached(name, why=_WHY[".dat"] if kind in _TNEF else _WHY.get(ending, other))
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    if len(raw) > LARGEST:
        return Attached(name, why=f"it is larger than {LARGEST >> 20} MB")
    return Attached(name, kind=known, raw=raw)


async def opened(parts: tuple[Attached, ...]) -> tuple[str, tuple[str, ...]]:
    """The text of what can be read, and for everything else a sentence that says why it is not."""
    read, notes = [], []
    for part in parts:
        told = await _opened(part) if part.kind else part
        if told.text.strip():
            read.append(told.text.strip())
        else:
            notes.append(f"{told.name} was not read: {told.why or 'it holds no text'}.")
    return "\n\n".join(read), tuple(notes)


async def _opened(part: Attached) -> Attached:
    """A document, opened in a process of its own: what is in it may be made to hang or to fill the memory."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.gateway.mail.documents", part.kind),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(part.raw), _SECONDS)
        told = orjson.loads(out)
    except TimeoutError:
        return Attached(part.name, why="opening it took too long")
    except ValueError:
        return Attached(part.name, why="it is damaged, or not what its name says")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    return Attached(part.name, text=clean(told["text"])[:LONGEST_TEXT], why=told["why"])
