"""What the gateway does about facts: it writes letters."""

from collections.abc import Mapping
from typing import Any, Final, Protocol
from urllib.parse import quote

from codingahead.assistant.v1.events_pb2 import ConsultAnswered, ConsultRefused
from codingahead.careers.v1.events_pb2 import (
    AlertMatched,
    ApplicationReceived,
    ApplicationUpdated,
    OpeningClosed,
    OpeningPosted,
)

from services.chassis.bus import Event, Handler
from services.chassis.errors import AppError, Kind
from services.gateway.domain import Caller, Consult, Json, LetterFacts
from services.gateway.job_words import described
from services.gateway.letters.write import REPLIED, Desk
from services.gateway.mail.outgoing import Sender

PUBLISHED: Final = "codingahead.lookup.edition.published.v1"  # heard by every gateway, which forgets what it kept


class Facts(Protocol):
    """Who a letter goes to, asked at sending time."""

    async def get_letter_facts(self, account_id: str, purpose: str) -> LetterFacts:
        """Address, name and link."""
        ...


class Consults(Protocol):
    """What a consult's letter says."""

    async def get_consult(self, account_id: str, consult_id: str) -> Consult:
        """A consult of the account's."""
        ...


class Openings(Protocol):
    """What letters about openings say."""

    async def get(self, caller: Caller | None, opening_id: str) -> tuple[Json, Json | None]:
        """An opening, as the caller sees it."""
        ...

    async def get_alert(self, caller: Caller, alert_id: str) -> tuple[Json, str]:
        """One of the caller's alerts, with the token that ends it."""
        ...


class Letters:
    """Handlers that send letters."""

    def __init__(self, accounts: Facts, consults: Consults, openings: Openings, desk: Desk, sender: Sender) -> None:
        self._accounts = accounts
        self._consults = consults
        self._openings = openings
        self._desk = desk
        self._sender = sender

    def handlers(self) -> list[Handler[Any]]:
        """One a letter."""
        return [
            Handler(
                "send_consult_letter",
                "codingahead.assistant.consult.answered.v1",
                ConsultAnswered,
                self.send_consult_letter,
            ),
            Handler(
                "send_refusal_letter",
                "codingahead.assistant.consult.refused.v1",
                ConsultRefused,
                self.send_consult_letter,
            ),
            Handler(
                "send_opening_letter",
                "codingahead.careers.opening.posted.v1",
                OpeningPosted,
                self.send_opening_letter,
            ),
            Handler(
                "send_opening_refusal",
                "codingahead.careers.opening.closed.v1",
                OpeningClosed,
                self.send_opening_refusal,
            ),
            Handler(
                "send_application_letter",
                "codingahead.careers.application.received.v1",
                ApplicationReceived,
                self.send_application_letter,
            ),
            Handler(
                "send_application_receipt",
                "codingahead.careers.application.received.v1",
                ApplicationReceived,
                self.send_application_receipt,
            ),
            Handler(
                "send_application_news",
                "codingahead.careers.application.updated.v1",
                ApplicationUpdated,
                self.send_application_news,
            ),
            Handler(
                "send_alert_letter",
                "codingahead.careers.alert.matched.v1",
                AlertMatched,
                self.send_alert_letter,
            ),
        ]

    async def send_consult_letter(self, event: Event[ConsultAnswered] | Event[ConsultRefused]) -> None:
        """Answers a case in its thread, at the account's verified address only."""
        facts = await self._facts(event.body.account_id)
        if facts is None or not facts.verified:
            return
        consult = await self._consults.get_consult(event.body.account_id, event.body.consult_id)
        said = {
            "name": facts.name,
            "subject": consult.subject,
            "consult": consult,
            "link_path": f"/caseconsultant/{consult.id}",
        }
        headers = {"Auto-Submitted": REPLIED, **_thread(consult)}
        await self._sender.send(self._desk.write("consult", event.id, facts.address, said, headers))

    async def send_opening_letter(self, event: Event[OpeningPosted]) -> None:
        """Tells an employer that an opening is up, or waits for an editor."""
        said = {"state": "waiting" if event.body.waiting else "open"}
        await self._about(event, event.body.account_id, "opening", said)

    async def send_opening_refusal(self, event: Event[OpeningClosed]) -> None:
        """Tells an employer that an editor refused an opening; who closes one knows it."""
        if event.body.status == "refused":
            said = {"state": "refused"}
            await self._about(event, event.body.account_id, "opening", said)

    async def send_application_letter(self, event: Event[ApplicationReceived]) -> None:
        """Tells an employer who applied."""
        applicant = await self._facts(event.body.applicant_id)
        if applicant is None:
            return
        said = {"applicant": applicant.name or applicant.address, "applicant_address": applicant.address}
        await self._about(event, event.body.employer_id, "application", said)

    async def send_application_receipt(self, event: Event[ApplicationReceived]) -> None:
        """Tells an applicant that the application lies with the employer."""
        await self._about(event, event.body.applicant_id, "application_sent", {})

    async def send_application_news(self, event: Event[ApplicationUpdated]) -> None:
        """Tells an applicant how the application stands."""
        said = {"status": event.body.status}
        await self._about(event, event.body.applicant_id, "application_news", said)

    async def send_alert_letter(self, event: Event[AlertMatched]) -> None:
        """Tells of a new opening; of none for an alert that has ended or an opening that is over since."""
        reader = _reader(event.body.account_id)
        try:
            alert, token = await self._openings.get_alert(reader, event.body.alert_id)
        except AppError as refusal:
            if refusal.kind is not Kind.NOT_FOUND:
                raise
            return
        path = f"/careers/alerts/unsubscribe?token={quote(token, safe='.')}"
        said = {"alert": described(alert), "end_link_path": path}
        await self._about(event, event.body.account_id, "job_alert", said, self._desk.list_headers(path, "job-alerts"))

    async def _about(
        self, event: Event[Any], to: str, letter: str, said: Json, headers: Mapping[str, str] | None = None
    ) -> None:
        """A letter about an opening, to a verified address only; none about one that the reader may no longer see."""
        facts = await self._facts(to)
        if facts is None or not facts.verified:
            return
        try:
            job, _ = await self._openings.get(_reader(to), event.body.opening_id)
        except AppError as refusal:
            if refusal.kind not in {Kind.NOT_FOUND, Kind.GONE}:
                raise
            return
        path = f"/careers/{job['id']}" + ("/applications" if letter == "application" else "")
        context = {"name": facts.name, "job": job, "link_path": path, **said}
        await self._sender.send(self._desk.write(letter, event.id, facts.address, context, headers))

    async def _facts(self, account_id: str) -> LetterFacts | None:
        """Who a letter goes to; None for the operator, who posts the first openings, and for accounts that are gone."""
        try:
            return await self._accounts.get_letter_facts(account_id, "application")
        except AppError as refusal:
            if refusal.kind is not Kind.NOT_FOUND:
                raise
            return None


def _reader(account_id: str) -> Caller:
    """The account that a letter goes to, as the board knows it."""
    return Caller("user", f"account:{account_id}", account_id, verified=True)


def _thread(consult: Consult) -> dict[str, str]:
    """In-Reply-To and References of the mail it answers (RFC 5322, section 3.6.4), where it has an id of its own."""
    if not consult.references:
        return {}
    answered = {"In-Reply-To": consult.message_id} if consult.message_id in consult.references else {}
    return {**answered, "References": " ".join(consult.references)}
