"""How something is said of a code: a claim, the piece it rests on, and the page where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from services.assistant.domain.answers import Claim
from services.assistant.domain.codes import KnownCode
from services.assistant.domain.evidence import Piece, Source

_LONGEST: Final = 110  # characters of a description within a sentence
SYSTEM_NAMES: Final = {"icd-10-cm": "ICD-10-CM", "icd-10-pcs": "ICD-10-PCS", "hcpcs": "HCPCS Level II", "cpt": "CPT"}


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a code to one point: the answer itself, then the rest under a heading."""

    heading: str
    lead: tuple[Claim, ...] = ()
    rows: tuple[Claim, ...] = ()


def page_of(system: str, code: str) -> str:
    """Where a code's page is."""
    return f"/codes/{system}/{code}"


def section(code: KnownCode, key: str) -> dict[str, Any]:
    """A section's body; empty where there is none."""
    body = code.sections.get(key)
    return body if isinstance(body, dict) else {}


def described(display: str) -> str:
    """A description as a sentence has it: some agencies write theirs in capitals throughout."""
    text = flat(display)
    return text.capitalize() if text.isupper() and " " in text else text


def named(code: KnownCode) -> str:
    """The code in bold, with its description, where one is loaded, cut to what a sentence bears."""
    if not code.ref.display:
        return f"**{code.ref.code}**"
    text = described(code.ref.display)
    return f"**{code.ref.code}** ({text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(' ', 1)[0] + '\u2026'})"


def claim(code: KnownCode, text: str, where: str, grounds: str = "", *, item: bool = False) -> Claim:
    """A claim from the code's own page."""
    source = Source(
        f"{SYSTEM_NAMES[code.ref.system]} {code.ref.code}", code.edition, where, page_of(code.ref.system, code.ref.code)
    )
    return Claim(text, (Piece(f"{grounds or text} {code.ref.code} {code.ref.display}", source),), item)


def fact(code: KnownCode, text: str, source: str, *, item: bool = True) -> Claim:
    """A claim whose source the page names itself."""
    at = Source(source, "", f"on the page of {code.ref.code}", page_of(code.ref.system, code.ref.code))
    return Claim(text, (Piece(text, at),), item)


def answer(one: Claim) -> Claim:
    """A row as the answer itself."""
    return replace(one, item=False)


def flat(text: str) -> str:
    """The text in one line."""
    return " ".join(text.split())


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def missing(code: KnownCode, key: str, otherwise: str) -> Claim:
    """That nothing loaded tells of it: the section's own words for it."""
    said = flat(str(section(code, key).get("no_data") or otherwise))
    return claim(code, f"{named(code)}: no_data on {code.as_of}. {said}", key, f"{said} {code.as_of}")
