"""What stands in the way of a start is said in one sentence, before anything was started."""

import contextlib
import os
import socket
import subprocess
import sys

import pytest

from services.cli.platform.folder import AlreadyRunningError, Folder, FolderError
from services.cli.platform.plan import Asked, PortError, check_ports, plan
from tests.servers import free_port


def up(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "services.cli", "up", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_a_port_in_use_is_named_with_its_option(tmp_path):
    with contextlib.closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortError, match=f"Port {port} .*--smtp-port"):
            check_ports(Asked(free_port(), port, tmp_path))
        said = up("--port", str(port), "--smtp-port", str(free_port()), "--data-dir", str(tmp_path))
    assert said.returncode == 1
    assert f"Port {port} cannot be used" in said.stdout
    assert "Traceback" not in said.stdout + said.stderr
    assert not (tmp_path / "run.json").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    said = up(
        "--port", str(free_port()), "--smtp-port", str(free_port()), "--data-dir", str(tmp_path / "file" / "data")
    )
    assert said.returncode == 1
    assert "cannot be written" in said.stdout
    assert "--data-dir" in said.stdout


@pytest.mark.parametrize(("mark", "said"), [('{"format": 99}', "format 99"), ("{", "damaged"), ("[]", "damaged")])
def test_a_folder_of_a_newer_release_is_left_alone(tmp_path, mark, said):
    (tmp_path / "format.json").write_text(mark)
    with pytest.raises(FolderError, match=said):
        Folder(tmp_path).prepare()


def test_a_second_start_tells_what_runs(tmp_path):
    folder = Folder(tmp_path)
    folder.prepare()
    with folder.held():
        folder.write_run({"pid": os.getpid(), "ready": True, "base": "http://127.0.0.1:1", "smtp": "127.0.0.1:2"})
        with pytest.raises(AlreadyRunningError), folder.held():
            pass
        said = up("--port", str(free_port()), "--smtp-port", str(free_port()), "--data-dir", str(tmp_path))
    assert said.returncode == 0
    assert "Already running" in said.stdout
    assert "http://127.0.0.1:1" in said.stdout


def test_a_run_file_of_a_process_that_is_gone_counts_for_nothing(tmp_path):
    folder = Folder(tmp_path)
    folder.prepare()
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    folder.write_run({"pid": gone.pid})
    assert folder.run() is None


def test_the_secret_is_made_once_and_for_its_owner_alone(tmp_path):
    folder = Folder(tmp_path)
    folder.prepare()
    assert folder.secret() == folder.secret()
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    assert tmp_path.stat().st_mode & 0o077 == 0


def test_the_plan_starts_servers_before_services_and_binds_loopback_alone(tmp_path):
    wanted = plan(Asked(8080, 8025, tmp_path), "secret")
    names = [child.name for child in wanted.children]
    assert names[:2] == ["nats", "mongo"]
    assert names[2:] == ["lookup", "accounts", "assistant", "careers", "gateway", "ops"]
    assert all(address.startswith("127.0.0.1:") for address in wanted.addresses.values())
    assert "sync_interval: always" in (tmp_path / "nats.conf").read_text()


def test_servers_of_ones_own_are_not_started_and_end_development(tmp_path):
    asked = Asked(8080, 8025, tmp_path, "mongodb://db:27017", "nats://bus:4222", "https://coding.example")
    wanted = plan(asked, "secret")
    assert [child.name for child in wanted.children if child.server] == []
    environment = wanted.children[0].environment
    assert environment["CODINGAHEAD_DEVELOPMENT"] == "0"
    assert environment["CODINGAHEAD_PUBLIC_URL"] == "https://coding.example"


def test_a_broken_catalog_stops_the_start_with_the_way_to_mend_it(tmp_path):
    (tmp_path / "catalog.json").write_text("{")
    said = up("--port", str(free_port()), "--smtp-port", str(free_port()), "--data-dir", str(tmp_path))
    assert said.returncode == 1
    assert "catalog.json" in said.stdout
    assert "delete the file" in said.stdout
    assert not (tmp_path / "run.json").exists()
