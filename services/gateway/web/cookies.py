"""The two cookies, and what a request shows of its caller.

`guest` is signed by accounts (random id and HMAC), `session` opaque. Both HttpOnly and SameSite=Lax; behind
https they are Secure and carry the `__Host-` prefix, on plain loopback http neither would be stored.
"""

import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import HTTPConnection, Request
from starlette.types import Scope

from services.chassis.errors import AppError, forbidden
from services.gateway.domain import Credential, Resolved, Session
from services.gateway.web.devices import device_of, is_crawler

GUEST_DAYS: Final = 400  # the longest a browser keeps a cookie (RFC 6265bis, section 5.5)
FORM_BYTES: Final = 16
API_KEY_PREFIX: Final = "ca_"
_QUIET: Final = ("/static/", "/healthz", "/readyz", "/favicon")


class Cookies:
    """Reads and writes cookies; `newcomer` asks accounts for a guest cookie where nobody else has."""

    def __init__(self, public_url: str, secret: str) -> None:
        self._secure = public_url.startswith("https:")
        self._secret = secret.encode()
        prefix = "__Host-" if self._secure else ""
        self.guest = prefix + "guest"
        self.session = prefix + "session"
        self.newcomer: Callable[[Credential], Awaitable[Resolved]] | None = None

    def credential(self, request: HTTPConnection) -> Credential:
        """What the request shows: a bearer token first, then the session, then the guest cookie."""
        address = request.client.host if request.client else ""
        device = device_of(request.headers.get("user-agent", ""))
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and bearer.startswith(API_KEY_PREFIX):
            return Credential(api_key=bearer, address=address, device=device)
        session = bearer if scheme.lower() == "bearer" else request.cookies.get(self.session, "")
        guest = request.cookies.get(self.guest, "")
        return Credential(session_token=session, guest_cookie=guest, address=address, device=device)

    def form_token(self, request: Request) -> str:
        """Binds a form to its visitor, by the cookie that the answer leaves there; forms carry it as `form_token`."""
        renewed, issued = (getattr(request.state, name, "") for name in ("open_session", "issued_guest"))
        return self._token_for(renewed or self._shown(request) or issued)

    def _shown(self, request: Request) -> str:
        return request.cookies.get(self.session) or request.cookies.get(self.guest) or ""

    def _token_for(self, bound: str) -> str:
        return hmac.digest(self._secret, f"form:{bound}".encode(), hashlib.sha256)[:FORM_BYTES].hex()

    def check_form(self, request: Request, token: str) -> None:
        """Refuses a form made for somebody else."""
        if not hmac.compare_digest(token.encode(errors="replace"), self._token_for(self._shown(request)).encode()):
            raise forbidden("FORM_EXPIRED", "This form is no longer valid. Go back, reload the page and send it again.")

    async def asked(self, scope: Scope, status: int) -> list[tuple[bytes, bytes]]:
        """The Set-Cookie headers of an answer: what handlers left in the request's state, and a newcomer's guest."""
        state = scope.get("state", {})
        headers = []
        if state.get("forget_cookies"):
            headers += [self._header(self.session, "", 0), self._header(self.guest, "", 0)]
        if "open_session" in state:
            headers.append(self._header(self.session, state["open_session"], state["session_seconds"]))
        if state.get("close_session"):
            headers.append(self._header(self.session, "", 0))
        guest = state.get("issued_guest") or await self._newcomer(scope, status)
        if guest:
            headers.append(self._header(self.guest, guest, GUEST_DAYS * 86_400))
        return headers

    async def _newcomer(self, scope: Scope, status: int) -> str:
        if self.newcomer is None or scope["path"].startswith(_QUIET) or status >= 500:  # noqa: PLR2004 -- 5xx
            return ""
        credential = self.credential(HTTPConnection(scope))
        if not credential.absent or is_crawler(dict(scope["headers"]).get(b"user-agent", b"").decode("latin-1")):
            return ""
        try:
            return (await self.newcomer(credential)).issued_guest
        except AppError:
            return ""  # accounts is away; the next answer sets it

    def _header(self, name: str, value: str, seconds: int | None) -> tuple[bytes, bytes]:
        """Without seconds the cookie ends with the browser."""
        lives = [] if seconds is None else [f"Max-Age={seconds}"]
        parts = [f"{name}={value}", "Path=/", *lives, "HttpOnly", "SameSite=Lax"]
        if self._secure:
            parts.append("Secure")
        return b"set-cookie", "; ".join(parts).encode("latin-1")


def keep_session(request: Request, session: Session) -> None:
    """Asks for the session's cookie on the answer; one that does not stay ends with the browser."""
    request.state.open_session = session.token
    request.state.session_seconds = seconds_until(session.expires_at) if session.stays else None


def seconds_until(at: int) -> int:
    """Whole seconds from now to a time in Unix milliseconds."""
    return max(0, at // 1000 - int(time.time()))
