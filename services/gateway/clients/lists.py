"""What accounts keep: saved lists of codes, what has changed in them, and the codes looked at last."""

from collections.abc import Iterable
from typing import Final

import grpc.aio
from codingahead.lookup.v1 import service_pb2 as pb
from codingahead.lookup.v1.service_pb2_grpc import ListServiceStub

from services.chassis.rpc import call
from services.gateway.clients.lookup import STATUSES
from services.gateway.domain import Json

NAME: Final = "codingahead.lookup.v1.ListService"
RETRIED: Final = [
    f"{NAME}/{method}"
    for method in (
        *("ListLists", "GetList", "SaveCode", "RemoveCode", "ImportList", "NoteChanges"),
        *("GetNews", "NoteViews", "ListViews", "ForgetViews"),
    )
]


class ListsClient:
    """What an account keeps, in its public shapes."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = ListServiceStub(channel)

    async def all(self, account_id: str) -> list[Json]:
        """The lists in brief, by name."""
        found = await call(self._stub.ListLists, pb.ListListsRequest(account_id=account_id))
        return [
            {"name": one.name, "codes": one.codes, "changed": one.changed, "changed_at": one.changed_at}
            for one in found.lists
        ]

    async def get(self, account_id: str, name: str, as_of: str = "") -> Json:
        """A list as it is on a day, today where it is empty; NOT_FOUND, INVALID."""
        found = await call(self._stub.GetList, pb.GetListRequest(account_id=account_id, name=name, as_of=as_of))
        codes = [_code(one) for one in found.codes]
        return {"name": found.name, "as_of": as_of, "generation": found.generation, "codes": codes}

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

    async def note(self, account_id: str, name: str, system: str = "", code: str = "", generation: int = 0) -> int:
        """Takes the changes of a code, or of the whole list, as noted; how many codes had any. NOT_FOUND, CONFLICT."""
        request = pb.NoteChangesRequest(
            account_id=account_id, name=name, system=system, code=code, generation=generation
        )
        return (await call(self._stub.NoteChanges, request)).noted

    async def rename(self, account_id: str, name: str, to: str) -> None:
        """Gives a list another name; NOT_FOUND, INVALID, CONFLICT."""
        await call(self._stub.RenameList, pb.RenameListRequest(account_id=account_id, name=name, to=to))

    async def move(self, account_id: str, name: str, to: str, system: str, code: str) -> None:
        """Takes a code to another list; NOT_FOUND, INVALID, EXHAUSTED."""
        request = pb.MoveCodeRequest(account_id=account_id, name=name, to=to, system=system, code=code)
        await call(self._stub.MoveCode, request)

    async def news(self, account_id: str, generation: int) -> list[Json]:
        """What the letter of a publishing says: codes, their descriptions, a sentence a change."""
        found = await call(self._stub.GetNews, pb.GetNewsRequest(account_id=account_id, generation=generation))
        return [
            {"system": one.system, "code": one.code, "display": one.display, "texts": list(one.texts)}
            for one in found.items
        ]

    async def note_views(self, account_id: str, seen: Iterable[tuple[str, str, int]]) -> None:
        """Keeps (system, code, Unix milliseconds) of what was looked at."""
        views = [pb.CodeView(system=system, code=code, at_ms=at) for system, code, at in seen]
        await call(self._stub.NoteViews, pb.NoteViewsRequest(account_id=account_id, views=views))

    async def views(self, account_id: str) -> list[Json]:
        """The codes looked at last, the newest first."""
        found = await call(self._stub.ListViews, pb.ListViewsRequest(account_id=account_id))
        return [
            {"system": one.system, "code": one.code, "display": one.display, "viewed_at": one.at_ms}
            for one in found.views
        ]

    async def forget_views(self, account_id: str) -> None:
        """Forgets them."""
        await call(self._stub.ForgetViews, pb.ForgetViewsRequest(account_id=account_id))


def _code(one: pb.SavedCode) -> Json:
    return {
        "system": one.system,
        "code": one.code,
        "display": one.display,
        "status": STATUSES[one.status],
        "billable": one.billable if one.HasField("billable") else None,
        "edition": one.edition,
        "note": one.note,
        "saved_at": one.saved_at,
        "changes": [_change(change) for change in one.changes],
    }


def _change(one: pb.Change) -> Json:
    said: Json = {
        "kind": one.kind,
        "text": one.text,
        "before": one.before,
        "after": one.after,
        "since": one.since,
        "edition": one.edition,
        "edition_before": one.edition_before,
    }
    pairs = [
        {
            "column_1": pair.column_1,
            "column_2": pair.column_2,
            "modifier_allowed": pair.modifier_allowed,
            "since": pair.since,
        }
        for pair in one.pairs
    ]
    return {**said, "pairs": pairs} if pairs else said
