"""The reference data: codes, search, editions."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from typing import Final

import grpc.aio
import orjson
from codingahead.lookup.v1 import service_pb2 as lookup_pb
from codingahead.lookup.v1.service_pb2_grpc import CodeServiceStub

from services.chassis.rpc import call, stream
from services.gateway.domain import Code, Edition, Json, RowsAsked, Search, Section, Status
from services.gateway.kept import KeptCodes

NAME: Final = "codingahead.lookup.v1.CodeService"
FILES_WITHIN: Final = 300.0  # seconds, for the files of editions: hundreds of megabytes
READS: Final = ("GetCode", "ListRows", "SearchCodes", "SuggestCodes", "BrowseCodes", "ListEditions")
RETRIED: Final = [f"{NAME}/{one}" for one in READS]

STATUSES: Final[dict[int, Status]] = {
    lookup_pb.CODE_STATUS_ACTIVE: "active",
    lookup_pb.CODE_STATUS_NOT_YET_VALID: "not_yet_valid",
    lookup_pb.CODE_STATUS_DELETED: "deleted",
    lookup_pb.CODE_STATUS_NO_DATA: "no_data",
}


class LookupClient:
    """The reference data."""

    def __init__(self, channel: grpc.aio.Channel, kept: KeptCodes) -> None:
        self._stub = CodeServiceStub(channel)
        self._kept = kept

    async def get_code(self, system: str, code: str, as_of: str, state: str = "") -> Code:
        """One code with its sections."""
        key = (system, code, as_of, state)
        if kept := self._kept.find(key):
            return kept
        request = lookup_pb.GetCodeRequest(system=system, code=code, as_of=as_of, state=state)
        answer = await call(self._stub.GetCode, request)
        found = _code(answer.code)
        self._kept.keep(key, found, answer.generation)
        return found

    async def list_rows(self, asked: RowsAsked) -> Json:
        """The public answer: a page of a long table about a code."""
        answer = await call(self._stub.ListRows, lookup_pb.ListRowsRequest(**asdict(asked)))
        return {
            "system": asked.system,
            "code": answer.code,
            "table": asked.table,
            "as_of": answer.as_of,
            "query": asked.query,
            "within": answer.within or None,
            "choices": list(answer.choices),
            "total": answer.total,
            "found": answer.found,
            "page": answer.page,
            "pages": answer.pages,
            **(orjson.loads(answer.about_json) if answer.about_json else {}),
            "rows": orjson.loads(answer.rows_json),
            "edition": edition_json(_edition(answer.edition)) if answer.HasField("edition") else None,
            **({"no_data": answer.no_data} if answer.no_data else {}),
        }

    async def search_codes(self, asked: Search) -> Json:
        """The public search answer."""
        request = lookup_pb.SearchCodesRequest(**asdict(asked))
        answer = await call(self._stub.SearchCodes, request)
        found = _hits(asked.query, answer)
        if asked.with_facets:
            found["facets"] = [
                {"field": one.field, "value": one.value, "label": one.label, "count": one.count}
                for one in answer.facets
            ]
        return {**found, "tried": list(answer.tried)} if answer.tried else found

    async def suggest_codes(self, query: str, system: str, limit: int) -> Json:
        """The public type-ahead answer."""
        request = lookup_pb.SuggestCodesRequest(query=query, system=system, limit=limit)
        answer = await call(self._stub.SuggestCodes, request)
        return _hits(query, answer)

    async def browse_codes(self, system: str, code: str, as_of: str) -> Json:
        """A place in the hierarchy."""
        request = lookup_pb.BrowseCodesRequest(system=system, code=code, as_of=as_of)
        answer = await call(self._stub.BrowseCodes, request)
        ancestors = _nodes(answer.ancestors)
        return {
            "system": system,
            "edition": edition_json(_edition(answer.edition)) if answer.HasField("edition") else None,
            "node": _nodes([answer.node])[0] if answer.HasField("node") else None,
            "parent": ancestors[-1] if ancestors else None,
            "ancestors": ancestors,
            "children": _nodes(answer.children),
            "axis": answer.axis,
        }

    async def list_files(self) -> Json:
        """The files of the published editions, as a replica pulls them."""
        answer = await call(self._stub.ListFiles, lookup_pb.ListFilesRequest(), FILES_WITHIN)
        editions = [
            {
                "id": one.id,
                "licensed": one.licensed,
                "files": [{"path": file.path, "size": file.size, "sha256": file.sha256} for file in one.files],
            }
            for one in answer.editions
        ]
        return {"generation": answer.generation, "editions": editions}

    async def read_file(self, path: str) -> AsyncIterator[bytes]:
        """A file's content, piece by piece; NOT_FOUND."""
        async for piece in stream(self._stub.ReadFile, lookup_pb.ReadFileRequest(path=path), FILES_WITHIN):
            yield piece.content

    async def list_editions(self) -> tuple[Edition, ...]:
        """What is loaded."""
        answer = await call(self._stub.ListEditions, lookup_pb.ListEditionsRequest())
        self._kept.saw(answer.generation)
        return tuple(_edition(e) for e in answer.editions)


def edition_json(edition: Edition) -> Json:
    """An edition's public shape."""
    return {
        "system": edition.system,
        "version": edition.version,
        "effective_from": edition.effective_from,
        "effective_to": edition.effective_to or None,
        "stale": edition.stale,
        "file": edition.file,
        "sha256": edition.sha256,
    }


def _code(code: lookup_pb.Code) -> Code:
    return Code(
        system=code.system,
        code=code.code,
        display=code.display,
        status=STATUSES[code.status],
        billable=code.billable if code.HasField("billable") else None,
        as_of=code.as_of,
        edition=_edition(code.edition) if code.HasField("edition") else None,
        sections=tuple(Section(s.key, s.title, s.gated, s.body_json) for s in code.sections),
    )


def _edition(edition: lookup_pb.Edition) -> Edition:
    return Edition(
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
        name=edition.name,
        counts=dict(edition.counts),
        complete=edition.complete,
        licence=edition.licence,
        files=tuple(edition.files),
    )


def _hits(query: str, answer: lookup_pb.SearchCodesResponse | lookup_pb.SuggestCodesResponse) -> Json:
    return {"query": query, "as_of": answer.as_of, "total": answer.total, "hits": [_hit(h) for h in answer.hits]}


def _hit(hit: lookup_pb.Hit) -> Json:
    return {
        "system": hit.system,
        "code": hit.code,
        "display": hit.display,
        "billable": hit.billable,
        "score": hit.score,
        "matched": {"term": hit.matched.term, "kind": hit.matched.kind},
        **({"children": _nodes(hit.children)} if hit.children else {}),
    }


def _nodes(nodes: Sequence[lookup_pb.Node]) -> list[Json]:
    return [
        {"code": n.code, "display": n.display, "billable": n.billable, "has_children": n.has_children} for n in nodes
    ]
