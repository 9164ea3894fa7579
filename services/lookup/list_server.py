"""The RPCs of what accounts keep: protobuf to domain, verb, domain to protobuf."""

# ruff: noqa: N802, ARG002 -- the contract names the methods, and every one is passed a context

from typing import Any, Final

from codingahead.lookup.v1 import service_pb2 as pb
from codingahead.lookup.v1.service_pb2_grpc import ListServiceServicer

from services.lookup.domain import Status
from services.lookup.lists.news import Newsroom
from services.lookup.lists.saved import Change, Listed
from services.lookup.lists.verbs import Lists
from services.lookup.lists.views import View, Views
from services.lookup.server import STATUSES

LISTS: Final = "codingahead.lookup.v1.ListService"

type Context = Any  # grpc.aio's context; no verb needs it


class ListServer(ListServiceServicer):
    """ListService over the verbs."""

    def __init__(self, lists: Lists, newsroom: Newsroom, views: Views) -> None:
        self._lists = lists
        self._newsroom = newsroom
        self._views = views

    async def ListLists(self, request: pb.ListListsRequest, context: Context) -> pb.ListListsResponse:
        """The lists."""
        found = await self._lists.list_lists(request.account_id)
        told = [
            pb.ListSummary(name=one.name, codes=len(one.codes), changed=changed, changed_at=one.changed_at)
            for one, changed in found
        ]
        return pb.ListListsResponse(lists=told)

    async def GetList(self, request: pb.GetListRequest, context: Context) -> pb.GetListResponse:
        """A list."""
        found, codes, generation = await self._lists.get_list(request.account_id, request.name, request.as_of)
        return pb.GetListResponse(name=found.name, codes=[_saved(one) for one in codes], generation=generation)

    async def SaveCode(self, request: pb.SaveCodeRequest, context: Context) -> pb.SaveCodeResponse:
        """Saves a code."""
        told = (request.account_id, request.name, request.system, request.code, request.note)
        return pb.SaveCodeResponse(code=_saved(await self._lists.save_code(*told)))

    async def RemoveCode(self, request: pb.RemoveCodeRequest, context: Context) -> pb.RemoveCodeResponse:
        """Takes a code out, or the list away."""
        await self._lists.remove_code(request.account_id, request.name, request.system, request.code)
        return pb.RemoveCodeResponse()

    async def ImportList(self, request: pb.ImportListRequest, context: Context) -> pb.ImportListResponse:
        """Saves many."""
        codes = [(one.system, one.code, one.note) for one in request.codes]
        told = (request.account_id, request.name, codes)
        added, changed = await self._lists.import_list(*told, whole=request.whole)
        return pb.ImportListResponse(added=added, changed=changed)

    async def NoteChanges(self, request: pb.NoteChangesRequest, context: Context) -> pb.NoteChangesResponse:
        """Takes changes as noted."""
        told = (request.account_id, request.name, request.system, request.code, request.generation)
        return pb.NoteChangesResponse(noted=await self._lists.note_changes(*told))

    async def RenameList(self, request: pb.RenameListRequest, context: Context) -> pb.RenameListResponse:
        """Renames."""
        await self._lists.rename_list(request.account_id, request.name, request.to)
        return pb.RenameListResponse()

    async def MoveCode(self, request: pb.MoveCodeRequest, context: Context) -> pb.MoveCodeResponse:
        """Moves a code."""
        told = (request.account_id, request.name, request.to, request.system, request.code)
        await self._lists.move_code(*told)
        return pb.MoveCodeResponse()

    async def GetNews(self, request: pb.GetNewsRequest, context: Context) -> pb.GetNewsResponse:
        """What a letter says."""
        items = await self._newsroom.get_news(request.account_id, request.generation)
        told = [pb.NewsItem(system=one.system, code=one.code, display=one.display, texts=one.texts) for one in items]
        return pb.GetNewsResponse(items=told)

    async def NoteViews(self, request: pb.NoteViewsRequest, context: Context) -> pb.NoteViewsResponse:
        """Keeps what was looked at."""
        await self._views.note_views(
            request.account_id, [View(one.system, one.code, one.at_ms) for one in request.views]
        )
        return pb.NoteViewsResponse()

    async def ListViews(self, request: pb.ListViewsRequest, context: Context) -> pb.ListViewsResponse:
        """What was looked at last."""
        found = await self._views.list_views(request.account_id)
        views = [pb.CodeView(system=one.system, code=one.code, at_ms=one.at, display=text) for one, text in found]
        return pb.ListViewsResponse(views=views)

    async def ForgetViews(self, request: pb.ForgetViewsRequest, context: Context) -> pb.ForgetViewsResponse:
        """Forgets it."""
        await self._views.forget_views(request.account_id)
        return pb.ForgetViewsResponse()


def _saved(one: Listed) -> pb.SavedCode:
    saved = one.saved
    return pb.SavedCode(
        system=saved.system,
        code=saved.code,
        note=saved.note,
        saved_at=saved.saved_at,
        display=one.display,
        changes=[_change(change) for change in one.changes],
        status=STATUSES[Status(one.status)],
        billable=one.billable,
        edition=one.edition,
    )


def _change(one: Change) -> pb.Change:
    pairs = [
        pb.NewPair(
            column_1=pair.column_1,
            column_2=pair.column_2,
            modifier_allowed=pair.indicator == "1",
            since=pair.since,
        )
        for pair in one.pairs
    ]
    return pb.Change(
        kind=one.kind,
        text=one.text,
        before=one.before,
        after=one.after,
        since=one.since,
        edition=one.edition,
        edition_before=one.edition_before,
        pairs=pairs,
    )
