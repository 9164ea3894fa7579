"""The reference data, as the assistant asks for it."""

from collections.abc import Iterator, Sequence
from typing import Final

import grpc.aio
import orjson
from codingahead.lookup.v1 import service_pb2 as pb
from codingahead.lookup.v1.service_pb2_grpc import CodeServiceStub, EditServiceStub

from services.assistant.domain.cases import SpottedTerm
from services.assistant.domain.codes import CodeRef, KnownCode, Searched, SearchHit
from services.assistant.domain.evidence import Checked, Crosswalk, Edit, Mapped, Piece, Source
from services.chassis.rpc import call

NAME: Final = "codingahead.lookup.v1.CodeService"
_READ: Final = ("GetCode", "SearchCodes", "SpotTerms", "TranslateCode", "GetModifier", "EncodeTexts", "ListEditions")
RETRIED: Final = [
    *(f"{NAME}/{method}" for method in _READ),
    "codingahead.lookup.v1.EditService/CheckClaim",
]
_AT_ONCE: Final = 4_000  # characters of clauses in a request
_TEXTS: Final = 200
_SPOTTING: Final = 15.0  # seconds: the first case after a start may wait for the wordings to be read
_PAIRS: Final = "ncci-ptp"
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
        self._edits = EditServiceStub(channel)

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

    async def search(self, text: str, system: str, limit: int, as_of: str) -> Searched:
        """Codes by words, best first."""
        request = pb.SearchCodesRequest(query=text, system=system, limit=limit, as_of=as_of)
        answer = await call(self._stub.SearchCodes, request)
        hits = tuple(
            SearchHit(CodeRef(hit.system, hit.code, hit.display), hit.billable, hit.matched.term, hit.matched.kind)
            for hit in answer.hits
        )
        return Searched(hits, dict(answer.read_as))

    async def spot(self, texts: Sequence[str], as_of: str) -> list[list[SpottedTerm]]:
        """For each text the terms of ICD-10-CM that stand in it, the weightiest first; asked some texts at a time."""
        found: list[list[SpottedTerm]] = []
        for some in _some(texts):
            request = pb.SpotTermsRequest(system="icd-10-cm", texts=some, as_of=as_of)
            answer = await call(self._stub.SpotTerms, request, timeout=_SPOTTING)
            found += [[_spotted(spot) for spot in text.spots] for text in answer.texts]
        return found

    async def check(self, codes: Sequence[str], hung: Sequence[tuple[str, str]], as_of: str) -> Checked:
        """The claim check of procedures of one practitioner, one unit each, on one day; a line's id is its code."""
        lines = [
            pb.ClaimLine(id=code, code=code, units=1, modifiers=[one for on, one in hung if on == code])
            for code in codes
        ]
        report = await call(self._edits.CheckClaim, pb.CheckClaimRequest(as_of=as_of, lines=lines))
        pairs = next(rule for rule in report.checked if rule.rule == _PAIRS)
        return Checked(tuple(_edit(finding) for finding in report.findings), pairs.edition, pairs.verdict)

    async def translate(self, code: str, target: str, as_of: str) -> Crosswalk:
        """What an ICD-9-CM code maps to by the GEMs."""
        request = pb.TranslateCodeRequest(from_system="icd-9-cm", to_system=target, code=code, as_of=as_of)
        answer = await call(self._stub.TranslateCode, request)
        maps = tuple(Mapped(one.code, tuple(one.flags), one.scenario, one.source) for one in answer.maps)
        edition = f"{answer.edition.name} {answer.edition.version}" if answer.HasField("edition") else ""
        return Crosswalk(code, edition, maps)

    async def modifier(self, modifier: str, as_of: str) -> Piece | None:
        """What the loaded lists say of a Level II modifier; None where none has it."""
        answer = await call(self._stub.GetModifier, pb.GetModifierRequest(modifier=modifier, as_of=as_of))
        return Piece(answer.text, Source(answer.source, "", f"modifier {modifier}", "/data")) if answer.text else None

    async def encode(self, texts: Sequence[str]) -> list[bytes]:
        """Texts as vectors; none while lookup has no sentence model."""
        return list((await call(self._stub.EncodeTexts, pb.EncodeTextsRequest(texts=texts))).vectors)

    async def editions(self) -> tuple[str, ...]:
        """The ids of what is loaded."""
        answer = await call(self._stub.ListEditions, pb.ListEditionsRequest())
        return tuple(edition.id for edition in answer.editions)


def _some(texts: Sequence[str]) -> Iterator[list[str]]:
    """The texts in runs of some thousand characters, so that every answer is small."""
    run: list[str] = []
    for text in texts:
        if run and (sum(map(len, run)) + len(text) > _AT_ONCE or len(run) == _TEXTS):
            yield run
            run = []
        run.append(text)
    if run:
        yield run


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


def _edit(finding: pb.Finding) -> Edit:
    source, newest = finding.source, finding.newest if finding.HasField("newest") else None
    return Edit(
        rule=finding.rule,
        verdict=finding.verdict,
        codes=tuple(finding.lines),
        message=finding.message,
        fix=finding.fix,
        allowed=tuple(finding.allowed_modifiers),
        source=Source(source.edition, newest.edition if newest else "", f"{source.file}, line {source.row:,}", "/data"),
    )
