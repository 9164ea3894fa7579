"""Alerts: make, list, end, and tell of an opening that fits."""

from collections.abc import Callable
from dataclasses import dataclass

from services.careers.board.words import fits
from services.careers.domain.alerts import MOST_ALERTS, Alert, alert_id, read_token, token_of
from services.careers.domain.facts import AlertMatched
from services.careers.domain.openings import Filters, Opening
from services.careers.domain.people import Caller
from services.careers.domain.wrong import filters_wrong
from services.careers.service.asking import member, right, signed_in
from services.careers.service.seams import AlertStore, OpeningStore
from services.chassis.errors import FieldError, conflict, invalid, not_found


@dataclass(frozen=True, slots=True)
class Alerts:
    """Standing searches. `secret` signs the tokens that letters carry."""

    store: AlertStore
    openings: OpeningStore
    clock: Callable[[], int]
    today: Callable[[], str]
    secret: str

    async def create_alert(self, caller: Caller, filters: Filters) -> Alert:
        """Makes one; it goes to the account's verified address alone."""
        member(caller, "ask for job alerts")
        right("BAD_FILTER", filters_wrong(filters))
        if len(await self.store.of(caller.account_id)) >= MOST_ALERTS:
            raise conflict("TOO_MANY_ALERTS", f"An account has at most {MOST_ALERTS} alerts. End one first.")
        alert = Alert(alert_id(caller.account_id, filters), caller.account_id, filters, self.clock())
        if not await self.store.add(alert):
            raise conflict("ALERT_EXISTS", "You have this alert already.")
        return alert

    async def list_alerts(self, caller: Caller) -> list[Alert]:
        """The caller's, the newest first."""
        signed_in(caller)
        return await self.store.of(caller.account_id)

    async def get_alert(self, caller: Caller, key: str) -> tuple[Alert, str]:
        """One of the caller's, with the token that ends it."""
        signed_in(caller)
        alert = await self.store.find(key)
        if alert is None or alert.account_id != caller.account_id:
            raise not_found("UNKNOWN_ALERT", "There is no such alert.")
        return alert, token_of(alert, self.secret)

    async def delete_alert(self, caller: Caller, key: str) -> None:
        """Ends one of the caller's."""
        alert, _ = await self.get_alert(caller, key)
        await self.store.delete(alert.id, alert.created_at)

    async def end_by_token(self, token: str) -> None:
        """Ends the one a letter's token names; one that has ended is no error."""
        told = read_token(token, self.secret)
        if told is None:
            expected = FieldError("token", "", "the token of a letter's link, whole")
            raise invalid("BAD_TOKEN", "This link is not whole. Open it from the letter once more.", expected)
        await self.store.delete(*told)

    async def match(self, opening_id: str) -> None:
        """Tells every alert of others that an opening fits, once each. Safe to repeat."""
        opening = await self.openings.find(opening_id)
        if opening is None or opening.on(self.today()).status != "open":
            return
        fitting = [
            one.id
            async for one in self.store.every()
            if one.account_id != opening.account_id and fits(opening.details, one.filters)
        ]
        for key in fitting:
            await self._tell(key, opening)

    async def _tell(self, key: str, opening: Opening) -> None:
        alert = await self.store.find(key)
        if alert is None or opening.id in alert.matched:
            return
        said = AlertMatched(alert.id, opening.id, alert.account_id, self.clock())
        if not await self.store.replace(alert.telling(opening.id), alert.rev, [said]):
            await self._tell(key, opening)  # another opening was quicker
