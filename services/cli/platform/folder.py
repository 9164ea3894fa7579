"""The data folder: who may use it, what lies in it, and which platform runs on it.

DATA/format.json   the folder's format number
     secret        signs cookies and links; made once
     run.json      the running platform: process ids, addresses, token
     up.lock       held by the running supervisor
     mongo/ nats/ editions/ logs/
"""

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

FORMAT: Final = 1
_DEFAULT: Final = Path("~/.local/share/codingahead")
_BIG_LOG: Final = 20_000_000  # bytes after which a log of an earlier run steps aside


class FolderError(Exception):
    """The folder cannot be used; the message says why and what to do."""


class AlreadyRunningError(Exception):
    """A platform runs on the folder already; `run` is what it wrote down."""

    def __init__(self, run: dict[str, Any]) -> None:
        super().__init__("already running")
        self.run = run


def chosen(asked: Path | None) -> Path:
    """The folder asked for, else CODINGAHEAD_DATA_DIR, else the user's own."""
    return (asked or Path(os.environ.get("CODINGAHEAD_DATA_DIR", "") or _DEFAULT)).expanduser().absolute()


class Folder:
    """A data folder that this process may use."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.logs = path / "logs"

    def prepare(self) -> None:
        """Makes the folder and its parts; FolderError where that cannot be."""
        try:
            for part in (self.path, self.logs, self.path / "mongo", self.path / "nats"):
                part.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.path.chmod(0o700)
            self._check_format()
            (self.path / ".writable").write_text("")
            (self.path / ".writable").unlink()
        except OSError as error:
            raise FolderError(
                f"The data folder {self.path} cannot be written ({error.strerror}). "
                "Name another with --data-dir, or make this one yours."
            ) from error

    def _check_format(self) -> None:
        mark = self.path / "format.json"
        if not mark.exists():
            mark.write_text(json.dumps({"format": FORMAT}))
            return
        try:
            found = int(json.loads(mark.read_bytes())["format"])
        except (ValueError, KeyError, TypeError) as error:
            raise FolderError(f'{mark} is damaged: expected {{"format": {FORMAT}}}.') from error
        if found > FORMAT:
            raise FolderError(
                f"The data folder {self.path} has format {found}; this release knows {FORMAT}. "
                "Start the release that wrote it, or name another folder with --data-dir."
            )

    def secret(self) -> str:
        """The installation's secret, made at its first start."""
        path = self.path / "secret"
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(32))
        return path.read_text().strip()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keeps other supervisors away; raises AlreadyRunningError where one is there."""
        with (self.path / "up.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunningError(self.run() or {}) from None
            try:
                yield
            finally:
                self.forget()

    def write_run(self, run: dict[str, Any]) -> None:
        """Writes down the running platform, whole or not at all."""
        draft = self.path / ".run.json"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(run, file, indent=1)
        draft.replace(self.path / "run.json")

    def run(self) -> dict[str, Any] | None:
        """The platform that runs on the folder; None where none does."""
        try:
            run = json.loads((self.path / "run.json").read_bytes())
            os.kill(int(run["pid"]), 0)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return dict(run)

    def forget(self) -> None:
        """Removes what was written down."""
        (self.path / "run.json").unlink(missing_ok=True)

    def log(self, name: str) -> Path:
        """A process's log; a big one of earlier runs steps aside."""
        path = self.logs / f"{name}.log"
        if path.exists() and path.stat().st_size > _BIG_LOG:
            path.replace(path.with_suffix(".log.1"))
        return path
