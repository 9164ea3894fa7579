"""Opens what a user names: a bare file, a gzip, a zip, a zip of zips; within limits, and never onto the disk.

An archive whose members lead outside it, whose content does not match its checksums, or that unpacks to more than
any agency publishes is refused before anything of it is read as data.
"""

import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import IO, Final, Protocol

from services.lookup.importers import workbooks
from services.lookup.importers.refusal import ImportRefusedError, Place

LARGEST: Final = 3_000_000_000  # bytes unpacked, of all members together; the full PTP table is a fifth of it
MOST_MEMBERS: Final = 2_000
STEEPEST: Final = 150  # times a member grows when unpacked; the agencies' spaces reach 40
SMALL: Final = 20_000_000  # bytes that need no look at how they were packed
_CHUNK: Final = 1 << 16
HEAD: Final = 16_384  # bytes a format is recognised by
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_PAGE: Final = (b"<!doctype html", b"<html")
# What a broken archive is told by; a way of packing that is not known here (NotImplementedError) among it.
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, gzip.BadGzipFile, NotImplementedError)
_DEEPEST: Final = 2  # zips within a zip; the whole coverage database is packed so


class Bytes(Protocol):
    """What bytes are read from."""

    def read(self, size: int = -1, /) -> bytes:
        """So many bytes, or all that are left."""
        ...

    def close(self) -> None:
        """Lets go of the file."""
        ...


@dataclass(frozen=True)
class Member:
    """A file to be read. `file` and `sha256` are of what the user named, `name` its own within an archive."""

    file: str
    sha256: str
    name: str
    size: int
    unpack: Callable[[], Bytes]
    siblings: list["Member"] = field(default_factory=list, compare=False, repr=False)  # all of the file, itself too

    @property
    def place(self) -> str:
        """As a message names it."""
        return self.file if self.name == self.file else f"{self.file}/{self.name}"

    @cached_property
    def head(self) -> bytes:
        """Its first bytes."""
        with self.open() as stream:
            return stream.read(HEAD)

    @cached_property
    def beginning(self) -> str:
        """Its first characters, line ends as they are; of a workbook the first rows, their cells parted by tabs."""
        if self.is_workbook:
            return workbooks.beginning(self.read(), self.place)
        if self.head.startswith((b"\xff\xfe", b"\xfe\xff")):
            return self.head.decode("utf-16", errors="replace")
        return self.head.decode("utf-8-sig", errors="replace")

    @property
    def is_workbook(self) -> bool:
        """Whether it is an Excel workbook (.xlsx, .xlsm), by its name and content."""
        return self.base.endswith((".xlsx", ".xlsm")) and self.head.startswith(b"PK")

    @property
    def base(self) -> str:
        """Its name without folders, in lower case."""
        return PurePosixPath(self.name).name.lower()

    def open(self) -> IO[bytes]:
        """Its bytes; what is packed wrongly is refused while it is read."""
        try:
            stream = self.unpack()
        except _BROKEN as error:
            raise _damaged(self.place, error) from error
        return io.BufferedReader(_Guarded(stream, self.place), _CHUNK)

    def read(self) -> bytes:
        """All of it."""
        with self.open() as stream:
            return stream.read()

    def check(self) -> None:
        """Reads it to its end, where an archive's checksums decide. ImportRefusedError where they do not hold."""
        with self.open() as stream:
            while stream.read(_CHUNK):
                pass


def _damaged(place: str, error: Exception) -> ImportRefusedError:
    wrong = "is cut short or damaged, so nothing of it was taken"
    return ImportRefusedError(Place(place), wrong, str(error), "the whole file as published")


class _Guarded(io.RawIOBase):
    """A stream that turns a broken archive into a refusal, and stops at the limit."""

    def __init__(self, stream: Bytes, place: str) -> None:
        super().__init__()
        self._stream, self._place, self._count = stream, place, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int] | bytearray") -> int:  # type: ignore[override]
        try:
            chunk = self._stream.read(len(buffer))
        except _BROKEN as error:
            raise _damaged(self._place, error) from error
        self._count += len(chunk)
        if self._count > LARGEST:
            wrong = f"unpacks to more than {LARGEST:,} bytes"
            raise ImportRefusedError(Place(self._place), wrong, expected="a file of an agency")
        buffer[: len(chunk)] = chunk
        return len(chunk)

    def close(self) -> None:
        self._stream.close()
        super().close()


