"""The gateway: web in front, mail beside it, the other services behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from codingahead.lookup.v1.events_pb2 import EditionPublished

from services.chassis import bus, outbox, rpc
from services.chassis.boot import patiently, run
from services.chassis.listener import serve
from services.gateway.account_events import AccountLetters
from services.gateway.clients import accounts, assistant, careers, edits, lists, lookup
from services.gateway.events import PUBLISHED, Letters
from services.gateway.kept import KeptCodes
from services.gateway.letters.write import Desk
from services.gateway.list_events import ListLetters
from services.gateway.mail.incoming import Intake, listen
from services.gateway.mail.origin import Origin
from services.gateway.mail.outgoing import SmtpSender
from services.gateway.mail.signing import Signer
from services.gateway.seen import Seen
from services.gateway.service import CaseDesk, CheckDesk, CodeDesk, ConsultDesk, QuestionDesk
from services.gateway.settings import GatewaySettings
from services.gateway.store import LetterStore
from services.gateway.web.api import Parts
from services.gateway.web.app import application
from services.gateway.web.cookies import Cookies


@asynccontextmanager
async def gateway(settings: GatewaySettings) -> AsyncIterator[None]:
    """Opens channels, the web listener, then the handlers of letters; ready says when all of it is there."""
    async with (
        rpc.channel(settings, settings.lookup_address, [*lookup.RETRIED, *edits.RETRIED, *lists.RETRIED]) as to_lookup,
        rpc.channel(settings, settings.accounts_address, accounts.RETRIED) as to_accounts,
        rpc.channel(settings, settings.assistant_address, assistant.RETRIED) as to_assistant,
        rpc.channel(settings, settings.careers_address, careers.RETRIED) as to_careers,
        outbox.open_database(settings) as database,
    ):
        channels = {
            "lookup": to_lookup,
            "accounts": to_accounts,
            "assistant": to_assistant,
            "careers": to_careers,
        }
        listening = {"letters": False, "smtp": False}
        kept = KeptCodes()
        codes, people = lookup.LookupClient(to_lookup, kept), accounts.AccountsClient(to_accounts)
        cookies = Cookies(settings.public_url, settings.secret)
        cookies.newcomer = people.resolve
        pilot = assistant.AssistantClient(to_assistant)
        consults, board = ConsultDesk(pilot, people), careers.CareersClient(to_careers)
        saved = lists.ListsClient(to_lookup)
        seen = Seen(saved)
        parts = Parts(
            lookup=codes,
            accounts=people,
            desk=CodeDesk(codes, people),
            assistant=pilot,
            questions=QuestionDesk(pilot, people),
            checks=CheckDesk(edits.EditsClient(to_lookup), people),
            cases=CaseDesk(pilot, people),
            consults=consults,
            careers=board,
            lists=saved,
            cookies=cookies,
            seen=seen,
        )
        mailbox = LetterStore(database)

        async def probe() -> dict[str, bool]:
            answers = await asyncio.gather(*(rpc.serving(c) for c in channels.values()))
            return {**dict(zip(channels, answers, strict=True)), **listening}

        app = application(settings, parts, mailbox if settings.development else None, probe)
        async with seen.running(), serve(app, settings.http_listen), bus.connect(settings) as events:
            await patiently("the database", mailbox.prepare)
            sender = mailbox if settings.development else SmtpSender(settings.mail_server, _signer(settings))
            desk = Desk(settings.public_url)
            letters = Letters(people, pilot, board, desk, sender)
            written = [*AccountLetters(people, desk, sender).handlers(), *letters.handlers()]
            written += [*ListLetters(people, saved, desk, sender).handlers()]
            origin = Origin.of(settings.mail_relays, settings.mail_authserv)
            intake = Intake(people, consults, _hosts(settings), f"{settings.public_url}/register", origin)
            async with (
                events.hearing(PUBLISHED, EditionPublished, lambda told: kept.saw(told.generation)),
                events.handling(written),
                listen(intake, settings.smtp_listen),
            ):
                listening.update(letters=True, smtp=True)
                yield


def _signer(settings: GatewaySettings) -> Signer | None:
    host = urlsplit(settings.public_url).hostname or "localhost"
    return Signer.of(settings.dkim_key, settings.dkim_selector, settings.dkim_domain or host)


def _hosts(settings: GatewaySettings) -> frozenset[str]:
    """The hosts whose mail is ours: the public one, and this machine's in development."""
    own = urlsplit(settings.public_url).hostname or "localhost"
    return frozenset({own, "localhost", "127.0.0.1"} if settings.development else {own})


if __name__ == "__main__":
    run(GatewaySettings(name="gateway"), gateway)
