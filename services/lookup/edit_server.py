"""The RPCs of the claim check: protobuf to domain, verb, domain to protobuf."""

# ruff: noqa: N802, ARG002 -- the contract names the methods, and every one is passed a context

from typing import Any, Final

from codingahead.lookup.v1 import service_pb2 as pb
from codingahead.lookup.v1.service_pb2_grpc import EditServiceServicer

from services.lookup.checking import Edits
from services.lookup.edits import public
from services.lookup.edits.claim import Claim, Finding, Line, Report, Source, source
from services.lookup.edits.explain import PairRow

NAME: Final = "codingahead.lookup.v1.EditService"

type Context = Any  # grpc.aio's context; no verb needs it


class EditServer(EditServiceServicer):
    """EditService over the claim check, which takes a few milliseconds at most."""

    def __init__(self, edits: Edits) -> None:
        self._edits = edits

    async def CheckClaim(self, request: pb.CheckClaimRequest, context: Context) -> pb.CheckClaimResponse:
        """Every rule over a claim."""
        return _answer(self._edits.check_claim(_claim(request)), as_json=request.as_json)

    async def CheckClaims(self, request: pb.CheckClaimsRequest, context: Context) -> pb.CheckClaimsResponse:
        """Many claims."""
        reports = zip(request.claims, self._edits.check_claims(_claim(one) for one in request.claims), strict=True)
        return pb.CheckClaimsResponse(answers=[_answer(found, as_json=one.as_json) for one, found in reports])

    async def ExplainPair(self, request: pb.ExplainPairRequest, context: Context) -> pb.ExplainPairResponse:
        """Why codes do not go together."""
        asked = Claim(request.as_of, request.setting, request.program, (), state=request.state)
        found = self._edits.explain_pair(asked, tuple(request.codes))
        if request.as_json:
            told = pb.CheckClaimResponse(json=public.explained(found, request.codes))
            return pb.ExplainPairResponse(answer=told)
        return pb.ExplainPairResponse(answer=_report(found.report), rows=[_pair_row(one) for one in found.rows])


def _answer(report: Report, *, as_json: bool) -> pb.CheckClaimResponse:
    return pb.CheckClaimResponse(json=public.answer(report)) if as_json else _report(report)


def _report(report: Report) -> pb.CheckClaimResponse:
    checked = [
        pb.CheckedRule(rule=one.rule, edition=one.edition, verdict=one.verdict.value, note=one.note)
        for one in report.checked
    ]
    return pb.CheckClaimResponse(
        as_of=report.claim.as_of,
        setting=report.claim.setting,
        verdict=report.verdict,
        findings=[_finding(one) for one in report.findings],
        checked=checked,
        errors=[pb.FieldProblem(where=one.where, value=one.value, expected=one.expected) for one in report.errors],
    )


def _pair_row(one: PairRow) -> pb.PairRow:
    pair = one.pair
    return pb.PairRow(
        column_1=pair.column_1,
        column_2=pair.column_2,
        effective_from=pair.since,
        effective_to=pair.until,
        modifier_indicator=pair.indicator,
        verdict=one.verdict.value,
        rationale=pair.rationale,
        source=_place(source(one.edition, pair.line, pair.part)),
    )


def _claim(request: pb.CheckClaimRequest) -> Claim:
    lines = [
        Line(one.id, one.code, one.units, tuple(one.modifiers), tuple(one.diagnoses), one.date, one.place_of_service)
        for one in request.lines
    ]
    age = request.age_years if request.HasField("age_years") else None
    return Claim(request.as_of, request.setting, request.program, tuple(lines), request.sex, age, request.state)


def _finding(one: Finding) -> pb.Finding:
    newest = pb.Newest(edition=one.newest[0], verdict=one.newest[1].value) if one.newest else None
    return pb.Finding(
        rule=one.rule,
        verdict=one.verdict.value,
        severity=one.severity.value,
        lines=one.lines,
        message=one.message,
        fix=one.fix,
        allowed_modifiers=one.allowed_modifiers,
        newest=newest,
        source=_place(one.source),
    )


def _place(place: Source) -> pb.FindingSource:
    return pb.FindingSource(edition=place.edition, file=place.file, sha256=place.sha256, row=place.row)
