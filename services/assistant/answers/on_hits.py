"""Answers a phrase by codes: the plainest one that the search found, or one for each thing the phrase tells of."""

from collections.abc import Sequence
from typing import Final

from services.assistant import codes_in_text
from services.assistant.answers.telling import SYSTEM_NAMES, described, listed, page_of
from services.assistant.domain.answers import Claim
from services.assistant.domain.cases import CaseCode
from services.assistant.domain.codes import CodeRef, SearchHit
from services.assistant.domain.evidence import Piece, Source

_CLOSE: Final = 4  # further codes named beside the best
_CHECK: Final = (
    "Read the notes on the code's page before it goes on a claim, and code to the detail that the record holds."
)

type Part = tuple[str, tuple[Claim, ...]]


def several(case: Sequence[CaseCode]) -> tuple[Claim, ...]:
    """One code for each thing that a phrase tells of."""
    codes = listed([f"**{code.ref.code}**" for code in case])
    lead = Claim(
        f"The phrase tells of {len(case)} things, and the loaded edition leads to {codes}.",
        tuple(_case_piece(code, f"{len(case)}") for code in case),
    )
    rows = [
        Claim(
            f"{code.ref.code}: {code.ref.display} (\u201c{code.evidence[0].text}\u201d)",
            (_case_piece(code),),
            item=True,
        )
        for code in case
    ]
    return (lead, *rows)


def one(hits: Sequence[SearchHit]) -> tuple[Claim, ...]:
    """The best code, by which words, and what to look at before it is used."""
    best = hits[0]
    lead = f"**{best.ref.code}** ({SYSTEM_NAMES[best.ref.system]}): {described(best.ref.display)}."
    if best.kind not in {"description", "case"} and not codes_in_text.strict(best.term):  # "vitamin B12" is no code
        lead += f" The words that led there: \u201c{best.term}\u201d."
    said = [_claim(best, lead)]
    if not best.billable:
        said.append(_claim(best, "It is a header: a claim needs one of the codes below it."))
    said.append(_claim(best, _CHECK))
    return tuple(said)


def close(hits: Sequence[SearchHit], named: Sequence[CodeRef]) -> list[Part]:
    """Further codes that came near."""
    codes = {ref.code for ref in named}
    others = [hit for hit in hits if hit.ref.code not in codes and codes_in_text.systems(hit.ref.code)][:_CLOSE]
    rows = tuple(
        _claim(hit, f"{hit.ref.code}: {described(hit.ref.display)}{'' if hit.billable else ' (header)'}", item=True)
        for hit in others
    )
    return [("Close to it", rows)] if rows else []


def _claim(hit: SearchHit, text: str, *, item: bool = False) -> Claim:
    source = Source(
        f"{SYSTEM_NAMES[hit.ref.system]} {hit.ref.code}",
        "",
        f"{hit.kind}: {hit.term}",
        page_of(hit.ref.system, hit.ref.code),
    )
    return Claim(text, (Piece(f"{hit.ref.code} {hit.ref.display} {hit.term} {text}", source),), item)


def _case_piece(code: CaseCode, counted: str = "") -> Piece:
    ref, spans = code.ref, " ".join(span.text for span in code.evidence)
    source = Source(f"{SYSTEM_NAMES[ref.system]} {ref.code}", "", code.reason, page_of(ref.system, ref.code))
    return Piece(f"{ref.code} {ref.display} {spans} {counted}", source)
