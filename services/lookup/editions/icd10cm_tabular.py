"""Reads the ICD-10-CM tabular list as NCHS publishes it in XML ("icd10c-tabular-April-1-2026.xml").

The file names the seventh characters once, at a category or subcategory; which codes really take them is told by a
list of valid codes beside it (the order file, or the package's code list). Blocks are listed flat; a block without
categories of its own ("C00-C96") groups the blocks that lie within its range.

The facts of an entry are JSON, absent keys meaning none:
`inclusion`, `includes`, `general`: [text]; `excludes1`, `excludes2`, `code_first`, `use_additional`, `code_also`:
[{text, codes}]; `seventh`: [{character, meaning}].
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import IO, Any, Final
from xml.etree import ElementTree as ET

import orjson

from services.lookup.domain import Edition, Entry, Level, Term

PLAIN_NOTES: Final = {"inclusionTerm": "inclusion", "includes": "includes", "notes": "general"}
CODED_NOTES: Final = {
    "excludes1": "excludes1",
    "excludes2": "excludes2",
    "codeFirst": "code_first",
    "useAdditionalCode": "use_additional",
    "codeAlso": "code_also",
}
_CODE: Final = r"[A-Z][0-9A-Z]{2}(?:\.[0-9A-Z]{1,4})?"
# A code or a range of codes in a note; a dash after a code ("E08.-", "S12.3-") stands for the characters below it.
_NAMED: Final = re.compile(rf"\b({_CODE})(?:\.?-)?(?:(?:-| to )({_CODE}))?(?![0-9A-Z])")
_FILE_DATE: Final = re.compile(r"tabular-([A-Za-z]+)-([0-9]{1,2})-([0-9]{4})", re.IGNORECASE)
_MONTHS: Final = {"october": 10, "april": 4}


@dataclass(slots=True)
class _Line:
    code: str
    parent: str
    level: Level
    display: str
    facts: dict[str, Any] = field(default_factory=dict)


def identify(name: str) -> tuple[str, str, str]:
    """Version, first and last day of a release by its file's name; ValueError where the name has no such date.

    A release holds from 1 October or 1 April to the day before the next one.
    """
    found = _FILE_DATE.search(name)
    month = _MONTHS.get(found[1].lower()) if found else None
    if not found or not month:
        raise ValueError(f"{name}: expected the release date in the name, as in icd10c-tabular-April-1-2026.xml")
    begin = date(int(found[3]), month, int(found[2]))
    end = (date(begin.year, 10, 1) if month == _MONTHS["april"] else date(begin.year + 1, 4, 1)) - timedelta(days=1)
    fiscal_year = begin.year + (month == _MONTHS["october"])
    return f"FY{fiscal_year} {found[1].capitalize()}", begin.isoformat(), end.isoformat()


def edition(file: Path, sha256: str, rows: int = 0) -> Edition:
    """The edition that a tabular file makes."""
    version, begin, end = identify(file.name)
    return Edition(
        id=f"icd-10-cm-{begin}",
        system="icd-10-cm",
        version=version,
        effective_from=begin,
        effective_to=end,
        file=file.name,
        sha256=sha256,
        rows=rows,
        covers=(
            "Every chapter, block, category and code of the tabular list with its notes and seventh characters; "
            "not the Alphabetic Index, and not what changed before this release."
        ),
    )


def read(file: Path | IO[bytes], valid: Collection[str] | None) -> list[Entry]:
    """Every chapter, block, category and code in the official order.

    `valid` holds undotted codes; None: every code takes each of its seventh characters.
    """
    root = ET.parse(file).getroot()  # noqa: S314 -- the agency's file; expat refuses entity bombs by itself
    lines = [line for chapter in root.iter("chapter") for line in _chapter(chapter, valid)]
    known = {line.code for line in lines}
    children = Counter(line.parent for line in lines)
    return [_entry(ordinal, line, children[line.code], known) for ordinal, line in enumerate(lines)]


def terms(entry: Entry) -> Iterator[Term]:
    """What an entry is found by: its description, and the wordings that its notes include in it."""
    yield Term(entry.code, "description", _RANGE_AT_END.sub("", entry.display))
    if entry.facts and entry.level not in {Level.CHAPTER, Level.BLOCK}:
        facts = orjson.loads(entry.facts)
        for text in (*facts.get("inclusion", ()), *facts.get("includes", ())):
            yield Term(entry.code, "inclusion", text)


_RANGE_AT_END: Final = re.compile(r" \([A-Z][0-9A-Z]{2}(?:-[A-Z][0-9A-Z]{2})?\)$")


def _entry(ordinal: int, line: _Line, children: int, known: Collection[str]) -> Entry:
    for key in CODED_NOTES.values():
        if key in line.facts:
            line.facts[key] = [{"text": text, "codes": named_codes(text, known)} for text in line.facts[key]]
    return Entry(
        code=line.code,
        parent=line.parent,
        level=line.level,
        display=line.display,
        billable=not children and line.level not in {Level.CHAPTER, Level.BLOCK},
        ordinal=ordinal,
        children=children,
        facts=orjson.dumps(line.facts).decode() if line.facts else "",
    )


def named_codes(text: str, known: Collection[str]) -> list[str]:
    """The codes and ranges ("A00-B99") that a note names, those alone that exist, in the note's order."""
    named: dict[str, None] = {}
    for first, last in _NAMED.findall(text):
        if first in known and (not last or last in known):
            named[f"{first}-{last}" if last else first] = None
    return list(named)


