"""What a text's vector is kept under."""

import hashlib


def key(text: str) -> int:
    """63 bits of the text's hash, never 0; the model does not tell capitals from small letters."""
    digest = hashlib.blake2b(text.casefold().encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1 | 1
