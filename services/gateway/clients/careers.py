"""The job board."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final

import grpc.aio
from codingahead.careers.v1 import service_pb2 as pb
from codingahead.careers.v1.service_pb2_grpc import CareerServiceStub

from services.chassis.rpc import call
from services.gateway.domain import Caller, Json

NAME: Final = "codingahead.careers.v1.CareerService"
_READS: Final = ("GetOpening", "SearchOpenings", "MapOpenings", "ListApplications", "ListAlerts", "GetAlert")
RETRIED: Final = [f"{NAME}/{method}" for method in (*_READS, "CloseOpening", "DeleteAlert")]
WHOLE_PAGE: Final = 100  # the most that one call answers
_TEXTS: Final = (
    *("title", "employer", "description", "location", "state", "employment_type"),
    *("pay_min", "pay_max", "pay_period", "valid_through"),
)


class CareersClient:
    """Openings, applications and alerts, in their public shapes."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = CareerServiceStub(channel)

    async def search(
        self, caller: Caller | None, wanted: Mapping[str, Any], listed: str = "", *, newest_first: bool = False
    ) -> Json:
        """A page of openings: `wanted` holds filters (see _filters), page and limit. INVALID."""
        filters = _filters(wanted)
        request = pb.SearchOpeningsRequest(
            caller=_caller(caller),
            **{field.name: value for field, value in filters.ListFields()},
            page=wanted.get("page", 1),
            limit=wanted.get("limit", 0),
            list=listed,
            newest_first=newest_first,
        )
        found = await call(self._stub.SearchOpenings, request)
        return {"total": found.total, "jobs": [_job(one) for one in found.openings]}

    async def places(self, page: int, limit: int) -> Json:
        """Ids and last changes of open openings, the newest first."""
        found = await call(self._stub.MapOpenings, pb.MapOpeningsRequest(page=page, limit=limit))
        places = [{"id": one.opening_id, "changed_at": one.changed_at_ms} for one in found.places]
        return {"total": found.total, "places": places}

    async def get(self, caller: Caller | None, opening_id: str) -> tuple[Json, Json | None]:
        """An opening, with the caller's own application; NOT_FOUND, GONE."""
        request = pb.GetOpeningRequest(caller=_caller(caller), opening_id=opening_id)
        found = await call(self._stub.GetOpening, request)
        mine = _application(found.application) if found.HasField("application") else None
        return _job(found.opening), mine

    async def post(self, caller: Caller, job: Mapping[str, Any]) -> Json:
        """Posts an opening; FORBIDDEN, INVALID, CONFLICT."""
        request = pb.PostOpeningRequest(caller=_caller(caller), details=_details(job))
        return _job((await call(self._stub.PostOpening, request)).opening)

    async def update(self, caller: Caller, opening_id: str, job: Mapping[str, Any]) -> Json:
        """Changes an opening that was read at job["rev"]; INVALID, CONFLICT."""
        request = pb.UpdateOpeningRequest(
            caller=_caller(caller), opening_id=opening_id, details=_details(job), rev=job["rev"]
        )
        return _job((await call(self._stub.UpdateOpening, request)).opening)

    async def close(self, caller: Caller, opening_id: str) -> None:
        """Closes an opening."""
        await call(self._stub.CloseOpening, pb.CloseOpeningRequest(caller=_caller(caller), opening_id=opening_id))

    async def apply(self, caller: Caller, opening_id: str, letter: str) -> Json:
        """Applies; INVALID, CONFLICT, GONE."""
        request = pb.ApplyRequest(caller=_caller(caller), opening_id=opening_id, letter=letter)
        return _application((await call(self._stub.Apply, request)).application)

    async def applications(self, caller: Caller, opening_id: str = "", page: int = 1, limit: int = 0) -> Json:
        """A page of an opening's, for its employer, or of the caller's own."""
        request = pb.ListApplicationsRequest(caller=_caller(caller), opening_id=opening_id, page=page, limit=limit)
        found = await call(self._stub.ListApplications, request)
        return {"total": found.total, "applications": [_application(one) for one in found.applications]}

    async def set_status(self, caller: Caller, opening_id: str, application_id: str, status: str) -> Json:
        """Moves an application on; INVALID, NOT_FOUND."""
        request = pb.SetApplicationStatusRequest(
            caller=_caller(caller), opening_id=opening_id, application_id=application_id, status=status
        )
        return _application((await call(self._stub.SetApplicationStatus, request)).application)

    async def moderate(self, caller: Caller, opening_id: str, *, approve: bool, reason: str = "") -> Json:
        """Decides on a waiting opening; FORBIDDEN, CONFLICT."""
        request = pb.ModerateRequest(caller=_caller(caller), opening_id=opening_id, approve=approve, reason=reason)
        return _job((await call(self._stub.Moderate, request)).opening)

    async def everything_of(self, caller: Caller) -> Json:
        """All that the board keeps of an account, for its export."""
        openings = [one async for one in _all_pages(lambda page: self.search(caller, page, "mine"), "jobs")]
        mine = _all_pages(lambda page: self.applications(caller, **page), "applications")
        applications = [one async for one in mine]
        return {"openings": openings, "applications": applications, "job_alerts": await self.alerts(caller)}

    async def create_alert(self, caller: Caller, wanted: Mapping[str, Any]) -> Json:
        """Makes an alert; FORBIDDEN, INVALID, CONFLICT."""
        request = pb.CreateAlertRequest(caller=_caller(caller), filters=_filters(wanted))
        return _alert((await call(self._stub.CreateAlert, request)).alert)

    async def alerts(self, caller: Caller) -> list[Json]:
        """The caller's alerts, the newest first."""
        found = await call(self._stub.ListAlerts, pb.ListAlertsRequest(caller=_caller(caller)))
        return [_alert(one) for one in found.alerts]

    async def get_alert(self, caller: Caller, alert_id: str) -> tuple[Json, str]:
        """One of them, with the token that ends it; NOT_FOUND."""
        request = pb.GetAlertRequest(caller=_caller(caller), alert_id=alert_id)
        found = (await call(self._stub.GetAlert, request)).alert
        return _alert(found), found.token

    async def end_alert(self, caller: Caller, alert_id: str) -> None:
        """Ends one of the caller's; NOT_FOUND."""
        await call(self._stub.DeleteAlert, pb.DeleteAlertRequest(caller=_caller(caller), alert_id=alert_id))

    async def end_alert_by(self, token: str) -> None:
        """Ends the one a letter's token names; INVALID."""
        await call(self._stub.DeleteAlert, pb.DeleteAlertRequest(token=token or "none"))


