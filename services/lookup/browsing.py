"""A place in a code system: chapters and blocks as the edition has them, ICD-10-PCS axis by axis, HCPCS by ranges.

An ICD-10-PCS code is seven characters, each the value of an axis; what the axes of a section are called is told in the
ICD-10-PCS Reference Manual. A value is shown by the words that all codes with it have in common.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby, takewhile
from typing import Final

from services.chassis.errors import not_found
from services.lookup.domain import Edition, Entry, Level, Node, Place
from services.lookup.editions.bundle import Bundle
from services.lookup.editions.facts import Facts

MANY: Final = 100  # codes of one beginning that are listed without being split further
_ALL: Final = 100_000
_TABLE: Final = 3  # characters of an ICD-10-PCS table
_PCS: Final = 7
_HCPCS: Final = 5
_PLACE: Final[Mapping[str, re.Pattern[str]]] = {
    "icd-10-pcs": re.compile(r"[0-9A-HJ-NP-Z]{1,7}"),
    "hcpcs": re.compile(r"[A-V][0-9]{0,4}"),
}
_TOP: Final = {"icd-10-pcs": "section"}
_MEDICAL: Final = ("body system", "operation", "body part", "approach", "device", "qualifier")
_AXES: Final[Mapping[str, Sequence[str]]] = {
    "2": ("body system", "operation", "body region", "approach", "device", "qualifier"),
    "3": ("body system", "operation", "body system or region", "approach", "substance", "qualifier"),
    "4": ("body system", "operation", "body system", "approach", "function or device", "qualifier"),
    "5": ("body system", "operation", "body system", "duration", "function", "qualifier"),
    "6": ("body system", "operation", "body system", "duration", "qualifier", "qualifier"),
    **dict.fromkeys("789", ("body system", "operation", "body region", "approach", "method", "qualifier")),
    "B": ("body system", "type", "body part", "contrast", "qualifier", "qualifier"),
    "C": ("body system", "type", "body part", "radionuclide", "qualifier", "qualifier"),
    "D": ("body system", "modality", "treatment site", "modality qualifier", "isotope", "qualifier"),
    "F": ("section qualifier", "type", "body system or region", "type qualifier", "equipment", "qualifier"),
    **dict.fromkeys("GH", ("body system", "type", "type qualifier", "qualifier", "qualifier", "qualifier")),
    "X": ("body system", "operation", "body part", "approach", "device, substance or technology", "qualifier"),
}


def spelled(system: str, code: str) -> str | None:
    """A place that only browsing knows, such as a table with a body part chosen; None where it is none."""
    place = code.strip(" ").upper()
    return place if system in _PLACE and place.isascii() and _PLACE[system].fullmatch(place) else None


def place(bundle: Bundle, edition: Edition, system: str, code: str) -> Place:
    """A place with the way to it and what is below; "" is the top. NOT_FOUND."""
    if not code:
        return Place((), None, tuple(_node(one) for one in bundle.facts.children("")), edition, _TOP.get(system, ""))
    found = _PLACES.get(system, _of_edition)(bundle.facts, code)
    if found is None:
        raise not_found("UNKNOWN_CODE", f"{edition.title} {edition.version} has no code {code}.")
    above, node, below, axis = found
    return Place(tuple(above), node, tuple(below), edition, axis)


type _Found = tuple[Sequence[Node], Node, Sequence[Node], str]


def _of_edition(facts: Facts, code: str) -> _Found | None:
    entry = facts.entry(code)
    if entry is None:
        return None
    above = [_node(one) for one in facts.ancestors(entry)]
    return above, _node(entry), [_node(one) for one in facts.children(code)], ""


def _axis_by_axis(facts: Facts, code: str) -> _Found | None:
    steps = [code[:length] for length in range(1, len(code) + 1)]
    nodes = [_value(facts, step) for step in steps]
    if not all(nodes):
        return None
    *above, node = [one for one in nodes if one]
    below = list(_values(facts, code)) if len(code) < _PCS else []
    return above, node, below, _AXES.get(code[0], _MEDICAL)[len(code) - 1] if below else ""


def _value(facts: Facts, code: str) -> Node | None:
    """A value of an axis, with all that is chosen before it; None where no code begins so."""
    if len(code) in {1, _PCS}:
        entry = facts.entry(code)
        return _node(entry) if entry else None
    above = code[:-1]
    return next((one for one in _values(facts, above) if one.code == code), None)


def _values(facts: Facts, above: str) -> Iterator[Node]:
    """The values of the axis below a place."""
    if len(above) == 1:
        section = facts.entry(above)
        tables = facts.children(above)
        for code, group in _grouped(tables, len(above) + 1):
            yield Node(code, _body_system(group[0].display, section), billable=False, has_children=True)
    elif len(above) < _TABLE:
        for one in facts.children(above[0]):
            if one.code.startswith(above):
                yield Node(one.code, one.display.rpartition(", ")[2], billable=False, has_children=True)
    else:
        codes = [one for one in facts.starting(above, _ALL) if len(one.code) == _PCS]
        for code, group in _grouped(codes, len(above) + 1):
            whole = len(code) == _PCS
            yield Node(code, common([one.display for one in group]), billable=whole, has_children=not whole)


def _body_system(table: str, section: Entry | None) -> str:
    """The part of a table's title between section and operation: "Imaging, Upper Arteries, Fluoroscopy"."""
    name = table.rpartition(", ")[0]
    beginning = f"{section.display}, " if section else ""
    return name[len(beginning) :] if name.casefold().startswith(beginning.casefold()) else name


