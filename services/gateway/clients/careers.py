"""The job board."""

from collections.abc import Mapping
from typing import Any, Final

import grpc.aio
from codingahead.careers.v1 import service_pb2 as pb
from codingahead.careers.v1.service_pb2_grpc import CareerServiceStub

from services.chassis.rpc import call
from services.gateway.domain import Caller, Json

NAME: Final = "codingahead.careers.v1.CareerService"
RETRIED: Final = [f"{NAME}/{method}" for method in ("GetOpening", "SearchOpenings", "ListApplications", "CloseOpening")]
_TEXTS: Final = (
    *("title", "employer", "description", "location", "state", "employment_type"),
    *("pay_min", "pay_max", "pay_period", "valid_through"),
)


class CareersClient:
    """Openings and applications, in their public shapes."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = CareerServiceStub(channel)

    async def search(self, caller: Caller | None, wanted: Mapping[str, Any], listed: str = "") -> Json:
        """A page of openings: `wanted` holds q, credential, cpc_a, remote, state, employment_type, page, limit."""
        request = pb.SearchOpeningsRequest(
            caller=_caller(caller),
            query=wanted.get("q", ""),
            credential=wanted.get("credential", ""),
            cpc_a=wanted.get("cpc_a", False),
            remote=wanted.get("remote", False),
            state=wanted.get("state", ""),
            employment_type=wanted.get("employment_type", ""),
            page=wanted.get("page", 1),
            limit=wanted.get("limit", 0),
            list=listed,
        )
        found = await call(self._stub.SearchOpenings, request)
        return {"total": found.total, "jobs": [_job(one) for one in found.openings]}

    async def get(self, caller: Caller | None, opening_id: str) -> tuple[Json, Json | None]:
        """An opening, with the caller's own application; NOT_FOUND, GONE."""
        request = pb.GetOpeningRequest(caller=_caller(caller), opening_id=opening_id)
        found = await call(self._stub.GetOpening, request)
        mine = _application(found.application) if found.HasField("application") else None
        return _job(found.opening), mine

    async def post(self, caller: Caller, job: Mapping[str, Any]) -> Json:
        """Posts an opening; FORBIDDEN, INVALID."""
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

    async def applications(self, caller: Caller, opening_id: str = "") -> list[Json]:
        """An opening's, for its employer, or the caller's own."""
        request = pb.ListApplicationsRequest(caller=_caller(caller), opening_id=opening_id)
        return [_application(one) for one in (await call(self._stub.ListApplications, request)).applications]

    async def set_status(self, caller: Caller, application_id: str, status: str) -> Json:
        """Moves an application on; INVALID, NOT_FOUND."""
        request = pb.SetApplicationStatusRequest(caller=_caller(caller), application_id=application_id, status=status)
        return _application((await call(self._stub.SetApplicationStatus, request)).application)

    async def moderate(self, caller: Caller, opening_id: str, *, approve: bool) -> Json:
        """Decides on a waiting opening; FORBIDDEN, CONFLICT."""
        request = pb.ModerateRequest(caller=_caller(caller), opening_id=opening_id, approve=approve)
        return _job((await call(self._stub.Moderate, request)).opening)


def _caller(caller: Caller | None) -> pb.Caller:
    if caller is None:
        return pb.Caller()
    return pb.Caller(account_id=caller.account_id, role=caller.role, verified=caller.verified)


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
        "status": opening.status,
        "account_id": opening.account_id,
        "rev": opening.rev,
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
