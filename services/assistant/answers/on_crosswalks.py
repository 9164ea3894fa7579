"""What an ICD-9-CM code maps to, by the General Equivalence Mappings, and whether that is still reported."""

from collections.abc import Sequence
from typing import Final

from services.assistant.answers.telling import described, listed
from services.assistant.domain.answers import Claim
from services.assistant.domain.codes import KnownCode
from services.assistant.domain.evidence import Crosswalk, Mapped, Piece, Source
from services.assistant.icd9_in_text import is_procedure

_MOST: Final = 8
_NEAR: Final = "A mapping names what is near, not what is equal: code today\u2019s encounter from the record."
_PARTS: Final = "A scenario whose codes are marked as a combination needs one code of each of its lists together."
_FILE: Final = "Import the agency\u2019s 2018 GEM files (the last ones) to have it decided."

type Part = tuple[str, tuple[Claim, ...]]


def crossed(found: Crosswalk, as_of: str) -> tuple[Sequence[Claim], Sequence[Part]]:
    """The codes in the order of the file, then what each mapping says of itself."""
    name = f"ICD-9-CM {found.code}"
    target = "ICD-10-PCS" if is_procedure(found.code) else "ICD-10-CM"
    if not found.edition:
        return (_said(found, f"No answer (no_data): no mapping of {name} to {target} is loaded. {_FILE}"),), ()
    if not found.maps:
        text = f"No answer (no_data): {found.edition} has no row for {name}. Only complete codes are mapped."
        return (_said(found, text),), ()
    named = [one for one in found.maps if one.code]
    if not named:
        text = f"The GEMs map {name} to no {target} code ({found.edition})."
        return (_said(found, text),), ()
    there = [one for one in named if one.code in found.targets]
    if not there:
        text = f"No answer (no_data): {found.edition} maps {name} to codes that no edition loaded on {as_of} has."
        return (_said(found, text),), ()
    codes = listed([f"**{one.code}**" for one in there[:_MOST]])
    left = len(named) - len(there[:_MOST])
    further = f", and to {left} not told here" if left else ""
    lead = _said(found, f"{name} maps by the GEMs to {target} {codes}{further}. {_NEAR}", *there)
    together = (_said(found, _PARTS),) if any("combination" in one.flags for one in there) else ()
    rows = tuple(_row(found, one, found.targets[one.code], as_of) for one in there[:_MOST])
    return (lead, *together), (("Mappings", rows),)


def _row(found: Crosswalk, one: Mapped, known: KnownCode, as_of: str) -> Claim:
    flags = [*one.flags, *([f"scenario {one.scenario}"] if one.scenario else [])]
    marked = f" ({', '.join(flags)})" if flags else ""
    if known.status != "active":
        now = f"{described(known.ref.display)}; not valid on {as_of}"
    elif not known.billable:
        now = f"{described(known.ref.display)}; a header on {as_of}: a claim needs a code below it"
    else:
        now = described(known.ref.display)
    text = f"{one.code}: {now}{marked}"
    return Claim(text, (Piece(text, Source(one.source, "", found.code, "/data")),), item=True)


def _said(found: Crosswalk, text: str, *rows: Mapped) -> Claim:
    places = [one.source for one in rows[:1]] or [found.edition or "The loaded editions"]
    return Claim(text, tuple(Piece(text, Source(place, "", found.code, "/data")) for place in places))
