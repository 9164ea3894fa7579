"""Why not this code: codes put on a claim of their own, with every row of the pair table that names two of them."""

from dataclasses import dataclass
from itertools import combinations
from typing import Final

from services.lookup.domain import SYSTEMS, Edition, spelled
from services.lookup.editions.pairs import Pair, is_code
from services.lookup.edits import ptp
from services.lookup.edits.claim import Claim, Line, Report, Verdict
from services.lookup.edits.tables import Tables
from services.lookup.edits.validity import procedure_system

MOST_CODES: Final = 12


@dataclass(frozen=True, slots=True)
class PairRow:
    """A row of the pair table, whether in force on the date or not."""

    pair: Pair
    verdict: Verdict
    edition: Edition


@dataclass(frozen=True, slots=True)
class Explained:
    """What the rules say of the codes, and what the pair table ever said of two of them."""

    report: Report
    rows: tuple[PairRow, ...]


def claim_of(asked: Claim, codes: tuple[str, ...], tables: Tables) -> Claim:
    """A claim with a line for each procedure, in the order given; each has all the diagnoses."""
    day = tables.on(asked.as_of)
    diagnoses = tuple(code for code in codes if _is_diagnosis(code, tables, asked.as_of))
    procedures = [code for code in codes if code not in diagnoses]
    lines = tuple(Line(code, code, 1, (), diagnoses, day.as_of) for code in dict.fromkeys(procedures))
    alone = (Line("diagnoses", "", 1, (), diagnoses, day.as_of),) if diagnoses and not lines else ()
    return Claim(asked.as_of, asked.setting, asked.program, lines or alone, asked.sex, asked.age_years, asked.state)


def _is_diagnosis(code: str, tables: Tables, as_of: str) -> bool:
    """Whether a code means a diagnosis. E1142 could be either: the code set that has it decides."""
    diagnosis = spelled(SYSTEMS["icd-10-cm"], code)
    if diagnosis is None or "." in code or not procedure_system(code):
        return diagnosis is not None and not code.isdigit()
    day = tables.on(as_of)
    procedure, named = day.entry("hcpcs", code), day.entry("icd-10-cm", diagnosis)
    return not (procedure and procedure[0]) and bool(named and named[0])


def rows(claim: Claim, tables: Tables) -> tuple[PairRow, ...]:
    """Every row of the claim's pair table for two of its codes, either way round."""
    codes = [line.code for line in claim.lines if is_code(line.code)]
    found = []
    for table, edition in ptp.tables_of(tables.on(claim.as_of), ptp.system(claim)):
        on = min(claim.as_of, edition.effective_to) if edition.stale else claim.as_of
        for one, two in combinations(codes, 2):
            there = (*table.rows(one, two), *table.rows(two, one))
            found += [PairRow(row, ptp.state(row, edition, on), edition) for row in there]
    return tuple(found)
