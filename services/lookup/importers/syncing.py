"""Pulls what another platform has published, file by file, and publishes it here in one swap.

A file is kept only where its size and sha256 are those that were announced; an edition that is there already is not
fetched again. What is published here alone, licensed files above all, stays published beside it.
"""

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from services.lookup.editions import bundle, catalog
from services.lookup.editions.shelf import EDITIONS, locked, manifests
from services.lookup.importers.refusal import ImportRefusedError, Place

LISTED: Final = "/api/v1/editions/files"
DRAFTS: Final = f"{bundle.BUILDING}sync"
_PATH: Final = re.compile(r"(?:editions|sources)(?:/[A-Za-z0-9_.][A-Za-z0-9_. ,()+&-]*)+")
_TIMEOUT: Final = 60.0
_CHUNK: Final = 1 << 16

type Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Synced:
    """What a pull did: editions that came, those that were there, those that are licensed and stay where they are."""

    pulled: tuple[str, ...]
    there: tuple[str, ...]
    licensed: tuple[str, ...]
    generation: int


def sync(base: str, data_dir: Path, told: Told) -> Synced:
    """Pulls from the platform at an address. ImportRefusedError where a file does not come whole: none is published."""
    base = base.rstrip("/")
    if not re.fullmatch(r"https?://\S+", base):
        raise ImportRefusedError(Place(base), "is no address", expected="http://host:port or https://host")
    with locked(data_dir, told), httpx.Client(timeout=_TIMEOUT, follow_redirects=True) as client:
        editions = _listed(client, base)
        local = {one.id for one in manifests(data_dir)}
        wanted = [one for one in editions if not one["licensed"]]
        new = [one for one in wanted if not _is_there(data_dir, one)]
        try:
            for one in new:
                _pull(client, base, one, data_dir, told)
            for one in new:
                _put(data_dir, one)
        finally:
            shutil.rmtree(data_dir / EDITIONS / DRAFTS, ignore_errors=True)
        names = [str(one["id"]) for one in wanted]
        after = catalog.read(data_dir)
        if set(names) - set(after.editions):
            drop = _replaced(data_dir, names, local)
            after = catalog.publish(data_dir, [name for name in names if name not in after.editions], drop)
        there = tuple(name for name in names if name not in {one["id"] for one in new})
        licensed = tuple(str(one["id"]) for one in editions if one["licensed"])
        return Synced(tuple(str(one["id"]) for one in new), there, licensed, after.generation)


def _listed(client: httpx.Client, base: str) -> list[dict[str, Any]]:
    try:
        answer = client.get(base + LISTED)
        answer.raise_for_status()
        editions: list[dict[str, Any]] = answer.json()["editions"]
        for one in editions:
            _check(base, one)
    except httpx.HTTPError as error:
        raise ImportRefusedError(Place(base + LISTED), f"cannot be fetched ({error})") from error
    except (ValueError, KeyError, TypeError) as error:
        if isinstance(error, ImportRefusedError):
            raise
        raise ImportRefusedError(Place(base + LISTED), "lists no editions", expected="a platform's address") from error
    return editions


def _check(base: str, one: Mapping[str, Any]) -> None:
    for file in one["files"]:
        path = str(file["path"])
        if not _PATH.fullmatch(path) or ".." in path.split("/") or "." in path.split("/"):
            raise ImportRefusedError(Place(base), "names a path that leads elsewhere", path, "editions/… or sources/…")
        if path.startswith("editions/") and not path.startswith(f"editions/{one['id']}/"):
            raise ImportRefusedError(Place(base), "names a path of another edition", path, f"editions/{one['id']}/…")


def _is_there(data_dir: Path, one: Mapping[str, Any]) -> bool:
    return (data_dir / EDITIONS / str(one["id"]) / bundle.MANIFEST).is_file()


def _pull(client: httpx.Client, base: str, one: Mapping[str, Any], data_dir: Path, told: Told) -> None:
    files: Sequence[Mapping[str, Any]] = one["files"]
    for number, file in enumerate(files):
        told(f"{one['id']}: pulling", number, len(files))
        place = data_dir / EDITIONS / DRAFTS / str(file["path"])
        place.parent.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with place.open("wb") as kept:
            for piece in _pieces(client, f"{base}{LISTED}/{file['path']}"):
                digest.update(piece)
                size += kept.write(piece)
        if (size, digest.hexdigest()) != (file["size"], file["sha256"]):
            wrong = "came otherwise than it was announced"
            told_sha = f"{size:,} bytes, sha256 {digest.hexdigest()[:12]}…"
            raise ImportRefusedError(Place(f"{base}/{file['path']}"), wrong, told_sha, f"{file['size']:,} bytes")
    told(f"{one['id']}: pulling", len(files), len(files))


def _pieces(client: httpx.Client, address: str) -> Iterator[bytes]:
    try:
        with client.stream("GET", address) as answer:
            answer.raise_for_status()
            yield from answer.iter_bytes(_CHUNK)
    except httpx.HTTPError as error:
        raise ImportRefusedError(Place(address), f"cannot be fetched ({type(error).__name__}: {error})") from error


def _put(data_dir: Path, one: Mapping[str, Any]) -> None:
    """Moves an edition that came whole into its place, its sources first."""
    draft = data_dir / EDITIONS / DRAFTS
    for file in one["files"]:
        path = str(file["path"])
        if path.startswith("sources/") and not (data_dir / path).exists():
            (data_dir / path).parent.mkdir(parents=True, exist_ok=True)
            (draft / path).replace(data_dir / path)
    (draft / EDITIONS / str(one["id"])).rename(data_dir / EDITIONS / str(one["id"]))


def _replaced(data_dir: Path, names: Sequence[str], local: set[str]) -> list[str]:
    """Editions here of the very system and first day of one that comes: the same release in another form."""
    every = {one.id: one for one in manifests(data_dir)}
    coming = [bundle.edition_in(data_dir / EDITIONS / name) for name in names if (data_dir / EDITIONS / name).is_dir()]
    keys = {(one.system, one.effective_from) for one in coming}
    return [name for name in local if name not in names and (every[name].system, every[name].effective_from) in keys]
