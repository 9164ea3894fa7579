"""Builds and publishes what ships: ICD-10-CM, and the starter content for CPT codes.

    python -m services.lookup.editions.starter --data-dir DIR

Prints progress as JSON lines {"stage", "done", "total"}; the last has the stage "ready", or is {"error"} with
exit 1. Run twice, or by two at once, it builds once; what is there already costs a few milliseconds.
"""

import argparse
import hashlib
import importlib.util
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.lookup.domain import Edition
from services.lookup.editions import bundle, catalog, cpt_starter, icd10cm_tabular
from services.lookup.editions.library import Library
from services.lookup.editions.shelf import EDITIONS, locked, manifests
from services.lookup.importers.desk import Desk

PACKAGE: Final = "simple_icd_10_cm"


@dataclass(frozen=True, slots=True)
class Shipped:
    """An edition that ships. Published ones whose id begins with `replaces` make way for it."""

    edition_id: str
    sha256: str
    source: Callable[[], bundle.Source]
    replaces: str = ""


def shipped() -> list[Shipped]:
    """What ships now; ValueError where a part of the installation is not there."""
    return [_icd10cm(), _cpt()]


def _icd10cm() -> Shipped:
    """The newest tabular file in the package, found without importing the package, which takes seconds."""
    spec = importlib.util.find_spec(PACKAGE)
    data = Path(spec.origin).parent / "data" if spec and spec.origin else Path()
    tabular = max(data.glob("icd10c*tabular-*.xml"), key=lambda path: icd10cm_tabular.identify(path.name)[1])
    codes = next(data.glob("code-list-*.txt"))
    digest = hashlib.sha256(tabular.read_bytes()).hexdigest()
    edition = icd10cm_tabular.edition(tabular, digest)

    def source() -> bundle.Source:
        valid = {line.split(" ")[0].strip().replace(".", "") for line in codes.read_text(encoding="utf-8").splitlines()}
        return bundle.Source(edition, icd10cm_tabular.read(tabular, valid), icd10cm_tabular.terms)

    return Shipped(edition.id, digest, source)


def _cpt() -> Shipped:
    digest = cpt_starter.fingerprint()

    def source() -> bundle.Source:
        edition, entries = cpt_starter.read()
        return bundle.Source(edition, entries, cpt_starter.terms)

    return Shipped(cpt_starter.edition_id(digest), digest, source, replaces="cpt-starter-")


def missing(data_dir: Path, ships: Sequence[Shipped]) -> list[Shipped]:
    """What of it is not published yet, or is of an older format or source."""
    published = catalog.read(data_dir).editions
    return [one for one in ships if not _is_imported(published, one) and not _is_built(data_dir, published, one)]


def _is_imported(published: Sequence[str], one: Shipped) -> bool:
    """Whether the operator imported the same release from the agency's file, which speaks in its place."""
    return any(edition.startswith(f"{one.edition_id}-") for edition in published)


def _is_built(data_dir: Path, published: Sequence[str], one: Shipped) -> bool:
    return one.edition_id in published and bundle.identity(data_dir / EDITIONS, one.edition_id) == (
        bundle.FORMAT,
        one.sha256,
    )


def build(data_dir: Path, progress: bundle.Progress, ships: Sequence[Shipped] | None = None) -> catalog.Catalog:
    """Builds what is missing and publishes it in one swap; waits while another process does."""
    wanted = shipped() if ships is None else ships
    old = [one for one in manifests(data_dir) if one.parts and _is_of_older_format(data_dir, one)]
    if not missing(data_dir, wanted) and not old:
        return catalog.read(data_dir)
    with locked(data_dir, progress):
        for edition in old:
            Desk(data_dir, progress).rebuild(edition)
        if old:
            Desk(data_dir, progress).roll()
        absent = missing(data_dir, wanted)
        for one in absent:
            if bundle.identity(data_dir / EDITIONS, one.edition_id) != (bundle.FORMAT, one.sha256):
                progress(f"{one.edition_id}: reading", 0, 1)
                bundle.write(data_dir / EDITIONS, one.source(), progress)
        return _publish(data_dir, absent) if absent else catalog.read(data_dir)


def _is_of_older_format(data_dir: Path, edition: Edition) -> bool:
    return bundle.identity(data_dir / EDITIONS, edition.id)[0] != bundle.FORMAT


def _publish(data_dir: Path, built: Sequence[Shipped]) -> catalog.Catalog:
    replaced = tuple(one.replaces for one in built if one.replaces)
    drop = [edition for edition in catalog.read(data_dir).editions if edition.startswith(replaced)] if replaced else []
    return catalog.publish(data_dir, [one.edition_id for one in built], drop)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="starter", description=__doc__.partition("\n")[0])
    parser.add_argument("--data-dir", type=Path, required=True, help="the platform's data folder")
    data_dir = parser.parse_args(arguments).data_dir
    try:
        published = build(data_dir, _tell)
        Library(data_dir)  # a bundle that cannot be used is said here, before anything serves
    except OSError as error:
        return _refuse(f"{error.filename or data_dir}: {error.strerror}; the data folder has to be writable")
    except ValueError as error:
        return _refuse(str(error))
    _say({"stage": "ready", "done": 1, "total": 1, "generation": published.generation})
    return 0


def _tell(stage: str, done: int, total: int) -> None:
    _say({"stage": stage, "done": done, "total": total})


def _refuse(sentence: str) -> int:
    _say({"error": sentence})
    return 1


def _say(line: dict[str, str | int]) -> None:
    print(json.dumps(line), flush=True)  # noqa: T201 -- these lines are what the command is run for


if __name__ == "__main__":
    raise SystemExit(main())
