"""The RPCs: protobuf to domain, verb, domain to protobuf. A verb's AppError passes through to the chassis."""

# ruff: noqa: N802, ARG002 -- the contract names the methods, and every one is passed a context

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import orjson
from codingahead.lookup.v1 import service_pb2 as pb
from codingahead.lookup.v1.service_pb2_grpc import CodeServiceServicer

from services.chassis.errors import not_found
from services.lookup.domain import Code, Edition, Found, Hit, Narrowed, Node, Section, Status
from services.lookup.editions import sharing
from services.lookup.pages.tables import Rows, RowsAsked
from services.lookup.service import Lookup
from services.lookup.spotting.spotter import Spotted, Spotter

NAME: Final = "codingahead.lookup.v1.CodeService"

type Context = Any  # grpc.aio's context; no verb needs it

STATUSES: Final = {
    Status.ACTIVE: pb.CODE_STATUS_ACTIVE,
    Status.NOT_YET_VALID: pb.CODE_STATUS_NOT_YET_VALID,
    Status.DELETED: pb.CODE_STATUS_DELETED,
    Status.NO_DATA: pb.CODE_STATUS_NO_DATA,
}


class CodeServer(CodeServiceServicer):
    """CodeService over the verbs. They take a millisecond or two at most, so they run on the event loop."""

    def __init__(self, lookup: Lookup, spotter: Spotter, data_dir: Path) -> None:
        self._lookup = lookup
        self._spotter = spotter
        self._data_dir = data_dir

    async def GetCode(self, request: pb.GetCodeRequest, context: Context) -> pb.GetCodeResponse:
        """One code."""
        found = self._lookup.get_code(request.system, request.code, request.as_of, request.state)
        return pb.GetCodeResponse(code=_code(found), generation=self._lookup.generation)

    async def ListRows(self, request: pb.ListRowsRequest, context: Context) -> pb.ListRowsResponse:
        """A page of a long table."""
        asked = (request.system, request.code, request.table, request.as_of, request.query, request.within)
        return _rows(self._lookup.list_rows(RowsAsked(*asked, page=request.page or 1)))

    async def SearchCodes(self, request: pb.SearchCodesRequest, context: Context) -> pb.SearchCodesResponse:
        """Search."""
        narrowed = Narrowed(request.within, request.billable)
        asked = (request.query, request.system, request.limit, request.as_of, narrowed)
        found = await self._lookup.search_codes(*asked, with_facets=request.with_facets)
        facets = [pb.Facet(field=one.field, value=one.value, label=one.label, count=one.count) for one in found.facets]
        return pb.SearchCodesResponse(
            hits=_hits(found),
            total=found.total,
            as_of=found.as_of,
            facets=facets,
            tried=found.tried,
            read_as=dict(found.read_as),
        )

    async def SuggestCodes(self, request: pb.SuggestCodesRequest, context: Context) -> pb.SuggestCodesResponse:
        """Type-ahead."""
        found = self._lookup.suggest_codes(request.query, request.system, request.limit)
        return pb.SuggestCodesResponse(hits=_hits(found), total=found.total, as_of=found.as_of)

    async def BrowseCodes(self, request: pb.BrowseCodesRequest, context: Context) -> pb.BrowseCodesResponse:
        """A place in the hierarchy."""
        place = self._lookup.browse_codes(request.system, request.code, request.as_of)
        return pb.BrowseCodesResponse(
            ancestors=[_node(one) for one in place.ancestors],
            node=_node(place.node) if place.node else None,
            children=[_node(one) for one in place.children],
            edition=_edition(place.edition) if place.edition else None,
            axis=place.axis,
        )

    async def SpotTerms(self, request: pb.SpotTermsRequest, context: Context) -> pb.SpotTermsResponse:
        """Terms in running text: a case takes tens of milliseconds, of which it gives way every few."""
        found, as_of = await self._spotter.spot_terms(list(request.texts), request.system, request.as_of)
        texts = [pb.SpottedText(spots=[_spot(spot) for spot in one]) for one in found]
        return pb.SpotTermsResponse(texts=texts, as_of=as_of)

    async def EncodeTexts(self, request: pb.EncodeTextsRequest, context: Context) -> pb.EncodeTextsResponse:
        """What texts mean."""
        return pb.EncodeTextsResponse(vectors=await self._lookup.encode_texts(request.texts))

    async def ListFiles(self, request: pb.ListFilesRequest, context: Context) -> pb.ListFilesResponse:
        """The files of what is published; read in a thread, for they are hashed at the first time."""
        generation, editions = await asyncio.to_thread(sharing.listed, self._data_dir)
        told = [
            pb.EditionFiles(
                id=one.id,
                licensed=one.licensed,
                files=[pb.EditionFile(path=f.path, size=f.size, sha256=f.sha256) for f in one.files],
            )
            for one in editions
        ]
        return pb.ListFilesResponse(generation=generation, editions=told)

    async def ReadFile(self, request: pb.ReadFileRequest, context: Context) -> AsyncIterator[pb.ReadFileResponse]:
        """A file, piece by piece."""
        pieces = await asyncio.to_thread(sharing.chunks, self._data_dir, request.path)
        if pieces is None:
            raise not_found("UNKNOWN_FILE", f"No published edition has the file {request.path[:120]!r}.")
        while piece := await asyncio.to_thread(next, pieces, b""):
            yield pb.ReadFileResponse(content=piece)

    async def TranslateCode(self, request: pb.TranslateCodeRequest, context: Context) -> pb.TranslateCodeResponse:
        """What a code maps to."""
        asked = (request.from_system, request.to_system, request.code, request.as_of)
        maps, edition = self._lookup.translate_code(*asked)
        return pb.TranslateCodeResponse(
            maps=[pb.Mapping(**one) for one in maps], edition=_edition(edition) if edition else None
        )

    async def GetModifier(self, request: pb.GetModifierRequest, context: Context) -> pb.GetModifierResponse:
        """What a modifier says."""
        text, source, edition = self._lookup.get_modifier(request.modifier, request.as_of)
        return pb.GetModifierResponse(text=text, source=source, edition=_edition(edition) if edition else None)

    async def ListEditions(self, request: pb.ListEditionsRequest, context: Context) -> pb.ListEditionsResponse:
        """What is loaded."""
        editions = [_edition(one) for one in self._lookup.list_editions()]
        return pb.ListEditionsResponse(editions=editions, generation=self._lookup.generation)


