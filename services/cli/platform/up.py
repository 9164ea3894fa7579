"""`codingahead up`: the whole platform, until it is told to stop."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Iterator
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from services.cli.platform import starter
from services.cli.platform.folder import AlreadyRunningError, Folder, FolderError
from services.cli.platform.plan import Asked, Plan, PortError, check_ports, plan
from services.cli.platform.starter import Show, StarterError
from services.cli.platform.supervisor import Supervisor

READY_WITHIN: Final = 90.0


def up(asked: Asked, console: Console) -> int:
    """Runs it; the exit code. What stands in the way is said in one sentence, before anything was started."""
    folder = Folder(asked.data_dir)
    try:
        folder.prepare()
        with folder.held():
            check_ports(asked)
            return asyncio.run(_run(plan(asked, folder.secret()), folder, console))
    except AlreadyRunningError as other:
        _tell_running(other.run, asked, console)
        return 0
    except (FolderError, PortError, StarterError) as error:
        console.print(str(error), style="red", highlight=False, soft_wrap=True)
        return 1


def _tell_running(run: dict[str, Any], asked: Asked, console: Console) -> None:
    if not run.get("ready"):
        console.print(f"Another start is under way on {asked.data_dir}.", highlight=False, soft_wrap=True)
        return
    console.print(f"Already running, as process {run['pid']} on {asked.data_dir}:", highlight=False, soft_wrap=True)
    _tell_addresses(run["base"], run["smtp"], run.get("console", ""), console)
    console.print("Stop it with `codingahead down`, or start another with --data-dir.", highlight=False)


async def _run(wanted: Plan, folder: Folder, console: Console) -> int:
    began = time.monotonic()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    supervisor = Supervisor(wanted, folder, lambda line: console.print(line, highlight=False, soft_wrap=True))
    running = asyncio.create_task(_start(supervisor, wanted, folder, console))
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not stop.is_set() and running.result():
            console.print(f"Ready in {time.monotonic() - began:.1f} s.", highlight=False)
            _tell_addresses(wanted.base, wanted.smtp, wanted.console, console)
            console.print("Ctrl-C stops everything.", highlight=False)
            await stop.wait()
        elif not stop.is_set():
            console.print(f"Not ready after {READY_WITHIN:.0f} s; the logs are in {folder.logs}.", style="red")
            return 1
    finally:
        stopped.cancel()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError, StarterError):
            await running
        console.print("Stopping: services, then NATS, then the database …", highlight=False)
        await supervisor.stop()
    console.print("Stopped.", highlight=False)
    return 0


async def _start(supervisor: Supervisor, wanted: Plan, folder: Folder, console: Console) -> bool:
    """Everything but lookup starts while the editions are built; lookup opens them."""
    first = [child.name for child in wanted.children if child.name != "lookup"]
    console.print(f"Starting {', '.join([*first, 'lookup'])} on {folder.path}", highlight=False, soft_wrap=True)
    await supervisor.start(first)
    with _progress(console) as show:
        await starter.build(folder.path, show)
    await supervisor.start(["lookup"])
    return await supervisor.until_ready(READY_WITHIN)


@contextlib.contextmanager
def _progress(console: Console) -> Iterator[Show]:
    """A bar a stage on a terminal, a line a stage elsewhere."""
    seen: dict[str, Any] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:,}/{task.total:,}"))
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:

        def show(stage: str, done: int, total: int) -> None:
            if stage == "ready":
                return
            if stage not in seen:
                seen[stage] = bars.add_task(stage, total=total)
                if not console.is_terminal:
                    console.print(f"Building {stage} ({total:,})", highlight=False)
            bars.update(seen[stage], completed=done, total=total)

        yield show


def _tell_addresses(base: str, smtp: str, ops: str, console: Console) -> None:
    api, mailbox = f"{base}/api/v1", f"{base}/dev/mailbox"
    for what, where in (("Pages", base), ("API", api), ("Mailbox", mailbox), ("SMTP", smtp), ("Console", ops)):
        console.print(f"  {what:<9}{where}", highlight=False, soft_wrap=True)
