"""The RPCs: protobuf to domain, verb, domain to protobuf."""

# ruff: noqa: N802, ARG002 -- the contract names the methods, and every one is passed a context

from dataclasses import fields
from typing import Any, Final

from codingahead.careers.v1 import service_pb2 as pb
from codingahead.careers.v1.service_pb2_grpc import CareerServiceServicer

from services.careers.domain import Application, Caller, Details, Opening, Wanted
from services.careers.service import Careers

NAME: Final = "codingahead.careers.v1.CareerService"
_PLAIN: Final = tuple(field.name for field in fields(Details) if field.name != "credentials")

type Context = Any  # grpc.aio's context; no verb needs it


class CareerServer(CareerServiceServicer):
    """CareerService over the verbs."""

    def __init__(self, careers: Careers) -> None:
        self._careers = careers

    async def PostOpening(self, request: pb.PostOpeningRequest, context: Context) -> pb.PostOpeningResponse:
        """Posts."""
        posted = await self._careers.post_opening(_caller(request.caller), _details(request.details), request.id)
        return pb.PostOpeningResponse(opening=_opening(posted))

    async def UpdateOpening(self, request: pb.UpdateOpeningRequest, context: Context) -> pb.UpdateOpeningResponse:
        """Changes."""
        changed = await self._careers.update_opening(
            _caller(request.caller), request.opening_id, _details(request.details), request.rev
        )
        return pb.UpdateOpeningResponse(opening=_opening(changed))

    async def CloseOpening(self, request: pb.CloseOpeningRequest, context: Context) -> pb.CloseOpeningResponse:
        """Closes."""
        await self._careers.close_opening(_caller(request.caller), request.opening_id)
        return pb.CloseOpeningResponse()

    async def GetOpening(self, request: pb.GetOpeningRequest, context: Context) -> pb.GetOpeningResponse:
        """An opening, with the caller's own application."""
        opening, mine = await self._careers.get_opening(_caller(request.caller), request.opening_id)
        answer = pb.GetOpeningResponse(opening=_opening(opening))
        if mine:
            answer.application.CopyFrom(_application(mine, opening))
        return answer

    async def SearchOpenings(self, request: pb.SearchOpeningsRequest, context: Context) -> pb.SearchOpeningsResponse:
        """A page of openings."""
        wanted = Wanted(
            query=request.query,
            credential=request.credential,
            cpc_a=request.cpc_a,
            remote=request.remote,
            state=request.state,
            employment_type=request.employment_type,
            page=request.page,
            limit=request.limit,
        )
        found, total = await self._careers.search_openings(_caller(request.caller), wanted, request.list)
        return pb.SearchOpeningsResponse(openings=[_opening(one) for one in found], total=total)

    async def Apply(self, request: pb.ApplyRequest, context: Context) -> pb.ApplyResponse:
        """Applies."""
        application = await self._careers.apply(_caller(request.caller), request.opening_id, request.letter)
        return pb.ApplyResponse(application=_application(application))

    async def ListApplications(
        self, request: pb.ListApplicationsRequest, context: Context
    ) -> pb.ListApplicationsResponse:
        """An opening's, or the caller's own."""
        found = await self._careers.list_applications(_caller(request.caller), request.opening_id)
        return pb.ListApplicationsResponse(applications=[_application(one, opening) for one, opening in found])

    async def SetApplicationStatus(
        self, request: pb.SetApplicationStatusRequest, context: Context
    ) -> pb.SetApplicationStatusResponse:
        """Moves an application on."""
        moved, opening = await self._careers.set_application_status(
            _caller(request.caller), request.application_id, request.status
        )
        return pb.SetApplicationStatusResponse(application=_application(moved, opening))

    async def Moderate(self, request: pb.ModerateRequest, context: Context) -> pb.ModerateResponse:
        """Decides on a waiting opening."""
        decided = await self._careers.moderate(_caller(request.caller), request.opening_id, approve=request.approve)
        return pb.ModerateResponse(opening=_opening(decided))


def _caller(caller: pb.Caller) -> Caller:
    return Caller(caller.account_id, caller.role, caller.verified)


def _details(details: pb.Details) -> Details:
    plain = {name: getattr(details, name) for name in _PLAIN}
    return Details(**plain, credentials=tuple(dict.fromkeys(details.credentials)))


def _opening(opening: Opening) -> pb.Opening:
    plain = {name: getattr(opening.details, name) for name in _PLAIN}
    return pb.Opening(
        id=opening.id,
        details=pb.Details(**plain, credentials=opening.details.credentials),
        account_id=opening.account_id,
        status=opening.status,
        posted_at_ms=opening.posted_at,
        rev=opening.rev,
    )


def _application(application: Application, opening: Opening | None = None) -> pb.Application:
    shown = pb.Application(
        id=application.id,
        applicant_id=application.applicant_id,
        letter=application.letter,
        status=application.status,
        received_at_ms=application.received_at,
    )
    if opening:
        shown.opening.CopyFrom(_opening(opening))
    return shown
