"""How a page names what it rests on."""

from typing import Any

from services.lookup.domain import Edition


def edition(one: Edition) -> dict[str, Any]:
    """An edition that a section rests on, as its body tells it."""
    return {
        "id": one.id,
        "name": one.title,
        "version": one.version,
        "effective_from": one.effective_from,
        "effective_to": one.effective_to,
        "stale": one.stale,
    }


def row(one: Edition, line: int, part: str = "") -> str:
    """The place of a row: the edition, the file, the line."""
    file = part or one.file
    return f"{one.title} {one.version}, {file}" + (f", line {line:,}" if line else "")
