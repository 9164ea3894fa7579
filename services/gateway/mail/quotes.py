"""What of a plain text its author wrote now: without the history that mail programs quote, without signatures."""

import re
from typing import Final

# "On Tue, 3 Nov 2026, Ann wrote:" in the languages of the mail programs at hand; it may run over two lines.
_WROTE: Final = re.compile(
    r"^[ \t]*(?:on|am|le|el|il|op|em|den|w dniu)\b[^\n]{4,200}(?:\n[^\n]{0,120})?"
    r"\b(?:wrote|schrieb|a \u00e9crit|escribi\u00f3|ha scritto|schreef|escreveu|skrev|napisa\u0142\(?a?\)?)\b"
    r"[^\n]{0,80}:[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_PARTED: Final = re.compile(
    r"^[ \t>]*-{2,}[ \t]*(?:original message|original appointment|urspr\u00fcngliche nachricht"
    r"|message d'origine|mensaje original"
    r"|messaggio originale|mensagem original|oorspronkelijk bericht)[ \t]*-{2,}[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
# The heads of a quoted mail as Outlook writes them, with or without a line above.
_HEADS: Final = re.compile(
    r"^(?:_{5,}[ \t]*\n+)?[ \t*]*(?:from|von|de|da|van)[ \t*]*:[^\n]+\n(?:[^\n]*\n){0,2}?"
    r"[ \t*]*(?:sent|date|gesendet|envoy\u00e9|enviado"
    r"|inviato|verzonden|datum)[ \t*]*:[^\n]+\n(?:[^\n]+\n){0,3}?"
    r"[ \t*]*(?:to|an|\u00e0|para|a|aan|subject|betreff|objet|asunto|oggetto"
    r"|onderwerp)[ \t*]*:[^\n]*$",
    re.IGNORECASE | re.MULTILINE,
)
_FORWARDED: Final = re.compile(
    r"^[ \t]*(?:-{3,}[ \t]*forwarded message[ \t]*-{3,}|begin forwarded message:)[ \t]*$", re.IGNORECASE | re.MULTILINE
)
_HEAD: Final = re.compile(r"^[ \t>*]*(?:from|sent|date|to|cc|subject|reply-to)[ \t*]*:.*$", re.IGNORECASE)
_SIGNATURE: Final = re.compile(
    r"^-- ?$|^sent from my \w[^\n]{0,30}$|^get outlook for \w+[^\n]{0,60}$", re.IGNORECASE | re.MULTILINE
)
_DISCLAIMER: Final = re.compile(
    r"^[^\n]{0,40}\b(?:this|the) (?:e-?mail|message|communication|transmission)\b"
    r"[^\n]{0,120}\b(?:confidential|privileged|intended)",
    re.IGNORECASE | re.MULTILINE,
)


def without_history(text: str) -> str:
    """The author's own words; what was forwarded is theirs too, without its heads."""
    text = text.replace("\r\n", "\n")
    own, forwarded = _parted(text)
    for sign in (_PARTED, _HEADS, _WROTE, _SIGNATURE, _DISCLAIMER):
        found = sign.search(own)
        if found:
            own = own[: found.start()] + _below(sign, own[found.end() :])
    kept = "\n".join(line for line in own.split("\n") if not line.lstrip().startswith(">"))
    return f"{kept.strip()}\n\n{_without_heads(forwarded)}".strip()


def _below(sign: re.Pattern[str], rest: str) -> str:
    """What was written below a quote that is marked by signs; else all below belongs to the quote."""
    if sign is not _WROTE or not any(line.startswith(">") for line in rest.split("\n")):
        return ""
    return rest


def _parted(text: str) -> tuple[str, str]:
    found = _FORWARDED.search(text)
    return (text[: found.start()], text[found.end() :]) if found else (text, "")


def _without_heads(forwarded: str) -> str:
    lines = forwarded.strip().split("\n")
    while lines and (_HEAD.match(lines[0]) or not lines[0].strip(" >\t")):
        lines.pop(0)
    return "\n".join(re.sub(r"^[ \t]*>+ ?", "", line) for line in lines)
