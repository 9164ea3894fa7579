"""Makes the vectors that the published editions lack. One makes them at a time; a second one waits and finds them made.

    python -m services.lookup.meaning.build --data-dir DIR

Prints progress as JSON lines {"stage", "done", "total"}; what was made is kept every few thousand texts, so that one
that is stopped goes on from there.
"""

import argparse
import fcntl
import json
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from services.lookup.domain import LEADING_TO, SYSTEMS
from services.lookup.editions.library import Library
from services.lookup.meaning import graph
from services.lookup.meaning.encoder import QUERIES, TEXTS, WEIGHTS, Encoder
from services.lookup.meaning.encoder import folder as model_folder
from services.lookup.meaning.store import FOLDER, Store, sweep

_LOCK: Final = ".build.lock"
_BATCH: Final = 64  # texts of about one length at a time
_KEPT: Final = 16_384  # texts after which the work is kept
_NICE: Final = 19  # whoever is served goes first

type Progress = Callable[[str, int, int], None]


def lacking(library: Library, data_dir: Path) -> Mapping[str, Mapping[int, str]]:
    """The texts without a vector, by system and by key."""
    found: dict[str, dict[int, str]] = {}
    for system in SYSTEMS:
        texts: dict[int, str] = {}
        store = Store(data_dir, system, read_only=True)
        for name in (system, *(name for name, leads in LEADING_TO.items() if leads == system)):
            for bundle in library.all(name):
                if bundle.terms and bundle.describes:
                    texts |= bundle.terms.texts([one for one in store.lacks(bundle.terms.keys()) if one not in texts])
        if texts:
            found[system] = texts
    return found


def build(data_dir: Path, threads: int, progress: Progress) -> int:
    """Makes what is lacking and returns how many."""
    (data_dir / FOLDER).mkdir(parents=True, exist_ok=True)
    with (data_dir / FOLDER / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        library = Library(data_dir)
        try:
            work = lacking(library, data_dir)
        finally:
            library.close()
        _write_models(data_dir / FOLDER)
        sweep(data_dir)
        encoder = Encoder(data_dir / FOLDER / TEXTS, threads) if work else None
        for system, texts in work.items():
            if encoder:
                _make(Store(data_dir, system, read_only=False), texts, encoder, partial(progress, system))
        return sum(len(texts) for texts in work.values())


def _write_models(folder: Path) -> None:
    if not (folder / TEXTS).exists():
        graph.write(model_folder(), folder / TEXTS)
    if not (folder / QUERIES).exists():
        graph.write_light(folder / TEXTS, folder / QUERIES, folder / WEIGHTS)


def _make(store: Store, texts: Mapping[int, str], encoder: Encoder, progress: Callable[[int, int], None]) -> None:
    in_order = sorted(texts.items(), key=lambda one: len(one[1]))
    for first in range(0, len(in_order), _BATCH):
        if first and first % _KEPT == 0:
            store.save()
        progress(first, len(in_order))
        batch = in_order[first : first + _BATCH]
        store.add([one for one, _ in batch], encoder.encode([text for _, text in batch]))
    store.save()
    progress(len(in_order), len(in_order))


def _say(stage: str, done: int, total: int) -> None:
    sys.stdout.write(json.dumps({"stage": stage, "done": done, "total": total}) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Builds, as the one who steps aside for everybody else."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    folder = parser.parse_args().data_dir
    os.nice(_NICE)

    made = build(folder, os.cpu_count() or 1, _say)
    _say("ready", made, made)


if __name__ == "__main__":
    main()
