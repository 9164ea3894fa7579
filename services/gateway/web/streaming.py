"""A body that is worked as it comes, and an answer that goes out as it is made."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Final

from starlette.background import BackgroundTask
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

AHEAD: Final = 16 << 20  # bytes that may be read before they are worked


class Streamed(Response):
    """An answer in pieces. The framework's own listens for the client meanwhile, and would take the body's pieces."""

    def __init__(
        self,
        pieces: AsyncIterator[bytes],
        media_type: str,
        headers: Mapping[str, str],
        background: BackgroundTask | None = None,
    ) -> None:
        self.status_code = 200
        self.background = background
        self._pieces = pieces
        self.media_type = media_type
        self.init_headers(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 -- ASGI's signature
        """Sends each piece when it is there."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for piece in self._pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def ahead(chunks: AsyncIterator[bytes], most: int = AHEAD) -> AsyncIterator[bytes]:
    """The chunks, read up to `most` bytes before they are taken.

    Most clients send all they have before they read: without a reserve, both sides would wait for the other.
    """
    kept: asyncio.Queue[bytes | BaseException | None] = asyncio.Queue()
    room = asyncio.Event()
    room.set()
    held = 0

    async def read() -> None:
        nonlocal held
        try:
            async for chunk in chunks:
                held += len(chunk)
                kept.put_nowait(chunk)
                if held > most:
                    room.clear()
                    await room.wait()
        except Exception as error:  # noqa: BLE001 -- it is raised where the chunks are taken
            kept.put_nowait(error)
        else:
            kept.put_nowait(None)

    reading = asyncio.create_task(read())
    try:
        while (one := await kept.get()) is not None:
            if isinstance(one, BaseException):
                raise one
            held -= len(one)
            if held <= most:
                room.set()
            yield one
    finally:
        reading.cancel()
