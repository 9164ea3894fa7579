"""Which editions an answer rests on: those of the codes it names, and those its citations name or were read from."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from services.assistant.answers.telling import page_of
from services.assistant.domain.answers import Answer, Citation
from services.assistant.domain.codes import KnownCode

# How a citation calls a section of a code's page, where it does not call it by its key.
_SECTIONS: Final = {
    "add-on code edits": ("edits",),
    "Indications and procedure": ("indications",),
    "Medicare coverage": ("coverage",),
    "related codes": ("related", "crosswalks"),
}


def resting(answer: Answer, known: Sequence[KnownCode]) -> tuple[str, ...]:
    """The ids of the editions, ascending; `known` are the codes that were looked up for the answer."""
    named = {ref.code for ref in answer.codes}
    found = {code.edition_id for code in known if code.ref.code in named}
    told = " \n ".join(f"{one.title} \n {one.edition} \n {one.text}" for one in answer.citations)
    found.update(_named(told, known))
    found.update(one for citation in answer.citations for one in _read_from(citation, known))
    return tuple(sorted(found - {""}))


def _named(told: str, known: Sequence[KnownCode]) -> Iterator[str]:
    """Editions by name and version; the longest name first, since that of an April release begins as October's."""
    names = {f"{one['name']} {one['version']}": str(one["id"]) for code in known for one in _editions(code)}
    if names:
        either = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
        yield from (names[one] for one in re.findall(rf"(?:{either})(?!\w)", told))


def _read_from(citation: Citation, known: Sequence[KnownCode]) -> Iterator[str]:
    """The editions behind the section that a citation points at."""
    for code in known:
        if citation.url == page_of(code.ref.system, code.ref.code):
            place = citation.locator.partition(" at ")[0]
            yield code.edition_id
            yield from (str(one["id"]) for one in _editions(code, *_SECTIONS.get(place, (place,))))


def _editions(code: KnownCode, *keys: str) -> Iterable[dict[str, Any]]:
    """What the sections of a code name as their editions: all of them, or those of some keys."""
    for key in keys or tuple(code.sections):
        body = code.sections.get(key)
        if isinstance(body, dict):
            yield from body.get("editions", ())