def _code(code: Code) -> pb.Code:
    return pb.Code(
        system=code.system,
        code=code.code,
        display=code.display,
        status=STATUSES[code.status],
        billable=code.billable,
        as_of=code.as_of,
        edition=_edition(code.edition) if code.edition else None,
        sections=[_section(one) for one in code.sections],
    )


def _rows(rows: Rows) -> pb.ListRowsResponse:
    table = rows.table
    return pb.ListRowsResponse(
        code=rows.code,
        as_of=rows.as_of,
        rows_json=orjson.dumps(rows.rows),
        total=rows.total,
        found=rows.found,
        page=rows.page,
        pages=rows.pages,
        within=table.within,
        choices=table.choices,
        about_json=orjson.dumps(table.about) if table.about else b"",
        edition=_edition(table.edition) if table.edition else None,
        no_data=table.no_data,
    )


def _section(section: Section) -> pb.Section:
    return pb.Section(key=section.key, title=section.title, gated=section.gated, body_json=section.body)


def _edition(edition: Edition) -> pb.Edition:
    return pb.Edition(
        id=edition.id,
        system=edition.system,
        version=edition.version,
        effective_from=edition.effective_from,
        effective_to=edition.effective_to,
        stale=edition.stale,
        file=edition.file,
        sha256=edition.sha256,
        rows=edition.rows,
        covers=edition.covers,
        name=edition.title,
        counts=dict(edition.counts),
        complete=edition.complete,
        licence=edition.licence,
        files=dict.fromkeys(part.file for part in edition.parts) or [edition.file],
    )


def _hits(found: Found) -> list[pb.Hit]:
    return [_hit(one) for one in found.hits]


def _hit(hit: Hit) -> pb.Hit:
    return pb.Hit(
        system=hit.system,
        code=hit.code,
        display=hit.display,
        billable=hit.billable,
        score=hit.score,
        matched=pb.MatchedTerm(term=hit.term, kind=hit.kind),
        children=[_node(one) for one in hit.children],
    )


def _spot(one: Spotted) -> pb.Spot:
    wording = one.spot.wording
    return pb.Spot(
        code=one.entry.code,
        display=one.entry.display,
        billable=one.entry.billable,
        header=one.header,
        matched=pb.MatchedTerm(term=wording.term, kind=wording.kind),
        words=[pb.Stretch(start=start, end=end) for start, end in one.words],
        gap=one.spot.gap,
        borrowed=one.spot.borrowed,
        worth=one.spot.worth,
        plain=wording.plain,
        residual=wording.residual,
        stems=len(wording.stems),
    )


def _node(node: Node) -> pb.Node:
    return pb.Node(code=node.code, display=node.display, billable=node.billable, has_children=node.has_children)
