"""What every process does: read its settings, open its resources in order, serve, drain, close in reverse."""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

import uvloop
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.chassis import telemetry

log = logging.getLogger(__name__)
FIRST_WAIT: Final = 0.05
LONGEST_WAIT: Final = 1.0
SHORTEST_SECRET: Final = 24  # characters: what it signs must not be guessed


class Settings(BaseSettings):
    """Settings from the environment, each as `CODINGAHEAD_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="CODINGAHEAD_", frozen=True, extra="ignore")

    name: str = "service"
    listen: str = "127.0.0.1:0"
    mongo_url: str = "mongodb://127.0.0.1:27017"
    mongo_database: str = "codingahead"
    nats_url: str = "nats://127.0.0.1:4222"
    data_dir: Path = Path("data")
    secret: str = ""  # signs guest cookies and letter links; the same for every replica
    public_url: str = "http://127.0.0.1:8080"
    development: bool = False
    lookup_address: str = "127.0.0.1:7001"
    accounts_address: str = "127.0.0.1:7002"
    assistant_address: str = "127.0.0.1:7003"
    careers_address: str = "127.0.0.1:7004"
    tls_ca: str = ""  # PEM files; with all three, calls between services are mutual TLS
    tls_cert: str = ""
    tls_key: str = ""
    otlp_endpoint: str = ""
    trace_read_ratio: float = 0.02


type Opening[S: Settings] = Callable[[S], AbstractAsyncContextManager[None]]


def run[S: Settings](settings: S, service: Opening[S]) -> None:
    """Runs a service until SIGTERM or SIGINT; `service` yields once everything it needs is open."""
    if not settings.development and len(settings.secret) < SHORTEST_SECRET:
        sys.exit(f"CODINGAHEAD_SECRET needs {SHORTEST_SECRET} random characters or more, the same for every process.")
    telemetry.start(settings.name, settings.otlp_endpoint, settings.trace_read_ratio)
    try:
        asyncio.run(_until_told(settings, service), loop_factory=uvloop.new_event_loop)
    finally:
        telemetry.finish()


async def _until_told[S: Settings](settings: S, service: Opening[S]) -> None:
    stop = asyncio.Event()
    opened = asyncio.Event()

    async def serve() -> None:
        async with service(settings):
            opened.set()
            gc.freeze()  # what is open now stays: the collector need not look at it again
            log.info("ready")
            await stop.wait()
            log.info("draining")

    serving = asyncio.create_task(serve())

    def told() -> None:
        stop.set()
        if not opened.is_set():
            serving.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told)
    try:
        await serving
    except asyncio.CancelledError:
        log.info("stopped before everything it needs was there")


async def patiently[T](what: str, attempt: Callable[[], Awaitable[T]]) -> T:
    """Repeats `attempt` until it succeeds: services start in any order, and wait for what they need."""
    wait = FIRST_WAIT
    while True:
        try:
            return await attempt()
        except Exception as error:  # noqa: BLE001 -- whatever is wrong with a part that is not there yet, it is waited for
            log.info("waiting for %s: %s", what, type(error).__name__)
        await asyncio.sleep(wait)
        wait = min(wait * 2, LONGEST_WAIT)
