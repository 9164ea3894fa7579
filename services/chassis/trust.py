"""Who may call a service: whoever knows the installation's token, and, where certificates are set, holds one.

By default every call carries a token derived from the shared secret. With `CODINGAHEAD_TLS_CA`, `_TLS_CERT` and
`_TLS_KEY` the channels are TLS as well, and both ends show a certificate that the authority has signed. Health checks
need no token: orchestrators make them, and they tell nothing but "serving".
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import grpc

from services.chassis.boot import Settings
from services.chassis.errors import unauthenticated

HEADER: Final = "codingahead-token"


@dataclass(frozen=True, slots=True)
class Trust:
    """What a process shows when it calls, and wants to see when it is called."""

    token: str
    certificates: tuple[bytes, bytes, bytes] | None = None  # authority, own certificate, own key; PEM

    def check(self, metadata: Iterable[tuple[str, str | bytes]]) -> None:
        """UNAUTHENTICATED where the caller's metadata lacks the token; compared in constant time."""
        shown = next((value for key, value in metadata if key == HEADER), "")
        if not hmac.compare_digest(shown if isinstance(shown, bytes) else shown.encode(), self.token.encode()):
            raise unauthenticated("FOREIGN_CALLER", "This service answers the platform's own processes only.")

    def server_credentials(self) -> grpc.ServerCredentials | None:
        """TLS that demands a certificate of the caller; None: plain."""
        if self.certificates is None:
            return None
        authority, certificate, key = self.certificates
        return grpc.ssl_server_credentials([(key, certificate)], authority, require_client_auth=True)

    def channel_credentials(self) -> grpc.ChannelCredentials | None:
        """TLS that shows our certificate; None: plain."""
        if self.certificates is None:
            return None
        authority, certificate, key = self.certificates
        return grpc.ssl_channel_credentials(authority, key, certificate)


def trust_of(settings: Settings) -> Trust:
    """The trust of an installation. ValueError where only some of the three certificate files are named."""
    named = [settings.tls_ca, settings.tls_cert, settings.tls_key]
    if any(named) and not all(named):
        raise ValueError("CODINGAHEAD_TLS_CA, _TLS_CERT and _TLS_KEY belong together: set all three, or none.")
    token = hmac.digest(settings.secret.encode(), b"calls between services", hashlib.sha256).hex()
    if not all(named):
        return Trust(token)
    authority, certificate, key = (Path(path).read_bytes() for path in named)
    return Trust(token, (authority, certificate, key))
