"""One client process of a load of spends: `python -m tests.chaos.spender ADDRESS SECRET`; demands come on stdin.

A demand is `owner's cookie <tab> page <tab> request key`. Each is repeated with the same key until it is answered, as a
gateway's caller would; the answer is the demand's key and its outcome.
"""

import asyncio
import sys

from codingahead.accounts.v1 import service_pb2 as pb
from codingahead.accounts.v1.service_pb2_grpc import AccountServiceStub

from services.chassis import rpc
from services.chassis.boot import Settings
from services.chassis.errors import AppError, Kind

AT_ONCE = 8


async def spend(stub: AccountServiceStub, demand: str) -> str:
    """The outcome's number; waits out whatever is away."""
    cookie, page, key = demand.split("\t")
    credential = pb.Credential(guest_cookie=cookie, address="127.0.0.1")
    request = pb.SpendRequest(credential=credential, feature="code_page", resource=page, request_key=key)
    while True:
        try:
            answer = await rpc.call(stub.Spend, request)
        except AppError as refusal:
            if refusal.kind is not Kind.UNAVAILABLE:
                raise
            await asyncio.sleep(0.05)
        else:
            return f"{key}\t{answer.outcome}"


async def main(address: str, secret: str) -> None:
    """Works off the demands."""
    demands = iter(sys.stdin.read().splitlines())
    async with rpc.channel(Settings(secret=secret), address) as channel:
        stub = AccountServiceStub(channel)

        async def work() -> None:
            for demand in demands:
                sys.stdout.write(await spend(stub, demand) + "\n")

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
