"""Signs letters (DKIM, RFC 6376), so that who gets them can tell that they are ours."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import dkim
from dkim.crypto import UnparsableKeyError

_SIGNED: Final = (b"from", b"to", b"subject", b"date", b"message-id", b"in-reply-to", b"references", b"mime-version")


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key in PEM; its public key lies in DNS at `<selector>._domainkey.<domain>`."""

    key: bytes
    selector: str
    domain: str

    @classmethod
    def of(cls, key: Path | None, selector: str, domain: str) -> "Signer | None":
        """From settings; None where no key is named. ValueError where the key cannot be used."""
        if key is None:
            return None
        if not selector:
            raise ValueError("CODINGAHEAD_DKIM_KEY needs CODINGAHEAD_DKIM_SELECTOR")
        try:
            signer = cls(key.read_bytes(), selector, domain)
            signer.signed(b"From: a@example.org\r\n\r\n.\r\n")
        except (OSError, dkim.DKIMException, UnparsableKeyError) as error:
            raise ValueError(f"CODINGAHEAD_DKIM_KEY: {key} holds no private key in PEM: {error}") from error
        return signer

    def signed(self, message: bytes) -> bytes:
        """The message with its signature above it."""
        present = [name for name in _SIGNED if re.search(rb"(?mi)^" + name + rb":", message)]
        signature = dkim.sign(message, self.selector.encode(), self.domain.encode(), self.key, include_headers=present)
        return bytes(signature) + message
