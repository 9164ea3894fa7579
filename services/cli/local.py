"""The running platform as the other commands reach it: found by run.json, asked over HTTP."""

from pathlib import Path
from typing import Any

import httpx

from services.cli.platform.folder import Folder, chosen


class NoAnswerError(Exception):
    """The platform does not run, or refused; the message says what to do or what it said."""


def running(data_dir: Path | None) -> dict[str, Any]:
    """What the running platform wrote down; NoAnswerError where none runs."""
    path = chosen(data_dir)
    run = Folder(path).run()
    if run is None:
        raise NoAnswerError(f"No platform runs on {path}. Start it with `codingahead up`, or name its --data-dir.")
    return run


def get(data_dir: Path | None, path: str, **parameters: str | int) -> dict[str, Any]:
    """Asks the gateway; a problem comes back as its sentence."""
    return _asked(data_dir, "GET", path, params={k: v for k, v in parameters.items() if v != ""})


def post(data_dir: Path | None, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Sends JSON to the gateway; a problem comes back as its sentence."""
    return _asked(data_dir, "POST", path, json=body)


def send(data_dir: Path | None, path: str, body: bytes, kind: str, **parameters: str) -> httpx.Response:
    """Sends bytes of a kind to the gateway; a problem comes back as its sentence."""
    base = running(data_dir)["local"]
    try:
        answer = httpx.post(
            f"{base}{path}", content=body, headers={"content-type": kind}, params=parameters, timeout=120
        )
    except httpx.HTTPError as error:
        raise NoAnswerError(f"{base} does not answer ({type(error).__name__}).") from error
    if answer.is_error:
        raise NoAnswerError(refusal(answer.json()))
    return answer


def refusal(problem: dict[str, Any]) -> str:
    """A problem as a sentence, with each field that is wrong."""
    errors = (f"{one['where']}: {one['value']!r}, expected {one['expected']}" for one in problem.get("errors", ()))
    places = "; ".join(errors)
    return f"{problem.get('reason')}: {problem.get('detail')}{f' ({places})' if places else ''}"


def dead(data_dir: Path | None) -> list[dict[str, Any]]:
    """The dead letters, from the console."""
    return list(_asked(data_dir, "GET", "/api/dead", at="console")["dead"])


def replay(data_dir: Path | None, seq: int) -> dict[str, Any]:
    """Has the console replay one."""
    return dict(_asked(data_dir, "POST", f"/api/dead/{seq}/replay", at="console")["replayed"])


def _asked(  # what httpx takes
    data_dir: Path | None,
    method: str,
    path: str,
    at: str = "local",
    **what: Any,  # noqa: ANN401
) -> dict[str, Any]:
    base = running(data_dir)[at]
    try:
        answer = httpx.request(method, f"{base}{path}", timeout=30, **what)
    except httpx.HTTPError as error:
        raise NoAnswerError(
            f"{base} does not answer ({type(error).__name__}). `codingahead status` says more."
        ) from error
    body: dict[str, Any] = answer.json()
    if answer.is_error:
        raise NoAnswerError(f"{body.get('reason', answer.status_code)}: {body.get('detail', body.get('title', ''))}")
    return body