def common(texts: Sequence[str]) -> str:
    """The words that texts begin and end with, "…" for those in between that differ."""
    words = [text.split() for text in texts]
    begin = _same(words)
    end = _same([one[len(begin) :][::-1] for one in words])[::-1]
    if len(texts) == 1 or len(begin) == len(words[0]):
        return texts[0]
    told = " ".join(begin).rstrip(",")
    return " ".join(filter(None, [told, "…", *(end if end != ["Approach"] else ())]))


def _same(words: Sequence[Sequence[str]]) -> list[str]:
    return [column[0] for column in takewhile(lambda column: len(set(column)) == 1, zip(*words, strict=False))]


def _by_ranges(facts: Facts, code: str) -> _Found | None:
    letter = facts.entry(code[0])
    codes = facts.starting(code, _ALL)
    if letter is None or not codes:
        return None
    steps = [code[:length] for length in range(1, len(code))]
    above = [_range(step, facts.starting(step, _ALL), letter) for step in steps if _is_split(facts, step[:-1])]
    if len(code) == _HCPCS:
        return above, _node(codes[0]), [], ""
    node = _range(code, codes, letter)
    if len(codes) <= MANY:
        return above, node, [_node(one) for one in codes], ""
    return (
        above,
        node,
        [_range(one, group, letter, listed=True) for one, group in _grouped(codes, len(code) + 1)],
        "range",
    )


def _is_split(facts: Facts, above: str) -> bool:
    """Whether what is below a beginning is shown as ranges: letters always are."""
    return not above or len(facts.starting(above, MANY + 1)) > MANY


def _range(beginning: str, codes: Sequence[Entry], letter: Entry, *, listed: bool = False) -> Node:
    """A range of codes; `listed` among others, it says what it is about."""
    if len(beginning) == 1:
        return _node(letter)
    if len(codes) == 1 and len(beginning) == _HCPCS:
        return _node(codes[0])
    first, last = codes[0], codes[-1]
    told = f"{first.code} to {last.code}, {len(codes)} code{'' if len(codes) == 1 else 's'}"
    about = f", from “{_brief(first)}” to “{_brief(last)}”" if listed else ""
    return Node(beginning, told + about, billable=False, has_children=True)


def _brief(entry: Entry, most: int = 48) -> str:
    text = entry.display.capitalize()
    return text if len(text) <= most else text[:most].rpartition(" ")[0].rstrip(",;") + "…"


def _grouped(entries: Sequence[Entry], length: int) -> Iterator[tuple[str, list[Entry]]]:
    ordered = sorted(entries, key=lambda one: one.code)
    for code, group in groupby(ordered, key=lambda one: one.code[:length]):
        yield code, list(group)


def _node(entry: Entry) -> Node:
    below = entry.children > 0 or entry.level is Level.CHAPTER
    return Node(entry.code, entry.display, entry.billable, has_children=below)


_PLACES: Final[Mapping[str, Callable[[Facts, str], _Found | None]]] = {
    "icd-10-pcs": _axis_by_axis,
    "hcpcs": _by_ranges,
}
