"""The `codingahead` command."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from services.cli import accounts, data, local
from services.cli.platform.folder import Folder, chosen

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Codes, answers and the platform that gives them.")
dead_app = typer.Typer(no_args_is_help=True, help="Messages that a handler gave up.")
careers_app = typer.Typer(no_args_is_help=True, help="The job board.")
app.add_typer(data.app, name="data")
app.add_typer(careers_app, name="careers")
app.add_typer(dead_app, name="dead")
app.add_typer(accounts.app, name="accounts")
console = Console()
errors = Console(stderr=True)

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="The platform's data folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
STOP_WITHIN: Final = 40.0
UNREADABLE: Final = 3  # exit code of `check`, where 1 and 2 are verdicts


@app.command()
def up(  # noqa: PLR0913, PLR0917 -- one option each
    port: Annotated[int, typer.Option(help="Port of the pages and the API.")] = 8080,
    smtp_port: Annotated[int, typer.Option(help="Port that takes mail.")] = 8025,
    data_dir: DataDir = None,
    mongo_url: Annotated[str, typer.Option(help="A MongoDB of your own.")] = "",
    nats_url: Annotated[str, typer.Option(help="A NATS of your own, with JetStream.")] = "",
    public_url: Annotated[str, typer.Option(help="Where people reach it, if elsewhere.")] = "",
    console_port: Annotated[int, typer.Option(help="Port of the operator's console; 8090 where it is free.")] = 0,
) -> None:
    """Starts the whole platform; Ctrl-C stops it."""
    from services.cli.platform.plan import Asked  # noqa: PLC0415 -- the other commands start without it
    from services.cli.platform.up import up as run  # noqa: PLC0415

    asked = Asked(port, smtp_port, chosen(data_dir), mongo_url, nats_url, public_url, console_port)
    raise typer.Exit(run(asked, console))


@app.command()
def down(data_dir: DataDir = None) -> None:
    """Stops the running platform."""
    folder = Folder(chosen(data_dir))
    run = _or_exit(lambda: local.running(data_dir))
    os.kill(run["pid"], signal.SIGTERM)
    until = time.monotonic() + STOP_WITHIN
    while folder.run() is not None and time.monotonic() < until:
        time.sleep(0.1)
    if folder.run() is not None:
        errors.print(f"Process {run['pid']} is still stopping.")
        raise typer.Exit(1)
    console.print("Stopped.")


@app.command()
def status(data_dir: DataDir = None, *, as_json: AsJson = False) -> None:
    """Says what runs and where."""
    run = _or_exit(lambda: local.running(data_dir))
    shown = {key: value for key, value in run.items() if key not in {"nats_url", "mongo_url"}}  # they carry a token
    if as_json:
        console.print_json(json.dumps(shown))
        return
    console.print(f"{'Ready' if run['ready'] else 'Starting'}: {run['base']}, mail {run['smtp']}", highlight=False)
    for name, pid in run["children"].items():
        console.print(f"  {name:<10}{pid}", highlight=False)


@app.command()
def code(
    system: Annotated[str, typer.Argument(help="icd-10-cm, icd-10-pcs, hcpcs, cpt")],
    code: Annotated[str, typer.Argument(help="A code in any spelling.")],
    as_of: Annotated[str, typer.Option(help="Date of service, YYYY-MM-DD.")] = "",
    data_dir: DataDir = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Shows a code."""
    found = _or_exit(lambda: local.get(data_dir, f"/api/v1/codes/{system}/{code}", as_of=as_of))
    if as_json:
        console.print_json(json.dumps(found))
        return
    console.print(f"[bold]{found['code']}[/] {found['display']}", highlight=False)
    edition = found["edition"]
    billable = {True: "billable", False: "not billable", None: "billable: no data"}[found["billable"]]
    source = f"{edition['version']}{', stale' if edition['stale'] else ''}" if edition else "no edition"
    console.print(f"{found['status']}, {billable}, as of {found['as_of']} ({source})", highlight=False)


