"""Claims of an X12 837 (005010X222 professional, X223 institutional, X224 dental, and their 4010 forerunners).

Of a claim are taken: its number, its lines with procedure, modifiers, units, pointed diagnoses, dates and place of
service; the patient's sex and age; the state of the service location or billing provider; whether Medicaid pays. Names,
addresses and identifiers of people are passed over and never leave this module.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from services.chassis.errors import FieldError
from services.gateway.claims import headers, services
from services.gateway.claims.headers import Reading
from services.gateway.claims.segments import TransactionSet, refusal, sets
from services.gateway.domain import Json, ReadClaim

_GUIDES: Final = {
    **dict.fromkeys(("X222", "X224", "X098", "X097"), "practitioner"),
    **dict.fromkeys(("X223", "X096"), "outpatient"),
}
_TAKES: Final = {**headers.TAKES, **services.TAKES}
_SEGMENTS: Final = """
    AMT BHT CAS CL1 CLM CN1 CR1 CR2 CR3 CR5 CR6 CRC CTP CUR DMG DN1 DN2 DSB DTP FRM HCP HI HL HSD IMM K3 LIN LQ LX MEA
    MIA MOA N2 N3 N4 NM1 NTE OI PAT PCT PER PRV PS1 PWK QTY REF SBR SV1 SV2 SV3 SV4 SV5 SVD TOO
"""
_KNOWN: Final = frozenset(_SEGMENTS.split())


def read(text: str, asked: Json | None = None) -> tuple[list[ReadClaim], list[FieldError]]:
    """Claims, and what is wrong around them. INVALID where not one claim can be read.

    `asked` overrides what the file says of setting, program and state; its `as_of` stands where a line has no date.
    """
    found: list[ReadClaim] = []
    whole, wrong = sets(text)
    for one in whole:
        setting = next((setting for mark, setting in _GUIDES.items() if mark in one.guide), "")
        if not setting:
            begin = one.segments[0].number - 1 if one.segments else 0
            expected = f"an implementation guide that names {', '.join(_GUIDES)}"
            wrong.append(FieldError(f"segment {begin}, ST03", one.guide[:60], expected, begin))
            continue
        found += _claims(one, Reading(setting, asked=asked or {}), wrong)
    if not found:
        raise refusal(
            *(sorted(wrong, key=_place) or [FieldError("file", "", "a claim (CLM) in a transaction set 837")])
        )
    return found, sorted(wrong, key=_place)


def _place(error: FieldError) -> int:
    return error.line or 0


def _claims(one: TransactionSet, at: Reading, wrong: list[FieldError]) -> Iterator[ReadClaim]:
    for segment in one.segments:
        if segment.name not in _KNOWN:
            wrong.append(segment.wrong(0, segment.name, "a segment of an 837"))
        if at.inside and segment.name in {"CLM", "HL"}:
            yield _finished(at)
        if take := _TAKES.get(segment.name):
            take(at, segment)
    if at.inside:
        yield _finished(at)


def _finished(at: Reading) -> ReadClaim:
    """The claim; a line without a date of its own has that of the claim."""
    for line in at.lines:
        line["date"] = line["date"] or at.day or at.asked.get("as_of", "")
        if not line["date"] and line["id"] not in at.bad:
            at.bad.add(line["id"])
            at.wrong.append(FieldError(f"line {line['id']}, DTP", "", "a date of service (DTP 472)"))
    lines = [line for line in at.lines if line["id"] not in at.bad]
    day = min((line["date"] for line in lines), default=at.day)
    claim = {
        "as_of": day,
        "setting": at.setting,
        "program": at.program,
        "state": at.state,
        "lines": lines,
        "patient": {"sex": at.sex, "age_years": _age(at.born, day)},
        **{name: value for name, value in at.asked.items() if name != "as_of"},
    }
    found = ReadClaim(at.name, claim, tuple(at.wrong))
    at.inside, at.wrong = False, []
    return found


def _age(born: str, day: str) -> int | None:
    if not born or not day:
        return None
    one, other = date.fromisoformat(born), date.fromisoformat(day)
    return other.year - one.year - ((other.month, other.day) < (one.month, one.day))
