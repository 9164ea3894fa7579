"""Whole seams for the gateway: a small code set, accounts that count as the real ones do."""

import hashlib
from dataclasses import dataclass, field

from services.chassis.errors import (
    AppError,
    Kind,
    conflict,
    forbidden,
    invalid,
    not_found,
    unauthenticated,
    unavailable,
)
from services.gateway.domain import (
    Ask,
    Caller,
    Code,
    Consult,
    Credential,
    Edition,
    LetterFacts,
    Quota,
    Resolved,
    RowsAsked,
    Search,
    Section,
    SentCase,
    Session,
    Spent,
)

EDITION = Edition(
    "icd-10-cm-2026-04-01",
    "icd-10-cm",
    "FY2026 April",
    "2026-04-01",
    "2026-09-30",
    stale=True,
    file="a.xml",
    sha256="ab" * 32,
    rows=98_000,
    covers="ICD-10-CM",
)
CODES = {"E11.42": "Type 2 diabetes mellitus with diabetic polyneuropathy", "I10": "Essential (primary) hypertension"}


class SmallLookup:
    """Two codes of ICD-10-CM."""

    def __init__(self) -> None:
        self.away = False

    async def get_code(self, system: str, code: str, as_of: str, state: str = "") -> Code:
        if self.away:
            raise unavailable("SERVICE_AWAY", "Lookup is away.")
        if system != "icd-10-cm":
            raise not_found("UNKNOWN_SYSTEM", f"{system} is none of ours.")
        if as_of == "yesterday":
            raise invalid("BAD_DATE", "as_of is a date, YYYY-MM-DD.")
        canonical = {c.replace(".", ""): c for c in CODES}.get(code.upper().replace(".", ""))
        if canonical is None:
            raise not_found("UNKNOWN_CODE", f"{code} is no code of ICD-10-CM.")
        sections = (
            Section("official", "Official description", gated=False, body=b'{"text":"official"}'),
            Section("history", "History", gated=True, body=b'{"events":[]}'),
        )
        return Code(system, canonical, CODES[canonical], "active", True, as_of or "2026-11-23", EDITION, sections)

    async def list_rows(self, asked: RowsAsked) -> dict:
        if asked.table != "coverage":
            raise not_found("UNKNOWN_TABLE", f"There is no table {asked.table!r} about a code.")
        if asked.page < 1:
            raise invalid("BAD_PAGE", "page counts from 1.")
        canonical = (await self.get_code(asked.system, asked.code, asked.as_of)).code
        told = {"system": asked.system, "code": canonical, "table": asked.table, "query": asked.query}
        count = {"total": 0, "found": 0, "page": asked.page, "pages": 1, "within": None, "choices": []}
        return {**told, **count, "as_of": "2026-11-23", "rows": [], "edition": None, "no_data": "Nothing is loaded."}

    async def search_codes(self, asked: Search) -> dict:
        hits = [
            {
                "system": "icd-10-cm",
                "code": code,
                "display": display,
                "billable": True,
                "score": 1.0,
                "matched": {"term": display, "kind": "description"},
            }
            for code, display in CODES.items()
            if asked.query.lower() in display.lower()
        ]
        facets = {"facets": []} if asked.with_facets else {}
        told = {"query": asked.query, "as_of": asked.as_of or "2026-11-23", "total": len(hits)}
        return {**told, "hits": hits[: asked.limit or 20], **facets}

    async def suggest_codes(self, query: str, system: str, limit: int) -> dict:
        return await self.search_codes(Search(query, system, limit))

    async def browse_codes(self, system: str, code: str, as_of: str) -> dict:
        return {"system": system, "edition": None, "node": None, "parent": None, "ancestors": [], "children": []}

    async def list_editions(self) -> tuple[Edition, ...]:
        return (EDITION,)


