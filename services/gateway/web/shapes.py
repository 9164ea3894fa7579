"""The public JSON shapes of what the gateway composes (DESIGN.md, section 3)."""

import csv
import io
from typing import Any, Final

import orjson
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from services.gateway.clients.lookup import edition_json
from services.gateway.domain import Caller, Code, Edition, Json, OpenedCode, Quota, Resolved, Section
from services.gateway.web.cookies import seconds_until

AWAY: Final = {
    "reason": "SERVICE_AWAY",
    "detail": "Accounts are away, so the further sections are locked for the moment. Try again.",
}


class Page(Route):
    """A route that says which it is, for the edge's span; the framework tells that of its own routes alone."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The match, with the route in its scope."""
        match, child = super().matches(scope)
        return match, {**child, "route": self} if child else child


class Reply(Response):
    """A JSON answer by orjson, which takes section bodies as they are."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:  # noqa: ANN401 -- any JSON
        """The bytes; those that are JSON already pass as they are."""
        return content if isinstance(content, bytes) else orjson.dumps(content)


def search_csv(found: Json) -> Response:
    """The hits of a search as a table; a cell that a spreadsheet would take for a formula is quoted."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("system", "code", "description", "billable", "matched", "kind", "as_of"))
    for hit in found["hits"]:
        matched = (hit["matched"]["term"], hit["matched"]["kind"])
        cells = (hit["system"], hit["code"], hit["display"], hit["billable"], *matched, found["as_of"])
        writer.writerow([spreadsheet_safe(str(cell)) for cell in cells])
    named = {"Content-Disposition": 'attachment; filename="codes.csv"'}
    return Response(text.getvalue(), media_type="text/csv; charset=utf-8", headers=named)


def spreadsheet_safe(cell: str) -> str:
    """The cell, with an apostrophe before what a spreadsheet would run (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def quota_json(quota: Quota) -> Json:
    """A quota as every answer carries it."""
    return {
        "feature": quota.feature,
        "limit": quota.limit,
        "used": quota.used,
        "remaining": quota.remaining,
        "period": quota.period,
        **({"renews_at": quota.renews_at} if quota.renews_at is not None else {}),
    }


def quota_headers(quota: Quota | None) -> dict[str, str]:
    """RateLimit fields (draft-ietf-httpapi-ratelimit-headers); none where the plan has no limit."""
    if quota is None or quota.limit is None:
        return {}
    renews = f";t={seconds_until(quota.renews_at)}" if quota.renews_at is not None else ""
    return {
        "RateLimit-Policy": f'"{quota.feature}";q={quota.limit}',
        "RateLimit": f'"{quota.feature}";r={quota.remaining or 0}{renews}',
    }


def code_json(opened: OpenedCode) -> Json:
    """A code page; a locked section keeps key and title and has no body."""
    code = opened.code
    answer = _head(code)
    answer["sections"] = [_section(s, opened.whole, orjson.Fragment(s.body)) for s in code.sections]
    answer["quota"] = quota_json(opened.spent.quota) if opened.spent else None
    return answer if opened.spent else {**answer, "notice": AWAY}


def code_context(opened: OpenedCode) -> Json:
    """A code page for a template: as code_json, with open bodies parsed when they are asked for."""
    code = opened.code
    answer = _head(code)
    answer["sections"] = [_section(s, opened.whole, s.body) for s in code.sections]
    return answer if opened.spent or opened.public else {**answer, "notice": AWAY}


def _head(code: Code) -> Json:
    return {
        "system": code.system,
        "code": code.code,
        "display": code.display,
        "status": code.status,
        "billable": code.billable,
        "as_of": code.as_of,
        "edition": edition_json(code.edition) if code.edition else None,
    }


def _section(section: Section, whole: bool, body: object) -> Json:  # noqa: FBT001 -- one of three
    if section.gated and not whole:
        return {"key": section.key, "title": section.title, "locked": True}
    return {"key": section.key, "title": section.title, "locked": False, "body": body}


def editions_json(editions: tuple[Edition, ...]) -> Json:
    """What is loaded."""
    return {
        "editions": [
            {
                "id": e.id,
                "name": e.name or e.system,
                **edition_json(e),
                "files": list(e.files),
                "rows": e.rows,
                "counts": e.counts,
                "complete": e.complete,
                "covers": e.covers,
                **({"licence": e.licence} if e.licence else {}),
            }
            for e in editions
        ],
    }


def principal_json(caller: Caller) -> Json:
    """Who is asking: a guest has no address."""
    if caller.kind == "guest":
        return {"kind": "guest"}
    return {
        "kind": caller.kind,
        "email": caller.email,
        "name": caller.name,
        "verified": caller.verified,
        "role": caller.role,
        "plan": caller.plan,
    }


def usage_json(resolved: Resolved) -> Json:
    """Every quota of a caller."""
    return {"principal": principal_json(resolved.caller), "quotas": [quota_json(q) for q in resolved.quotas]}
