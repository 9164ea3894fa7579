"""Codes that a pregnancy, a birth or a newborn bring by themselves (Guidelines I.C.15, I.C.16, I.C.21.c.11)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from services.assistant.cases import patient
from services.assistant.cases.patient import Patient
from services.assistant.cases.proposals import SUGGESTED, Proposal
from services.assistant.cases.rulebook import Carried, among
from services.assistant.domain.cases import Span
from services.assistant.domain.codes import CodeRef, KnownCode

_MOST_WEEKS: Final = 42
_FEWEST_WEEKS: Final = 8
_ELDERLY: Final = 35  # years at the expected delivery: category O09.5
_STILL: Final = re.compile(r"\b(?:stillb\w+|fetal demise|IUFD)\b", re.IGNORECASE)
_TWINS: Final = re.compile(r"\btwins?\b", re.IGNORECASE)
_CESAREAN: Final = re.compile(r"\b(?:cesarean|c-?sections?|LTCS)\b", re.IGNORECASE)
_VAGINAL: Final = re.compile(r"\b(?:NSVD|SVD|vaginal\w*|spontaneous\w*)\b", re.IGNORECASE)
_NORMAL: Final = re.compile(
    r"\b(?:NSVD|SVD|(?:normal|uncomplicated)(?: \w+){0,3} (?:vaginal )?deliver\w+"
    r"|spontaneous vaginal deliver\w+|deliver\w+ (?:\w+ )?vaginally)\b",
    re.IGNORECASE,
)
_BORN: Final = re.compile(r"\b(?:born|deliver\w+|NSVD|SVD|live ?born|birth weight|apgars?)\b", re.IGNORECASE)
_PRENATAL: Final = re.compile(
    r"\b(?:(?:routine |initial )?(?:prenatal|antenatal|OB)(?: care)? (?:visit|check\w*|follow-?up|f/u|exam)"
    r"|(?:here|presents?|seen) for (?:routine )?(?:prenatal|antenatal|OB) care|supervision of (?:\w+ )*pregnancy"
    r"|ROB)\b",
    re.IGNORECASE,
)
_ADVANCED: Final = re.compile(r"\b(?:AMA|advanced maternal age|elderly (?:primi|multi)\w+)\b", re.IGNORECASE)
_STAGES: Final = ("first trimester", "second trimester", "third trimester", "childbirth", "puerperium", "")
_BY_THEMSELVES: Final = ("O80", "O82")
_SUPERVISED: Final = {1: "Z34.0", 2: "Z34.8", 0: "Z34.9"}


def with_births(told: Sequence[Proposal], whom: Patient, text: str, table: Sequence[Carried]) -> list[Proposal]:
    """With what the text tells of weeks, of the birth, and of what the mother or the newborn is there for."""
    if whom.newborn:
        return [*_liveborn(text), *(one for one in told if not (one.stated and among(one.ref.code, ("Z00",))))]
    if not whom.expecting:
        return list(told)
    found = [one for proposal in told for one in _carried(proposal, whom, table)]
    found = _complicated(found)
    known = {one.ref.code for one in found if one.is_suggested}
    found += [one for one in (*_delivered(text, whom, found), *_weeks(text, whom)) if one.ref.code not in known]
    complicated = any(one.is_suggested and among(one.ref.code, ("O",)) for one in found)
    return found if complicated else [*_supervised(text, whom), *found]


def _complicated(found: Sequence[Proposal]) -> list[Proposal]:
    """A delivery by itself is told where nothing else is (Guidelines I.C.15.n; Excludes1 at O80 and O82)."""
    others = any(
        one.is_suggested and among(one.ref.code, ("O",)) and one.ref.code not in _BY_THEMSELVES for one in found
    )
    why = "The delivery is told by what complicates it (Guidelines I.C.15.n)."
    return [one.out(why) if others and one.is_suggested and one.ref.code in _BY_THEMSELVES else one for one in found]


def _proposal(code: str, match: re.Match[str], rule: str) -> Proposal:
    span = Span(match.start(), match.end(), match.group())
    reason = f"\u201c{span.text}\u201d states it ({rule})."
    return Proposal(CodeRef("icd-10-cm", code), True, SUGGESTED, reason, (span,), stated=True)


def _weeks(text: str, whom: Patient) -> Iterator[Proposal]:
    match = patient.weeks(text)
    if match and whom.weeks and whom.stage != "puerperium":
        code = (
            "Z3A.01"
            if whom.weeks < _FEWEST_WEEKS
            else f"Z3A.{whom.weeks:02d}"
            if whom.weeks <= _MOST_WEEKS
            else "Z3A.49"
        )
        yield _proposal(code, match, "Guidelines I.C.21.c.11")


def _delivered(text: str, whom: Patient, found: Sequence[Proposal]) -> Iterator[Proposal]:
    """The outcome of the delivery, and the delivery itself where nothing else is told of it (I.C.15.b.4, I.C.15.n)."""
    match = patient.delivery(text)
    if match is None or whom.stage != "childbirth":
        return
    complicated = any(one.is_suggested and among(one.ref.code, ("O",)) and one.ref.code != "O80" for one in found)
    normal = _NORMAL.search(text)
    if normal and not complicated and not _CESAREAN.search(text):
        yield _proposal("O80", normal, "Guidelines I.C.15.n.1")
    outcome = (
        ("Z37.4" if _TWINS.search(text) else "Z37.1")
        if _STILL.search(text)
        else "Z37.2"
        if _TWINS.search(text)
        else "Z37.0"
    )
    yield _proposal(outcome, match, "Guidelines I.C.15.b.5")


def _liveborn(text: str) -> Iterator[Proposal]:
    """A newborn's record of the birth (Guidelines I.C.16.a.2)."""
    born, cesarean, vaginal = _BORN.search(text), _CESAREAN.search(text), _VAGINAL.search(text)
    if born and (cesarean or vaginal):
        yield _proposal(
            ("Z38.3" if _TWINS.search(text) else "Z38.0") + ("1" if cesarean else "0"), born, "Guidelines I.C.16.a.2"
        )


