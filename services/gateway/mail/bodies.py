"""The words of a mail's body: charsets as they really come, format=flowed, HTML, without quoted history."""

import re
from collections.abc import Iterator
from email.message import EmailMessage, MIMEPart
from html.parser import HTMLParser
from typing import Final

from services.gateway.mail.quotes import without_history

LONGEST_TEXT: Final = 90_000  # characters of a body that are read
# What mail programs call a charset, and the larger one that they mean (WHATWG Encoding).
_MEANT: Final = {
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "windows-1252",
    "latin1": "windows-1252",
    "iso-8859-9": "windows-1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "iso-8859-8-i": "iso-8859-8",
}
_SEVERAL_BYTES: Final = frozenset({"gb18030", "big5hkscs", "cp949", "cp932", "iso-2022-jp", "euc-jp"})
_BREAKS: Final = frozenset(
    {"p", "br", "div", "li", "tr", "h1", "h2", "h3", "h4", "table", "ul", "ol", "blockquote", "hr"}
)
_UNREAD: Final = frozenset({"script", "style", "head", "title"})
_VOID: Final = frozenset({"br", "hr", "img", "meta", "link", "input", "wbr", "area", "base", "col", "embed", "source"})
_QUOTE_CLASSES: Final = re.compile(
    r"gmail_quote|gmail_extra|moz-cite-prefix|yahoo_quoted|protonmail_quote|OutlookMessageHeader"
)
_QUOTE_IDS: Final = re.compile(r"divRplyFwdMsg|appendonsend|mail-editor-reference-message-container")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def body_text(message: EmailMessage) -> str:
    """What the author wrote: the plain text part, or the HTML part as text; empty where there is neither."""
    part = message.get_body(("plain", "html"))
    if part is None or part.get_content_maintype() != "text":
        return ""
    text = html_text(decoded(part)) if part.get_content_subtype() == "html" else plain_text(part)
    return clean(without_history(text))[:LONGEST_TEXT]


def clean(text: str) -> str:
    """One kind of line end, no control characters, no lone surrogates."""
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return text.encode("utf-8", "replace").decode("utf-8")


def plain_text(part: MIMEPart) -> str:
    """A text part, its soft line ends joined where it says that it has them (RFC 3676)."""
    text = decoded(part).replace("\r\n", "\n")
    if str(part.get_param("format", "", "content-type")).lower() != "flowed":
        return text
    deletes = str(part.get_param("delsp", "no", "content-type")).lower() == "yes"
    return "\n".join(_unflowed(text.split("\n"), deletes=deletes))


def _unflowed(lines: list[str], *, deletes: bool) -> Iterator[str]:
    """Lines that end in a space go on, but for the sign before a signature; a first space is stuffing."""
    held = ""
    for line in lines:
        own = line.removeprefix(" ")
        if own.startswith(">") or own == "-- ":
            yield from ([held] if held else [])
            held = ""
            yield own
        elif own.endswith(" "):
            held += own[:-1] if deletes else own
        else:
            yield held + own
            held = ""
    if held:
        yield held


def decoded(part: MIMEPart) -> str:
    """The part's text. A charset that is unknown or does not fit is read as UTF-8 or else Windows-1252."""
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    named = (part.get_content_charset() or "utf-8").strip("\"' ").lower()
    meant = _MEANT.get(named, named)
    for charset in (meant, "utf-8"):
        try:
            return raw.decode(charset)
        except (LookupError, UnicodeDecodeError):
            continue
    return raw.decode(meant if meant in _SEVERAL_BYTES else "windows-1252", "replace")


def html_text(html: str) -> str:
    """The words of an HTML part, a line a block, without what it quotes."""
    reader = _Words()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).splitlines())
    return "\n".join(line for line in lines if line)


class _Words(HTMLParser):
    """Collects text outside of what is not read: scripts, and the quotes of mail programs, however deep."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self.pieces.append("\n")
        if tag not in _VOID:
            self._open.append((tag, self._is_unread or tag in _UNREAD or _is_quote(tag, dict(attrs))))

    def handle_endtag(self, tag: str) -> None:
        if tag in _BREAKS:
            self.pieces.append("\n")
        if any(tag == name for name, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self._is_unread:
            self.pieces.append(data.replace("\n", " "))

    @property
    def _is_unread(self) -> bool:
        return bool(self._open) and self._open[-1][1]


def _is_quote(tag: str, attributes: dict[str, str | None]) -> bool:
    named = f"{attributes.get('class') or ''}"
    cited = tag == "blockquote" and (attributes.get("type") or "").lower() == "cite"
    return cited or bool(_QUOTE_CLASSES.search(named) or _QUOTE_IDS.search(attributes.get("id") or ""))
