"""A small lookup and stores in memory for the assistant."""

from services.assistant.answers.pilot import Pilot
from services.assistant.cases import likelihood, rulebook
from services.assistant.cases.coder import Coder
from services.assistant.cases.consulting import Consultant
from services.assistant.domain.cases import SpottedTerm
from services.assistant.domain.codes import CodeRef, KnownCode, Searched, SearchHit
from services.assistant.domain.evidence import Checked, Crosswalk, Edit, Mapped, Piece, Source
from services.assistant.evidence.gather import Gatherer
from services.assistant.evidence.guides import shipped
from services.assistant.service import Assistant
from services.chassis.errors import not_found
from services.lookup.domain import Term
from services.lookup.spotting import borrowing, dictionary
from services.lookup.spotting.reading import Read, read
from services.lookup.spotting.spot import Spot, spots

EXCLUDES = [
    {"from": "E11", "text": "type 1 diabetes mellitus (E10.-)", "codes": ["E10"]},
    {"from": "E11", "text": "gestational diabetes (O24.4-)", "codes": ["O24.4"]},
]
CODES = {
    "E11": ("Type 2 diabetes mellitus", False, EXCLUDES),
    "E11.4": ("Type 2 diabetes mellitus with neurological complications", False, EXCLUDES),
    "E11.42": ("Type 2 diabetes mellitus with diabetic polyneuropathy", True, EXCLUDES),
    "E11.9": ("Type 2 diabetes mellitus without complications", True, EXCLUDES),
    "E10": ("Type 1 diabetes mellitus", False, []),
    "E10.9": ("Type 1 diabetes mellitus without complications", True, []),
    "O24.4": ("Gestational diabetes mellitus", False, []),
    "G62.9": ("Polyneuropathy, unspecified", True, []),
    "I10": ("Essential (primary) hypertension", True, []),
    "R07.9": ("Chest pain, unspecified", True, []),
    "J18.9": ("Pneumonia, unspecified organism", True, []),
    "C18.9": ("Malignant neoplasm of colon, unspecified", True, []),
}
TERMS = {"colon cancer": "C18.9", "high blood pressure": "I10", "hypertension": "I10"}


WORDINGS = dictionary.Dictionary(
    dictionary.build(
        [
            *(Term(code, "description", display) for code, (display, _, _) in CODES.items()),
            *(Term(code, "inclusion", term) for term, code in TERMS.items()),
        ]
    )
)


def _spotted(one: Spot, clause: Read) -> SpottedTerm:
    wording, (display, billable, _) = one.wording, CODES[one.wording.code]
    words = tuple(clause.spans[at] for at in sorted(one.at))
    told = (words, len(wording.stems), one.gap, one.borrowed, one.worth, wording.plain, wording.residual)
    return SpottedTerm(
        CodeRef("icd-10-cm", wording.code, display), billable, wording.code, wording.term, wording.kind, *told
    )


