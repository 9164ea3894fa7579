"""That the newest loaded releases had ended by the date of service."""

from collections.abc import Iterable
from typing import Final

from services.assistant.answers.telling import section
from services.assistant.domain.answers import Claim
from services.assistant.domain.codes import KnownCode
from services.assistant.domain.evidence import Evidence, Piece, Source
from services.assistant.domain.questions import Focus

_TABLED: Final = {
    Focus.UNITS: ("edits", "MUE"),
    Focus.ADD_ON: ("edits", "dd-on"),
    Focus.PAIRS: ("edits", "PTP"),
    Focus.GLOBAL: ("fees", ""),
    Focus.FEES: ("fees", ""),
    Focus.MODIFIERS: ("modifiers", ""),
    Focus.COVERAGE: ("coverage", ""),
}


def told(evidence: Evidence, points: Iterable[Focus]) -> list[Claim]:
    """That the newest loaded releases had ended by the date: those that the answer rests on, in one line."""
    asked = set(points)
    ended: dict[str, str] = {}
    for code in evidence.codes:
        if code.stale and (code.billable is not None or not (asked or evidence.checked)):
            name, _, window = code.edition.rpartition(", ")
            ended[name] = window.rpartition(" to ")[2]
        for focus in asked & _TABLED.keys():
            key, about = _TABLED[focus]
            ended |= _ended(code, key, about)
    if not ended:
        return []
    day = evidence.understood.question.as_of
    told = "; ".join(f"{name} ({until})" for name, until in sorted(ended.items()))
    text = f"The newest releases loaded here had ended by {day}: {told}. Check the agency's current ones."
    return [Claim(text, (Piece(text, Source("The loaded editions", "", "validity", "/data")),))]


def _ended(code: KnownCode, key: str, about: str) -> dict[str, str]:
    """The stale editions of a section that are about one thing, with their last days."""
    editions = section(code, key).get("editions", ())
    return {
        f"{one['name']} {one['version']}": str(one.get("effective_to") or "no end told")
        for one in editions
        if one.get("stale") and about in one["name"]
    }
