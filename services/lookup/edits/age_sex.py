"""Age and sex edits (Definitions of Medicare Code Edits, edits 4 and 5). The editor is an inpatient one: on claims of
practitioners and outpatient departments its tables inform and deny nothing.
"""

from collections.abc import Mapping
from typing import Final

from services.lookup.domain import Edition
from services.lookup.edits.claim import By, Claim, Finding, Found, Severity, nothing_to_check, summed, told
from services.lookup.edits.diagnoses import Diagnosis
from services.lookup.edits.tables import Tables

RULE: Final = "age-sex"
_SYSTEMS: Final = ("mce-age", "mce-sex")
_FIX: Final = "Check the diagnosis and the patient's data; the edit is an inpatient one and informs here."


def check(claim: Claim, diagnoses: list[Diagnosis], tables: Tables) -> Found:
    """Every diagnosis against the patient's age and sex, where they are told."""
    if (claim.age_years is None and not claim.sex) or not any(line.diagnoses for line in claim.lines):
        return [], [nothing_to_check(RULE, "Neither age nor sex of the patient was given, or no diagnosis.")]
    found: dict[tuple[str, str], Finding] = {}
    edition: Edition | None = None
    firm = True
    for one in diagnoses:
        for system in _SYSTEMS:
            rows = tables.on(one.line.date).rows(system, one.code)
            if rows is None:
                firm = False
                continue
            edition = rows[1]
            firm = firm and not edition.stale
            for row in rows[0]:
                if wrong := _against(claim, row.body):
                    message = f"{one.code} is limited to {wrong}."
                    by = By(edition, one.line.date, row.line)
                    finding = told(RULE, Severity.INFO, (one.line.id,), (message, _FIX), by)
                    found.setdefault((system, one.code), finding)
    findings = list(found.values())
    return findings, [summed(RULE, edition, findings, firm=firm, note="" if firm else "No edits cover the date.")]


def _against(claim: Claim, said: Mapping[str, object]) -> str:
    if said.get("sex") and claim.sex and said["sex"] != claim.sex:
        return f"{said['sex']} patients"
    if claim.age_years is not None and "from_years" in said:
        first, last = int(str(said["from_years"])), int(str(said["to_years"]))
        if not first <= claim.age_years <= last:
            return f"{said['group']} patients, {first} to {last} years"
    return ""
