"""A code as of a date: which edition answers, and with what; codes that came later, or went, among them."""

from typing import Final

from services.lookup.asking import unknown_code
from services.lookup.domain import Code, Edition, Entry, Section, Status, System
from services.lookup.editions.bundle import Bundle
from services.lookup.editions.library import Library, Shelf
from services.lookup.pages import history, icd10cm, procedure

REMEMBERED: Final = 48_000_000  # bytes of answers: a diagnosis has some notes, a procedure some tables
PROCEDURES: Final = ("cpt", "hcpcs", "icd-10-pcs")
LICENSED: Final = {"cpt": ("cpt-ama",)}


class Answers:
    """The answers of a generation of editions, which never change: the newest are remembered."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._known: dict[tuple[str, str, str, str], Code] = {}
        self._bytes = 0
        self._generation = -1

    def of(self, known: System, wanted: str, date: str, state: str) -> Code:
        """A code on a date."""
        asked = (known.id, wanted, date, state)
        if self._library.generation != self._generation:
            self._known, self._bytes, self._generation = {}, 0, self._library.generation
        found = self._known.get(asked)
        if found is None:
            found = self._known[asked] = answer(known, wanted, Shelf(self._library, date, state))
            self._bytes += _size(found)
            while self._bytes > REMEMBERED:
                self._bytes -= _size(self._known.pop(next(iter(self._known))))
        return found


def _size(found: Code) -> int:
    return 1_000 + sum(len(section.body) for section in found.sections)


def answer(known: System, wanted: str, shelf: Shelf) -> Code:
    """The code; NOT_FOUND where a complete edition rules it out, NO_DATA where none that is loaded decides."""
    if found := _described(known, wanted, shelf):
        bundle, edition, entry = found
        status = entry.status(shelf.as_of)
        return _answer(
            known, entry, shelf.as_of, edition, _sections(known, entry, bundle, edition, shelf, status), status
        )
    return _elsewhere(known, wanted, shelf) or _undescribed(known, wanted, shelf)


def _described(known: System, code: str, shelf: Shelf) -> tuple[Bundle, Edition, Entry] | None:
    """The entry that the code set of the date has, of our own pages or of the operator's licensed file."""
    for system in (known.id, *LICENSED.get(known.id, ())):
        spoke = shelf.speaking(system)
        entry = spoke[0].facts.entry(code) if spoke else None
        if spoke and entry:
            return spoke[0], spoke[1], entry
    return None


def _elsewhere(known: System, wanted: str, shelf: Shelf) -> Code | None:
    """A code that the edition of the date lacks, and an earlier or a later one has: deleted, or not yet valid."""
    spoke = shelf.speaking(known.id)
    if spoke is None or not spoke[1].complete:
        return None
    others = [one for one in shelf.all(known.id) if one.facts.entry(wanted) is not None]
    later = [one for one in others if one.edition.effective_from > shelf.as_of]
    earlier = [one for one in others if one.edition.effective_from <= shelf.as_of and one.edition.id != spoke[1].id]
    if spoke[1].effective_from > shelf.as_of:
        # it speaks by its dated rows, which lack the code: the last edition that had begun does, or a later one's row
        telling = [*earlier[-1:], *(one for one in later if one.edition.row_dated)]
        return _by(known, telling[0], wanted, shelf) if telling else None
    if earlier or later:
        return _by(known, (later[:1] or earlier[-1:])[0], wanted, shelf, spoke[1], deleted=bool(earlier))
    return None


def _by(
    known: System, bundle: Bundle, wanted: str, shelf: Shelf, spoke: Edition | None = None, *, deleted: bool = False
) -> Code | None:
    """What a bundle tells of a code on a date that its window does not hold.

    `spoke`: the edition of the date, which has no such code; without one, the bundle's own dates decide.
    """
    entry = bundle.facts.entry(wanted)
    if entry is None:
        return None
    edition = bundle.edition.on(shelf.as_of)
    if spoke is None:
        status, speaks = entry.status(shelf.as_of), edition
    else:
        status, speaks = Status.DELETED if deleted else _began(entry, spoke, shelf), spoke
    return _answer(known, entry, shelf.as_of, speaks, _sections(known, entry, bundle, edition, shelf, status), status)


def _began(entry: Entry, spoke: Edition, shelf: Shelf) -> Status:
    """Of a code that a later edition has and the one of the date has not: whether it had begun.

    Between the editions that are loaded the conversion table tells; without it nothing does.
    """
    if not spoke.stale:
        return Status.NOT_YET_VALID
    began = history.began(entry.code, shelf)
    if not began:
        return Status.NO_DATA
    return Status.ACTIVE if began <= shelf.as_of else Status.NOT_YET_VALID


def _undescribed(known: System, wanted: str, shelf: Shelf) -> Code:
    """A code that no code set of the date describes: the tables may name it; a complete code set rules it out."""
    if known.id in PROCEDURES and (edition := procedure.naming(wanted, shelf)):
        sections = procedure.of(known.id, None, wanted, shelf)
        return Code(known.id, wanted, "", Status.ACTIVE, None, shelf.as_of, edition, sections)
    spoke = shelf.speaking(known.id)
    if spoke and spoke[1].complete and shelf.as_of >= spoke[1].effective_from:
        raise unknown_code(known, wanted, spoke[1])
    loaded = [bundle for bundle in shelf.all(known.id) if bundle.edition.complete]
    if loaded and not any(bundle.facts.entry(wanted) for bundle in loaded):
        raise unknown_code(known, wanted, loaded[-1].edition)
    return _no_data(known, wanted, shelf)


def _sections(
    system: System, entry: Entry, bundle: Bundle, edition: Edition, shelf: Shelf, status: Status
) -> tuple[Section, ...]:
    if system.id == "icd-10-cm":
        return icd10cm.of(entry, bundle.facts, edition, shelf, status)
    return procedure.of(system.id, entry, entry.code, shelf)


def _answer(
    system: System,
    entry: Entry,
    date: str,
    edition: Edition,
    sections: tuple[Section, ...],
    status: Status,
) -> Code:
    speaks = None if status is Status.NO_DATA else edition
    return Code(system.id, entry.code, entry.display, status, entry.billable, date, speaks, sections)


def _no_data(system: System, code: str, shelf: Shelf) -> Code:
    procedural = system.id in PROCEDURES
    sections = procedure.of(system.id, None, code, shelf) if procedural else icd10cm.without_data()
    return Code(system.id, code, "", Status.NO_DATA, None, shelf.as_of, None, sections)
