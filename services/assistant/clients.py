"""The reference data, as the assistant asks for it."""

from collections.abc import Sequence
from typing import Final

import grpc.aio
import orjson
from codingahead.lookup.v1 import service_pb2 as pb
from codingahead.lookup.v1.service_pb2_grpc import CodeServiceStub

from services.assistant.domain import CodeRef, KnownCode, SearchHit, SpottedTerm
from services.chassis.rpc import call

NAME: Final = "codingahead.lookup.v1.CodeService"
RETRIED: Final = [f"{NAME}/{method}" for method in ("GetCode", "SearchCodes", "SpotTerms", "ListEditions")]
_SPOTTING: Final = 15.0  # seconds: the first case after a start may wait for the wordings to be read
_STATUS: Final = {
    pb.CODE_STATUS_ACTIVE: "active",
    pb.CODE_STATUS_NOT_YET_VALID: "not_yet_valid",
    pb.CODE_STATUS_DELETED: "deleted",
    pb.CODE_STATUS_NO_DATA: "no_data",
}
_NAMES: Final = {"icd-10-cm": "ICD-10-CM", "icd-10-pcs": "ICD-10-PCS", "hcpcs": "HCPCS", "cpt": "CPT"}


class LookupClient:
    """The loaded editions."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = CodeServiceStub(channel)

    async def get_code(self, system: str, code: str, as_of: str) -> KnownCode:
        """One code with its sections parsed; NOT_FOUND, INVALID."""
        request = pb.GetCodeRequest(system=system, code=code, as_of=as_of)
        found = (await call(self._stub.GetCode, request)).code
        return KnownCode(
            ref=CodeRef(found.system, found.code, found.display),
            status=_STATUS[found.status],
            billable=found.billable if found.HasField("billable") else None,
            as_of=found.as_of,
            edition=_edition(found.edition) if found.HasField("edition") else "",
            edition_id=found.edition.id,
            effective_from=found.edition.effective_from,
            stale=found.edition.stale,
            sections={section.key: orjson.loads(section.body_json) for section in found.sections},
        )

    async def search(self, text: str, system: str, limit: int, as_of: str) -> tuple[SearchHit, ...]:
        """Codes by words, best first."""
        request = pb.SearchCodesRequest(query=text, system=system, limit=limit, as_of=as_of)
        answer = await call(self._stub.SearchCodes, request)
        return tuple(
            SearchHit(CodeRef(hit.system, hit.code, hit.display), hit.billable, hit.matched.term, hit.matched.kind)
            for hit in answer.hits
        )

    async def spot(self, texts: Sequence[str], as_of: str) -> list[list[SpottedTerm]]:
        """For each text the terms of ICD-10-CM that stand in it, the weightiest first."""
        request = pb.SpotTermsRequest(system="icd-10-cm", texts=texts, as_of=as_of)
        answer = await call(self._stub.SpotTerms, request, timeout=_SPOTTING)
        return [[_spotted(spot) for spot in text.spots] for text in answer.texts]

    async def editions(self) -> tuple[str, ...]:
        """The ids of what is loaded."""
        answer = await call(self._stub.ListEditions, pb.ListEditionsRequest())
        return tuple(edition.id for edition in answer.editions)


def _spotted(spot: pb.Spot) -> SpottedTerm:
    return SpottedTerm(
        ref=CodeRef("icd-10-cm", spot.code, spot.display),
        billable=spot.billable,
        header=spot.header,
        term=spot.matched.term,
        kind=spot.matched.kind,
        words=tuple((one.start, one.end) for one in spot.words),
        stems=spot.stems,
        gap=spot.gap,
        borrowed=spot.borrowed,
        worth=spot.worth,
        plain=spot.plain,
        residual=spot.residual,
    )


def _edition(edition: pb.Edition) -> str:
    window = f"{edition.effective_from} to {edition.effective_to}" if edition.effective_to else edition.effective_from
    return f"{_NAMES.get(edition.system, edition.name)} {edition.version}, {window}"
