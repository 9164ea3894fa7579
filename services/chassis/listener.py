"""Serves the web application inside the process's own loop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp


class _Quiet(uvicorn.Server):
    """Leaves the signals to the process's boot, which drains everything in order."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


@contextlib.asynccontextmanager
async def serve(app: ASGIApp, listen: str) -> AsyncIterator[None]:
    """Serves on `listen` ("host:port") until the block ends; requests in flight get five seconds to finish."""
    host, _, port = listen.rpartition(":")
    config = uvicorn.Config(
        app,
        host=host,
        port=int(port),
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=75,
        proxy_headers=False,
    )
    server = _Quiet(config)
    serving = asyncio.create_task(server.serve())
    while not server.started and not serving.done():  # noqa: ASYNC110 -- uvicorn offers a flag, no event
        await asyncio.sleep(0.01)
    if serving.done():
        serving.result()
        raise OSError(f"{listen} cannot be listened on")
    try:
        yield
    finally:
        server.should_exit = True
        await serving
