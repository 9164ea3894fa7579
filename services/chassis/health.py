"""Whether a service answers, for containers: `python -m services.chassis.health HOST:PORT` exits 0 when it does."""

import asyncio
import sys

from services.chassis import rpc
from services.chassis.boot import Settings


async def _serving(address: str) -> bool:
    async with rpc.channel(Settings(), address) as channel:
        return await rpc.serving(channel)


if __name__ == "__main__":
    sys.exit(0 if asyncio.run(_serving(sys.argv[1])) else 1)
