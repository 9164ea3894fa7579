"""What stands around every request: its trace, the size and origin it may have, and the headers of every answer.

One ASGI middleware and not five: each layer would cost every request a wrapper of its own.
"""

import contextlib
import re
import time
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import urlsplit

import orjson
from opentelemetry.trace import SpanKind
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.chassis import rpc, telemetry
from services.chassis.errors import AppError, FieldError, Kind, forbidden, invalid
from services.gateway.web.cookies import Cookies
from services.gateway.web.problems import problem_of

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
READS: Final = frozenset({("POST", "/api/v1/claims/check")})
LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
HOST: Final = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:@/\s]+)(?::[0-9]{1,5})?")  # RFC 9110, section 7.2
PROBES: Final = frozenset({"/healthz", "/readyz"})  # orchestrators ask by address
READ_WITHIN: Final = 1.9  # seconds that all calls of a read may take together: a reader waits two, not two a service
LARGEST_BODY: Final = 1 << 20  # bytes
# What takes more: a CSV is worked as it comes, an 837 is read whole, for its counts stand at its end.
LARGER: Final = {
    ("/api/v1/claims/check", b"text/csv"): 256 << 20,
    ("/api/v1/claims/check", b"application/edi-x12"): 16 << 20,
}
CONTENT_POLICY: Final = (
    b"default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; "
    b"frame-ancestors 'none'; object-src 'none'"
)
FOR_EVER: Final = b"public, max-age=31536000, immutable"  # of what has its content's digest in its address
OWN: Final = b"private, no-cache"  # all else may be one visitor's: no cache between gives it to another
SECURITY: Final = [
    (b"content-security-policy", CONTENT_POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


class Edge:
    """Wraps the application."""

    def __init__(self, app: ASGIApp, cookies: Cookies, public_url: str, *, development: bool) -> None:
        self._app = app
        self._cookies = cookies
        self._public_host = urlsplit(public_url).netloc
        self._hosts = frozenset({urlsplit(public_url).hostname, *(LOOPBACK if development else ())})
        self._headers = [*SECURITY]
        if public_url.startswith("https:"):
            self._headers.append((b"strict-transport-security", b"max-age=31536000; includeSubDomains"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, inside its span."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        method: str = scope["method"]
        headers = dict(scope["headers"])
        parent = {"traceparent": headers[b"traceparent"].decode("latin-1")} if b"traceparent" in headers else None
        # A POST that changes nothing is traced at the ratio of reads, for it comes as often.
        sampled = "GET " if (method, scope["path"]) in READS else method + " "
        with telemetry.span(sampled, SpanKind.SERVER, parent, {"http.request.method": method}) as span:
            answered = _Answered(send, self._headers, self._cookies, scope)
            with rpc.within(READ_WITHIN) if method in SAFE else contextlib.nullcontext():
                await self._guarded(scope, receive, answered, headers)
            route = getattr(scope.get("route"), "path", "unknown")
            span.update_name(f"{method} {route}")
            span.set_attribute("http.route", route)
            span.set_attribute("http.response.status_code", answered.status)
        telemetry.took("http.server", began, **{"http.route": route, "http.response.status_code": answered.status})

    async def _guarded(self, scope: Scope, receive: Receive, send: "_Answered", headers: dict[bytes, bytes]) -> None:
        kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        body = _Body(receive, headers, LARGER.get((scope["path"], kind), LARGEST_BODY))
        try:
            if scope["path"] not in PROBES:
                self._refuse_unknown_host(headers)
            if scope["method"] not in SAFE:
                self._refuse_foreign(headers)
            body.refuse_large()
            await self._app(scope, body, send)
        except AppError as refusal:
            if send.started:
                raise
            await _plain_problem(send, refusal)

    def _refuse_unknown_host(self, headers: dict[bytes, bytes]) -> None:
        """A name of somebody else that leads here (DNS rebinding, a poisoned cache) gets nothing of ours."""
        host = headers.get(b"host", b"").decode("latin-1")
        found = HOST.fullmatch(host)
        if found is None or found[1].lower() not in self._hosts:
            wrong = FieldError("Host", host[:100], self._public_host)
            raise invalid("UNKNOWN_HOST", "This server does not answer under that name.", wrong)

    def _refuse_foreign(self, headers: dict[bytes, bytes]) -> None:
        """A form of another site must not act for our visitor (Fetch Metadata; Origin where a browser lacks it)."""
        if headers.get(b"sec-fetch-site", b"none") == b"cross-site":
            raise forbidden("FOREIGN_ORIGIN", "This request comes from another site.")
        origin = headers.get(b"origin")
        own = {self._public_host, headers.get(b"host", b"").decode("latin-1")}
        if origin is not None and urlsplit(origin.decode("latin-1")).netloc not in own:
            raise forbidden("FOREIGN_ORIGIN", "This request comes from another site.")


class _Answered:
    """The send side: each answer gets the security headers, the cookies that were asked for, and who may keep it."""

    def __init__(self, send: Send, headers: Iterable[tuple[bytes, bytes]], cookies: Cookies, scope: Scope) -> None:
        self._send = send
        self._headers = headers
        self._cookies = cookies
        self._scope = scope
        fixed = scope["path"].startswith("/static/") and scope["query_string"].startswith(b"v=")
        self._keeping = (b"cache-control", FOR_EVER if fixed else OWN)
        self.status = 0

    @property
    def started(self) -> bool:
        """Whether the status line has gone out."""
        return self.status != 0

    async def __call__(self, message: Message) -> None:
        """Sends on, with headers added to the first message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            asked = await self._cookies.asked(self._scope, self.status)
            told = [*message.get("headers", ()), *self._headers, *asked]
            message["headers"] = told if any(name == b"cache-control" for name, _ in told) else [*told, self._keeping]
        await self._send(message)


class _Body:
    """The receive side: refuses a body over the limit as soon as that is known."""

    def __init__(self, receive: Receive, headers: dict[bytes, bytes], most: int) -> None:
        self._receive = receive
        self._most = most
        self._declared = headers.get(b"content-length", b"0")
        self._taken = 0

    def refuse_large(self) -> None:
        """Refuses by Content-Length, before a byte is read."""
        if not self._declared.isdigit() or int(self._declared) > self._most:
            raise _too_large(self._most)

    async def __call__(self) -> Message:
        """The next piece."""
        message = await self._receive()
        self._taken += len(message.get("body", b""))
        if self._taken > self._most:
            raise HTTPException(413)  # the framework would take an AppError under its reading for a broken body
        return message


def _too_large(most: int) -> AppError:
    return AppError(Kind.TOO_LARGE, "BODY_TOO_LARGE", f"The body is over {most >> 20} MB.")


async def _plain_problem(send: Send, refusal: AppError) -> None:
    members: dict[str, Any] = problem_of(refusal)
    headers = [(b"content-type", b"application/problem+json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": members["status"], "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps(members)})