@dataclass
class SmallAccounts:
    """Accounts in memory: one page for a guest, five for an account, none charged twice."""

    away: bool = False
    seen: dict[str, set[str]] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    verified: bool = False

    def _owner(self, credential: Credential) -> tuple[Caller, str]:
        if self.away:
            raise unavailable("SERVICE_AWAY", "Accounts are away.")
        if credential.guest_cookie.endswith(".forged"):
            raise unauthenticated("FORGED_COOKIE", "We did not sign this cookie.")
        if credential.api_key:
            raise unauthenticated("UNKNOWN_API_KEY", "This key is none of ours.")
        if credential.session_token:
            if credential.session_token not in self.people:
                raise unauthenticated("SESSION_ENDED", "This session has ended.")
            email = credential.session_token
            return Caller("user", f"account:{email}", email, email, "", self.verified, "user"), ""
        issued = "" if credential.guest_cookie else f"g{len(self.seen)}.signed"
        return Caller("guest", f"guest:{credential.guest_cookie or issued}"), issued

    def _quota(self, caller: Caller) -> Quota:
        limit = 1 if caller.kind == "guest" else 5
        used = len(self.seen.setdefault(caller.owner, set()))
        return Quota("code_page", limit, used, limit - used, "lifetime")

    async def resolve(self, credential: Credential) -> Resolved:
        caller, issued = self._owner(credential)
        return Resolved(caller, (), issued)

    async def get_usage(self, credential: Credential, *, with_charges: bool = False) -> Resolved:
        caller, issued = self._owner(credential)
        return Resolved(caller, (self._quota(caller),), issued)

    async def spend(
        self, credential: Credential, feature: str, resource: str, request_key: str, *, peek: bool
    ) -> Spent:
        caller, issued = self._owner(credential)
        if feature != "code_page":
            return self._spend_counted(caller, issued, feature, resource, peek=peek)
        before = self._quota(caller)
        mine = self.seen[caller.owner]
        outcome = "seen" if resource in mine else "exhausted" if not before.remaining else "available"
        if outcome == "available" and not peek:
            mine.add(resource)
            outcome = "charged"
        return Spent(outcome, self._quota(caller), caller, issued)

    def _spend_counted(self, caller: Caller, issued: str, feature: str, resource: str, *, peek: bool) -> Spent:
        limit = 2
        mine = self.seen.setdefault(f"{caller.owner}:{feature}", set())
        outcome = "seen" if resource in mine else "available" if len(mine) < limit else "exhausted"
        if outcome == "available" and not peek:
            mine.add(resource)
            outcome = "charged"
        return Spent(outcome, Quota(feature, limit, len(mine), limit - len(mine), "day"), caller, issued)

    async def spend_for(self, account_id: str, feature: str, resource: str, request_key: str) -> Spent:
        caller = Caller("user", f"account:{account_id}", account_id)
        return self._spend_counted(caller, "", feature, resource, peek=False)

    async def register(self, credential: Credential, email: str, password: str, name: str) -> str:
        if len(password) < 10:
            raise invalid("WEAK_PASSWORD", "A password has at least 10 characters.")
        if email in self.people:
            raise conflict("ADDRESS_TAKEN", "There is an account with this address.")
        self.people[email] = hashlib.sha256(password.encode()).hexdigest()
        return email

    async def log_in(self, credential: Credential, email: str, password: str, *, stays: bool = True) -> Session:
        if self.people.get(email) != hashlib.sha256(password.encode()).hexdigest():
            raise unauthenticated("WRONG_SIGN_IN", "Address or password is wrong.")
        return Session(email, 4_000_000_000_000, self._owner(Credential(session_token=email))[0])

    async def log_out(self, credential: Credential) -> None:
        return

    async def export_account(self, credential: Credential) -> dict:
        caller, _ = self._owner(credential)
        return {"account": {"email": caller.email}, "quotas": [self._quota(caller)], "sessions": [], "api_keys": []}

    async def verify_email(self, token: str) -> None:
        if token != "good":
            raise AppError(Kind.GONE, "LINK_USED", "This link was used.")

    async def get_account(self, account_id: str) -> Caller:
        if account_id not in self.people:
            raise not_found("UNKNOWN_ACCOUNT", "There is no such account.")
        return Caller("user", f"account:{account_id}", account_id, account_id, "Ann", self.verified, "user")

    async def get_letter_facts(self, account_id: str, purpose: str) -> LetterFacts:
        if account_id == "operator":
            raise not_found("UNKNOWN_ACCOUNT", "There is no such account.")
        return LetterFacts("a@example.org", "Ann", f"/verify?token={purpose}", verified=self.verified)


