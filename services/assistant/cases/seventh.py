"""The seventh character of a code that needs one, by what the text tells of the encounter."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from services.assistant.cases.proposals import Proposal
from services.assistant.domain.codes import CodeRef, KnownCode

_SEQUELA: Final = re.compile(
    r"\b(?:sequelae?|late effects?|old fracture|residual (?:of|from)|malunion|nonunion)\b", re.IGNORECASE
)
_LATER: Final = re.compile(
    r"\b(?:follow[- ]?up|subsequent|healing|healed|cast (?:check|removal)|weeks? (?:after|post)|status post|s/p"
    r"|post-?op\w*|rehabilitation|physical therapy|aftercare)\b",
    re.IGNORECASE,
)
_OPEN: Final = re.compile(
    r"\b(?:open|compound)\b[^.;\n]{0,40}\bfractur|\bfractur\w*[^.;\n]{0,20}\bopen\b", re.IGNORECASE
)
_STAGES: Final = (
    ("sequela", _SEQUELA, "the text tells of a late effect"),
    ("subsequent encounter", _LATER, "the text tells of care after the active treatment"),
    ("initial encounter", re.compile(""), "the text tells of no healing, follow-up or late effect"),
)


def completed(one: Proposal, own: KnownCode, text: str) -> Proposal:
    """The code with its seventh character (Guidelines I.C.19.a); as it was where it needs none."""
    seventh = own.sections.get("seventh", {})
    codes: Sequence[Mapping[str, Any]] = seventh.get("codes", ())
    if own.billable or not seventh.get("applies") or not codes:
        return one
    around = " ".join(text[max(0, span.start - 150) : span.end + 150] for span in one.spans)
    stage, _, why = next(told for told in _STAGES if told[1].search(around))
    meanings = {row["character"]: row["meaning"] for row in seventh.get("characters", ())}
    opened = bool(_OPEN.search(around))
    fits = [row for row in codes if _fits(meanings.get(row["code"][-1], ""), stage, opened=opened)]
    if not fits:
        return one
    character = fits[0]["code"][-1]
    reason = f"{one.reason} Seventh character {character} ({meanings[character].partition(';')[0]}): {why}."
    return replace(one, ref=CodeRef("icd-10-cm", fits[0]["code"], fits[0]["display"]), billable=True, reason=reason)


def _fits(meaning: str, stage: str, *, opened: bool) -> bool:
    if not meaning.startswith(stage):
        return False
    return "fracture" not in meaning or ("open fracture" in meaning) == opened
