"""Whether a mail's From address is proven: by coming from this machine, or by what a trusted relay says of DMARC.

A relay is an upstream mail server of the operator's own. It checks SPF, DKIM and DMARC and says so in a header
Authentication-Results under its own name (RFC 8601), having taken out every such header that came with the mail.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import compat32
from typing import Final

from services.chassis.errors import forbidden

_COMMENT: Final = re.compile(r"\([^()]*\)")
_DMARC: Final = re.compile(r"^\s*dmarc\s*=\s*pass\b(.*)$", re.IGNORECASE | re.DOTALL)
_FROM: Final = re.compile(r"\bheader\.from\s*=\s*\"?([A-Za-z0-9.-]+)", re.IGNORECASE)

type Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Origin:
    """`relays`: networks whose word counts; `name`: the authserv-id under which they say it."""

    relays: tuple[Network, ...] = ()
    name: str = ""

    @classmethod
    def of(cls, relays: str, name: str) -> "Origin":
        """From settings: networks parted by commas. ValueError where one is none, or the name is missing."""
        found = tuple(ipaddress.ip_network(one.strip()) for one in relays.split(",") if one.strip())
        if found and not name:
            raise ValueError("CODINGAHEAD_MAIL_RELAYS needs CODINGAHEAD_MAIL_AUTHSERV, the name in their results")
        return cls(found, name.lower())

    def check(self, peer: str, author: str, raw: bytes) -> None:
        """FORBIDDEN for a From address that nothing proves."""
        address = ipaddress.ip_address(peer)
        if any(address in network for network in self.relays):
            if not self._passes(author, raw):
                raise forbidden(
                    "UNPROVEN_SENDER", f"DMARC does not prove the From address {author}; use the form on the web"
                )
        elif not address.is_loopback:
            raise forbidden("UNPROVEN_SENDER", "The From address could not be proven; use the form on the web")

    def _passes(self, author: str, raw: bytes) -> bool:
        """The topmost result under the relay's name: those below it came with the mail, whoever wrote them."""
        results = message_from_bytes(raw, policy=compat32).get_all("Authentication-Results", [])
        own = next((parts for one in results if (parts := _parts(str(one)))[0].split()[:1] == [self.name]), ())
        return _aligned(own[1:], author.rpartition("@")[2])


def _parts(header: str) -> list[str]:
    """The authserv-id, then each result, without comments; lower case."""
    bare, before = _COMMENT.sub(" ", header.lower()), ""
    while bare != before:
        before, bare = bare, _COMMENT.sub(" ", bare)
    return [part.strip() for part in bare.split(";")] or [""]


def _aligned(results: Sequence[str], domain: str) -> bool:
    """Whether DMARC passed for the author's own domain."""
    passes = [found for one in results if (found := _DMARC.match(one))]
    named = [found for one in passes if (found := _FROM.search(one[1]))]
    return len(named) == len(passes) == 1 and named[0][1].rstrip(".") == domain