class SmallLookup:
    """A dozen codes; it finds those whose words a phrase holds, the most words first."""

    async def get_code(self, system: str, code: str, as_of: str) -> KnownCode:
        canonical = {c.replace(".", ""): c for c in CODES}.get(code.replace(".", ""))
        if system != "icd-10-cm" or canonical is None:
            raise not_found("UNKNOWN_CODE", f"no {code}")
        display, billable, excludes = CODES[canonical]
        sections = {"notes": {"excludes1": excludes}, "hierarchy": {"children": []}, "seventh": {"applies": False}}
        ref = CodeRef(system, canonical, display)
        return KnownCode(ref, "active", billable, as_of, "ICD-10-CM FY2026", "cm", "2025-10-01", False, sections)

    async def search(self, text: str, system: str, limit: int, as_of: str) -> Searched:
        asked = set(text.lower().split())
        found = []
        for code, (display, billable, _) in CODES.items():
            terms = [display, *(term for term, to in TERMS.items() if to == code)]
            best = max(terms, key=lambda term: len(asked & set(term.lower().replace(",", "").split())))
            shared = len(asked & set(best.lower().replace(",", "").split()))
            if shared:
                kind = "description" if best == display else "common"
                found.append((shared, SearchHit(CodeRef("icd-10-cm", code, display), billable, best, kind)))
        return Searched(tuple(hit for _, hit in sorted(found, key=lambda one: -one[0])[:limit]))

    async def spot(self, texts, as_of: str) -> list[list[SpottedTerm]]:
        readings = borrowing.shipped()
        return [
            [_spotted(one, clause) for one in spots(WORDINGS, clause)] for clause in (read(t, readings) for t in texts)
        ]

    async def check(self, codes, hung, as_of) -> Checked:
        """One pair, which modifier 25 opens."""
        if {"99213", "20610"} - set(codes):
            return Checked((), "NCCI PTP 2026 Q3", "does_not_apply")
        verdict = "does_not_apply" if ("99213", "25") in hung else "applies"
        source = Source("NCCI PTP 2026 Q3", "", "file, line 1", "/data")
        edit = Edit(
            "ncci-ptp", verdict, ("20610", "99213"), "99213 is not paid beside 20610.", "Add 25.", ("25",), source
        )
        return Checked((edit,), "NCCI PTP 2026 Q3", verdict)

    async def translate(self, code, target, as_of) -> Crosswalk:
        """Two rows of one mapping, one of them a combination."""
        if code != "250.60":
            return Crosswalk(code, "GEM FY2018")
        maps = (
            Mapped("E11.42", ("approximate",), 0, "GEM, line 1"),
            Mapped("Z99.99", ("approximate",), 0, "GEM, line 2"),
        )
        return Crosswalk(code, "GEM FY2018", maps if target == "icd-10-cm" else ())

    async def modifier(self, modifier, as_of) -> Piece | None:
        text, at = "ITEM FURNISHED WITH A PROSTHETIC DEVICE", Source("HCPCS 2024 Q4, line 37")
        return Piece(text, at) if modifier == "AV" else None

    async def encode(self, texts) -> list[bytes]:
        return []

    async def editions(self) -> tuple[str, ...]:
        return ("cm",)


class MemoryReceipts:
    def __init__(self) -> None:
        self.kept = {}
        self.said = []

    async def add(self, receipt, said) -> None:
        if receipt.id not in self.kept:
            self.kept[receipt.id] = receipt
            self.said += said

    async def find(self, owner, receipt_id):
        found = self.kept.get(receipt_id)
        return found if found and found.owner == owner else None

    async def of(self, owner):
        mine = [one for one in self.kept.values() if one.owner == owner and one.kind == "question"]
        return sorted(mine, key=lambda one: -one.at)

    async def thread(self, owner, conversation_id, most):
        return [one for one in await self.of(owner) if one.conversation_id == conversation_id][:most]

    async def resting_on(self, edition_id):
        return sum(edition_id in one.editions for one in self.kept.values())

    async def erase(self, owner) -> None:
        self.kept = {key: one for key, one in self.kept.items() if one.owner != owner}


class MemoryConsults:
    def __init__(self) -> None:
        self.kept = {}
        self.said = []

    async def add(self, consult, said) -> None:
        if consult.id not in self.kept:
            self.kept[consult.id] = consult
            self.said += said

    async def find(self, consult_id):
        return self.kept.get(consult_id)

    async def of(self, account_id):
        return sorted((c for c in self.kept.values() if c.account_id == account_id), key=lambda c: -c.received_at)

    async def in_thread(self, account_id, thread, since, limit):
        mine = [c for c in self.kept.values() if (c.account_id, c.thread) == (account_id, thread)]
        return len([c for c in mine if c.received_at > since][:limit])

    async def close(self, consult, said) -> None:
        if self.kept[consult.id].status == "received":
            self.kept[consult.id] = consult
            self.said += said

    async def erase(self, account_id) -> None:
        self.kept = {key: one for key, one in self.kept.items() if one.account_id != account_id}


def assistant() -> Assistant:
    lookup, ticks = SmallLookup(), iter(range(1_790_000_000_000, 1_800_000_000_000))
    coder = Coder(lookup, rulebook.shipped(), likelihood.shipped())
    pilot = Pilot(Gatherer(lookup, shipped(), coder))
    verbs = Consultant(coder, pilot)
    stores = MemoryReceipts(), MemoryConsults()
    return Assistant(pilot, coder, verbs, lookup, shipped(), *stores, lambda: next(ticks), lambda: "2026-11-24")
