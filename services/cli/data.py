"""`codingahead data`: the reference data of a local platform, imported, listed, compared, fetched.

The work is done by lookup's own program (python -m services.lookup.importers), whose lines are shown as they come.
"""

import csv
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from services.cli import local
from services.cli.platform.folder import chosen

app = typer.Typer(no_args_is_help=True, help="The reference data: official files of the agencies, as editions.")
console = Console()
errors = Console(stderr=True)

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="The platform's data folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Licence = Annotated[str, typer.Option("--accept-licence", help="Who accepts the publisher's licence; it is recorded.")]
FOLLOWED_WITHIN: Final = 60.0  # seconds in which a running platform takes over what was published
CHANGES_SHOWN: Final = 200

type Answer = dict[str, Any]


@app.command("import")
def import_files(  # noqa: PLR0913 -- one option each
    files: Annotated[list[Path], typer.Argument(help="Official files, zipped or bare.")],
    kind: Annotated[str, typer.Option(help="cpt: the operator's licensed AMA files.")] = "",
    effective_from: Annotated[str, typer.Option(help="First day, where the file does not tell it.")] = "",
    effective_to: Annotated[str, typer.Option(help="Last day, where the file does not tell it.")] = "",
    licence: Licence = "",
    data_dir: DataDir = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Recognises official files by their content, imports and publishes them; all of them or none."""
    options = _options(kind=kind, effective_from=effective_from, effective_to=effective_to, accept_licence=licence)
    answer = _run(data_dir, ["import", *options, *(str(one.absolute()) for one in files)], quiet=as_json)
    _show_import(answer, data_dir, as_json=as_json)


@app.command()
def fetch(
    names: Annotated[list[str] | None, typer.Argument(help="Parts of the sources' names; none: all.")] = None,
    licence: Licence = "",
    addresses: Annotated[str, typer.Option(help="A table of addresses of your own, TOML.")] = "",
    data_dir: DataDir = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Downloads the agencies' current files, checks and imports them."""
    options = _options(accept_licence=licence, addresses=addresses)
    answer = _run(data_dir, ["fetch", *options, *(names or [])], quiet=as_json)
    _show_import(answer, data_dir, as_json=as_json)


@app.command("list")
def list_editions(data_dir: DataDir = None, *, as_json: AsJson = False) -> None:
    """Lists every published edition: what it is, when it holds, from which file."""
    answer = _run(data_dir, ["list"], quiet=True)
    if as_json:
        console.print_json(json.dumps(answer))
        return
    _show_editions(answer["editions"])
    console.print(f"Generation {answer['generation']}", highlight=False)


@app.command()
def diff(
    a: Annotated[str, typer.Argument(help="An edition's id, or its beginning.")],
    b: Annotated[str, typer.Argument(help="The edition to compare it with.")],
    data_dir: DataDir = None,
    *,
    as_json: AsJson = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Lists what is new, deleted and revised from one edition to another of the same system."""
    answer = _run(data_dir, ["diff", a, b], quiet=True)
    if as_json:
        print(json.dumps(answer))
        return
    if as_csv:
        rows = csv.writer(sys.stdout, lineterminator="\n")
        rows.writerow(("change", "code", "before", "after"))
        rows.writerows((one["kind"], one["code"], one["before"], one["after"]) for one in answer["changes"])
        return
    _show_changes(answer["changes"])


@app.command()
def remove(
    edition: Annotated[str, typer.Argument(help="An edition's id, or its beginning.")],
    data_dir: DataDir = None,
    *,
    force: Annotated[
        bool, typer.Option(help="Delete its files too: receipts that rest on it cannot be replayed.")
    ] = False,
) -> None:
    """Takes an edition out of what is published; its files stay, so that `rollback` brings it back.

    One that a receipt rests on goes only by --force: afterwards its answer cannot be replayed.
    """
    name = _known(edition, data_dir)
    if not force and (told := _resting(name, data_dir)):
        errors.print(f"{told} --force removes it all the same.", style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(1)
    answer = _run(data_dir, ["remove", name, *(["--force"] if force else [])], quiet=True)
    kept = "its files were deleted" if answer["files_deleted"] else "`codingahead data rollback` brings it back"
    console.print(f"{answer['removed']} is published no longer; {kept}.", highlight=False)
    _follow(data_dir, answer["generation"])


def _known(edition: str, data_dir: Path | None) -> str:
    """The published edition that an id, or its beginning, means alone; as asked for where that is none."""
    names = [one["id"] for one in _run(data_dir, ["list"], quiet=True)["editions"]]
    found = [one for one in names if one == edition] or [one for one in names if one.startswith(edition)]
    return found[0] if len(found) == 1 else edition


def _resting(name: str, data_dir: Path | None) -> str:
    """Why the edition should stay; empty where no receipt rests on it. Only the running platform knows that."""
    from services.cli import operator  # noqa: PLC0415 -- the other commands start without gRPC

    if not (chosen(data_dir) / "mongo").is_dir():
        return ""  # nothing ever ran on this folder
    try:
        count = operator.receipts_on(data_dir, name)
    except local.NoAnswerError as error:
        return f"Whether a receipt rests on {name} cannot be told: {error}"
    return f"{count:,} receipt{'s rest' if count > 1 else ' rests'} on {name}." if count else ""


@app.command()
def sync(
    url: Annotated[str, typer.Argument(help="The platform to pull from: http://host:port.")],
    data_dir: DataDir = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Pulls what another platform has published, verified by sha256, and publishes it here in one swap."""
    answer = _run(data_dir, ["sync", url], quiet=as_json)
    if as_json:
        console.print_json(json.dumps(answer))
        return
    pulled, there = len(answer["pulled"]), len(answer["there"])
    console.print(f"{pulled} editions pulled, {there} were there already.", highlight=False)
    if answer["licensed"]:
        told = ", ".join(answer["licensed"])
        console.print(f"Licensed, and to be imported here from your own file: {told}", style="yellow", highlight=False)
    _follow(data_dir, answer["generation"])


@app.command()
def rollback(data_dir: DataDir = None) -> None:
    """Publishes what was published before the last change."""
    answer = _run(data_dir, ["rollback"], quiet=True)
    console.print(f"Back to {len(answer['editions'])} editions, as generation {answer['generation']}.", highlight=False)
    _follow(data_dir, answer["generation"])


def _options(**given: str) -> list[str]:
    return [part for name, value in given.items() if value for part in (f"--{name.replace('_', '-')}", value)]


def _run(data_dir: Path | None, arguments: Sequence[str], *, quiet: bool) -> Answer:
    """Runs the program, shows its progress, and returns its answer; a refusal ends the command with its sentence."""
    folder = chosen(data_dir)
    command = [sys.executable, "-m", "services.lookup.importers", "--data-dir", str(folder), *arguments]
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=errors, transient=True, disable=quiet) as progress:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        answer = _read(process, _shown(progress))
    if answer is None:
        raise typer.Exit(1)
    return answer


def _shown(progress: Progress) -> Callable[[Answer], None]:
    task = progress.add_task("", total=1)

    def show(line: Answer) -> None:
        progress.update(task, description=line["stage"], completed=line["done"], total=max(line["total"], 1))

    return show


def _read(process: "subprocess.Popen[str]", show: Callable[[Answer], None]) -> Answer | None:
    answer: Answer | None = None
    for text in process.stdout or ():
        line = json.loads(text)
        if "stage" in line:
            show(line)
        elif "error" in line:
            errors.print(line["error"], style="red", highlight=False, soft_wrap=True)
        else:
            answer = line["answer"]
    return answer if process.wait() == 0 else None


def _show_import(answer: Answer, data_dir: Path | None, *, as_json: bool) -> None:
    if as_json:
        followed = _followed(data_dir, answer["generation"]) if answer["published"] else None
        console.print_json(json.dumps({**answer, "followed": followed}))
        return
    for one in answer["already"]:
        console.print(f"{one['file']} is there already, as {one['edition']}; nothing was done.", highlight=False)
    if answer["published"]:
        _show_editions(answer["published"])
    for remark in answer["remarks"]:
        console.print(f"Note: {remark}", style="yellow", highlight=False, soft_wrap=True)
    if answer["passed_over"]:
        console.print(f"Passed over: {', '.join(answer['passed_over'])}", style="dim", highlight=False, soft_wrap=True)
    if answer["published"]:
        _follow(data_dir, answer["generation"])


def _show_editions(editions: Sequence[Answer]) -> None:
    for one in editions:
        what = (one["name"] or one["system"]) + ("" if one["complete"] else " (a part only)")
        console.print(f"{one['id']}  {what}, {one['version']}", highlight=False, soft_wrap=True)
        valid = f"{one['effective_from']} to {one['effective_to'] or '…'}"
        files = ", ".join(dict.fromkeys(one["files"]))
        console.print(f"  {valid}, {one['rows']:,} rows, {files}", style="dim", highlight=False, soft_wrap=True)


def _show_changes(changes: Sequence[Answer]) -> None:
    for one in changes[:CHANGES_SHOWN]:
        said = f"{one['before']} -> {one['after']}" if one["kind"] == "revised" else one["after"] or one["before"]
        console.print(f"{one['kind']:<8} {one['code']:<9} {said}", highlight=False, soft_wrap=True, markup=False)
    counts = {kind: sum(one["kind"] == kind for one in changes) for kind in ("new", "deleted", "revised")}
    more = f"; {len(changes) - CHANGES_SHOWN:,} more with --csv or --json" if len(changes) > CHANGES_SHOWN else ""
    console.print(", ".join(f"{count:,} {kind}" for kind, count in counts.items()) + more, highlight=False)


def _follow(data_dir: Path | None, generation: int) -> None:
    followed = _followed(data_dir, generation)
    if followed is None:
        console.print("No platform runs here; the next `codingahead up` serves it.", highlight=False)
    elif followed:
        console.print("The running platform serves it.", highlight=False)
    else:
        errors.print("The running platform did not take it over; its log of lookup says why.", style="red")
        raise typer.Exit(1)


def _followed(data_dir: Path | None, generation: int) -> bool | None:
    """Whether the running platform serves a generation; None where none runs."""
    from services.cli import operator  # noqa: PLC0415 -- the other commands start without gRPC

    until = time.monotonic() + FOLLOWED_WITHIN
    while time.monotonic() < until:
        try:
            local.running(data_dir)
        except local.NoAnswerError:
            return None
        try:
            if operator.generation(data_dir) >= generation:
                local.get(data_dir, "/api/v1/editions")  # so that the gateway knows of it too
                return True
        except local.NoAnswerError:  # lookup is starting, or was ended just now
            pass
        time.sleep(0.1)
    return False
