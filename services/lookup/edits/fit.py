"""Whether a modifier fits a code, by the fee schedule's indicators (PFS relative value file, record layout; Medicare
Claims Processing Manual, chapter 12, sections 20.4 and 40.6 to 40.8).
"""

from dataclasses import dataclass
from typing import Final

from services.lookup.domain import Edition
from services.lookup.edits.claim import By, Finding, Line, Severity, told
from services.lookup.edits.tables import Day

_RULE: Final = "modifier"


@dataclass(frozen=True, slots=True)
class _Ruling:
    """The indicator that decides a modifier; which values rule it out, and which ask for a record."""

    indicator: str
    out: tuple[str, ...]
    meaning: str
    recorded: tuple[str, ...] = ()
    severity: Severity = Severity.ERROR


_ASSISTANT: Final = _Ruling("assistant_at_surgery", ("1", "9"), "is not paid to an assistant", ("0",))
_CARE: Final = _Ruling(
    "global_days", ("000", "XXX", "ZZZ"), "has no follow-up that could be shared out", severity=Severity.CHECK
)
_RULINGS: Final = {
    "50": _Ruling("bilateral_surgery", ("0", "2", "9"), "is not paid as a bilateral procedure"),
    "51": _Ruling("multiple_procedure", ("0", "9"), "is not reduced beside other procedures", severity=Severity.CHECK),
    "54": _CARE,
    "55": _CARE,
    "26": _Ruling("pctc", ("0", "2", "3", "4", "5", "7", "9"), "has no professional component of its own"),
    "TC": _Ruling("pctc", ("0", "2", "3", "4", "5", "6", "7", "8", "9"), "has no technical component of its own"),
    "62": _Ruling("co_surgeons", ("0", "9"), "is not paid to two surgeons", ("1",)),
    "66": _Ruling("team_surgery", ("0", "9"), "is not paid to a team", ("1",)),
    **dict.fromkeys(("80", "81", "82", "AS"), _ASSISTANT),
}
_FIX: Final = {"50": "Drop 50; report each side as the code itself asks.", "51": "Drop 51."}
DECIDED: Final = frozenset(_RULINGS)


def of(line: Line, modifier: str, day: Day) -> tuple[list[Finding], Edition | None, bool]:
    """What the fee schedule has against a modifier; the edition that spoke, and whether it decides the date."""
    ruling = _RULINGS[modifier]
    found = day.rows("pfs", line.code)
    row = next((one for one in found[0] if not one.body.get("modifier")), None) if found else None
    if found is None or row is None:
        return [], None, False
    edition, value = found[1], str(row.body.get(ruling.indicator, ""))
    by = f"{ruling.indicator.replace('_', ' ')} indicator {value}"
    where = By(edition, day.as_of, row.line)
    if value in ruling.out:
        message = f"{line.code} {ruling.meaning} ({by}), so {modifier} does not fit."
        fix = _FIX.get(modifier, f"Drop {modifier}.")
        return [told(_RULE, ruling.severity, (line.id,), (message, fix), where)], edition, _firm(edition)
    if value in ruling.recorded:
        message = f"{line.code} with {modifier} is paid only where the record shows the need ({by})."
        fix = "Send the operative report with the claim."
        return [told(_RULE, Severity.CHECK, (line.id,), (message, fix), where)], edition, _firm(edition)
    return [], edition, _firm(edition)


def _firm(edition: Edition) -> bool:
    return not edition.stale