def digest(path: Path) -> str:
    """sha256 of a file, lower-case hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def members(path: Path, sha256: str = "") -> list[Member]:
    """What a file holds, in its own order. ImportRefusedError where it cannot be read."""
    name = path.name
    try:
        with path.open("rb") as file:
            begin = file.read(HEAD)
        sha256 = sha256 or digest(path)
        size = path.stat().st_size
    except OSError as error:
        wrong = f"cannot be read ({error.strerror})"
        raise ImportRefusedError(Place(str(path)), wrong, expected="a file that is there") from error
    if begin.lstrip().lower().startswith(_PAGE):
        wrong = "is a web page, not a data file: a licence has to be accepted before the agency sends the file"
        raise ImportRefusedError(Place(name), wrong, begin[:40].decode("latin-1"), "the file itself")
    if not size:
        raise ImportRefusedError(Place(name), "is empty", expected="a file of an agency")
    if begin.startswith(_OLD_EXCEL) and name.lower().endswith(".xls"):
        wrong = "is an Excel workbook of before 2007, which is not read"
        raise ImportRefusedError(Place(name), wrong, expected="the same table as .xlsx, .csv or .txt")
    if begin.startswith(b"\x1f\x8b"):
        return [Member(name, sha256, name.removesuffix(".gz"), size, lambda: gzip.GzipFile(path))]
    if _is_archive(begin, name):
        found = list(_unzipped(name, sha256, lambda: zipfile.ZipFile(path), "", 0))
        for member in found:
            member.siblings.extend(found)
        return found
    return [Member(name, sha256, name, size, lambda: path.open("rb"))]


def _is_archive(begin: bytes, name: str) -> bool:
    """A zip, but not a document that happens to be packed as one."""
    return (begin.startswith(b"PK") or name.lower().endswith(".zip")) and not name.lower().endswith((".xlsx", ".xlsm"))


def _unzipped(
    file: str, sha256: str, opened: Callable[[], zipfile.ZipFile], inside: str, depth: int
) -> Iterator[Member]:
    try:
        with opened() as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError) as error:
        wrong = "is not a whole zip archive, so nothing of it was taken"
        raise ImportRefusedError(Place(file), wrong, str(error), "the file as published") from error
    _check(file, infos)
    for info in infos:
        name = f"{inside}{info.filename}"

        def unpack(info: zipfile.ZipInfo = info) -> Bytes:
            return _Held(opened(), info)

        if info.filename.lower().endswith(".zip") and depth < _DEEPEST:
            inner = Member(file, sha256, name, info.file_size, unpack).read()
            yield from _unzipped(file, sha256, partial(_held_archive, inner), f"{name}/", depth + 1)
        else:
            yield Member(file, sha256, name, info.file_size, unpack)


def _held_archive(content: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(content))


class _Held:
    """A member's stream that keeps its archive open as long as it is."""

    def __init__(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
        self._archive = archive
        try:
            self._stream = archive.open(info)
        except BaseException:
            archive.close()
            raise

    def read(self, size: int = -1, /) -> bytes:
        return self._stream.read(size)

    def close(self) -> None:
        self._stream.close()
        self._archive.close()


def _check(file: str, infos: list[zipfile.ZipInfo]) -> None:
    if len(infos) > MOST_MEMBERS:
        raise ImportRefusedError(Place(file), "has too many members", f"{len(infos):,}", f"at most {MOST_MEMBERS:,}")
    for info in infos:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in info.filename:
            wrong = "a member leads outside the archive, so nothing of it was taken"
            raise ImportRefusedError(Place(file), wrong, info.filename, "names within the archive")
        if info.flag_bits & 1:
            raise ImportRefusedError(Place(file), "a member is locked by a password", info.filename, "an open archive")
        if info.file_size > SMALL and info.file_size > STEEPEST * max(1, info.compress_size):
            wrong = f"a member unpacks to {info.file_size:,} bytes from {info.compress_size:,}"
            raise ImportRefusedError(Place(file), wrong, info.filename, f"at most {STEEPEST} times as much")
    total = sum(info.file_size for info in infos)
    if total > LARGEST:
        raise ImportRefusedError(Place(file), "unpacks to too much", f"{total:,} bytes", f"at most {LARGEST:,}")
