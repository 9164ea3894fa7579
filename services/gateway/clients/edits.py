"""The claim check: claims in their public shape to lookup and back."""

from collections.abc import Sequence
from typing import Final

import grpc.aio
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

    async def check_claim(self, claim: Json) -> Json:
        """The public answer to a claim in its public shape; INVALID with each field."""
        return _answer(await call(self._stub.CheckClaim, _claim(claim), _WITHIN))

    async def check_claims(self, claims: Sequence[Json]) -> list[Json]:
        """The public answer to each claim; to one that cannot be read, what is wrong with it."""
        request = lookup_pb.CheckClaimsRequest(claims=[_claim(one) for one in claims])
        found = await call(self._stub.CheckClaims, request, _PIECE_WITHIN)
        return [_answer(one) for one in found.answers]

    async def explain_pair(self, asked: Json) -> Json:
        """The public answer to codes that are asked about; INVALID."""
        found = await call(self._stub.ExplainPair, lookup_pb.ExplainPairRequest(**asked))
        return {**_answer(found.answer), "codes": asked["codes"], "rows": [_row(one) for one in found.rows]}


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


def _answer(answer: lookup_pb.CheckClaimResponse) -> Json:
    told: Json = {
        "as_of": answer.as_of,
        "setting": answer.setting,
        "verdict": answer.verdict,
        "findings": [_finding(one) for one in answer.findings],
        "checked": [_checked(one) for one in answer.checked],
    }
    if answer.errors:
        told["errors"] = [{"where": one.where, "value": one.value, "expected": one.expected} for one in answer.errors]
    return told


def _checked(one: lookup_pb.CheckedRule) -> Json:
    told: Json = {"rule": one.rule, "edition": one.edition or None, "verdict": one.verdict}
    return {**told, "note": one.note} if one.note else told


def _finding(one: lookup_pb.Finding) -> Json:
    told: Json = {
        "rule": one.rule,
        "verdict": one.verdict,
        "severity": one.severity,
        "lines": list(one.lines),
        "message": one.message,
        "fix": one.fix,
        "source": _source(one.source),
    }
    if one.allowed_modifiers:
        told["allowed_modifiers"] = list(one.allowed_modifiers)
    if one.HasField("newest"):
        told["newest"] = {"edition": one.newest.edition, "verdict": one.newest.verdict}
    return told


def _row(one: lookup_pb.PairRow) -> Json:
    return {
        "column_1": one.column_1,
        "column_2": one.column_2,
        "effective_from": one.effective_from or None,
        "effective_to": one.effective_to or None,
        "modifier_indicator": one.modifier_indicator,
        "verdict": one.verdict,
        "rationale": one.rationale,
        "source": _source(one.source),
    }


def _source(place: lookup_pb.FindingSource) -> Json:
    return {"edition": place.edition, "file": place.file, "sha256": place.sha256, "row": place.row}
