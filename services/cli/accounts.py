"""`codingahead accounts`: people and plans of the running platform, for its operator."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from codingahead.accounts.v1 import service_pb2 as pb
from codingahead.accounts.v1.service_pb2_grpc import AccountServiceStub
from rich.console import Console
from rich.table import Table

from services.chassis import rpc
from services.chassis.boot import Settings
from services.chassis.errors import AppError
from services.cli.local import NoAnswerError, running
from services.cli.platform.folder import Folder, chosen

if TYPE_CHECKING:
    from codingahead.accounts.v1.service_pb2_grpc import AccountServiceAsyncStub

app = typer.Typer(no_args_is_help=True, help="People and plans.")
console = Console()
errors = Console(stderr=True)

DataDir = Annotated[Path | None, typer.Option("--data-dir", help="The platform's data folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Address = Annotated[str, typer.Argument(help="The account's mail address.")]

type Json = dict[str, Any]
type Stub = "AccountServiceAsyncStub"  # its name is for type checkers alone
type Work[T] = Callable[[Stub], Awaitable[T]]


@app.command("list")
def list_accounts(
    role: Annotated[str, typer.Option(help="Only this role.")] = "",
    plan: Annotated[str, typer.Option(help="Only this plan.")] = "",
    limit: Annotated[int, typer.Option(help="At most so many, up to 1000.")] = 1_000,
    data_dir: DataDir = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Lists accounts, the newest first."""
    asked = pb.ListAccountsRequest(role=role, plan=plan, limit=limit)
    found = _done(data_dir, lambda stub: rpc.call(stub.ListAccounts, asked))
    accounts = [account_json(one) for one in found.accounts]
    if as_json:
        console.print_json(json.dumps(accounts))
        return
    table = Table("Address", "Role", "Plan", "Registered", "State", box=None, pad_edge=False)
    for one in accounts:
        table.add_row(one["email"], one["role"], one["plan"], one["registered_at"][:10], _state(one))
    console.print(table)
    console.print(f"{len(accounts)} accounts", highlight=False)


@app.command()
def show(address: Address, data_dir: DataDir = None, *, as_json: AsJson = False) -> None:
    """Shows an account: what it is and has used."""
    account, usage = _done(data_dir, lambda stub: _shown(stub, address))
    _tell({**account_json(account), "quotas": [quota_json(quota) for quota in usage.quotas]}, as_json=as_json)


async def _shown(stub: Stub, address: str) -> tuple[pb.GetAccountResponse, pb.GetUsageResponse]:
    account = await _find(stub, address)
    vouched = pb.Credential(account_id=account.principal.account_id)
    if account.locked or account.erase_at_ms:
        return account, pb.GetUsageResponse()
    return account, await rpc.call(stub.GetUsage, pb.GetUsageRequest(credential=vouched))


