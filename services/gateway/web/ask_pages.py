"""The pages of CasePilot and CaseConsultant, and the guides that answers rest on."""

import re
from typing import Any, Final
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.chassis.errors import AppError, Kind
from services.gateway.domain import Ask, Consult, Json, Resolved, Spent
from services.gateway.prose import prose
from services.gateway.web.api import is_peek, parts_of, shown
from services.gateway.web.ask_api import consult_json, form_case, last
from services.gateway.web.pages import note_caller, own_form, page, resolve, text_of
from services.gateway.web.problems import COOKIE_ENDED, problem_of
from services.gateway.web.shapes import Page

EARLIER: Final = 20  # answers of an open conversation that its page shows below the newest
_MARK: Final = re.compile(r" ?(?:\\\[\d+\\\])+")


async def casepilot(request: Request) -> Response:
    """The box, and the answer where something was asked; a prefetch asks nothing."""
    query = request.query_params
    asked = Ask(
        query.get("q", "").strip(),
        query.get("as_of", ""),
        query.get("conversation_id", ""),
        query.get("code", ""),
        query.get("system", ""),
    )
    answer, problem = None, None
    if asked.question and not is_peek(request):
        try:
            answer = await _answer(request, asked)
        except AppError as refusal:
            if COOKIE_ENDED.get(refusal.reason):
                raise
            problem = problem_of(refusal)
    past, earlier = await _past(request, asked)
    if answer is None and problem is None and earlier:
        answer = {**earlier[-1], "answer_html": prose(earlier[-1]["answer_markdown"])}
    before = [one for one in reversed(earlier) if one["answer_id"] != (answer or {}).get("answer_id")]
    return await page(
        request,
        "casepilot.html",
        problem["status"] if problem else 200,
        title="CasePilot",
        question=asked.question or (answer or {}).get("question", ""),
        answer=answer,
        problem=problem,
        code=asked.code,
        system=asked.system,
        conversations=past,
        earlier=[_without_marks(one) for one in before[:EARLIER]],
    )


async def _answer(request: Request, asked: Ask) -> Json:
    told = parts_of(request).questions.ask(shown(request), asked)
    _, spent = await anext(told)
    if isinstance(spent, Spent):
        await note_caller(request, Resolved(spent.caller, (), spent.issued_guest))
    answer, _ = await last(told)
    return {**answer, "answer_html": prose(answer["answer_markdown"])}


def _without_marks(answer: Json) -> Json:
    """An answer whose sources are not listed beside it: its numbers would lead to another's."""
    return {**answer, "answer_html": prose(_MARK.sub("", answer["answer_markdown"]))}


async def _past(request: Request, asked: Ask) -> tuple[list[Json] | None, list[Json]]:
    """The member's conversations and the answers of the one that is open; None for a guest, or while they are away."""
    resolved = await resolve(request)
    if resolved is None or resolved.caller.kind == "guest":
        return None, []
    try:
        found = await parts_of(request).assistant.conversations(resolved.caller.owner, asked.conversation_id)
    except AppError as refusal:
        if refusal.kind is Kind.UNAVAILABLE:
            return None, []
        if refusal.kind not in {Kind.NOT_FOUND, Kind.INVALID}:
            raise
        found = await parts_of(request).assistant.conversations(resolved.caller.owner)
    return found["conversations"], found["answers"]


async def caseconsultant(request: Request) -> Response:
    """What it is, a form, and the member's consults."""
    return await _consultant(request)


async def _consultant(request: Request, refusal: AppError | None = None, values: Json | None = None) -> Response:
    resolved = await resolve(request)
    consults: list[Json] | None = None
    if resolved and resolved.caller.kind != "guest":
        found = await parts_of(request).assistant.list_consults(resolved.caller.account_id)
        consults = [consult_json(one) for one in found]
    problem = problem_of(refusal) if refusal else None
    host = urlsplit(request.app.state.settings.public_url).hostname or "localhost"
    return await page(
        request,
        "caseconsultant.html",
        problem["status"] if problem else 200,
        title="CaseConsultant",
        address=f"consult@{'localhost' if host == '127.0.0.1' else host}",
        consults=consults,
        values=values or {},
        problem=problem,
    )


async def send_case(request: Request) -> Response:
    """Takes a case by form."""
    form = await own_form(request)
    resolved = await resolve(request)
    if resolved is None or resolved.caller.kind == "guest":
        return RedirectResponse("/login?next=/caseconsultant", 303)
    values = {"subject": text_of(form, "subject"), "text": text_of(form, "text")}
    try:
        consult_id = await parts_of(request).consults.submit(resolved.caller, form_case(**values))
    except AppError as refusal:
        return await _consultant(request, refusal, values)
    return RedirectResponse(f"/caseconsultant/{consult_id}", 303)


async def consult(request: Request) -> Response:
    """One consult of the member's own."""
    resolved = await resolve(request)
    if resolved is None or resolved.caller.kind == "guest":
        return RedirectResponse(f"/login?next={request.url.path}", 303)
    found = await parts_of(request).assistant.get_consult(resolved.caller.account_id, request.path_params["consult_id"])
    html = prose(found.answer["answer_markdown"]) if found.answer else ""
    return await page(
        request, "consult.html", title=found.subject or "A consult", consult=_shown(found), answer_html=html
    )


def _shown(found: Consult) -> dict[str, Any]:
    answer = found.answer or {}
    suggested = [code for code in found.case_codes if code["status"] == "suggested"]
    return {
        **consult_json(found),
        "text": found.text,
        "refusal": found.refusal,
        "as_of": answer.get("as_of"),
        "codes": suggested,
        "citations": answer.get("citations", []),
        "receipt": answer.get("receipt"),
    }


async def guide(request: Request) -> Response:
    """A guide that answers rest on."""
    found = await parts_of(request).assistant.get_guide(request.path_params["guide_id"])
    sections = [{**one, "html": prose(one["text"])} for one in found["sections"]]
    return await page(request, "guide.html", title=found["title"], sections=sections)


ROUTES: Final = [
    Page("/casepilot", casepilot),
    Page("/caseconsultant", caseconsultant),
    Page("/caseconsultant", send_case, methods=["POST"]),
    Page("/caseconsultant/{consult_id}", consult),
    Page("/guides/{guide_id}", guide),
]
