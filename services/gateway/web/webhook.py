"""The webhook by which a payment provider puts an account on a plan.

The sender signs `<timestamp>.<body>` with HMAC-SHA256 under a shared secret. A timestamp more than five minutes off is
refused, so that what was overheard cannot be sent again later; within them the order's id makes a repeat change
nothing.
"""

import hashlib
import hmac
import re
import time
from typing import Final

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from services.chassis.errors import FieldError, invalid, unauthenticated
from services.gateway.web.api import parts_of
from services.gateway.web.shapes import Reply

TOLERANCE: Final = 300  # seconds
_SIGNATURE: Final = re.compile(r"v1=([0-9a-f]{64})")

router = APIRouter(prefix="/api/v1")


class Order(BaseModel):
    """A plan for an account, which is named by its id or its address; `id` is the order's own."""

    id: str = Field(min_length=1, max_length=200)
    plan: str = Field(max_length=100)
    account_id: str = Field(default="", max_length=100)
    email: str = Field(default="", max_length=1_000)


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """What the header Webhook-Signature has to hold."""
    return "v1=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


@router.post("/webhooks/plan", openapi_extra={"requestBody": {"content": {"application/json": {}}}})
async def order_plan(request: Request) -> Response:
    """Carries out a signed order, once. 404 where the operator has set no secret."""
    secret = getattr(request.app.state.settings, "webhook_secret", "")
    if not secret:
        raise HTTPException(404)
    body = await request.body()
    check(secret, request.headers.get("webhook-timestamp", ""), request.headers.get("webhook-signature", ""), body)
    try:
        order = Order.model_validate_json(body)
    except ValidationError as error:
        told = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_url=False, include_context=False)]
        raise RequestValidationError(told) from error
    if bool(order.account_id) == bool(order.email):
        raise invalid("INVALID_ORDER", "Name one account.", FieldError("email", order.email, "email or account_id"))
    accounts = parts_of(request).accounts
    account_id = order.account_id or (await accounts.find_by_address(order.email)).account_id
    changed = await accounts.set_plan(account_id, order.plan, order.id)
    return Reply({"id": order.id, "changed": changed})


def check(secret: str, timestamp: str, shown: str, body: bytes) -> None:
    """UNAUTHENTICATED where the body was not signed under the secret just now; compared in constant time."""
    form = _SIGNATURE.fullmatch(shown)
    expected = signature(secret, timestamp, body)
    if not timestamp.isascii() or not timestamp.isdigit() or form is None or not hmac.compare_digest(shown, expected):
        raise unauthenticated("BAD_SIGNATURE", "The order is not signed as Webhook-Signature has to say.")
    if abs(time.time() - int(timestamp[:12])) > TOLERANCE:
        raise unauthenticated("STALE_SIGNATURE", f"The order was signed more than {TOLERANCE} seconds ago, or ahead.")
