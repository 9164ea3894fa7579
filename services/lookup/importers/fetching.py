"""Downloads the agencies' current files by a table of addresses (content/sources.toml).

An address may hold {year}, {yy}, {fiscal_year}, {quarter}, {month}, {release} (a to d, by the quarter), {ncci} (the
version of NCCI's tables) and, of a source in several parts, {part}. What arrives is kept only where it is a whole
file: its length is the one announced, an archive opens, and it is no web page. Files that hold CPT codes stand behind
the AMA's click-through licence: they are fetched only once somebody is named who accepts it.
"""

import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import httpx

from services.lookup.importers.refusal import ImportRefusedError, Place

ADDRESSES: Final = Path(__file__).parents[1] / "content" / "sources.toml"
_MONTHS: Final = ("january", "april", "july", "october")
_NCCI_BEGAN: Final = 1994  # version 32.2 is that of the third quarter of 2026
_CHUNK: Final = 1 << 16
_TIMEOUT: Final = 60.0

type Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Address:
    """Where an agency publishes a file. `licensed`: it holds CPT codes."""

    name: str
    url: str
    licensed: bool


def addresses(today: date, table: Path = ADDRESSES) -> list[Address]:
    """The table for a day. ValueError where it cannot be read."""
    rows = tomllib.loads(table.read_text(encoding="utf-8"))["source"]
    quarter = (today.month + 2) // 3
    said = {
        "year": today.year,
        "yy": f"{today.year % 100:02}",
        "fiscal_year": today.year + (today.month >= 10),  # noqa: PLR2004 -- it begins in October
        "quarter": quarter,
        "month": _MONTHS[quarter - 1],
        "release": "abcd"[quarter - 1],
        "ncci": f"{today.year - _NCCI_BEGAN}{quarter - 1}",
    }
    return [
        Address(_part(row, part), row["url"].format(**said, part=part), bool(row.get("licensed")))
        for row in rows
        for part in range(1, row.get("parts", 1) + 1)
    ]


def _part(row: Mapping[str, Any], part: int) -> str:
    return f"{row['name']}, part {part}" if "parts" in row else str(row["name"])


def fetch(wanted: list[Address], folder: Path, licensee: str, told: Told) -> Iterator[Path]:
    """Downloads into a folder, one after the other. ImportRefusedError names the address and what was wrong."""
    for one in wanted:
        if one.licensed and not licensee:
            wrong = "holds CPT codes, which stand behind the AMA's click-through licence"
            raise ImportRefusedError(Place(one.url), wrong, expected="--accept-licence NAME of who accepts it")
    folder.mkdir(parents=True, exist_ok=True)
    with httpx.Client(timeout=_TIMEOUT, follow_redirects=True) as client:
        for one in wanted:
            yield _fetched(client, one, folder, told)


def _fetched(client: httpx.Client, one: Address, folder: Path, told: Told) -> Path:
    place = folder / one.url.rpartition("/")[2]
    draft = place.with_name(f".{place.name}")
    try:
        with client.stream("GET", one.url) as answer, draft.open("wb") as file:
            if answer.status_code != httpx.codes.OK:
                raise ImportRefusedError(Place(one.url), "is not there", f"status {answer.status_code}", "status 200")
            size = int(answer.headers.get("content-length", 0))
            done = 0
            for chunk in answer.iter_bytes(_CHUNK):
                done += file.write(chunk)
                told(f"{one.name}: fetching", done, max(size, done))
    except httpx.HTTPError as error:
        draft.unlink(missing_ok=True)
        raise ImportRefusedError(Place(one.url), f"cannot be fetched ({type(error).__name__}: {error})") from error
    _check(draft, one, size, done)
    draft.replace(place)
    return place


def _check(draft: Path, one: Address, size: int, done: int) -> None:
    with draft.open("rb") as file:
        begin = file.read(512).lstrip().lower()
    wrong = ""
    if size and done != size:
        wrong = f"came cut short: {done:,} of {size:,} bytes"
    elif begin.startswith((b"<!doctype html", b"<html")):
        wrong = "sent a web page in place of the file"
    elif one.url.endswith(".zip") and not zipfile.is_zipfile(draft):
        wrong = "sent no zip archive"
    if wrong:
        draft.unlink()
        raise ImportRefusedError(Place(one.url), wrong, expected="the file as published")
