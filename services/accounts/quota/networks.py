"""The network a guest comes from, under a name that changes every day and tells no address.

Clearing a cookie makes a new guest; it does not make a new network.
"""

import ipaddress
from typing import Final

from services.accounts.credentials.signing import mac
from services.accounts.quota.periods import Period, name_of

_IPV6_SITE: Final = 64  # bits: what one household or office gets

type Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_loopback(address: str) -> bool:
    """Whether the caller sits on this machine; an absent address counts as one, for only tests and tools have none."""
    ip = _ip(address)
    return ip.is_loopback if ip else not address


def owner_of(secret: str, address: str, at: int) -> str:
    """The owner of a network's tally on the day of `at`: an IPv4 address or an IPv6 /64, made unreadable."""
    return "network:" + mac(secret, "network", name_of(Period.DAY, at), network_of(address))[:32]


def network_of(address: str) -> str:
    """An IPv4 address, or the first of an IPv6 /64; a text that is neither is one network."""
    ip = _ip(address)
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((int(ip), _IPV6_SITE), strict=False).network_address)
    return str(ip)


def _ip(address: str) -> Ip | None:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return None
    return ip.ipv4_mapped or ip if isinstance(ip, ipaddress.IPv6Address) else ip
