"""Why a file is not imported: the file, the place, what stands there and what was expected."""

from dataclasses import asdict, dataclass
from typing import Any, Final

LONGEST_VALUE: Final = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file. `line` counts from 1, 0 for the whole file; `column` is a column's name or its positions."""

    file: str
    line: int = 0
    column: str = ""


class ImportRefusedError(ValueError):
    """A file that is not imported; nothing of it was published."""

    def __init__(self, place: Place, wrong: str, value: str = "", expected: str = "") -> None:
        where = ", ".join(
            part
            for part in (
                place.file,
                f"line {place.line:,}" if place.line else "",
                f"column {place.column}" if place.column else "",
            )
            if part
        )
        found = f", found {value[:LONGEST_VALUE]!r}" if value else ""
        super().__init__(f"{where}: {wrong}{found}{f'; expected {expected}' if expected else ''}")
        self.place, self.wrong, self.value, self.expected = place, wrong, value[:LONGEST_VALUE], expected

    def told(self) -> dict[str, Any]:
        """As JSON."""
        return {**asdict(self.place), "wrong": self.wrong, "value": self.value, "expected": self.expected}
