"""A consult: the codes of each case with the words they rest on, and what CasePilot knows of the codes it names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.assistant import codes_in_text
from services.assistant.answers.pilot import Pilot
from services.assistant.cases.coder import Coder
from services.assistant.cases.several import Part, parts
from services.assistant.domain.answers import Answer, Citation
from services.assistant.domain.cases import CaseCode
from services.assistant.domain.consults import Consult
from services.assistant.domain.questions import Question

_MARK: Final = re.compile(r" ?(?:\\\[\d+\\\])+")  # an answer's source numbers: the consult lists its sources itself
_NAMED: Final = 3  # codes of the mail that are looked into
_OUT: Final = 12  # codes left out that a letter tells
_NOTHING: Final = (
    "No words of the case lead to a code that can be reported. Name findings and diagnoses as the record has them, "
    "one sentence each."
)
_SETTINGS: Final = {
    "outpatient": "Read as outpatient care: what is only probable or suspected is not coded (Guidelines IV.H).",
    "inpatient": (
        "Read as inpatient care: what is still uncertain at discharge is coded as if it existed (Guidelines II.H)."
    ),
}


@dataclass(frozen=True, slots=True)
class _Coded:
    part: Part
    codes: tuple[CaseCode, ...]

    @property
    def suggested(self) -> list[CaseCode]:
        return [code for code in self.codes if code.status == "suggested"]


class Consultant:
    """Works consults."""

    def __init__(self, coder: Coder, pilot: Pilot) -> None:
        self._coder = coder
        self._pilot = pilot

    async def work(self, text: str, as_of: str, notes: Sequence[str] = ()) -> tuple[Answer, tuple[CaseCode, ...]]:
        """The consult as an answer, and the codes of its cases with their places in the whole text.

        `notes` are sentences on what of the mail was not read.
        """
        coded = [await self._coded(part, as_of) for part in parts(text)]
        named = codes_in_text.typed(text)[:_NAMED]
        answers = [await self._pilot.answer(Question(f"What is {code}?", as_of, code)) for code in named]
        told = [answer for answer in answers if not answer.abstained]
        codes = tuple(code for one in coded for code in one.codes)
        editions = {*(await self._coder.edition(codes, as_of)), *(one for answer in told for one in answer.editions)}
        return replace(_consult(coded, told, as_of, notes), editions=tuple(sorted(editions))), codes

    async def _coded(self, part: Part, as_of: str) -> _Coded:
        codes = await self._coder.code(part.text, as_of, part.setting)
        return _Coded(part, tuple(_moved(code, part.start) for code in codes))


def refusal_of(consult: Consult) -> str:
    """Why a case cannot be worked; empty where it can."""
    if any(any(sign.isalpha() for sign in word) for word in consult.text.split()):
        return ""
    refusal = "The mail holds no words of a case. Describe findings and diagnoses, without names."
    return " ".join((refusal, *consult.notes))


def _moved(code: CaseCode, by: int) -> CaseCode:
    spans = (replace(span, start=span.start + by, end=span.end + by) for span in code.evidence)
    return replace(code, evidence=tuple(spans))


def _consult(coded: Sequence[_Coded], told: Sequence[Answer], as_of: str, notes: Sequence[str]) -> Answer:
    lines = [f"For a date of service of {as_of}, from the loaded editions."]
    if len(coded) > 1:
        lines.append(f"The mail holds {len(coded)} cases; each is coded by itself.")
    lines += [f"- {_plain(note)}" for note in notes]
    for one in coded:
        lines += _case(one)
    for answer in told:
        lines += ["## On a code you named", _MARK.sub("", answer.markdown.strip())]
    lines += [
        "## Before it goes on a claim",
        (
            "A coder decides: check each code against the whole record, add what the notes ask for, and sequence "
            "by the reason for the visit."
        ),
    ]
    codes = [code for one in coded for code in (*one.suggested, *_left_out_of(one))]
    refs = {code.ref.code: code.ref for code in codes} | {ref.code: ref for a in told for ref in a.codes}
    cited = [_citation(code) for one in coded for code in one.suggested] + [
        c for answer in told for c in answer.citations
    ]
    abstained = not told and not any(one.suggested for one in coded)
    return Answer("\n\n".join(lines) + "\n", abstained, as_of, tuple(refs.values()), tuple(dict.fromkeys(cited)))


def _case(one: _Coded) -> list[str]:
    of = f" of {_plain(one.part.title)}" if one.part.title else ""
    told = "\n".join(_suggested(code) for code in one.suggested) or _NOTHING
    lines = [f"## Suggested ICD-10-CM codes{of}", _SETTINGS[one.part.setting], told]
    left_out = _left_out_of(one)
    if left_out:
        lines += [f"## Considered and left out{of}", "\n".join(_left_out(code) for code in left_out)]
    return lines


def _left_out_of(one: _Coded) -> list[CaseCode]:
    return [code for code in one.codes if code.status == "excluded"][:_OUT]


def _suggested(code: CaseCode) -> str:
    said = "; ".join(f"\u201c{_plain(span.text)}\u201d" for span in code.evidence[:3])
    return f"- **{code.ref.code}** {_plain(code.ref.display)}: the case says {said}{_by_rule(code.reason)}"


def _by_rule(reason: str) -> str:
    """What of a reason is a rule: the seventh character, the order, what stands for what."""
    _, led, rule = reason.partition("\u201d. ")
    rule = rule if led else "" if reason.endswith("\u201d.") else reason
    return f". {_plain(rule)}" if rule else ""


def _left_out(code: CaseCode) -> str:
    said = f"\u201c{_plain(code.evidence[0].text)}\u201d"
    return f"- {code.ref.code} {_plain(code.ref.display)} ({said}): {_plain(code.reason)}"


def _citation(code: CaseCode) -> Citation:
    page = f"/codes/{code.ref.system}/{code.ref.code}"
    return Citation(f"ICD-10-CM {code.ref.code}", "", "description", page, code.ref.display)


def _plain(text: str) -> str:
    """Somebody's words as Markdown text: nothing in them is markup."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#" else sign for sign in " ".join(text.split()))
