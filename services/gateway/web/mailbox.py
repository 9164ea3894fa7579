"""The development mailbox, for loopback only: what would have been mailed."""

from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from services.gateway.domain import Json, Letter
from services.gateway.store import LetterStore
from services.gateway.web.pages import page
from services.gateway.web.shapes import Page, Reply

LOOPBACK: Final = frozenset({"127.0.0.1", "::1"})


def letter_json(letter: Letter) -> Json:
    """A letter's public shape."""
    return {
        "id": letter.id,
        "to": letter.to,
        "from": letter.sender,
        "subject": letter.subject,
        "headers": {"Message-ID": letter.id, **letter.headers},
        "text": letter.text,
        "html": letter.html,
        "sent_at": letter.sent_at,
    }


def _store(request: Request) -> LetterStore:
    """The mailbox, which strangers are told does not exist."""
    store: LetterStore | None = request.app.state.mailbox
    if store is None or request.client is None or request.client.host not in LOOPBACK:
        raise HTTPException(404)
    return store


async def letters(request: Request) -> Response:
    """The letters to an address, oldest first."""
    found = await _store(request).letters_to(request.query_params.get("to", ""))
    return Reply({"letters": [letter_json(letter) for letter in found]})


async def mailbox(request: Request) -> Response:
    """The page: newest first, one opened by `?id=`."""
    found = [letter_json(letter) for letter in reversed(await _store(request).letters_to(""))]
    opened = next((x for x in found if x["id"] == request.query_params.get("id")), None)
    return await page(request, "mailbox.html", title="Development mailbox", letters=found, letter=opened)


ROUTES: Final = [Page("/dev/letters", letters), Page("/dev/mailbox", mailbox)]
