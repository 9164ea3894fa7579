"""Keyed digests for what is handed out and comes back: cookies, links, and names that must not be readable."""

import hashlib
import hmac


def mac(secret: str, purpose: str, *parts: str) -> str:
    """HMAC-SHA256 as 64 hex digits; one purpose's digest never fits another's."""
    message = "\0".join((purpose, *parts)).encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def same(shown: str, expected: str) -> bool:
    """Whether two digests are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(shown.encode(), expected.encode())