def _chapter(chapter: ET.Element, valid: Collection[str] | None) -> Iterator[_Line]:
    code = _text(chapter.find("name"))
    yield _Line(code, "", Level.CHAPTER, _text(chapter.find("desc")), _notes(chapter))
    groups: list[tuple[str, str]] = []
    for section in chapter.findall("section"):
        first, _, last = section.get("id", "").partition("-")
        span = first, last or first
        around = [group for group in groups if group[0] <= span[0] and span[1] <= group[1]]
        parent = "-".join(around[-1]) if around else code  # outer groups stand before inner ones
        block = "-".join(span)
        yield _Line(block, parent, Level.BLOCK, _text(section.find("desc")), _notes(section))
        if section.find("diag") is None:
            groups.append(span)
        for diagnosis in section.findall("diag"):
            yield from _diagnosis(diagnosis, block, [], valid)


def _diagnosis(
    diagnosis: ET.Element, parent: str, seventh: list[dict[str, str]], valid: Collection[str] | None
) -> Iterator[_Line]:
    code, display = _text(diagnosis.find("name")), _text(diagnosis.find("desc"))
    level = Level.CODE if "." in code else Level.CATEGORY
    facts = _notes(diagnosis)
    seventh = facts.get("seventh", seventh)
    yield _Line(code, parent, level, display, facts)
    below = diagnosis.findall("diag")
    for one in below:
        yield from _diagnosis(one, code, seventh, valid)
    if not below:
        yield from _extended(code, display, seventh, valid)


def _extended(code: str, display: str, seventh: list[dict[str, str]], valid: Collection[str] | None) -> Iterator[_Line]:
    stem = code.replace(".", "").ljust(6, "X")
    for row in seventh:
        if valid is None or stem + row["character"] in valid:
            whole = f"{stem[:3]}.{stem[3:]}{row['character']}"
            yield _Line(whole, code, Level.EXTENDED, f"{display}, {row['meaning'].partition('; also: ')[0]}")


def _notes(element: ET.Element) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for child in element:
        key = PLAIN_NOTES.get(child.tag) or CODED_NOTES.get(child.tag)
        if key:
            facts.setdefault(key, []).extend(text for note in child if (text := _text(note)))
        elif child.tag == "sevenChrDef":
            facts["seventh"], slipped = _characters(child)
            if slipped:
                facts.setdefault("inclusion", []).extend(slipped)
    return facts


def _characters(definition: ET.Element) -> tuple[list[dict[str, str]], list[str]]:
    """The seventh characters, and inclusion terms of the category that slipped in behind the last one.

    A note behind a character is another wording of it; a sequela has none, so a note there speaks of the category.
    """
    rows: list[dict[str, str]] = []
    slipped: list[str] = []
    for one in definition:
        if one.tag == "extension":
            rows.append({"character": one.get("char", ""), "meaning": _text(one)})
        elif rows and rows[-1]["meaning"] != "sequela":
            rows[-1]["meaning"] += f"; also: {_text(one)}"
        else:
            slipped.append(_text(one))
    return rows, slipped


def _text(element: ET.Element | None) -> str:
    """The element's text on one line, without the comma that continues the note's printed heading."""
    return " ".join("".join(element.itertext()).split()).removeprefix(", ") if element is not None else ""


def count(entries: Iterable[Entry]) -> int:
    """Billable codes: what the agency's own code file counts."""
    return sum(entry.billable for entry in entries)
