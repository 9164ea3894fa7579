"""`codingahead check`: a file of claims, sent in pieces of whole claims, so that any length fits."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.progress import Progress

from services.cli import local

PIECE = 400_000  # bytes sent at once: the gateway takes a megabyte
_ORDER = ("clean", "no_data", "problems")


def check(data_dir: Path | None, file: Path, as_of: str, out: Path | None) -> str:
    """Prints what was found, or writes it; the worst verdict of all. NoAnswerError where the file is refused."""
    try:
        begin = file.open("rb").read(200).lstrip(b"\xef\xbb\xbf \r\n")
    except OSError as error:
        raise local.NoAnswerError(f"{file}: {error.strerror}") from error
    if begin.startswith(b"ISA"):
        return _whole(data_dir, file, "application/edi-x12")
    if begin.startswith(b"{"):
        return _whole(data_dir, file, "application/json")
    return _rows(data_dir, file, as_of, out)


def _whole(data_dir: Path | None, file: Path, kind: str) -> str:
    answer = local.send(data_dir, "/api/v1/claims/check", file.read_bytes(), kind).json()
    claims = answer.get("claims", [answer])
    for claim in claims:
        print(f"{claim.get('claim', file.name)}: {claim['verdict']}")
        for one in claim["findings"]:
            print(
                f"  {one['severity']:<6} {one['rule']:<16} {', '.join(one['lines']):<8} {one['message']} {one['fix']}"
            )
    return max((claim["verdict"] for claim in claims), key=_ORDER.index, default="clean")


def _rows(data_dir: Path | None, file: Path, as_of: str, out: Path | None) -> str:
    worst = "clean"
    target: TextIO = out.open("w", encoding="utf-8") if out else sys.stdout
    try:
        with Progress(console=Console(stderr=True), transient=True, disable=out is None) as progress:
            task = progress.add_task("Checking", total=file.stat().st_size)
            for number, piece in enumerate(_pieces(file)):
                parameters = {"as_of": as_of} if as_of else {}
                text = local.send(data_dir, "/api/v1/claims/check", piece, "text/csv", **parameters).text
                target.write(text if not number else text.partition("\n")[2])
                worst = max(worst, *_verdicts(text), key=_ORDER.index)
                progress.advance(task, len(piece))
    finally:
        if out:
            target.close()
    return worst


def _verdicts(text: str) -> list[str]:
    return [one for one in _ORDER if f",{one}," in text] or ["clean"]


def _pieces(file: Path) -> Iterator[bytes]:
    """The file in pieces that begin with its heading and end with a whole claim."""
    with file.open("rb") as lines:
        heading = next(lines, b"")
        piece, last = [heading], b""
        size = 0
        for line in lines:
            claim = line.replace(b";", b",").partition(b",")[0]
            if size > PIECE and claim != last:
                yield b"".join(piece)
                piece, size = [heading], 0
            piece.append(line)
            size += len(line)
            last = claim
        yield b"".join(piece)