@dataclass
class SmallAssistant:
    """Answers what it is asked with the question itself, and keeps consults in a drawer."""

    kept: dict[str, dict] = field(default_factory=dict)
    consults: dict[str, Consult] = field(default_factory=dict)

    async def ask(self, owner: str, asked: Ask):
        if not asked.question.strip():
            raise invalid("EMPTY_QUESTION", "Ask something.")
        yield "step", {"name": "understand", "detail": "a rule"}
        answer = {
            "answer_id": f"a{len(self.kept)}",
            "conversation_id": None,
            "question": asked.question,
            "answer_markdown": f"**{asked.question.replace('<', chr(92) + '<')}** \\[1\\]\n",
            "abstained": "football" in asked.question,
            "as_of": asked.as_of or "2026-11-23",
            "codes": [{"system": "icd-10-cm", "code": "I10", "display": CODES["I10"]}],
            "citations": [
                {"title": "ICD-10-CM I10", "edition": "", "locator": "", "url": "/codes/icd-10-cm/I10", "text": ""}
            ],
            "receipt": {"id": f"a{len(self.kept)}"},
        }
        self.kept[answer["answer_id"]] = {"owner": owner, **answer}
        yield "answer", answer

    async def conversations(self, owner: str, conversation_id: str = "") -> dict:
        return {"conversations": [], "answers": []}

    async def code_case(self, text: str, as_of: str, care_setting: str) -> dict:
        if not text.strip():
            raise invalid("EMPTY_CASE", "Paste a case.")
        at = text.find("gout")
        found = {
            "system": "icd-10-cm",
            "code": "I10",
            "display": CODES["I10"],
            "confidence": 0.8,
            "status": "suggested",
        }
        codes = [{**found, "reason": "It says so.", "evidence": [{"start": at, "end": at + 4, "text": "gout"}]}]
        return {"as_of": as_of or "2026-11-23", "codes": codes if at >= 0 else []}

    async def submit_consult(self, account_id: str, case: SentCase) -> str:
        if not case.text.strip():
            raise invalid("EMPTY_CASE", "A case has words.")
        key = f"k{len(self.consults)}"
        found = Consult(key, case.subject, "received", 1, None, case.text, "", case.message_id, case.references)
        return self.consults.setdefault(case.message_id, found).id

    async def list_consults(self, account_id: str) -> list[Consult]:
        return list(self.consults.values())

    async def get_consult(self, account_id: str, consult_id: str) -> Consult:
        for one in self.consults.values():
            if one.id == consult_id:
                return one
        raise not_found("UNKNOWN_CONSULT", "You have no such consult.")

    async def get_receipt(self, owner: str, receipt_id: str) -> dict:
        kept = self.kept.get(receipt_id)
        if kept is None or kept["owner"] != owner:
            raise not_found("UNKNOWN_RECEIPT", "You have no such receipt.")
        return {"id": receipt_id, "answer": kept}

    async def replay_receipt(self, owner: str, receipt_id: str) -> dict:
        await self.get_receipt(owner, receipt_id)
        return {"same": True, "stored": {}, "now": {}, "differences": []}

    async def get_guide(self, guide_id: str) -> dict:
        if guide_id != "abn":
            raise not_found("UNKNOWN_GUIDE", "There is no such guide.")
        return {"title": "The ABN", "sections": [{"heading": "What?", "text": "A <b>notice</b>.", "source": "Manual"}]}


