"""Keeps the vectors in step with the editions: made by a process of its own that steps aside for everybody else."""

import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import Final

from services.lookup.editions.library import LOOK, Library
from services.lookup.meaning.vectors import Meanings

log = logging.getLogger(__name__)
_SAID: Final = 10  # times that progress is told on the way


async def keep_made(library: Library, meanings: Meanings, data_dir: Path) -> None:
    """Makes what each generation of editions lacks, until cancelled; without vectors search goes by words alone."""
    made = -1
    while True:
        if made != library.generation:
            made = library.generation
            if await _make(data_dir):
                meanings.open()
                log.info("search by meaning is on: %s texts have vectors", len(meanings))
        await asyncio.sleep(LOOK)


async def _make(data_dir: Path) -> bool:
    """Whether the vectors are there; the process is ended with this one."""
    command = (sys.executable, "-m", "services.lookup.meaning.build", "--data-dir", str(data_dir))
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        if process.stdout:
            await _follow(process.stdout)
        return await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _follow(told: asyncio.StreamReader) -> None:
    last = ("", 0)
    async for line in told:
        said = json.loads(line)
        at = (said["stage"], said["done"] * _SAID // max(1, said["total"]))
        if at != last and said["stage"] != "ready":
            log.info("vectors of %s: %s of %s texts", said["stage"], said["done"], said["total"])
        last = at
