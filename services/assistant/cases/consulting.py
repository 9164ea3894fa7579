"""A consult: the case's codes with the words they rest on, and what CasePilot knows of the codes it names."""

import re
from typing import Final

from services.assistant import codes_in_text
from services.assistant.answers.pilot import Pilot
from services.assistant.cases.coder import Coder
from services.assistant.domain import Answer, CaseCode, Citation, Consult, Question

_MARK: Final = re.compile(r" ?(?:\\\[\d+\\\])+")  # an answer's source numbers: the consult lists its sources itself
_NAMED: Final = 3  # codes of the mail that are looked into
_OUT: Final = 8


class Consultant:
    """Works consults."""

    def __init__(self, coder: Coder, pilot: Pilot) -> None:
        self._coder = coder
        self._pilot = pilot

    async def work(self, text: str, as_of: str) -> tuple[Answer, tuple[CaseCode, ...]]:
        """The consult as an answer, and the codes of the case."""
        codes = await self._coder.code(text, as_of, "outpatient")
        named = codes_in_text.typed(text)[:_NAMED]
        answers = [await self._pilot.answer(Question(f"What is {code}?", as_of, code)) for code in named]
        told = [answer for answer in answers if not answer.abstained]
        return _consult(codes, told, as_of), codes


def refusal_of(consult: Consult) -> str:
    """Why a case cannot be worked; empty where it can."""
    words = [word for word in consult.text.split() if any(sign.isalpha() for sign in word)]
    return "" if words else "The mail holds no words of a case. Describe findings and diagnoses, without names."


def _consult(codes: tuple[CaseCode, ...], told: list[Answer], as_of: str) -> Answer:
    suggested = [code for code in codes if code.status == "suggested"]
    left_out = [code for code in codes if code.status == "excluded"][:_OUT]
    lines = [f"For a date of service of {as_of}, from the loaded editions.", "## Suggested ICD-10-CM codes"]
    lines.append(
        "\n".join(_suggested(code) for code in suggested) or "No words of the case lead to a code that can be reported."
    )
    if left_out:
        lines += ["## Considered and left out", "\n".join(_left_out(code) for code in left_out)]
    for answer in told:
        lines += ["## On a code you named", _MARK.sub("", answer.markdown.strip())]
    lines += [
        "## Before it goes on a claim",
        (
            "A coder decides: check each code against the whole record, add what the notes ask for, and sequence "
            "by the reason for the visit."
        ),
    ]
    refs = {code.ref.code: code.ref for code in (*suggested, *left_out)} | {
        ref.code: ref for a in told for ref in a.codes
    }
    cited = [_citation(code) for code in suggested] + [citation for answer in told for citation in answer.citations]
    abstained = not suggested and not told
    return Answer("\n\n".join(lines) + "\n", abstained, as_of, tuple(refs.values()), tuple(dict.fromkeys(cited)))


def _suggested(code: CaseCode) -> str:
    said = "; ".join(f"\u201c{_plain(span.text)}\u201d" for span in code.evidence[:3])
    return f"- **{code.ref.code}** {_plain(code.ref.display)}: the case says {said}"


def _left_out(code: CaseCode) -> str:
    said = f"\u201c{_plain(code.evidence[0].text)}\u201d"
    return f"- {code.ref.code} {_plain(code.ref.display)} ({said}): {code.reason}"


def _citation(code: CaseCode) -> Citation:
    page = f"/codes/{code.ref.system}/{code.ref.code}"
    return Citation(f"ICD-10-CM {code.ref.code}", "", "description", page, code.ref.display)


def _plain(text: str) -> str:
    """Somebody's words as Markdown text: nothing in them is markup."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#" else sign for sign in " ".join(text.split()))
