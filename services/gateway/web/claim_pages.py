"""The claim check's pages: rows to fill with what was found beneath them, and why codes do not go together."""

import re
from typing import Any, Final

import orjson
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from services.chassis.errors import AppError
from services.gateway.claims import rows, typed
from services.gateway.domain import Json, ReadClaim, Resolved, Spent
from services.gateway.web.api import parts_of, shown
from services.gateway.web.claims import asked_of, split
from services.gateway.web.pages import note_caller, own_form, page, text_of
from services.gateway.web.problems import COOKIE_ENDED, problem_of
from services.gateway.web.shapes import Page

_ROWS: Final = 6  # blank rows to begin with
_MORE: Final = 5
_MOST: Final = 1_000
_NAMES: Final = ("as_of", "setting", "program", "state", "sex", "age")
_HEAD: Final = {"setting": "practitioner", "program": "medicare"}
# Claims to try, as they would be pasted: what each shows, and its lines.
SAMPLES: Final = {
    "visit": ("A visit with a minor procedure", "99213 E11.621 I10 @11\n11042 E11.621 L97.511 @11"),
    "knees": ("Two arthroscopies of one knee", "29880-RT M23.203 @24\n29881-RT M23.203 @24"),
    "bilateral": ("A procedure on both sides, as two lines", "29881-RT M23.203 @24\n29881-LT M23.204 @24"),
    "wound": ("Debridement with a drug delivery device", "11043 L97.513 @22\n20701 L97.513 @22"),
    "alone": ("An add-on code without its primary", "11045 L97.512 @22"),
    "drug": ("Units of a drug", "96372 M54.50 @11\nJ1885 x12 M54.50 @11"),
}


async def claim_check(request: Request) -> Response:
    """The empty form, or a sample in it."""
    _, lines = SAMPLES.get(request.query_params.get("sample", ""), ("", ""))
    return await _page(request, {**dict.fromkeys(_NAMES, ""), **_HEAD, "lines": typed.pasted(lines)})


async def check_form(request: Request) -> Response:
    """The claim of the form: checked, or laid out with more rows, or answered as a CSV to keep."""
    form = await own_form(request)
    values: Json = {name: text_of(form, name) for name in _NAMES}
    filled = typed.rows({name: [str(one) for one in form.getlist(name)] for name in typed.FIELDS})
    values["lines"] = [*_trimmed(filled), *typed.pasted(text_of(form, "paste"))][:_MOST]
    if "more" in form:
        return await _page(request, values, more=_MORE)
    return await _checked(request, values, form)


async def _checked(request: Request, values: Json, form: FormData) -> Response:
    try:
        claim = typed.claim_of(values)
        told, spent = await parts_of(request).checks.check(shown(request), claim)
    except AppError as refusal:
        if COOKIE_ENDED.get(refusal.reason):
            raise
        return await _page(request, values, problem=problem_of(refusal))
    await _noted(request, spent)
    answer: Json = orjson.loads(told)
    if "csv" in form:
        return _csv(claim, answer)
    return await _page(request, values, answer=answer, by=_by_line(answer))


async def _noted(request: Request, spent: Spent) -> None:
    await note_caller(request, Resolved(spent.caller, (), spent.issued_guest))


def _trimmed(lines: list[typed.Typed]) -> list[typed.Typed]:
    """Without the blank rows at the end."""
    while lines and not any(lines[-1].values()):
        lines = lines[:-1]
    return lines


def _by_line(answer: Json) -> dict[str, list[Json]]:
    """Each finding at the first line that it is about; at its other lines it is referred to."""
    by: dict[str, list[Json]] = {}
    for finding in answer["findings"]:
        for number, line in enumerate(finding["lines"]):
            by.setdefault(line, []).append({**finding, "elsewhere": finding["lines"][0] if number else ""})
    return by


def _csv(claim: Json, answer: Json) -> Response:
    """The claim with what was found, for the user to keep: nothing of it is kept here."""
    patient = claim["patient"]
    told = [
        {
            **dict.fromkeys(rows.COLUMNS, ""),
            **{name: str(line[name]) for name in ("code", "units")},
            "claim": "1",
            "line": line["id"],
            "modifiers": " ".join(line["modifiers"]),
            "diagnoses": " ".join(line["diagnoses"]),
            "pos": line["place_of_service"],
            "date": line["date"] or answer["as_of"],
            "sex": patient["sex"],
            "age": str(patient["age_years"] or ""),
            "at": line["id"],
        }
        for line in claim["lines"]
    ]
    annotated = rows.annotated(ReadClaim("1", claim, (), tuple(told)), answer)
    text = rows.written([[*rows.COLUMNS, *rows.ADDED], *annotated])
    named = {"Content-Disposition": 'attachment; filename="claim.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=named)


async def _page(request: Request, values: Json, more: int = 0, **told: Any) -> Response:  # noqa: ANN401 -- as page's
    problem = told.get("problem")
    status = problem["status"] if problem else 200
    lines = list(values["lines"])
    blank: typed.Typed = dict.fromkeys(typed.FIELDS, "")
    lines += [blank] * (more or max(_ROWS - len(lines), 1))
    context = {"samples": SAMPLES, "answer": None, "problem": None, "by": {}, **told}
    return await page(
        request, "claim_check.html", status, title="Claim check", values={**values, "lines": lines}, **context
    )


async def why(request: Request) -> Response:
    """Why codes do not go together; the empty form where none are asked about."""
    codes = request.query_params.get("codes", "")[:400]
    asked = asked_of(request)
    answer = problem = None
    if codes.strip():
        try:
            told, spent = await parts_of(request).checks.explain(shown(request), {**asked, "codes": split(codes)})
        except AppError as refusal:
            if COOKIE_ENDED.get(refusal.reason):
                raise
            problem = problem_of(refusal)
        else:
            await _noted(request, spent)
            answer = orjson.loads(told)
    status = problem["status"] if problem else 200
    shown_codes = re.sub(r"\s+", " ", codes)
    context = {"values": {**asked, "codes": shown_codes}, "answer": answer, "problem": problem}
    return await page(request, "claim_why.html", status, title="Why not this code?", **context)


ROUTES: Final = [
    Page("/claim-check", claim_check),
    Page("/claim-check", check_form, methods=["POST"]),
    Page("/claim-check/why", why),
]
