"""The claim check: claims in their public shape to lookup; what it answers is the public answer already."""

from collections.abc import Sequence
from typing import Final

import grpc.aio
import orjson
from codingahead.lookup.v1 import service_pb2 as lookup_pb
from codingahead.lookup.v1.service_pb2_grpc import EditServiceStub

from services.chassis.rpc import call
from services.gateway.domain import Json

NAME: Final = "codingahead.lookup.v1.EditService"
RETRIED: Final = [f"{NAME}/{method}" for method in ("CheckClaim", "CheckClaims", "ExplainPair")]
_WITHIN: Final = 10.0  # seconds a claim may take: a thousand different codes make half a million pairs
_PIECE_WITHIN: Final = 30.0  # seconds a piece of a batch may take while others are worked


class EditsClient:
    """The claim check."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = EditServiceStub(channel)

    async def check_claim(self, claim: Json) -> bytes:
        """The public answer to a claim in its public shape, as JSON; INVALID with each field."""
        return (await call(self._stub.CheckClaim, _claim(claim), _WITHIN)).json

    async def check_claims(self, claims: Sequence[Json]) -> list[Json]:
        """The public answer to each claim; to one that cannot be read, what is wrong with it."""
        request = lookup_pb.CheckClaimsRequest(claims=[_claim(one) for one in claims])
        found = await call(self._stub.CheckClaims, request, _PIECE_WITHIN)
        return [orjson.loads(one.json) for one in found.answers]

    async def explain_pair(self, asked: Json) -> bytes:
        """The public answer to codes that are asked about, as JSON; INVALID."""
        request = lookup_pb.ExplainPairRequest(**asked, as_json=True)
        return (await call(self._stub.ExplainPair, request)).answer.json


def _claim(claim: Json) -> lookup_pb.CheckClaimRequest:
    patient = claim.get("patient") or {}
    return lookup_pb.CheckClaimRequest(
        as_of=claim["as_of"],
        setting=claim["setting"],
        program=claim["program"],
        state=claim["state"],
        lines=[_line(line) for line in claim["lines"]],
        sex=patient.get("sex") or "",
        age_years=patient.get("age_years"),
        as_json=True,
    )


def _line(line: Json) -> lookup_pb.ClaimLine:
    return lookup_pb.ClaimLine(
        id=line["id"],
        code=line["code"],
        units=line["units"],
        modifiers=line["modifiers"],
        diagnoses=line["diagnoses"],
        date=line["date"] or "",
        place_of_service=line["place_of_service"] or "",
    )
