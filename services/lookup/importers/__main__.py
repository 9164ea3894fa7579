"""The reference data's own command, which `codingahead data` runs and shows.

    python -m services.lookup.importers --data-dir DIR import|list|diff|fetch|sync|remove|rollback ...

Prints JSON lines: progress {"stage", "done", "total"}, then one {"answer": ...}, or {"refused": ..., "error": sentence}
with exit 1.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from services.lookup.domain import day
from services.lookup.editions import catalog
from services.lookup.editions.shelf import EDITIONS, locked, manifests
from services.lookup.importers import compare, fetching, syncing
from services.lookup.importers.desk import Desk, told
from services.lookup.importers.format import Given
from services.lookup.importers.refusal import ImportRefusedError, Place

FETCHED: Final = "fetched"

type Answer = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns its exit code."""
    asked = _parser().parse_args(arguments)
    try:
        answer = _VERBS[asked.verb](asked)
    except ImportRefusedError as refusal:
        return _refuse(str(refusal), refusal.told())
    except OSError as error:
        return _refuse(f"{error.filename or asked.data_dir}: {error.strerror}")
    except ValueError as error:
        return _refuse(str(error))
    _say({"answer": answer})
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="importers", description=__doc__.partition("\n")[0])
    parser.add_argument("--data-dir", type=Path, required=True)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name in ("import", "fetch"):
        verb = verbs.add_parser(name)
        verb.add_argument("files", nargs="*")
        for option in ("--kind", "--effective-from", "--effective-to", "--accept-licence", "--addresses"):
            verb.add_argument(option, default="")
    verbs.add_parser("list")
    difference = verbs.add_parser("diff")
    difference.add_argument("a")
    difference.add_argument("b")
    verbs.add_parser("sync").add_argument("url")
    remove = verbs.add_parser("remove")
    remove.add_argument("edition")
    remove.add_argument("--force", action="store_true")
    verbs.add_parser("rollback")
    return parser


def _import(asked: argparse.Namespace) -> Answer:
    return _imported(asked, [Path(name) for name in asked.files])


def _imported(asked: argparse.Namespace, paths: Sequence[Path]) -> Answer:
    for name in ("effective_from", "effective_to"):
        text = getattr(asked, name)
        if text and day(text) is None:
            raise ValueError(f"--{name.replace('_', '-')}: {text!r} is no day; expected YYYY-MM-DD")
    today = datetime.now(UTC).date().isoformat()
    given = Given(asked.kind, asked.effective_from, asked.effective_to, asked.accept_licence, today)
    done = Desk(asked.data_dir, _tell).import_files(paths, given)
    return {
        "published": [told(one) for one in done.published],
        "already": [{"file": file, "edition": edition} for file, edition in done.already],
        "passed_over": list(done.passed_over),
        "remarks": list(done.remarks),
        "generation": done.generation,
    }


def _fetch(asked: argparse.Namespace) -> Answer:
    table = Path(asked.addresses) if asked.addresses else fetching.ADDRESSES
    wanted = fetching.addresses(date.today(), table)  # noqa: DTZ011 -- which release is current is no matter of hours
    chosen = [one for one in wanted if not asked.files or any(name.lower() in one.name.lower() for name in asked.files)]
    if not chosen:
        known = ", ".join(one.name for one in wanted)
        raise ImportRefusedError(Place(table.name), "names no such source", " ".join(asked.files), known)
    paths = list(fetching.fetch(chosen, asked.data_dir / FETCHED, asked.accept_licence, _tell))
    return _imported(asked, paths)


def _list(asked: argparse.Namespace) -> Answer:
    found = sorted(manifests(asked.data_dir), key=lambda one: (one.system, one.effective_from))
    return {"generation": catalog.read(asked.data_dir).generation, "editions": [told(one) for one in found]}


def _diff(asked: argparse.Namespace) -> Answer:
    folders = [asked.data_dir / EDITIONS / _known(asked.data_dir, name) for name in (asked.a, asked.b)]
    return {"a": asked.a, "b": asked.b, "changes": [asdict(one) for one in compare.changes(*folders)]}


def _known(data_dir: Path, name: str) -> str:
    """The edition that a name, or its beginning, means alone."""
    names = [one.id for one in manifests(data_dir)]
    found = [one for one in names if one == name] or [one for one in names if one.startswith(name)]
    if len(found) != 1:
        wrong = "means several editions" if found else "is no edition that is loaded"
        raise ImportRefusedError(Place(name), wrong, expected=", ".join(found or sorted(names)))
    return found[0]


def _remove(asked: argparse.Namespace) -> Answer:
    name = _known(asked.data_dir, asked.edition)
    with locked(asked.data_dir, _tell):
        after = catalog.publish(asked.data_dir, (), [name])
        if asked.force:
            shutil.rmtree(asked.data_dir / EDITIONS / name, ignore_errors=True)
    return {"removed": name, "files_deleted": bool(asked.force), "generation": after.generation}


def _sync(asked: argparse.Namespace) -> Answer:
    done = syncing.sync(asked.url, asked.data_dir, _tell)
    return {
        "pulled": list(done.pulled),
        "there": list(done.there),
        "licensed": list(done.licensed),
        "generation": done.generation,
    }


def _rollback(asked: argparse.Namespace) -> Answer:
    with locked(asked.data_dir, _tell):
        after = catalog.rollback(asked.data_dir)
    return {"generation": after.generation, "editions": list(after.editions)}


_VERBS: Final[dict[str, Callable[[argparse.Namespace], Answer]]] = {
    "import": _import,
    "fetch": _fetch,
    "list": _list,
    "diff": _diff,
    "remove": _remove,
    "sync": _sync,
    "rollback": _rollback,
}


def _tell(stage: str, done: int, total: int) -> None:
    _say({"stage": stage, "done": done, "total": total})


def _refuse(sentence: str, told: Answer | None = None) -> int:
    _say({"error": sentence, "refused": told or {}})
    return 1


def _say(line: Answer) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
