"""The case tab of Case2Code: a pasted case, its codes, and the words that each rests on, marked in the text."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from services.chassis.errors import AppError
from services.gateway.domain import Json, Resolved
from services.gateway.web.api import parts_of, shown
from services.gateway.web.pages import note_caller, own_form, page, text_of
from services.gateway.web.problems import COOKIE_ENDED, problem_of
from services.gateway.web.shapes import Page

FIELDS: Final = ("text", "as_of", "care_setting")


async def case_form(request: Request) -> Response:
    """The empty form."""
    return await page(request, "case.html", title="Codes from a case", values={}, answer=None, problem=None)


async def code_case(request: Request) -> Response:
    """The codes of a pasted case; a case costs one of the day's, the same one again costs nothing."""
    form = await own_form(request)
    values = {name: text_of(form, name) for name in FIELDS}
    values["text"] = values["text"].replace("\r\n", "\n")  # a form sends both signs; evidence is counted in one
    answer, problem = None, None
    try:
        answer, spent = await parts_of(request).cases.code(shown(request), **values)
        await note_caller(request, Resolved(spent.caller, (), spent.issued_guest))
    except AppError as refusal:
        if COOKIE_ENDED.get(refusal.reason):
            raise
        problem = problem_of(refusal)
    told = {"values": values, "answer": answer, "problem": problem, **(_told(values["text"], answer) if answer else {})}
    return await page(request, "case.html", problem["status"] if problem else 200, title="Codes from a case", **told)


def _told(text: str, answer: Json) -> Json:
    by_status = {
        status: [code for code in answer["codes"] if code["status"] == status] for status in ("suggested", "excluded")
    }
    return {**by_status, "pieces": list(pieces(text, by_status["suggested"]))}


def pieces(text: str, codes: Sequence[Json]) -> Iterator[Json]:
    """The text in pieces, each with the codes whose evidence it is; together they are the text."""
    spans = [(span["start"], span["end"], code["code"]) for code in codes for span in code["evidence"]]
    cuts = sorted({0, len(text), *(start for start, _, _ in spans), *(end for _, end, _ in spans)})
    for begin, end in pairwise(cuts):
        over = dict.fromkeys(code for start, stop, code in spans if start <= begin and end <= stop)
        yield {"text": text[begin:end], "codes": list(over)}


ROUTES: Final = [Page("/case2code/case", case_form), Page("/case2code/case", code_case, methods=["POST"])]