@app.command("set-plan")
def set_plan(
    address: Address,
    plan: Annotated[str, typer.Argument(help="A plan of the plans file.")],
    order: Annotated[str, typer.Option(help="What asks for it, such as an invoice: it is carried out once.")] = "",
    data_dir: DataDir = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Puts an account on a plan."""

    async def work(stub: Stub) -> pb.SetPlanResponse:
        request = pb.SetPlanRequest(account_id=await _id(stub, address), plan=plan, order=order)
        return await rpc.call(stub.SetPlan, request)

    given = _done(data_dir, work)
    told = {"email": given.principal.email, "plan": given.principal.plan, "changed": given.changed}
    text = f"{given.principal.email} is {'now' if given.changed else 'as before'} on the plan {given.principal.plan}."
    _tell(told, text, as_json=as_json)


@app.command()
def grant(
    address: Address,
    role: Annotated[str, typer.Argument(help="user, employer, editor, admin")],
    data_dir: DataDir = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Gives an account a role, at once, in the sessions it has open too."""

    async def work(stub: Stub) -> pb.SetRoleResponse:
        return await rpc.call(stub.SetRole, pb.SetRoleRequest(account_id=await _id(stub, address), role=role))

    given = _done(data_dir, work).principal
    _tell({"email": given.email, "role": given.role}, f"{given.email} is now {given.role}.", as_json=as_json)


app.command("role", hidden=True)(grant)  # its name in earlier releases


@app.command("make-admin")
def make_admin(address: Address, data_dir: DataDir = None, *, as_json: AsJson = False) -> None:
    """Makes an account an administrator's."""
    grant(address, "admin", data_dir, as_json=as_json)


@app.command()
def lock(
    address: Address,
    data_dir: DataDir = None,
    *,
    undo: Annotated[bool, typer.Option("--undo", help="Lift it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ends an account's sessions and keys and refuses its sign-ins."""

    async def work(stub: Stub) -> pb.LockResponse:
        return await rpc.call(stub.Lock, pb.LockRequest(account_id=await _id(stub, address), locked=not undo))

    after = account_json(_done(data_dir, work).account)
    _tell(after, f"{after['email']} is {'locked' if after['locked'] else 'open'}.", as_json=as_json)


@app.command()
def plans(data_dir: DataDir = None, *, as_json: AsJson = False) -> None:
    """Shows the plans in force; exit 1 where the file as it lies there was refused."""
    found = _done(data_dir, lambda stub: rpc.call(stub.ListPlans, pb.ListPlansRequest()))
    told = {
        "source": found.source,
        "refusal": found.refusal or None,
        "free_systems": list(found.free_systems),
        "guests_per_network": found.guests_per_network if found.HasField("guests_per_network") else None,
        "plans": {plan.name: [quota_json(quota) for quota in plan.quotas] for plan in found.plans},
    }
    if as_json:
        console.print_json(json.dumps(told))
    else:
        _show_plans(found)
    raise typer.Exit(1 if found.refusal else 0)


def _show_plans(found: pb.ListPlansResponse) -> None:
    table = Table("Plan", *(quota.feature for quota in found.plans[0].quotas), box=None, pad_edge=False)
    for plan in found.plans:
        table.add_row(plan.name, *(_limit(quota) for quota in plan.quotas))
    console.print(table)
    console.print(f"From {found.source}. Free systems: {', '.join(found.free_systems) or 'none'}.", highlight=False)
    if found.refusal:
        errors.print(f"Refused, so these stay in force: {found.refusal}", style="red", highlight=False, soft_wrap=True)


def account_json(account: pb.GetAccountResponse) -> Json:
    """An account as operators' programs read it; times are ISO 8601."""
    principal = account.principal
    return {
        "id": principal.account_id,
        "email": principal.email,
        "name": principal.name,
        "verified": principal.verified,
        "role": principal.role,
        "plan": account.plan,
        "registered_at": _time(account.registered_at_ms),
        "locked": account.locked,
        "erase_at": _time(account.erase_at_ms) if account.erase_at_ms else None,
        "sessions": account.sessions,
        "api_keys": account.api_keys,
    }


def quota_json(quota: pb.Quota) -> Json:
    """A quota; no limit is null."""
    return {
        "feature": quota.feature,
        "limit": quota.limit if quota.HasField("limit") else None,
        "used": quota.used,
        "period": quota.period,
    }


def _limit(quota: pb.Quota) -> str:
    per = "" if quota.period == "lifetime" else f" a {quota.period}"
    return f"{quota.limit:,}{per}" if quota.HasField("limit") else "no limit"


def _state(account: Json) -> str:
    if account["locked"]:
        return "locked"
    if account["erase_at"]:
        return f"erased on {account['erase_at'][:10]}"
    return "confirmed" if account["verified"] else "not confirmed"


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds")


async def _find(stub: Stub, address: str) -> pb.GetAccountResponse:
    return await rpc.call(stub.GetAccount, pb.GetAccountRequest(account_id=await _id(stub, address)))


async def _id(stub: Stub, address: str) -> str:
    found = await rpc.call(stub.FindByAddress, pb.FindByAddressRequest(address=address))
    return found.principal.account_id


def _tell(told: Json, text: str = "", *, as_json: bool) -> None:
    if as_json:
        console.print_json(json.dumps(told))
    elif text:
        console.print(text, highlight=False, soft_wrap=True)
    else:
        for key, value in told.items():
            if key != "quotas":
                console.print(f"{key:<14}{value}", highlight=False, soft_wrap=True)
        for quota in told.get("quotas", ()):
            limit = "no limit" if quota["limit"] is None else f"of {quota['limit']:,}"
            console.print(f"{quota['feature']:<14}{quota['used']:,} {limit}, {quota['period']}", highlight=False)


def _done[T](data_dir: Path | None, work: Work[T]) -> T:
    """The work against the running accounts service; what stands in the way is said, exit 1."""
    try:
        address = running(data_dir)["addresses"]["accounts"]
        return asyncio.run(_opened(Settings(name="operator", secret=Folder(chosen(data_dir)).secret()), address, work))
    except (AppError, NoAnswerError) as refusal:
        told = f"{refusal.reason}: {refusal.message}" if isinstance(refusal, AppError) else str(refusal)
        fields = [f"{e.where}: {e.value!r}, expected {e.expected}" for e in getattr(refusal, "errors", ())]
        errors.print("; ".join([told, *fields]), style="red", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None


async def _opened[T](settings: Settings, address: str, work: Work[T]) -> T:
    async with rpc.channel(settings, address) as channel:
        return await work(AccountServiceStub(channel))