JOB = {
    "id": "j1",
    "title": "Coder </script><script>alert(1)</script>",
    "employer": "Clinic",
    "description": "Code <b>charts</b>.",
    "location": "Madison",
    "state": "WI",
    "remote": True,
    "employment_type": "FULL_TIME",
    "credentials": ["CPC"],
    "cpc_a_accepted": True,
    "pay_min": "28",
    "pay_max": "34.50",
    "pay_period": "hour",
    "valid_through": "2026-12-31",
    "posted_at": 1_790_000_000_000,
    "changed_at": 1_790_000_060_000,
    "status": "open",
    "account_id": "employer",
    "rev": 1,
    "refusal": "",
}


@dataclass
class SmallCareers:
    """One opening, and a drawer of applications."""

    applied: dict[str, dict] = field(default_factory=dict)
    posted: list[dict] = field(default_factory=list)
    kept: dict[str, dict] = field(default_factory=dict)  # alerts
    closed: list[str] = field(default_factory=list)
    many: int = 3  # places of the sitemap

    async def search(self, caller, wanted, listed: str = "", *, newest_first: bool = False) -> dict:
        if wanted.get("state") == "ZZ":
            raise invalid("BAD_FILTER", "There is no state ZZ.")
        jobs = [JOB] if wanted.get("q", "").lower() in JOB["title"].lower() else []
        return {"total": len(jobs), "jobs": jobs if wanted.get("page", 1) == 1 else []}

    async def get(self, caller, opening_id: str):
        if opening_id == "j9":
            raise AppError(Kind.GONE, "OPENING_GONE", "This opening is expired. See the open ones.")
        if opening_id != "j1":
            raise not_found("UNKNOWN_OPENING", "There is no such opening.")
        return JOB, self.applied.get(caller.account_id) if caller else None

    async def post(self, caller, job) -> dict:
        if not job.get("title"):
            raise invalid("INVALID_OPENING", "title: 1 to 120 characters")
        self.posted.append(dict(job))
        return {**JOB, **job}

    async def update(self, caller, opening_id: str, job) -> dict:
        self.posted.append(dict(job))
        return {**JOB, **job}

    async def apply(self, caller, opening_id: str, letter: str) -> dict:
        if caller.account_id in self.applied:
            raise conflict("ALREADY_APPLIED", "You have applied already.")
        found = {
            "id": "p1",
            "status": "received",
            "received_at": 1,
            "applicant_id": caller.account_id,
            "letter": letter,
        }
        return self.applied.setdefault(caller.account_id, found)

    async def applications(self, caller, opening_id: str = "", page: int = 1, limit: int = 20) -> dict:
        return {"total": len(self.applied), "applications": [{**one, "job": JOB} for one in self.applied.values()]}

    async def everything_of(self, caller) -> dict:
        applications = (await self.applications(caller))["applications"]
        return {"openings": [], "applications": applications, "job_alerts": await self.alerts(caller)}

    async def places(self, page: int, limit: int) -> dict:
        return {"total": self.many, "places": [{"id": f"j{n}", "changed_at": 1_790_000_000_000} for n in range(3)]}

    async def close(self, caller, opening_id: str) -> None:
        self.closed.append(opening_id)

    async def create_alert(self, caller, wanted) -> dict:
        if not caller.verified:
            raise forbidden("UNVERIFIED", "Confirm your address first.")
        if self.kept:
            raise conflict("ALERT_EXISTS", "You have this alert already.")
        made = {key: wanted[key] for key in ("q", "credential", "cpc_a", "remote", "state", "employment_type")}
        return self.kept.setdefault("a1", {"id": "a1", **made, "created_at": 1_790_000_000_000})

    async def alerts(self, caller) -> list[dict]:
        return list(self.kept.values())

    async def get_alert(self, caller, alert_id: str):
        if alert_id not in self.kept:
            raise not_found("UNKNOWN_ALERT", "There is no such alert.")
        return self.kept[alert_id], f"{alert_id}.1.mac"

    async def end_alert(self, caller, alert_id: str) -> None:
        await self.get_alert(caller, alert_id)
        del self.kept[alert_id]

    async def end_alert_by(self, token: str) -> None:
        if token != "a1.1.mac":
            raise invalid("BAD_TOKEN", "This link is not whole.")
        self.kept.pop("a1", None)


