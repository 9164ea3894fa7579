"""The job board over stores in memory."""

from dataclasses import replace

from services.careers.board.board import Board
from services.careers.domain.applications import RUNNING
from services.careers.domain.openings import Details
from services.careers.domain.people import Caller
from services.careers.service import Ground, opened_on

TODAY = "2026-11-24"
EMPLOYER, OTHER, APPLICANT, EDITOR = (
    Caller("employer", "user", verified=True),
    Caller("other", "user", verified=True),
    Caller("applicant", "user", verified=True),
    Caller("editor", "editor", verified=True),
)
DETAILS = Details(
    title="Outpatient surgery coder",
    employer="Lakeside Orthopedic Group",
    description="Code operative notes.",
    location="Madison",
    state="WI",
    credentials=("CPC",),
    pay_min="28",
    pay_max="34.50",
    pay_period="hour",
    valid_through="2026-12-24",
)


class _Memory:
    def __init__(self) -> None:
        self.kept = {}
        self.said = []

    async def add(self, one, said) -> bool:
        if one.id in self.kept:
            return False
        self.kept[one.id] = one
        self.said += said
        return True

    async def find(self, key):
        return self.kept.get(key)

    async def replace(self, one, rev, said) -> bool:
        if one.id not in self.kept or self.kept[one.id].rev != rev:
            return False
        self.kept[one.id] = one
        self.said += said
        return True


class MemoryOpenings(_Memory):
    def __init__(self) -> None:
        super().__init__()
        self.known = set()

    async def add(self, one, said) -> bool:
        return not self._stands(one) and await super().add(one, said)

    async def replace(self, one, rev, said) -> bool:
        return not self._stands(one) and await super().replace(one, rev, said)

    def _stands(self, one) -> bool:
        return any(other.twin == one.twin and other.id != one.id for other in self.kept.values())

    async def find_twin(self, twin):
        return next((one for one in self.kept.values() if one.twin == twin), None)

    async def of(self, account_id, page):
        return part((o for o in self.kept.values() if o.account_id == account_id), lambda o: (-o.posted_at, o.id), page)

    async def waiting(self, since_day, page):
        fits = (o for o in self.kept.values() if o.status == "waiting" and o.details.valid_through >= since_day)
        return part(fits, lambda o: (o.posted_at, o.id), page)

    async def changed(self, since):
        return [o for o in self.kept.values() if o.changed_at > since]

    async def trusted(self, account_id) -> bool:
        return account_id in self.known

    async def trust(self, account_id) -> None:
        self.known.add(account_id)

    async def distrust(self, account_id) -> None:
        self.known.discard(account_id)


class MemoryApplications(_Memory):
    async def erase(self, application_id) -> bool:
        self.kept.pop(application_id, None)
        return True

    async def to(self, opening_id, page):
        return self._newest((a for a in self.kept.values() if a.opening_id == opening_id), page)

    async def by(self, applicant_id, page):
        return self._newest((a for a in self.kept.values() if a.applicant_id == applicant_id), page)

    def _newest(self, found, page):
        return part(found, lambda a: (-a.received_at, a.id), page)

    async def running(self, opening_id, most):
        return [a for a in self.kept.values() if a.opening_id == opening_id and a.status in RUNNING][:most]


class MemoryAlerts(_Memory):
    async def add(self, one, said=()) -> bool:
        return await super().add(one, said)

    async def delete(self, alert_id, created_at) -> None:
        if alert_id in self.kept and self.kept[alert_id].created_at == created_at:
            del self.kept[alert_id]

    async def of(self, account_id):
        found = (a for a in self.kept.values() if a.account_id == account_id)
        return sorted(found, key=lambda a: (-a.created_at, a.id))

    async def every(self):
        for one in tuple(self.kept.values()):
            yield one


def part(found, order, page):
    """A page of what was found, and how much there is."""
    ordered = sorted(found, key=order)
    return ordered[page.start : page.start + page.limit], len(ordered)


class Office:
    """The verbs, flat, over stores that tests may look into; `on` another day."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.openings, self.applications, self.alerts = ground.openings, ground.applications, ground.alerts
        self.careers = opened_on(ground)
        self.board = ground.board

    def __getattr__(self, name: str):
        parts = (self.careers.openings, self.careers.applications, self.careers.alerts, self.careers.leaving)
        return next(getattr(part, name) for part in parts if hasattr(part, name))

    def on(self, today: str) -> "Office":
        return Office(replace(self.ground, today=lambda: today))


def office(today: str = TODAY) -> Office:
    ticks = iter(range(1_790_000_000_000, 1_800_000_000_000))
    stores = (MemoryOpenings(), MemoryApplications(), MemoryAlerts())
    return Office(Ground(*stores, Board(), lambda: next(ticks), lambda: today, "secret of the tests"))


async def opened(careers: Office, **changed):
    """An opening that an editor has let through."""
    careers.openings.known.add(EMPLOYER.account_id)
    return await careers.post_opening(EMPLOYER, replace(DETAILS, **changed))
