"""The RPCs: protobuf to domain, verb, domain to protobuf."""

# ruff: noqa: N802, ARG002 -- the contract names the methods, and every one is passed a context

from dataclasses import fields
from typing import Any, Final

from codingahead.careers.v1 import service_pb2 as pb
from codingahead.careers.v1.service_pb2_grpc import CareerServiceServicer

from services.careers.domain.alerts import Alert
from services.careers.domain.applications import Application
from services.careers.domain.openings import Details, Filters, Opening, Page
from services.careers.domain.people import Caller
from services.careers.service import Careers

NAME: Final = "codingahead.careers.v1.CareerService"
USUAL: Final = 20  # of a page, where the caller does not say
_PLAIN: Final = tuple(field.name for field in fields(Details) if field.name != "credentials")
_FILTERS: Final = tuple(field.name for field in fields(Filters))

type Context = Any  # grpc.aio's context; no verb needs it


class CareerServer(CareerServiceServicer):
    """CareerService over the verbs."""

    def __init__(self, careers: Careers) -> None:
        self._openings, self._applications, self._alerts = careers.openings, careers.applications, careers.alerts

    async def PostOpening(self, request: pb.PostOpeningRequest, context: Context) -> pb.PostOpeningResponse:
        """Posts."""
        posted = await self._openings.post_opening(_caller(request.caller), _details(request.details), request.id)
        return pb.PostOpeningResponse(opening=_opening(posted))

    async def UpdateOpening(self, request: pb.UpdateOpeningRequest, context: Context) -> pb.UpdateOpeningResponse:
        """Changes."""
        changed = await self._openings.update_opening(
            _caller(request.caller), request.opening_id, _details(request.details), request.rev
        )
        return pb.UpdateOpeningResponse(opening=_opening(changed))

    async def CloseOpening(self, request: pb.CloseOpeningRequest, context: Context) -> pb.CloseOpeningResponse:
        """Closes."""
        await self._openings.close_opening(_caller(request.caller), request.opening_id)
        return pb.CloseOpeningResponse()

    async def GetOpening(self, request: pb.GetOpeningRequest, context: Context) -> pb.GetOpeningResponse:
        """An opening, with the caller's own application."""
        opening, mine = await self._openings.get_opening(_caller(request.caller), request.opening_id)
        answer = pb.GetOpeningResponse(opening=_opening(opening))
        if mine:
            answer.application.CopyFrom(_application(mine, opening))
        return answer

    async def SearchOpenings(self, request: pb.SearchOpeningsRequest, context: Context) -> pb.SearchOpeningsResponse:
        """A page of openings."""
        found, total = await self._openings.search_openings(
            _caller(request.caller),
            _filters(request),
            _page(request),
            request.list,
            newest_first=request.newest_first,
        )
        return pb.SearchOpeningsResponse(openings=[_opening(one) for one in found], total=total)

    async def MapOpenings(self, request: pb.MapOpeningsRequest, context: Context) -> pb.MapOpeningsResponse:
        """Ids and last changes."""
        found, total = self._openings.map_openings(_page(request))
        places = [pb.Place(opening_id=one.id, changed_at_ms=one.changed_at) for one in found]
        return pb.MapOpeningsResponse(places=places, total=total)

    async def Apply(self, request: pb.ApplyRequest, context: Context) -> pb.ApplyResponse:
        """Applies."""
        application = await self._applications.apply(_caller(request.caller), request.opening_id, request.letter)
        return pb.ApplyResponse(application=_application(application))

    async def ListApplications(
        self, request: pb.ListApplicationsRequest, context: Context
    ) -> pb.ListApplicationsResponse:
        """A page of an opening's, or of the caller's own."""
        found, total = await self._applications.list_applications(
            _caller(request.caller), request.opening_id, _page(request)
        )
        listed = [_application(one, opening) for one, opening in found]
        return pb.ListApplicationsResponse(applications=listed, total=total)

    async def SetApplicationStatus(
        self, request: pb.SetApplicationStatusRequest, context: Context
    ) -> pb.SetApplicationStatusResponse:
        """Moves an application on."""
        moved, opening = await self._applications.set_application_status(
            _caller(request.caller), request.application_id, request.status, request.opening_id
        )
        return pb.SetApplicationStatusResponse(application=_application(moved, opening))

    async def Moderate(self, request: pb.ModerateRequest, context: Context) -> pb.ModerateResponse:
        """Decides on a waiting opening."""
        decided = await self._openings.moderate(
            _caller(request.caller), request.opening_id, approve=request.approve, reason=request.reason
        )
        return pb.ModerateResponse(opening=_opening(decided))

    async def CreateAlert(self, request: pb.CreateAlertRequest, context: Context) -> pb.CreateAlertResponse:
        """Makes an alert."""
        alert = await self._alerts.create_alert(_caller(request.caller), _filters(request.filters))
        return pb.CreateAlertResponse(alert=_alert(alert))

    async def ListAlerts(self, request: pb.ListAlertsRequest, context: Context) -> pb.ListAlertsResponse:
        """The caller's alerts."""
        found = await self._alerts.list_alerts(_caller(request.caller))
        return pb.ListAlertsResponse(alerts=[_alert(one) for one in found])

    async def GetAlert(self, request: pb.GetAlertRequest, context: Context) -> pb.GetAlertResponse:
        """An alert with its token."""
        alert, token = await self._alerts.get_alert(_caller(request.caller), request.alert_id)
        return pb.GetAlertResponse(alert=_alert(alert, token))

    async def DeleteAlert(self, request: pb.DeleteAlertRequest, context: Context) -> pb.DeleteAlertResponse:
        """Ends an alert."""
        if request.token:
            await self._alerts.end_by_token(request.token)
        else:
            await self._alerts.delete_alert(_caller(request.caller), request.alert_id)
        return pb.DeleteAlertResponse()


def _caller(caller: pb.Caller) -> Caller:
    return Caller(caller.account_id, caller.role, caller.verified)


def _filters(said: pb.SearchOpeningsRequest | pb.Filters) -> Filters:
    return Filters(**{name: getattr(said, name) for name in _FILTERS})


def _page(said: pb.SearchOpeningsRequest | pb.ListApplicationsRequest | pb.MapOpeningsRequest) -> Page:
    return Page(said.page or 1, said.limit or USUAL)


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
        changed_at_ms=opening.changed_at,
        rev=opening.rev,
        refusal=opening.refusal,
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


def _alert(alert: Alert, token: str = "") -> pb.Alert:
    filters = pb.Filters(**{name: getattr(alert.filters, name) for name in _FILTERS})
    return pb.Alert(id=alert.id, filters=filters, created_at_ms=alert.created_at, token=token)