async def _all_pages(ask: Callable[[Json], Awaitable[Json]], key: str) -> AsyncIterator[Json]:
    """Every entry of a list, page by page."""
    number, left = 1, 1
    while left > 0:
        found = await ask({"page": number, "limit": WHOLE_PAGE})
        for one in found[key]:
            yield one
        left = found["total"] - number * WHOLE_PAGE
        number += 1


def _caller(caller: Caller | None) -> pb.Caller:
    if caller is None:
        return pb.Caller()
    return pb.Caller(account_id=caller.account_id, role=caller.role, verified=caller.verified)


def _filters(wanted: Mapping[str, Any]) -> pb.Filters:
    """q, credential, cpc_a, remote, state, employment_type, as far as they are there."""
    return pb.Filters(
        query=wanted.get("q", ""),
        credential=wanted.get("credential", ""),
        cpc_a=wanted.get("cpc_a", False),
        remote=wanted.get("remote", False),
        state=wanted.get("state", ""),
        employment_type=wanted.get("employment_type", ""),
    )


def _alert(alert: pb.Alert) -> Json:
    said = alert.filters
    return {
        "id": alert.id,
        "q": said.query,
        "credential": said.credential,
        "cpc_a": said.cpc_a,
        "remote": said.remote,
        "state": said.state,
        "employment_type": said.employment_type,
        "created_at": alert.created_at_ms,
    }


def _details(job: Mapping[str, Any]) -> pb.Details:
    return pb.Details(
        **{name: job.get(name) or "" for name in _TEXTS},
        remote=job.get("remote", False),
        cpc_a_accepted=job.get("cpc_a_accepted", False),
        credentials=job.get("credentials", ()),
    )


def _job(opening: pb.Opening) -> Json:
    said = opening.details
    texts = {name: getattr(said, name) for name in _TEXTS}
    return {
        "id": opening.id,
        **texts,
        "pay_min": said.pay_min or None,
        "pay_max": said.pay_max or None,
        "pay_period": said.pay_period or None,
        "remote": said.remote,
        "credentials": list(said.credentials),
        "cpc_a_accepted": said.cpc_a_accepted,
        "posted_at": opening.posted_at_ms,
        "changed_at": opening.changed_at_ms,
        "status": opening.status,
        "account_id": opening.account_id,
        "rev": opening.rev,
        "refusal": opening.refusal,
    }


def _application(application: pb.Application) -> Json:
    shown: Json = {
        "id": application.id,
        "status": application.status,
        "received_at": application.received_at_ms,
        "applicant_id": application.applicant_id,
        "letter": application.letter,
    }
    if application.HasField("opening"):
        shown["job"] = _job(application.opening)
    return shown
