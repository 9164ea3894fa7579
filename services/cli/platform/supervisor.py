"""Runs the plan's processes: each in a session of its own, dying with the supervisor, started again when it ends."""

import asyncio
import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Final

import httpx

from services.cli.platform.folder import Folder
from services.cli.platform.plan import Child, Plan

FIRST_WAIT: Final = 0.1  # seconds before a process that ended is started again
LONGEST_WAIT: Final = 2.0
STEADY: Final = 10.0  # seconds after which a process counts as well
PATIENCE: Final = 10.0  # seconds a process gets to end by itself
_PR_SET_PDEATHSIG: Final = 1
_libc: Final = ctypes.CDLL(None, use_errno=True)

type Say = Callable[[str], None]


def _die_with_parent() -> None:
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Supervisor:
    """The running processes of a plan; `run.json` always names the ones that live."""

    def __init__(self, plan: Plan, folder: Folder, say: Say) -> None:
        self._plan = plan
        self._folder = folder
        self._say = say
        self._running: dict[str, asyncio.subprocess.Process] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._started = time.time()
        self._ready = False

    async def start(self, names: Iterable[str]) -> None:
        """Starts some of the plan's processes and keeps them running."""
        for child in self._plan.children:
            if child.name in names:
                await self._spawn(child)
                self._tasks[child.name] = asyncio.create_task(self._keep(child))

    async def _spawn(self, child: Child) -> None:
        with self._folder.log(child.name).open("ab") as log:
            self._running[child.name] = await asyncio.create_subprocess_exec(
                *child.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **child.environment},
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self._write_run()

    async def _keep(self, child: Child) -> None:
        wait = FIRST_WAIT
        while True:
            began = time.monotonic()
            code = await self._running[child.name].wait()
            wait = FIRST_WAIT if time.monotonic() - began > STEADY else min(wait * 2, LONGEST_WAIT)
            self._say(f"{child.name} ended ({_how(code)}){self._last_words(child)}; starting it again")
            await asyncio.sleep(wait)
            await self._spawn(child)

    def _last_words(self, child: Child) -> str:
        """What a process that never came up said last."""
        if self._ready:
            return ""
        lines = self._folder.log(child.name).read_text(errors="replace").strip().splitlines()
        return f": {lines[-1][:300]}" if lines else ""

    async def until_ready(self, seconds: float) -> bool:
        """Waits for the gateway to say that everything is there."""
        until = time.monotonic() + seconds
        async with httpx.AsyncClient(timeout=2) as client:
            while time.monotonic() < until:
                with contextlib.suppress(httpx.HTTPError):
                    if (await client.get(f"{self._plan.local}/readyz")).is_success:
                        self._ready = True
                        self._write_run()
                        return True
                await asyncio.sleep(0.05)
        return False

    def _write_run(self) -> None:
        run: dict[str, Any] = {
            "pid": os.getpid(),
            "started": int(self._started * 1000),
            "ready": self._ready,
            "base": self._plan.base,
            "local": self._plan.local,
            "smtp": self._plan.smtp,
            "console": self._plan.console,
            "children": {name: process.pid for name, process in self._running.items()},
            "addresses": dict(self._plan.addresses),
            "nats_url": self._plan.nats_url,
            "mongo_url": self._plan.mongo_url,
        }
        self._folder.write_run(run)

    async def stop(self) -> None:
        """Services drain first, all at once; then the servers beneath them, one by one."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        await _all(self._end(child) for child in self._plan.children if not child.server)
        for child in self._plan.children:
            if child.server:
                await self._end(child)

    async def _end(self, child: Child) -> None:
        process = self._running.get(child.name)
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), PATIENCE)
        except TimeoutError:
            self._say(f"{child.name} did not end within {PATIENCE:.0f} s and is killed")
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


async def _all(things: Iterable[Awaitable[None]]) -> None:
    await asyncio.gather(*things)
