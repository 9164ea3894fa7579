"""Reads the operator's licensed CPT files of the AMA: descriptors, long, medium, short, consumer and clinician.

Nothing of them is in the repository; they are read only where the operator says that they are CPT and names who
accepts the AMA's licence. Notices stand before the first code.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import orjson

from services.lookup.domain import Entry, Level, Term
from services.lookup.importers import releases
from services.lookup.importers.files import Member
from services.lookup.importers.format import Around, Content, Format, Given, Identity, Parts, needs_rows
from services.lookup.importers.reading import headed, lines, separated
from services.lookup.importers.refusal import ImportRefusedError, Place

_KIND: Final = "cpt"
_NAMES: Final = (
    ("long", re.compile(r"long[a-z]*\.txt")),
    ("medium", re.compile(r"med[a-z]*\.txt")),
    ("short", re.compile(r"short[a-z]*\.txt")),
    ("consumer", re.compile(r"consumer.*\.txt")),
    ("clinician", re.compile(r"clinician.*\.txt")),
)
_HEADED: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "consumer": {"code": ("CPT Code",), "text": ("Consumer Friendly Descriptor", "Consumer Descriptor")},
    "clinician": {"code": ("CPT Code",), "text": ("Clinician Descriptor",)},
}
_LINE: Final = re.compile(r"([0-9]{4}[0-9AFMTU])[\t ]+(\S.*)")
_CODE: Final = re.compile(r"[0-9]{4}[0-9AFMTU]")


def _identify(member: Member, given: Given) -> Identity | None:
    part = next((name for name, shape in _NAMES if shape.fullmatch(member.base)), "")
    if given.kind != _KIND or not part:
        return None
    if not given.licensee:
        wrong = "is licensed by the AMA: who accepts that licence is recorded and shown"
        raise ImportRefusedError(Place(member.place), wrong, expected="--accept-licence NAME")
    year = releases.year_in(member.file) or releases.year_in(member.beginning[:2000])
    return Identity(
        "cpt-ama", "CPT, the operator's licensed file", releases.calendar_year(year) if year else None, part
    )


def _read(parts: Parts, around: Around, since: str) -> Content:  # noqa: ARG001 -- a format's signature
    told = {name: dict(_described(parts[name])) for name in ("long", "medium", "short") if name in parts}
    told |= {name: _by_code(parts[name], name) for name in ("consumer", "clinician") if name in parts}
    codes = sorted({code for descriptors in told.values() for code in descriptors})
    needs_rows(next(iter(parts.values())), len(codes), "codes")
    lacking = [] if "long" in told else ["long"]
    covers = "Every code with its descriptors." if not lacking else "Descriptors without the long ones."
    entries = [_entry(code, number, told) for number, code in enumerate(codes)]
    return Content(covers, {"codes": len(codes)}, entries, _terms, complete=not lacking, lacking=lacking)


def _entry(code: str, number: int, told: dict[str, dict[str, str]]) -> Entry:
    facts = {name: descriptors[code] for name, descriptors in told.items() if code in descriptors}
    display = facts.get("long") or facts.get("medium") or facts.get("short") or facts.get("consumer", "")
    return Entry(code, "", Level.CODE, display, billable=True, ordinal=number, facts=orjson.dumps(facts).decode())


def _described(member: Member) -> Iterator[tuple[str, str]]:
    """Codes and descriptors, from the first line that begins with a code."""
    known: set[str] = set()
    for number, text in lines(member):
        found = _LINE.fullmatch(text.rstrip())
        if found is None:
            if known and text.strip():
                expected = "a CPT code and its descriptor"
                raise ImportRefusedError(Place(member.place, number), "is no line of descriptors", text, expected)
            continue
        if found[1] in known:
            raise ImportRefusedError(Place(member.place, number), "the code comes twice", found[1], "each code once")
        known.add(found[1])
        yield found[1], found[2].strip()


def _by_code(member: Member, part: str) -> dict[str, str]:
    """Descriptors of which a code may have several."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in headed(member, separated(member, "\t"), _HEADED[part]):
        code = line.text("code").strip()
        if not _CODE.fullmatch(code):
            raise line.refuse("code", "a CPT code", "is no code")
        found[code].append(line.text("text"))
    return {code: "; ".join(dict.fromkeys(texts)) for code, texts in found.items()}


def _terms(entry: Entry) -> Iterator[Term]:
    facts = orjson.loads(entry.facts)
    yield Term(entry.code, "description", entry.display)
    if facts.get("consumer"):
        yield Term(entry.code, "common", facts["consumer"])


FORMATS: Final = (Format("cpt-ama", "CPT descriptor files of the AMA", _identify, _read),)
