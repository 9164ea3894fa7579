"""The verbs, by what they are about: openings, applications, alerts, and an account that is gone."""

from collections.abc import Callable
from dataclasses import dataclass

from services.careers.board.board import Board
from services.careers.service.alerts import Alerts
from services.careers.service.applications import Applications
from services.careers.service.leaving import Leaving
from services.careers.service.openings import Openings
from services.careers.service.seams import AlertStore, ApplicationStore, OpeningStore


@dataclass(frozen=True, slots=True)
class Careers:
    """CareerCenter whole."""

    openings: Openings
    applications: Applications
    alerts: Alerts
    leaving: Leaving


@dataclass(frozen=True, slots=True)
class Ground:
    """What CareerCenter stands on. `clock` tells Unix milliseconds, `today` the day, `secret` signs letters' links."""

    openings: OpeningStore
    applications: ApplicationStore
    alerts: AlertStore
    board: Board
    clock: Callable[[], int]
    today: Callable[[], str]
    secret: str


def opened_on(ground: Ground) -> Careers:
    """The verbs over their stores."""
    openings = Openings(ground.openings, ground.applications, ground.board, ground.clock, ground.today)
    return Careers(
        openings,
        Applications(ground.applications, openings, ground.clock),
        Alerts(ground.alerts, ground.openings, ground.clock, ground.today, ground.secret),
        Leaving(openings, ground.applications, ground.alerts),
    )
