"""What can be known of the containers without an engine: names, paths, modules, settings, conditions."""

import importlib.util
import re
from pathlib import Path

import pytest
import yaml

from services.accounts.settings import AccountsSettings
from services.chassis.boot import Settings
from services.gateway.settings import GatewaySettings
from services.ops.settings import OpsSettings

ROOT = Path(__file__).parents[3]
COMPOSE = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text(encoding="utf-8"))
OURS = ("lookup", "accounts", "assistant", "careers", "ops", "gateway")
SETTINGS = {
    f"CODINGAHEAD_{name.upper()}": field
    for known in (Settings, AccountsSettings, GatewaySettings, OpsSettings)
    for name, field in known.model_fields.items()
}


@pytest.mark.parametrize("name", OURS)
def test_a_service_is_built_checked_and_told_only_settings_that_exist(name):
    service = COMPOSE["services"][name]
    module = service["command"][-1]
    assert module == f"services.{name}"
    assert importlib.util.find_spec(f"{module}.__main__")
    assert (ROOT / "deploy" / service["build"]["context"] / service["build"]["dockerfile"]).is_file()
    assert service["healthcheck"]["test"]
    assert set(service["environment"]) <= SETTINGS.keys()


def test_what_is_waited_for_exists_and_can_become_healthy():
    for name, service in COMPOSE["services"].items():
        wanted = service.get("depends_on", {})
        for other in wanted:
            assert other in COMPOSE["services"], f"{name} waits for {other}"
            if isinstance(wanted, dict) and wanted[other]["condition"] == "service_healthy":
                assert "healthcheck" in COMPOSE["services"][other], f"{name} waits for {other} to be healthy"


def test_ports_do_not_collide_and_bind_this_machine_alone():
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", ())]
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert len({port.split(":")[1] for port in ports}) == len(ports)


def test_volumes_and_mounted_files_are_there():
    for service in COMPOSE["services"].values():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            there = (ROOT / "deploy" / source).is_file() if source.startswith(".") else source in COMPOSE["volumes"]
            assert there, volume


def test_every_variable_of_the_compose_file_is_in_the_example():
    text = (ROOT / "deploy/compose.yaml").read_text(encoding="utf-8")
    example = (ROOT / "deploy/.env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+)", text)) <= set(re.findall(r"^(\w+)=", example, re.MULTILINE))


def test_the_image_copies_what_is_there_and_runs_as_nobody_special():
    text = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        assert all((ROOT / source).exists() for source in sources.split())
    assert re.search(r"^USER 10001$", text, re.MULTILINE)
    assert "--require-hashes" in text


def test_the_collector_sends_what_it_takes():
    collector = yaml.safe_load((ROOT / "deploy/collector.yaml").read_text(encoding="utf-8"))
    for pipeline in collector["service"]["pipelines"].values():
        for kind in ("receivers", "processors", "exporters"):
            assert set(pipeline[kind]) <= collector[kind].keys()


def test_the_settings_page_names_every_setting_and_its_default():
    rows = (ROOT / "docs/settings.md").read_text(encoding="utf-8").splitlines()
    told = {cells[1].strip(" `"): cells[2].strip() for row in rows if (cells := row.split("|")) and len(cells) > 3}
    names = {name for name in told if name.startswith("CODINGAHEAD_")}
    assert names == SETTINGS.keys()
    for name, field in SETTINGS.items():
        default = field.default
        shown = str(default).lower() if isinstance(default, bool) else str(default)
        assert told[name] in ({"the service's own"} if name.endswith("_NAME") else {f"`{shown}`", "empty"}), name