class SmallLists:
    """Lists of one process, without knowing any code."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], dict[tuple[str, str], str]] = {}
        self.changed: set[str] = set()
        self.seen: list[dict] = []
        self.told: list[dict] = []

    async def all(self, account_id: str) -> list[dict]:
        return [
            {"name": name, "codes": len(codes), "changed": 0, "changed_at": 1}
            for (owner, name), codes in sorted(self.kept.items())
            if owner == account_id
        ]

    async def get(self, account_id: str, name: str, as_of: str = "") -> dict:
        if as_of == "tomorrow":
            raise invalid("BAD_DATE", "as_of is a date of service, written YYYY-MM-DD.")
        if (account_id, name) not in self.kept:
            raise not_found("UNKNOWN_LIST", f"You have no list {name!r}.")
        codes = [self._code(system, code, note) for (system, code), note in self.kept[account_id, name].items()]
        return {"name": name, "as_of": as_of, "generation": 3, "codes": codes}

    def _code(self, system: str, code: str, note: str) -> dict:
        changes = [{"kind": "status", "text": "Deleted from 2026-10-01 on."}] if code in self.changed else []
        said = {"status": "active", "billable": True, "edition": "FY2026", "changes": changes}
        return {"system": system, "code": code, "display": "=1+1", "note": note, "saved_at": 1, **said}

    async def note(self, account_id: str, name: str, system: str = "", code: str = "", generation: int = 0) -> int:
        await self.get(account_id, name)
        if generation not in {0, 3}:
            raise AppError(Kind.CONFLICT, "NEWER_EDITIONS", "Editions came in meanwhile.")
        noted = {code} & self.changed if code else self.changed
        self.changed = self.changed - noted
        return len(noted)

    async def rename(self, account_id: str, name: str, to: str) -> None:
        if (account_id, to) in self.kept:
            raise AppError(Kind.CONFLICT, "LIST_EXISTS", f"You have a list {to!r} already.")
        self.kept[account_id, to] = self.kept.pop((account_id, name))

    async def move(self, account_id: str, name: str, to: str, system: str, code: str) -> None:
        moved = self.kept[account_id, name].pop((system, code))
        self.kept.setdefault((account_id, to), {})[system, code] = moved

    async def news(self, account_id: str, generation: int) -> list[dict]:
        return self.told

    async def note_views(self, account_id: str, seen) -> None:
        for system, code, at in seen:
            self.seen.insert(0, {"system": system, "code": code, "display": "", "viewed_at": at})

    async def views(self, account_id: str) -> list[dict]:
        return self.seen

    async def forget_views(self, account_id: str) -> None:
        self.seen = []

    async def save(self, account_id: str, name: str, system: str, code: str, note: str) -> dict:
        self.kept.setdefault((account_id, name), {})[system, code] = note
        return self._code(system, code, note)

    async def remove(self, account_id: str, name: str, system: str = "", code: str = "") -> None:
        if code:
            self.kept.get((account_id, name), {}).pop((system, code), None)
        else:
            self.kept.pop((account_id, name), None)

    async def bring(self, account_id: str, name: str, codes, *, whole: bool = False) -> dict:
        before = {} if whole else self.kept.get((account_id, name), {})
        told = {(system, code): note for system, code, note in codes}
        self.kept[account_id, name] = before | told
        return {"added": len(told), "changed": 0}
