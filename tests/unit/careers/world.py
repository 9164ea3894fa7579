"""The job board over stores in memory."""

from dataclasses import replace

from services.careers.board import Board
from services.careers.domain import Caller, Details
from services.careers.service import Careers

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

    async def of(self, account_id):
        return sorted((o for o in self.kept.values() if o.account_id == account_id), key=lambda o: -o.posted_at)

    async def waiting(self):
        return sorted((o for o in self.kept.values() if o.status == "waiting"), key=lambda o: o.posted_at)

    async def changed(self, since):
        return [o for o in self.kept.values() if o.changed_at > since]

    async def trusted(self, account_id) -> bool:
        return account_id in self.known

    async def trust(self, account_id) -> None:
        self.known.add(account_id)


class MemoryApplications(_Memory):
    async def to(self, opening_id):
        return sorted((a for a in self.kept.values() if a.opening_id == opening_id), key=lambda a: -a.received_at)

    async def by(self, applicant_id):
        return sorted((a for a in self.kept.values() if a.applicant_id == applicant_id), key=lambda a: -a.received_at)


def office(today: str = TODAY) -> Careers:
    ticks = iter(range(1_790_000_000_000, 1_800_000_000_000))
    return Careers(MemoryOpenings(), MemoryApplications(), Board(), lambda: next(ticks), lambda: today)


async def opened(careers: Careers, **changed):
    """An opening that an editor has let through."""
    careers.openings.known.add(EMPLOYER.account_id)
    return await careers.post_opening(EMPLOYER, replace(DETAILS, **changed))