@app.command()
def search(
    query: str,
    system: Annotated[str, typer.Option(help="One code system only.")] = "",
    limit: int = 10,
    as_of: Annotated[str, typer.Option(help="Date of service, YYYY-MM-DD.")] = "",
    data_dir: DataDir = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Finds codes by words, abbreviations or the code itself."""
    parameters: dict[str, str | int] = {"q": query, "system": system, "limit": limit, "as_of": as_of}
    found = _or_exit(lambda: local.get(data_dir, "/api/v1/search", **parameters))
    if as_json:
        console.print_json(json.dumps(found))
        return
    table = Table("Code", "System", "Description", "Matched", box=None, pad_edge=False)
    for hit in found["hits"]:
        table.add_row(hit["code"], hit["system"], hit["display"], f"{hit['matched']['kind']}: {hit['matched']['term']}")
    console.print(table)
    console.print(f"{found['total']} in all, as of {found['as_of']}", highlight=False)


@app.command()
def ask(
    question: str,
    as_of: Annotated[str, typer.Option(help="Date of service, YYYY-MM-DD.")] = "",
    data_dir: DataDir = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Asks CasePilot."""
    body = {"question": question, "as_of": as_of or None}
    answer = _or_exit(lambda: local.post(data_dir, "/api/v1/ask", body))
    if as_json:
        console.print_json(json.dumps(answer))
        return
    console.print(Markdown(answer["answer_markdown"]))
    for number, cited in enumerate(answer["citations"], 1):
        where = ", ".join(part for part in (cited["title"], cited["locator"], cited["edition"]) if part)
        console.print(f"[dim]{number}[/] {where}", highlight=False)
    console.print(f"Holds for {answer['as_of']}. Receipt {answer['receipt']['id']}", highlight=False)


@app.command()
def check(  # noqa: PLR0913, PLR0917 -- one option each
    file: Annotated[Path, typer.Argument(help="A claim as JSON, claims as CSV, or an X12 837.")],
    as_of: Annotated[str, typer.Option(help="Date of service where the file has none, YYYY-MM-DD.")] = "",
    setting: Annotated[str, typer.Option(help="practitioner, outpatient or dme; an 837 says it itself.")] = "",
    program: Annotated[str, typer.Option(help="medicare or medicaid.")] = "",
    state: Annotated[str, typer.Option(help="Where the service was given, as in TX: coverage goes by it.")] = "",
    out: Annotated[Path | None, typer.Option(help="Where the answer goes; else it is printed.")] = None,
    data_dir: DataDir = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Checks claims: exit 0 clean, 1 one has problems, 2 one cannot be decided, 3 the file cannot be read."""
    from services.cli import claims  # noqa: PLC0415 -- the other commands start without it

    told = {"as_of": as_of, "setting": setting, "program": program, "state": state}
    asked = claims.Asked(file, {name: value for name, value in told.items() if value}, out, as_json)
    worst = _or_exit(lambda: claims.check(data_dir, asked), UNREADABLE)
    raise typer.Exit({"problems": 1, "no_data": 2}.get(worst, 0))


@careers_app.command()
def seed(data_dir: DataDir = None, *, as_json: AsJson = False) -> None:
    """Posts thirty openings to begin with; a second time it finds them there."""
    from services.cli import operator  # noqa: PLC0415 -- the other commands start without gRPC

    new, there = _or_exit(lambda: operator.seed(data_dir))
    if as_json:
        console.print_json(json.dumps({"posted": new, "there_already": there}))
        return
    console.print(f"{new} openings posted, {there} were there already.", highlight=False)


@careers_app.command()
def waiting(data_dir: DataDir = None, *, as_json: AsJson = False) -> None:
    """Lists the openings that wait for an editor, the oldest first."""
    from services.cli import operator  # noqa: PLC0415 -- as above

    found = _or_exit(lambda: operator.waiting(data_dir))
    if as_json:
        console.print_json(json.dumps(found))
        return
    for one in found:
        console.print(f"{one['id']}  {one['title']}, {one['employer']}", highlight=False, markup=False)
    console.print(f"{len(found)} openings wait.", highlight=False)


@careers_app.command()
def approve(opening: str, data_dir: DataDir = None) -> None:
    """Lets a waiting opening through; its employer's later ones appear at once."""
    from services.cli import operator  # noqa: PLC0415 -- as above

    state = _or_exit(lambda: operator.moderate(data_dir, opening, "", approve=True))
    console.print(f"{opening} is now {state}.", highlight=False)


@careers_app.command()
def refuse(
    opening: str,
    reason: Annotated[str, typer.Option(help="Why, for its employer.")] = "",
    data_dir: DataDir = None,
) -> None:
    """Refuses a waiting opening; its employer is told."""
    from services.cli import operator  # noqa: PLC0415 -- as above

    state = _or_exit(lambda: operator.moderate(data_dir, opening, reason, approve=False))
    console.print(f"{opening} is now {state}.", highlight=False)


@dead_app.command("list")
def list_dead(data_dir: DataDir = None, *, as_json: AsJson = False) -> None:
    """Lists them, the newest first."""
    found = _or_exit(lambda: local.dead(data_dir))
    if as_json:
        console.print_json(json.dumps(found))
        return
    for one in found:
        console.print(f"{one['seq']:>6}  {one['handler']}  {one['subject']}  {one['error']}", highlight=False)
    console.print(f"{len(found)} dead letters", highlight=False)


@dead_app.command()
def replay(seq: int, data_dir: DataDir = None) -> None:
    """Hands one to its handler once more."""
    letter = _or_exit(lambda: local.replay(data_dir, seq))
    console.print(f"{letter['subject']} goes to {letter['handler']} once more.", highlight=False)


def _or_exit[T](attempt: Callable[[], T], code: int = 1) -> T:
    try:
        return attempt()
    except local.NoAnswerError as refusal:
        errors.print(str(refusal), style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(code) from None


def main() -> None:
    """The entry point."""
    app()


if __name__ == "__main__":
    main()
