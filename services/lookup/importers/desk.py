"""Imports files: recognises them, builds the bundles of their editions, and publishes all in one swap of the catalog.

    DATA/sources/<sha256>/<name>   the files as they came, kept for rebuilding, and for an edition's further parts

Nothing is published before everything is built: a refused file, or a killed import, leaves the catalog as it was.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.lookup.domain import Edition, Entry, Level, Part
from services.lookup.editions import bundle, catalog
from services.lookup.editions.facts import Facts
from services.lookup.editions.shelf import EDITIONS, SOURCES, locked, manifests
from services.lookup.importers import files, rolling
from services.lookup.importers.drafts import Draft, together
from services.lookup.importers.files import Member
from services.lookup.importers.format import Content, Given, window
from services.lookup.importers.formats import FORMATS, recognised
from services.lookup.importers.icd10cm_index import BASE
from services.lookup.importers.refusal import ImportRefusedError, Place


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: editions published, files that were there already, members passed over."""

    published: tuple[Edition, ...]
    already: tuple[tuple[str, str], ...]  # file, edition
    passed_over: tuple[str, ...]
    generation: int
    remarks: tuple[str, ...] = ()


class Desk:
    """Imports into one data folder."""

    def __init__(self, data_dir: Path, progress: bundle.Progress) -> None:
        self._data_dir = data_dir
        self._editions = data_dir / EDITIONS
        self._progress = progress
        self._remarks: list[str] = []

    def import_files(self, paths: Sequence[Path], given: Given) -> Imported:
        """Publishes the editions of the files. ImportRefusedError where one of them cannot be; then none is."""
        with locked(self._data_dir, self._progress):
            before = manifests(self._data_dir)
            recognised, already, passed = self._recognised(paths, given, before)
            drafts = together(recognised.values())
            for draft in drafts:
                draft.join(before, self._kept)
            built = [self._build(draft, given) for draft in drafts]
            for path in paths:
                self._keep(path)
            built += self._rolled(before, built)
            if not built:
                return Imported((), tuple(already), tuple(passed), catalog.read(self._data_dir).generation)
            after = self._publish(before, built)
        self._remarks += _kept_beside(before, built)
        return Imported(tuple(built), tuple(already), tuple(passed), after.generation, tuple(self._remarks))

    def roll(self) -> None:
        """Publishes the indexes that are to be rolled forward; the caller holds the lock."""
        before = manifests(self._data_dir)
        if built := self._rolled(before, []):
            self._publish(before, built)

    def _publish(self, before: Sequence[Edition], built: Sequence[Edition]) -> catalog.Catalog:
        keys = {(one.system, one.effective_from) for one in built}
        names = [one.id for one in built]
        replaced = [one.id for one in before if (one.system, one.effective_from) in keys and one.id not in names]
        return catalog.publish(self._data_dir, names, replaced)

    def _rolled(self, before: Sequence[Edition], built: Sequence[Edition]) -> list[Edition]:
        """The indexes that the addenda roll forward, those apart that are there already."""
        keys = {(one.system, one.effective_from) for one in built}
        editions = [*(one for one in before if (one.system, one.effective_from) not in keys), *built]
        made = []
        for one in rolling.wanted(editions):
            parts = {name: self._kept(edition.parts[0]) for name, edition in one.parts.items()}
            known = recognised(parts[BASE], Given())
            window = (one.version, one.effective_from, one.effective_to)
            draft = Draft(known[0], known[1], window, parts) if known else None
            if draft and draft.id not in {edition.id for edition in before}:
                made.append(self._build(draft, Given()))
        return made

    def rebuild(self, edition: Edition) -> Edition:
        """Builds an edition's bundle anew from its kept files; the caller holds the lock."""
        # the kind that the user may have had to tell is in the system's name: ncci-ptp-outpatient-medicaid
        given = Given(kind="cpt" if edition.system == "cpt-ama" else edition.system, licensee=edition.licence)
        parts = {part.name: self._kept(part) for part in edition.parts}
        known = (recognised(member, given) for member in parts.values())
        found = next((one for one in known if one and one[1].system == edition.system), None)
        if found is None:
            raise ImportRefusedError(Place(edition.file), "is of no format that is known any more")
        draft = Draft(found[0], found[1], (edition.version, edition.effective_from, edition.effective_to), parts)
        return self._build(draft, given)

    def _recognised(
        self, paths: Sequence[Path], given: Given, before: Sequence[Edition]
    ) -> tuple[dict[tuple[str, str], Draft], list[tuple[str, str]], list[str]]:
        """Drafts by what they are; files that are published already; members that no format knows."""
        drafts: dict[tuple[str, str], Draft] = {}
        already: list[tuple[str, str]] = []
        passed: list[str] = []
        for path in paths:
            sha256 = files.digest(path) if path.is_file() else ""
            there = [one.id for one in before if sha256 and any(part.sha256 == sha256 for part in one.parts)]
            if there:
                already += [(path.name, one) for one in there]
                continue
            self._progress(f"{path.name}: recognising", 0, 1)
            found = 0
            for member in files.members(path, sha256):
                known = recognised(member, given)
                if known is None:
                    passed.append(member.place)
                    continue
                found += 1
                draft = Draft(known[0], known[1], window(member, known[1].window, given))
                over = drafts.setdefault(draft.key, draft).take(known[1].part, member, known[0])
                passed += [over.place] if over else []
            if not found:
                wrong = "holds nothing that can be imported"
                raise ImportRefusedError(Place(path.name), wrong, expected=", ".join(one.what for one in FORMATS))
        return drafts, already, passed

    def _keep(self, path: Path) -> None:
        place = self._data_dir / SOURCES / files.digest(path) / path.name
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            draft = place.with_name(f".{path.name}")
            shutil.copyfile(path, draft)
            draft.replace(place)

    def _kept(self, part: Part) -> Member:
        """A part's file as it was kept. ImportRefusedError where it is gone."""
        path = self._data_dir / SOURCES / part.sha256 / part.file
        for member in files.members(path, part.sha256):
            if member.name == (part.member or member.name):
                return member
        raise ImportRefusedError(Place(part.file), "has no such member any more", part.member)

    def _build(self, draft: Draft, given: Given) -> Edition:
        system, (version, begin, _) = draft.identity.system, draft.window
        self._progress(f"{system} {version}: reading", 0, 1)
        try:
            content = draft.format.read(draft.parts, self._around, begin)
        except ImportRefusedError:
            for member in draft.parts.values():
                member.check()  # an archive that is damaged is refused as that, whatever came out of it
            raise
        self._remarks += content.remarks
        edition = _edition(draft, content, given)
        if bundle.identity(self._editions, edition.id) == (bundle.FORMAT, edition.sha256):
            return bundle.edition_in(self._editions / edition.id)
        source = bundle.Source(
            *(edition, content.entries, content.terms, content.wordings, content.rows, content.pairs)
        )
        return bundle.write(self._editions, source, self._progress)

    def _around(self, system: str, day: str) -> tuple[str, Sequence[Entry]]:
        """The entries of the published edition with a hierarchy of its own that lies nearest to a day."""
        own = [one for one in manifests(self._data_dir) if one.system == system and _has_own_notes(one)]
        if not own:
            return "", ()
        nearest = min(own, key=lambda one: abs(_days(one.effective_from) - _days(day)))
        facts = Facts(self._editions / nearest.id / "facts.sqlite")
        try:
            return nearest.version, [one for one in facts.all() if one.level is not Level.EXTENDED]
        finally:
            facts.close()


