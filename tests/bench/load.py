"""A small load generator: keep-alive HTTP/1.1 connections that each ask, read the answer, and ask again."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import cycle


@dataclass
class Figures:
    """What a run gave."""

    name: str
    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.took) / self.seconds

    def quantile(self, share: float) -> float:
        """Milliseconds under which this share of the answers came."""
        ordered = sorted(self.took)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000

    def line(self, bare: "Figures | None" = None) -> str:
        """One row of the table."""
        ratio = f"{self.rate / bare.rate:7.1%} of {bare.name}" if bare else ""
        return (
            f"{self.name:38} {self.rate:8.0f}/s  p50 {self.quantile(0.5):6.2f} ms  p99 {self.quantile(0.99):6.2f} ms"
            f"  {self.statuses}  {ratio}"
        )


class _Connection(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], until: float, figures: Figures, done: asyncio.Future[None]) -> None:
        self._requests, self._until, self._figures, self._done = requests, until, figures, done
        self._buffer = b""
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        if time.perf_counter() >= self._until:
            self._transport.close()
            return
        self._began = time.perf_counter()
        self._transport.write(next(self._requests))  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, split, body = self._buffer.partition(b"\r\n\r\n")
        if not split:
            return
        lowered = head.lower()
        at = lowered.index(b"content-length:") + 15
        length = int(lowered[at : (lowered + b"\r\n").index(b"\r\n", at)])
        if len(body) < length:
            return
        self._figures.took.append(time.perf_counter() - self._began)
        status = int(head[9:12])
        self._figures.statuses[status] = self._figures.statuses.get(status, 0) + 1
        self._buffer = body[length:]
        self._ask()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)


def request(path: str, headers: dict[str, str] | None = None) -> bytes:
    """A GET's bytes."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", "Accept: text/html,*/*"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def load(
    name: str, port: int, requests: Callable[[int], list[bytes]], seconds: float = 5.0, in_flight: int = 16
) -> Figures:
    """Runs `in_flight` connections for `seconds`; connection number n goes round `requests(n)`."""
    loop = asyncio.get_running_loop()
    figures = Figures(name)
    began = time.perf_counter()
    waiting = []
    for number in range(in_flight):
        done: asyncio.Future[None] = loop.create_future()
        waiting.append(done)
        asked = cycle(requests(number))
        await loop.create_connection(
            lambda asked=asked, done=done: _Connection(asked, began + seconds, figures, done), "127.0.0.1", port
        )
    await asyncio.gather(*waiting)
    figures.seconds = time.perf_counter() - began
    return figures