def _supervised(text: str, whom: Patient) -> Iterator[Proposal]:
    """A prenatal visit without a complication (Guidelines I.C.15.b.1, I.C.15.b.2)."""
    match = _PRENATAL.search(text)
    if match is None or whom.stage in {"childbirth", "puerperium"}:
        return
    trimester = {"first": "1", "second": "2", "third": "3"}.get(whom.stage.partition(" ")[0], "")
    if _ADVANCED.search(text) or (whom.age or 0) >= _ELDERLY:
        yield _proposal(
            ("O09.51" if whom.gravida == 1 else "O09.52") + (trimester or "9"), match, "Guidelines I.C.15.b.2"
        )
    else:
        yield _proposal(_SUPERVISED[min(whom.gravida, 2)] + (trimester or "0"), match, "Guidelines I.C.15.b.1")


def _carried(one: Proposal, whom: Patient, table: Sequence[Carried]) -> Iterator[Proposal]:
    """What was there before is told by chapter 15 first (Guidelines I.C.15.a.1)."""
    rule = next((row for row in table if one.is_suggested and among(one.ref.code, row.of)), None)
    if rule is None:
        yield one
        return
    code = rule.codes[_STAGES.index(whom.stage)]
    why = f"{one.ref.code} in pregnancy is told by a code of chapter 15 (Guidelines I.C.15.a.1)."
    yield replace(one, ref=CodeRef("icd-10-cm", code), billable=True, reason=why)
    yield one if rule.keeps else one.out(f"{code} says the same of a pregnancy (Guidelines I.C.15.a.1).")


def staged(one: Proposal, own: KnownCode, whom: Patient) -> Proposal:
    """The code of the same condition in the trimester, in childbirth or after (Guidelines I.C.15.a.3)."""
    if not (one.ref.code.startswith(("O", "Z34")) and whom.stage and "unspecified trimester" in own.ref.display):
        return one
    name = own.ref.display.partition("unspecified trimester")[0]
    rows: Sequence[Mapping[str, str]] = own.sections.get("hierarchy", {}).get("siblings", ())
    alike = [row for row in rows if row["display"].startswith(name) and row["display"].endswith(whom.stage)]
    if not alike and whom.stage == "childbirth" and whom.weeks:
        alike = [row for row in rows if row["display"] == name + patient.trimester(whom.weeks)]
    if not alike:
        return one
    ref = CodeRef("icd-10-cm", alike[0]["code"], alike[0]["display"])
    return replace(one, ref=ref, reason=f"{one.reason} The text tells of the {whom.stage} (Guidelines I.C.15.a.3).")
