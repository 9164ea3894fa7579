"""Saved lists of codes."""

from collections.abc import Iterable
from typing import Final

import grpc.aio
from codingahead.lookup.v1 import service_pb2 as pb
from codingahead.lookup.v1.service_pb2_grpc import ListServiceStub

from services.chassis.rpc import call
from services.gateway.domain import Json

NAME: Final = "codingahead.lookup.v1.ListService"
RETRIED: Final = [f"{NAME}/{method}" for method in ("ListLists", "GetList", "SaveCode", "RemoveCode", "ImportList")]


class ListsClient:
    """An account's lists, in their public shapes."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = ListServiceStub(channel)

    async def all(self, account_id: str) -> list[Json]:
        """The lists in brief, by name."""
        found = await call(self._stub.ListLists, pb.ListListsRequest(account_id=account_id))
        return [
            {"name": one.name, "codes": one.codes, "changed": one.changed, "changed_at": one.changed_at}
            for one in found.lists
        ]

    async def get(self, account_id: str, name: str) -> Json:
        """A list; NOT_FOUND."""
        found = await call(self._stub.GetList, pb.GetListRequest(account_id=account_id, name=name))
        return {"name": found.name, "codes": [_code(one) for one in found.codes]}

    async def save(self, account_id: str, name: str, system: str, code: str, note: str) -> Json:
        """Saves a code with its note; NOT_FOUND, INVALID, EXHAUSTED."""
        request = pb.SaveCodeRequest(account_id=account_id, name=name, system=system, code=code, note=note)
        return _code((await call(self._stub.SaveCode, request)).code)

    async def remove(self, account_id: str, name: str, system: str = "", code: str = "") -> None:
        """Takes a code out; without one, deletes the list."""
        request = pb.RemoveCodeRequest(account_id=account_id, name=name, system=system, code=code)
        await call(self._stub.RemoveCode, request)

    async def bring(
        self, account_id: str, name: str, codes: Iterable[tuple[str, str, str]], *, whole: bool = False
    ) -> Json:
        """Saves (system, code, note) of each, all of them or none; INVALID with the lines that are wrong.

        `whole`: what else is in the list is taken out.
        """
        told = [pb.SavedCode(system=system, code=code, note=note) for system, code, note in codes]
        request = pb.ImportListRequest(account_id=account_id, name=name, codes=told, whole=whole)
        done = await call(self._stub.ImportList, request)
        return {"added": done.added, "changed": done.changed}


def _code(one: pb.SavedCode) -> Json:
    return {
        "system": one.system,
        "code": one.code,
        "display": one.display,
        "note": one.note,
        "saved_at": one.saved_at,
        "changes": list(one.changes),
    }