def _kept_beside(before: Sequence[Edition], built: Sequence[Edition]) -> list[str]:
    """Of each edition that is older than one that was loaded already: that it is kept, and not promoted."""
    told = []
    for one in built:
        newer = [other for other in before if other.system == one.system and other.effective_from > one.effective_from]
        if newer:
            newest = max(newer, key=lambda other: other.effective_from)
            ends = f" to {one.effective_to}" if one.effective_to else ""
            told.append(
                f"{one.title} {one.version} is older than {newest.version}, which is loaded: it is kept for dates of "
                f"service from {one.effective_from}{ends}, and not promoted; {newest.version} stays the newest."
            )
    return told


def _has_own_notes(edition: Edition) -> bool:
    return not edition.parts or any(part.name == "tabular" for part in edition.parts)


def _days(day: str) -> int:
    year, month, date = (int(one) for one in day.split("-"))
    return year * 372 + month * 31 + date  # only for which lies nearer


def _edition(draft: Draft, content: Content, given: Given) -> Edition:
    parts = draft.sources()
    version, begin, end = draft.window
    system = draft.identity.system
    licence = ", ".join(part for part in (given.licensee, given.today) if part)
    return Edition(
        id=draft.id,
        system=system,
        version=version,
        effective_from=begin,
        effective_to=end,
        file=parts[0].file,
        sha256=parts[0].sha256,
        rows=0,
        covers=content.covers,
        complete=content.complete,
        row_dated=content.row_dated,
        name=draft.identity.name,
        counts=dict(content.counts),
        parts=parts,
        licence=licence if system == "cpt-ama" else "",
    )


def told(edition: Edition) -> Mapping[str, object]:
    """An edition for people and programs."""
    return {
        "id": edition.id,
        "system": edition.system,
        "name": edition.name,
        "version": edition.version,
        "effective_from": edition.effective_from,
        "effective_to": edition.effective_to,
        "rows": edition.rows,
        "counts": dict(edition.counts),
        "complete": edition.complete,
        "covers": edition.covers,
        "files": [part.file for part in edition.parts] or [edition.file],
        "sha256": edition.sha256,
        "licence": edition.licence,
    }
