"""`codingahead check`: a file of claims, sent while its answer comes back, so that any length fits."""

import csv
import http.client
import json
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from services.cli import local

PATH: Final = "/api/v1/claims/check"
_PIECE: Final = 1 << 16  # bytes
_WITHIN: Final = 120.0  # seconds without a byte
_ORDER: Final = ("clean", "no_data", "problems")
_VERDICT: Final = 10  # the column of an annotated row
_X12: Final = "application/edi-x12"


@dataclass(frozen=True, slots=True)
class Asked:
    """A file, what holds for all its claims, and where the answer goes."""

    file: Path
    parameters: dict[str, str]
    out: Path | None
    as_json: bool


def check(data_dir: Path | None, asked: Asked) -> str:
    """Prints what was found, or writes it; the worst verdict of all. NoAnswerError where the file is refused."""
    try:
        with asked.file.open("rb") as file:
            begin = file.read(200).lstrip(b"\xef\xbb\xbf \r\n")
        if begin.startswith(b"ISA"):
            return _whole(data_dir, asked, _X12)
        if begin.startswith(b"{"):
            return _whole(data_dir, asked, "application/json")
        return _rows(data_dir, asked)
    except OSError as error:
        raise local.NoAnswerError(f"{asked.file}: {error.strerror or error}") from error


def _whole(data_dir: Path | None, asked: Asked, kind: str) -> str:
    parameters = asked.parameters if kind == _X12 else {}
    answer = local.send(data_dir, PATH, asked.file.read_bytes(), kind, **parameters).json()
    claims = answer.get("claims", [answer])
    target: Any = asked.out.open("w", encoding="utf-8") if asked.out else nullcontext(sys.stdout)
    with target as out:
        if asked.as_json:
            print(json.dumps(answer, indent=2), file=out)
        else:
            for line in _told(claims, asked.file.name, answer.get("errors", []) if "claims" in answer else []):
                print(line, file=out)
    return max((claim["verdict"] for claim in claims), key=_ORDER.index, default="clean")


def _told(claims: list[dict[str, Any]], name: str, around: list[dict[str, Any]]) -> Iterator[str]:
    """What was found, for people."""
    for error in around:
        yield f"{error['where']}: {error['value']!r}, expected {error['expected']}"
    for claim in claims:
        yield f"{claim.get('claim', name)}: {claim['verdict']}, as of {claim['as_of']}"
        for error in claim.get("errors", ()) if "claim" in claim else ():
            yield f"  {error['where']}: {error['value']!r}, expected {error['expected']}"
        for one in claim["findings"]:
            verdict = one["severity"] if one["verdict"] == "applies" else one["verdict"]
            yield f"  {verdict:<14} {one['rule']:<18} {', '.join(one['lines']):<8} {one['message']} {one['fix']}"
        silent = dict.fromkeys(one["rule"] for one in claim["checked"] if one["verdict"] == "no_data")
        if silent:
            yield f"  no data for     {', '.join(silent)}"


def _rows(data_dir: Path | None, asked: Asked) -> str:
    """Sends the CSV and writes the annotated one; neither is ever whole in memory."""
    base = urlsplit(local.running(data_dir)["local"])
    counted: Counter[str] = Counter()
    with asked.file.open("rb") as file:
        lines = max(sum(piece.count(b"\n") for piece in iter(lambda: file.read(_PIECE), b"")) - 1, 0)
    target: Any = asked.out.open("w", encoding="utf-8", newline="") if asked.out else nullcontext(sys.stdout)
    with (
        target as out,
        closing(http.client.HTTPConnection(base.hostname or "", base.port, timeout=_WITHIN)) as connection,
        _progress(shown=asked.out is not None) as progress,
    ):
        task = progress.add_task("Checking", total=lines)
        rows = csv.reader(_answered(connection, asked))
        writer = csv.writer(out, lineterminator="\n") if asked.out or not asked.as_json else None
        for number, row in enumerate(rows):
            if number:
                counted[row[_VERDICT]] += 1
                progress.advance(task)
            if writer:
                writer.writerow(row)
    _summed(asked, counted)
    return max(counted, key=_ORDER.index, default="clean")


def _progress(*, shown: bool) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True, disable=not shown)


def _summed(asked: Asked, counted: Counter[str]) -> None:
    told = {name: counted[name] for name in _ORDER}
    if asked.as_json:
        print(json.dumps({"lines": counted.total(), **told}))
    elif asked.out:
        print(
            f"{counted.total():,} lines: {', '.join(f'{n:,} {name}' for name, n in told.items())}. See {asked.out}.",
            file=sys.stderr,
        )


def _answered(connection: http.client.HTTPConnection, asked: Asked) -> Iterator[str]:
    """The lines of the answer, while a thread sends the file."""
    query = urlencode(asked.parameters)
    connection.putrequest("POST", f"{PATH}?{query}" if query else PATH)
    connection.putheader("Content-Type", "text/csv")
    connection.putheader("Transfer-Encoding", "chunked")
    try:
        connection.endheaders()
        threading.Thread(target=_send, args=(connection, asked.file), daemon=True).start()
        answer = connection.getresponse()
        if answer.status != http.HTTPStatus.OK:
            raise local.NoAnswerError(local.refusal(json.loads(answer.read())))
        for line in answer:
            yield line.decode()
    except (http.client.HTTPException, ConnectionError, TimeoutError) as error:
        told = f"The answer broke off ({type(error).__name__}): what was written is not whole."
        raise local.NoAnswerError(told) from error


def _send(connection: http.client.HTTPConnection, file: Path) -> None:
    """The file in chunks; where the other side refuses it meanwhile, its answer says why."""
    try:
        with file.open("rb") as lines:
            for piece in iter(lambda: lines.read(_PIECE), b""):
                connection.send(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        connection.send(b"0\r\n\r\n")
    except OSError:
        return
