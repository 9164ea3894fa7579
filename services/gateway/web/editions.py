"""The published editions for a replica that has a volume of its own: their list, and their files as they lie."""

from collections.abc import AsyncIterator
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from services.chassis import rpc
from services.gateway.clients.lookup import FILES_WITHIN
from services.gateway.web.api import parts_of
from services.gateway.web.shapes import Reply

router = APIRouter(prefix="/api/v1/editions")
KIND: Final = "application/octet-stream"


@router.get("/files")
async def list_files(request: Request) -> Response:
    """Every published edition with its files, their sizes and sha256; licensed ones are not passed on."""
    with rpc.within(FILES_WITHIN):
        return Reply(await parts_of(request).lookup.list_files())


@router.get("/files/{path:path}")
async def read_file(request: Request, path: str) -> Response:
    """A file of that list. NOT_FOUND before the first byte, so that a refusal is a problem and no cut file."""
    pieces = parts_of(request).lookup.read_file(path)
    with rpc.within(FILES_WITHIN):  # the stream's own deadline is set with its first piece
        first = await anext(pieces, b"")
    return StreamingResponse(_with(first, pieces), media_type=KIND)


async def _with(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece
