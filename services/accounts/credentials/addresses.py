"""Mail addresses: what is accepted, and the key under which two spellings are one address.

The forms of RFC 5321 4.1.2 and RFC 6531 without the curiosities: no quoted local part, no address literal,
no domain without a dot. Domains are compared as IDNA A-labels (RFC 5891 after UTS 46).
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import idna

from services.chassis.errors import AppError, FieldError, invalid

LONGEST: Final = 254  # octets: a path of RFC 5321 4.5.3.1.3 without its angle brackets
LONGEST_LOCAL: Final = 64  # octets: RFC 5321 4.5.3.1.1
_ATOM: Final = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*")


@dataclass(frozen=True, slots=True)
class Address:
    """`text` is written to and shown; `key` is compared."""

    text: str
    key: str


def parse(given: str) -> Address:
    """The address of a form field or a mail header; INVALID where it is none."""
    if len(given) > LONGEST:
        raise _refusal(given)
    text = unicodedata.normalize("NFC", given.strip(" "))
    local, _, domain = text.rpartition("@")
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", local).casefold())
    if not text.isprintable() or not _ATOM.fullmatch(local) or not _ATOM.fullmatch(folded):
        raise _refusal(given)
    ascii_domain = _ascii(domain, given)
    shown = domain.rstrip(".") if domain.isascii() else idna.decode(ascii_domain)
    address = Address(f"{local}@{shown}", f"{folded}@{ascii_domain}")
    if max(len(address.text.encode()), len(address.key.encode())) > LONGEST or len(local.encode()) > LONGEST_LOCAL:
        raise _refusal(given)
    return address


def _ascii(domain: str, given: str) -> str:
    try:
        encoded = idna.encode(domain, uts46=True).decode().lower()
    except (idna.IDNAError, UnicodeError):
        raise _refusal(given) from None
    if "." not in encoded.rstrip("."):
        raise _refusal(given)
    return encoded.rstrip(".")


def _refusal(given: str) -> AppError:
    wrong = FieldError("email", given[:LONGEST], "an address such as name@example.org")
    return invalid("INVALID_ADDRESS", "That is not a mail address this service can write to.", wrong)
