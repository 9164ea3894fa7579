"""An X12 file as segments, and its envelope: interchanges of functional groups of transaction sets.

What a receiver would refuse is refused here, as far as it reaches (ASC X12C 005010X231, X12.56): a wrong SE takes its
set with it, a wrong GE its group, a wrong IEA its interchange. Elements of people are never told; segment names are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from services.chassis.errors import AppError, FieldError, invalid

_ISA: Final = 106  # characters of the interchange header, its terminator included
_ELEMENTS: Final = 16  # of an ISA segment
_CLAIM: Final = "837"
_AROUND: Final = "\ufeff \r\n\t\x00\x1a"  # what stands around interchanges: blanks, and the end mark of old systems


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment: its place in the file from 1, its name, its elements from 1 on; components are parted by a colon."""

    number: int
    name: str
    elements: tuple[str, ...]

    def at(self, number: int) -> str:
        """An element, empty where there is none."""
        return self.elements[number - 1].strip() if number <= len(self.elements) else ""

    def wrong(self, element: int, value: str, expected: str) -> FieldError:
        """What is wrong with an element; `value` must not be of a person."""
        field_name = f"{self.name}{element:02}" if element else self.name
        return FieldError(f"segment {self.number}, {field_name}", value[:60], expected, self.number)


@dataclass(slots=True)
class TransactionSet:
    """A set between ST and SE; `guide` is the implementation that it follows, as in 005010X222A1."""

    guide: str
    segments: list[Segment] = field(default_factory=list)


@dataclass(slots=True)
class _Open:
    """An envelope that is open: its header, what it has held, and the sets that stand or fall with it."""

    header: Segment
    held: int = 0
    sets: list[TransactionSet] = field(default_factory=list)


def segments(text: str) -> Iterator[Segment]:
    """The segments of every interchange, by the delimiters that its ISA names. INVALID where there is none."""
    at, number = 0, 0
    text = text.strip(_AROUND)
    while at < len(text):
        header = text[at : at + _ISA]
        if not header.startswith("ISA") or len(header) < _ISA:
            raise refusal(FieldError(f"segment {number + 1}", "", "an ISA segment of 106 characters", number + 1))
        element, component, terminator = header[3], header[_ISA - 2], header[_ISA - 1]
        if any(one.isalnum() for one in (element, terminator)) or header.count(element) != _ELEMENTS:
            expected = "an ISA segment of 106 characters and 16 elements, which names the delimiters"
            raise refusal(FieldError(f"segment {number + 1}", "ISA", expected, number + 1))
        name = ""
        while at < len(text) and name != "IEA":
            end = text.find(terminator, at)
            end = len(text) if end < 0 else end
            name, *elements = text[at:end].strip("\r\n ").split(element)
            at = end + 1
            if name:
                number += 1
                plain = elements if name == "ISA" else [one.replace(component, ":") for one in elements]
                yield Segment(number, name, tuple(plain))
        while at < len(text) and text[at] in _AROUND:
            at += 1


def sets(text: str) -> tuple[list[TransactionSet], list[FieldError]]:
    """The transaction sets of claims that can be read, and what is wrong with the others and around them."""
    found: list[TransactionSet] = []
    wrong: list[FieldError] = []
    open_: dict[str, _Open] = {}
    last = Segment(0, "", ())
    for last in _readable(text, wrong):
        match last.name:
            case "ISA" | "GS" | "ST":
                _begin(last, open_, wrong)
            case "SE" | "GE" | "IEA":
                found += _end(last, open_, wrong)
            case _ if "ST" in open_:
                open_["ST"].sets[-1].segments.append(last)
            case _:
                wrong.append(last.wrong(0, last.name, "a segment between ST and SE"))
    if open_:
        missing = {"ST": "SE", "GS": "GE", "ISA": "IEA"}[next(one for one in ("ST", "GS", "ISA") if one in open_)]
        wrong.append(last.wrong(0, last.name, f"{missing}, and IEA at the end: the file is cut short"))
    return found, wrong


def _readable(text: str, wrong: list[FieldError]) -> Iterator[Segment]:
    """The segments up to what is no interchange; what comes before it stands. INVALID where nothing does."""
    any_there = False
    try:
        for segment in segments(text):
            any_there = True
            yield segment
    except AppError as error:
        if not any_there:
            raise
        wrong += error.errors


_ORDER: Final = ("ISA", "GS", "ST")  # from the outside in
_CLOSES: Final = {"SE": ("ST", 2), "GE": ("GS", 6), "IEA": ("ISA", 13)}  # the header, and its control number


def _begin(segment: Segment, open_: dict[str, _Open], wrong: list[FieldError]) -> None:
    level = _ORDER.index(segment.name)
    _leave(segment, level, open_, wrong)
    outer = open_.get(_ORDER[level - 1]) if level else None
    if level and outer is None:
        wrong.append(segment.wrong(0, segment.name, f"{_ORDER[level - 1]} before it"))
    elif outer:
        outer.held += 1
    open_[segment.name] = _Open(segment)
    if segment.name == "ST":
        group = open_.get("GS")
        guide = segment.at(3) or (group.header.at(8) if group else "")
        open_["ST"].sets.append(TransactionSet(guide))


def _leave(segment: Segment, level: int, open_: dict[str, _Open], wrong: list[FieldError]) -> None:
    """Drops envelopes from a level inwards that were not closed before a segment."""
    for name in _ORDER[level:]:
        if open_.pop(name, None):
            trailer = next(one for one, (header, _) in _CLOSES.items() if header == name)
            wrong.append(segment.wrong(0, segment.name, f"{trailer} before it"))


def _end(segment: Segment, open_: dict[str, _Open], wrong: list[FieldError]) -> list[TransactionSet]:
    """Closes an envelope; its sets go to what is around it, or, behind an interchange, to the answer."""
    header, control = _CLOSES[segment.name]
    level = _ORDER.index(header)
    _leave(segment, level + 1, open_, wrong)
    closed = open_.pop(header, None)
    if closed is None:
        wrong.append(segment.wrong(0, segment.name, f"{header} before it"))
        return []
    faults = list(_faults(segment, closed, control))
    wrong += faults
    if faults:
        return []
    if not level:
        return closed.sets
    if around := open_.get(_ORDER[level - 1]):
        around.sets += closed.sets
    return []


def _faults(segment: Segment, closed: _Open, control: int) -> Iterator[FieldError]:
    is_set = segment.name == "SE"
    held = segment.number - closed.header.number + 1 if is_set else closed.held
    if segment.at(1).lstrip("0") != str(held):
        yield segment.wrong(1, segment.at(1), f"{held}, what there are")
    if segment.at(2).lstrip("0") != closed.header.at(control).lstrip("0"):
        yield segment.wrong(2, segment.at(2), f"{closed.header.at(control)}, as in {closed.header.name}{control:02}")
    if is_set and closed.header.at(1) != _CLAIM:
        yield closed.header.wrong(1, closed.header.at(1), "a transaction set 837")


def refusal(*wrong: FieldError) -> AppError:
    """That a file holds no claim that can be read."""
    return invalid("BAD_X12", "The 837 cannot be read.", *wrong)
