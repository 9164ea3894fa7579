"""Arrays in one file, written once and opened in place: processes share what is read of them, and the system takes it
back under pressure.

    8 bytes   the length of the JSON that follows: {name: [type, shape, place], …}, places counted from behind it
    …         the arrays, each at a multiple of 64 bytes
"""

import contextlib
import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, overload

import numpy as np
import orjson

from services.lookup.search.index import Numbers

log = logging.getLogger(__name__)
_ALIGNED: Final = 64
_LENGTH: Final = 8

type Arrays = Mapping[str, Numbers]


def kept(path: Path, make: Callable[[], Arrays], most: int) -> Arrays:
    """What lies at a path. Where nothing whole does it is made and put there; of its neighbours the newest stay."""
    with contextlib.suppress(OSError, ValueError):
        found = read(path)
        os.utime(path)
        return found
    made = make()
    try:
        write(path, made)
        for old in sorted(path.parent.glob("[!.]*"), key=lambda one: one.stat().st_mtime)[:-most]:
            old.unlink(missing_ok=True)
        return read(path)
    except OSError as error:
        log.warning("%s cannot be written (%s): it is held in memory", path, error.strerror)
        return made


def write(path: Path, arrays: Arrays) -> None:
    """Puts the file in its place, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    head, at = {}, 0
    for name, array in arrays.items():
        head[name] = (array.dtype.str, array.shape, at)
        at = _aligned(at + array.nbytes)
    told = orjson.dumps(head)
    told += b" " * (_aligned(_LENGTH + len(told)) - _LENGTH - len(told))
    try:
        with draft.open("wb") as file:
            file.write(len(told).to_bytes(_LENGTH, "little") + told)
            for array in arrays.values():
                file.write(np.ascontiguousarray(array).data)
                file.write(b"\0" * (_aligned(array.nbytes) - array.nbytes))
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def read(path: Path) -> Arrays:
    """The arrays, opened in place. OSError where there is no file, ValueError where it is not whole."""
    whole = np.asarray(np.memmap(path, np.uint8, "r"))
    behind = _LENGTH + int.from_bytes(whole[:_LENGTH].tobytes(), "little")
    try:
        head = orjson.loads(whole[_LENGTH:behind].tobytes())
        return {name: _placed(whole[behind:], *told) for name, told in head.items()}
    except (TypeError, AttributeError) as error:
        raise ValueError(f"{path}: does not begin with what lies in it") from error


def _placed(body: Numbers, kind: str, shape: list[int], at: int) -> Numbers:
    size = np.dtype(kind).itemsize * int(np.prod(shape, dtype=np.int64))
    array: Numbers = body[at : at + size].view(kind).reshape(shape)
    return array


def _aligned(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED


def narrowest(numbers: Numbers) -> Numbers:
    """Whole numbers from 0 on in as few bytes each as hold the largest."""
    return numbers.astype(np.min_scalar_type(int(numbers.max(initial=0))))


class Texts(Sequence[str]):
    """Texts by number, read where they lie."""

    def __init__(self, arrays: Arrays, name: str) -> None:
        self._bytes, self._ends = arrays[f"{name}.bytes"], arrays[f"{name}.ends"]

    def __len__(self) -> int:
        """Texts in all."""
        return len(self._ends)

    @overload
    def __getitem__(self, number: int) -> str: ...

    @overload
    def __getitem__(self, number: slice) -> Sequence[str]: ...

    def __getitem__(self, number: int | slice) -> str | Sequence[str]:
        """A text, or several."""
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        return self._bytes[self._ends[number - 1] if number else 0 : self._ends[number]].tobytes().decode()


def texts(name: str, told: Iterable[str]) -> dict[str, Numbers]:
    """Texts as arrays that `Texts` reads by that name."""
    encoded = [one.encode() for one in told]
    ends = np.cumsum([len(one) for one in encoded], dtype=np.int64)
    return {f"{name}.bytes": np.frombuffer(b"".join(encoded), np.uint8), f"{name}.ends": narrowest(ends)}
