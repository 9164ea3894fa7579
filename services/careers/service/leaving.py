"""What is done when an account is closed: nothing of the person stays."""

from dataclasses import dataclass
from typing import Final

from services.careers.domain.openings import Page
from services.careers.service.openings import Openings
from services.careers.service.seams import AlertStore, ApplicationStore
from services.chassis.errors import unavailable

FIRST: Final = Page(1, 100)


@dataclass(frozen=True, slots=True)
class Leaving:
    """Openings are closed and lose their account and text, applications and alerts are deleted."""

    openings: Openings
    applications: ApplicationStore
    alerts: AlertStore

    async def forget(self, account_id: str) -> None:
        """Forgets an account. Safe to repeat; UNAVAILABLE while a fact of an application is still on its way."""
        for alert in await self.alerts.of(account_id):
            await self.alerts.delete(alert.id, alert.created_at)
        while (mine := await self.applications.by(account_id, FIRST))[0]:
            for application in mine[0]:
                if not await self.applications.erase(application.id):
                    raise unavailable("FACT_ON_ITS_WAY", f"{application.id} is deleted once its last fact was told.")
        while (own := await self.openings.store.of(account_id, FIRST))[0]:
            for opening in own[0]:
                await self.openings.give_up(opening.on(self.openings.today()))
        await self.openings.store.distrust(account_id)
