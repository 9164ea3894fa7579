"""Builds what ships before anything serves, with its progress shown."""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path

type Show = Callable[[str, int, int], None]


class StarterError(Exception):
    """The editions could not be built or opened; the message is the sentence that says which and how to mend it."""


async def build(data_dir: Path, show: Show) -> None:
    """Runs the starter of the editions; StarterError with what it said where it failed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.lookup.editions.starter", "--data-dir", str(data_dir)),
        stdout=asyncio.subprocess.PIPE,
    )
    said = ""
    assert process.stdout is not None  # noqa: S101 -- asked for above
    async for line in process.stdout:
        told = json.loads(line)
        if "error" in told:
            said = told["error"]
        else:
            show(told["stage"], told["done"], told["total"])
    if await process.wait():
        raise StarterError(said or "The editions could not be built.")
